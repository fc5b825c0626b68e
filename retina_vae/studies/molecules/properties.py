"""Properties of molecules as functions of their codes: how well codes say them, and what moving along them does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from retina_vae.studies.molecules.chemistry import measure_molecules
from retina_vae.studies.molecules.decoding import SequenceModel

__all__ = ["MOVED_BY", "REGRESSED", "Direction", "fit_direction", "moved_rows", "regression_rows"]

FloatArray = NDArray[np.float64]

REGRESSED = ("logp", "qed", "weight")
MOVED_BY = (-4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0)
_RIDGE = 1.0


@dataclass(frozen=True)
class Direction:
    """The direction of the latent space along which a property rises, by linear regression.

    Attributes:
        unit: Of length one, shape (latent dimensions,).
        spread: Standard deviation of the codes along it.
        slope: The property's rise for one standard deviation along it.
    """

    unit: FloatArray
    spread: float
    slope: float

    def moved(self, codes: FloatArray, step: float) -> FloatArray:
        """The codes moved by so many standard deviations."""
        return codes + step * self.spread * self.unit


def fit_direction(codes: FloatArray, values: FloatArray) -> Direction:
    """The direction of steepest rise of a ridge regression on the codes' z-scores.

    The step along the covariance of the codes, Sigma w, rather than along the weights w themselves: on it the codes
    that are moved stay where codes of molecules are.
    """
    scaler = StandardScaler().fit(codes)
    scales = np.where(codes.std(axis=0) > 0, scaler.scale_, 1.0)
    weights = Ridge(alpha=_RIDGE).fit(scaler.transform(codes), values).coef_ / scales
    along = np.atleast_2d(np.cov(codes.T)) @ weights
    length = float(np.linalg.norm(along))
    unit = along / length if length > 0 else np.zeros_like(along)
    spread = float((codes @ unit).std())
    return Direction(unit, spread, float(spread * unit @ weights))


def regression_rows(
    name: str,
    replica: int,
    trained: tuple[FloatArray, pd.DataFrame],
    held_out: tuple[FloatArray, pd.DataFrame],
) -> Iterator[dict[str, Any]]:
    """A row for each property, in the columns of ``molecules/properties.csv``.

    Args:
        name: Of the model.
        replica: Of it.
        trained: Codes and properties that regressions are fitted to.
        held_out: Codes and properties that they are measured on.
    """
    linear = make_pipeline(StandardScaler(), Ridge(alpha=_RIDGE))
    quadratic = make_pipeline(
        StandardScaler(), PolynomialFeatures(2, include_bias=False), StandardScaler(), Ridge(_RIDGE)
    )
    for own in REGRESSED:
        said, true = trained[1][own].to_numpy(), held_out[1][own].to_numpy()
        predicted = linear.fit(trained[0], said).predict(held_out[0])
        curved = quadratic.fit(trained[0], said).predict(held_out[0])
        yield {
            "model": name,
            "replica": replica,
            "property": own,
            "r2": float(r2_score(true, predicted)),
            "r2_quadratic": float(r2_score(true, curved)),
            "error": float(np.sqrt(np.mean((true - predicted) ** 2))),
        }


def moved_rows(
    model: SequenceModel, trained: tuple[FloatArray, pd.DataFrame], molecules: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """A row for each property and step, in the columns of ``molecules/moved.csv``.

    Args:
        model: One replica.
        trained: Codes and properties of the cohort, which say the directions.
        molecules: Held-out ones that are moved.
    """
    codes, before = model.codes_of(molecules), measure_molecules(molecules)
    for own in REGRESSED:
        direction = fit_direction(trained[0], trained[1][own].to_numpy())
        for step in MOVED_BY:
            found = [smiles for smiles in model.molecules(direction.moved(codes, step)) if smiles is not None]
            values = measure_molecules(found)[own].to_numpy()
            yield {
                "model": model.name,
                "replica": model.replica,
                "property": own,
                "step": step,
                "molecules": len(molecules),
                "mean": float(values.mean()) if len(values) else np.nan,
                "error": float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else np.nan,
                "predicted": float(before[own].mean() + step * direction.slope),
                "valid": len(found) / len(molecules),
            }
