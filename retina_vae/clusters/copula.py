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
from retina_vae.cohort.kinds import Kind

__all__ = ["CohortCopula", "fill_gaps", "fit_copula", "latent_correlation", "nearest_correlation"]

FloatArray = NDArray[np.float64]

_CORRELATIONS = np.tanh(np.linspace(-3, 3, 25))
_NORMALS = np.random.default_rng(20010407).standard_normal((4096, 2))
_SMALLEST_EIGENVALUE = 1e-6
_RIDGE = 1e-9


@dataclass(frozen=True)
class CohortCopula:
    """A Gaussian copula whose draws hold exactly the cohort's values, column by column, and its gaps, row by row.

    Attributes:
        encoding: How the cohort's columns become features.
        features: The cohort's features, shape (patients, width); NaN where a column is not observed.
        order: For each column, the patients of whom it is observed in the order of its score.
        correlation: Correlation of the latent normals, shape (columns, columns).
    """

    encoding: Encoding
    features: FloatArray
    order: tuple[NDArray[np.int64], ...]
    correlation: FloatArray

    def draw(self, rng: np.random.Generator) -> FloatArray:
        """Features of as many patients as the cohort has, shape (patients, width).

        Of the patients of whom a column is observed, the one whose latent normal has rank r among theirs gets that
        column's r-th smallest value. So a draw rearranges every column: margins and gaps are the cohort's own, and only
        the dependence is the copula's.
        """
        shape = len(self.features), len(self.order)
        normals = rng.standard_normal(shape) @ np.linalg.cholesky(self.correlation).T
        drawn = self.features.copy()
        for (_, place), order, own in zip(self.encoding.slices, self.order, normals.T, strict=True):
            rows = np.sort(order)
            drawn[rows, place] = self.features[order[own[rows].argsort().argsort()], place]
        return drawn


def fit_copula(patients: pd.DataFrame, schema: CohortSchema) -> CohortCopula:
    """The Gaussian copula of the patients' inputs.

    Each column is a monotone function of a latent standard normal. The latent correlation of two columns is the one
    under which the columns' scores correlate as they do in the cohort (the moment matching of NORTA, Cario and Nelson
    1997), for numbers, findings, grades and categories alike; it stands for the polychoric and polyserial correlations,
    which match a likelihood instead. It is that of the patients of whom both columns are observed; margins are those of
    all of whom the column is. Correlations beyond 0.995 are cut, and a matrix that is not positive definite is replaced
    by :func:`nearest_correlation`.

    A column is scored in its order: a number on the scale on which it is about symmetric, a grade by its position, a
    number that is often 0 by its rank. Categories without an order need one. Each is scored by its patients' mean on
    the first canonical variate of the other columns, the direction that parts the categories most, so the strongest
    association that one order can carry is kept, and what a second order would add is not.

    Args:
        patients: The patient table.
        schema: Its schema; only the inputs are looked at.
    """
    encoding = fit_encoding(patients, schema, "by_kind")
    features = encoding.encode(patients)
    scores = np.column_stack([_column_scores(features, place, own.kind_of) for own, place in encoding.slices])
    observed = ~np.isnan(scores)
    # What is not observed is last in the order.
    order = tuple(own.argsort(kind="stable")[: np.count_nonzero(~np.isnan(own))] for own in scores.T)
    correlation = np.eye(scores.shape[1])
    for a, b in combinations(range(scores.shape[1]), 2):
        both = observed[:, a] & observed[:, b]
        correlation[a, b] = correlation[b, a] = latent_correlation(scores[both, a], scores[both, b])
    return CohortCopula(encoding, features, order, nearest_correlation(correlation))


def fill_gaps(features: FloatArray) -> FloatArray:
    """The features, shape (patients, width), with the mean of each in its gaps: 0 of a z-score, a category's share.

    A draw has a cohort's values and gaps, and so the same means.
    """
    observed = ~np.isnan(features)
    means = np.where(observed, features, 0).sum(axis=0) / np.maximum(observed.sum(axis=0), 1)
    return np.where(observed, features, means)


def latent_correlation(a: FloatArray, b: FloatArray) -> float:
    """The correlation of two standard normals whose monotone images, with the margins of a and b, correlate as these.

    The images' correlation rises with that of the normals; it is computed on a grid of correlations from 4,096 fixed
    pairs of normals, and inverted by linear interpolation. A column that never varies has correlation 0.
    """
    if len(a) == 0 or a.std() == 0 or b.std() == 0:
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


def _column_scores(features: FloatArray, place: slice, kind: Kind) -> FloatArray:
    """One number per patient that orders the column, NaN where it is not observed.

    The rank of a category without an order is that of its canonical mean.
    """
    own = features[:, place]
    if kind.ordered or own.shape[1] == 1:
        return kind.score(own)
    others = fill_gaps(np.delete(features, np.arange(features.shape[1])[place], axis=1))
    observed = ~np.isnan(own[:, 0])
    means = _canonical_means(own[observed], others[observed])
    # Categories that tie keep the order of the schema.
    ranks = rankdata(means + 1e-9 * np.arange(len(means)), method="ordinal").astype(float)
    return np.where(observed, np.where(observed[:, None], own, 0) @ ranks, np.nan)


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
