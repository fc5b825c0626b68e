"""All measures of the codes of one model, and the tables that they stand in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.factors.dci import dci
from retina_vae.factors.factor import Factor, measurable
from retina_vae.factors.mutual_information import Information, information
from retina_vae.factors.shared_factor import shared_factor_score

__all__ = [
    "BASELINE",
    "Measured",
    "disentanglement_table",
    "factor_table",
    "measure_codes",
    "principal_components",
    "sample",
]

FloatArray = NDArray[np.float64]

BASELINE = "pca"
"""What a row of the baseline has in place of the number of a replica."""

_MOST_ITEMS = 2_000
_FEWEST_ITEMS = 500
_WORK = 24 * _MOST_ITEMS
"""Items times factors: what takes a second or two for each replica."""


class Measured(NamedTuple):
    """What is said of the codes of one model.

    Attributes:
        factors: Names of those that could be measured.
        information: Of every coordinate about each of them.
        mig: Mutual information gap, the mean over the factors.
        disentanglement, completeness, informativeness: As of :func:`~retina_vae.factors.dci.dci`.
        beta_vae_score: As of :func:`~retina_vae.factors.shared_factor.shared_factor_score`.
    """

    factors: tuple[str, ...]
    information: Information
    mig: float
    disentanglement: float
    completeness: float
    informativeness: float
    beta_vae_score: float


def sample(items: int, factors: int, seed: int) -> NDArray[np.int64]:
    """Positions of the items that are measured, rising: all up to 2,000, and down to 500 of more than 24 factors."""
    most = int(np.clip(_WORK // max(1, factors), _FEWEST_ITEMS, _MOST_ITEMS))
    if items <= most:
        return np.arange(items)
    return np.sort(np.random.default_rng(seed).choice(items, most, replace=False))


def measure_codes(codes: FloatArray, factors: Sequence[Factor], seed: int = 0) -> Measured:
    """Measure the codes of some items against what is known of them.

    Coordinates that are the same for all items count as coordinates that say nothing.

    Args:
        codes: Codes of the items, shape (items, coordinates).
        factors: Of the same items; those without two groups of ``RARE`` items are left out.
        seed: Of splits, forests and pairs.

    Raises:
        ValueError: Codes and factors are not of the same items, or a code is no number.
    """
    if any(len(factor.values) != len(codes) for factor in factors) or not np.isfinite(codes).all():
        raise ValueError("expected finite codes and factors of the same items")
    asked = measurable(factors)
    found = information(codes, asked)
    varying = codes[:, np.ptp(codes, axis=0) > 0] if len(codes) else codes[:, :0]
    names = tuple(factor.name for factor in asked)
    if not asked or not varying.shape[1]:
        return Measured(names, found, *[float("nan")] * 5)
    scores = dci(varying, asked, seed)
    return Measured(
        names,
        found,
        float(found.gap.mean()),
        scores.disentanglement,
        scores.completeness,
        scores.informativeness,
        shared_factor_score(varying, asked, seed),
    )


def principal_components(features: FloatArray, dimensions: int, seed: int) -> FloatArray:
    """Codes of the baseline: scores on the first principal components, shape (items, at most ``dimensions``).

    Args:
        features: What a network reads, shape (items, features); a gap, NaN, is taken for the mean of the others.
        dimensions: As many as the model has.
        seed: Of the random projections that find them.
    """
    from sklearn.decomposition import PCA

    known = ~np.isnan(features)
    means = np.where(known, features, 0).sum(axis=0) / np.maximum(1, known.sum(axis=0))
    filled = np.where(known, features, means)
    own = PCA(min(dimensions, *filled.shape), svd_solver="randomized", random_state=seed)
    scores: FloatArray = own.fit_transform(filled)
    return scores


def disentanglement_table(measured: Mapping[str, Measured], patients: int) -> pd.DataFrame:
    """One row per replica and baseline; docs/architecture.md names the columns.

    Args:
        measured: By replica, from 1, as text, or ``BASELINE``.
        patients: How many were measured.
    """
    gaps = {name: own.information.gap if own.factors else np.array([np.nan]) for name, own in measured.items()}
    return pd.DataFrame(
        [
            {
                "replica": name,
                "patients": patients,
                "columns": len(own.factors),
                "mig": own.mig,
                "mig_lowest": float(gaps[name].min()),
                "mig_highest": float(gaps[name].max()),
                "disentanglement": own.disentanglement,
                "completeness": own.completeness,
                "informativeness": own.informativeness,
                "beta_vae_score": own.beta_vae_score,
            }
            for name, own in measured.items()
        ]
    )


def factor_table(measured: Mapping[str, Measured]) -> pd.DataFrame:
    """One row per replica, column and coordinate; arguments as of :func:`disentanglement_table`."""
    tables = []
    for name, own in measured.items():
        coordinates, factors = own.information.nats.shape
        tables.append(
            pd.DataFrame(
                {
                    "replica": name,
                    "column": np.repeat(np.array(own.factors, dtype=object), coordinates),
                    "coordinate": np.tile(np.arange(1, coordinates + 1), factors),
                    "mutual_information": own.information.nats.T.ravel(),
                    "normalised": own.information.normalised.T.ravel(),
                    "mig": np.repeat(own.information.gap, coordinates),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)
