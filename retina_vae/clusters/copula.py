"""Patients with the margins and the correlations of a cohort, and no clusters."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.special import ndtr
from scipy.stats import rankdata

from retina_vae.cohort import CohortSchema, Encoding, fit_encoding

__all__ = ["CohortCopula", "fit_copula", "latent_correlation", "nearest_correlation"]

FloatArray = NDArray[np.float64]

_CORRELATIONS = np.tanh(np.linspace(-3, 3, 25))
_NORMALS = np.random.default_rng(20010407).standard_normal((4096, 2))
_SMALLEST_EIGENVALUE = 1e-6
_RIDGE = 1e-9


@dataclass(frozen=True)
class CohortCopula:
    """A Gaussian copula whose draws hold exactly the cohort's values, column by column.

    Attributes:
        encoding: How the cohort's columns become features.
        features: The cohort's features, shape (patients, width).
        order: The patients in the order of each column's score, shape (patients, columns).
        correlation: Correlation of the latent normals, shape (columns, columns).
    """

    encoding: Encoding
    features: FloatArray
    order: NDArray[np.int64]
    correlation: FloatArray

    def draw(self, rng: np.random.Generator) -> FloatArray:
        """Features of as many patients as the cohort has, shape (patients, width).

        The patient whose latent normal has rank r in a column gets that column's r-th smallest value, so a draw
        rearranges every column: margins are the cohort's own, and only the dependence is the copula's.
        """
        normals = rng.standard_normal(self.order.shape) @ np.linalg.cholesky(self.correlation).T
        ranks = normals.argsort(axis=0).argsort(axis=0)
        donors = np.take_along_axis(self.order, ranks, axis=0)
        slices = [place for _, place in self.encoding.slices]
        return np.concatenate([self.features[donors[:, j], place] for j, place in enumerate(slices)], axis=1)


def fit_copula(patients: pd.DataFrame, schema: CohortSchema) -> CohortCopula:
    """The Gaussian copula of the patients' inputs.

    Each column is a monotone function of a latent standard normal. The latent correlation of two columns is the one
    under which the columns' scores correlate as they do in the cohort (the moment matching of NORTA, Cario and Nelson
    1997), for numbers, findings and categories alike; it stands for the polychoric and polyserial correlations, which
    match a likelihood instead. Correlations beyond 0.995 are cut, and a matrix that is not positive definite is
    replaced by :func:`nearest_correlation`.

    A category needs an order. It is scored by its patients' mean on the first canonical variate of the other columns,
    the direction that parts the categories most, so the strongest association that one order can carry is kept, and
    what a second order would add is not.

    Args:
        patients: The patient table.
        schema: Its schema; the diagnosis is not looked at.
    """
    encoding = fit_encoding(patients, schema, "by_kind")
    features = encoding.encode(patients)
    scores = np.column_stack([_column_scores(features, place) for _, place in encoding.slices])
    order = scores.argsort(axis=0, kind="stable")
    correlation = np.eye(scores.shape[1])
    for a, b in combinations(range(scores.shape[1]), 2):
        correlation[a, b] = correlation[b, a] = latent_correlation(scores[:, a], scores[:, b])
    return CohortCopula(encoding, features, order, nearest_correlation(correlation))


def latent_correlation(a: FloatArray, b: FloatArray) -> float:
    """The correlation of two standard normals whose monotone images, with the margins of a and b, correlate as these.

    The images' correlation rises with that of the normals; it is computed on a grid of correlations from 4,096 fixed
    pairs of normals, and inverted by linear interpolation. A column that never varies has correlation 0.
    """
    if a.std() == 0 or b.std() == 0:
        return 0.0
    observed = float(np.corrcoef(a, b)[0, 1])
    first, noise = _NORMALS.T
    low, high = np.sort(a), np.sort(b)
    image = _standardized(_quantiles(low, first))
    seconds = _CORRELATIONS[:, None] * first + np.sqrt(1 - _CORRELATIONS[:, None] ** 2) * noise
    reached = (_standardized(_quantiles(high, seconds)) * image).mean(axis=1)
    return float(np.interp(observed, np.maximum.accumulate(reached), _CORRELATIONS))


def nearest_correlation(matrix: FloatArray) -> FloatArray:
    """A positive definite correlation matrix: negative eigenvalues are raised to 1e-6, the diagonal is set to 1 again.

    This is the spectral method of Rebonato and Jaeckel (1999).
    """
    values, vectors = np.linalg.eigh(matrix)
    positive = (vectors * np.maximum(values, _SMALLEST_EIGENVALUE)) @ vectors.T
    scale = np.sqrt(np.diag(positive))
    return positive / np.outer(scale, scale)


def _column_scores(features: FloatArray, place: slice) -> FloatArray:
    """One number per patient that orders the column; a category's rank is that of its canonical mean."""
    own = features[:, place]
    if own.shape[1] == 1:
        return own[:, 0]
    others = np.delete(features, np.arange(features.shape[1])[place], axis=1)
    means = _canonical_means(own, others)
    # Categories that tie keep the order of the schema.
    ranks = rankdata(means + 1e-9 * np.arange(len(means)), method="ordinal").astype(float)
    return own @ ranks


def _canonical_means(own: FloatArray, others: FloatArray) -> FloatArray:
    """Mean of each category on the direction of the other columns that parts the categories most (Hotelling 1936)."""
    others = others[:, others.std(axis=0) > 0]
    if not others.shape[1]:
        return np.zeros(own.shape[1])
    others = (others - others.mean(axis=0)) / others.std(axis=0)
    sizes = np.maximum(own.sum(axis=0), 1)
    centres = own.T @ others / sizes[:, None]
    between = (centres * sizes[:, None]).T @ centres
    # The indicators of another category add up to 1, so that their covariance has no inverse.
    total = others.T @ others + _RIDGE * len(others) * np.eye(others.shape[1])
    return np.asarray(centres @ eigh(between, total)[1][:, -1], dtype=np.float64)


def _quantiles(ordered: FloatArray, normals: FloatArray) -> FloatArray:
    """The column's value at each normal's probability."""
    ranks = np.minimum((ndtr(normals) * len(ordered)).astype(int), len(ordered) - 1)
    return ordered[ranks]


def _standardized(values: FloatArray) -> FloatArray:
    spread = values.std(axis=-1, keepdims=True)
    return (values - values.mean(axis=-1, keepdims=True)) / np.where(spread > 0, spread, 1)
