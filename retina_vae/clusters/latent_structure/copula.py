"""The Gaussian copula: one bell behind all columns, with every correlation of two columns and nothing beyond them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.special import ndtr, ndtri
from scipy.stats import qmc, rankdata

from retina_vae.clusters.latent_structure.measurements import Measurements, standardized

__all__ = ["MOST_COLUMNS", "CopulaFit", "copula_log_density", "fit_copula", "latent_correlation", "nearest_correlation"]

FloatArray = NDArray[np.float64]

MOST_COLUMNS = 40
"""Of more columns the draws would have to hit too small a box; factors stand for the correlations then."""

_CORRELATIONS = np.tanh(np.linspace(-3, 3, 25))
_NORMALS = ndtri(qmc.Sobol(2, rng=np.random.default_rng(20010407)).random(1024))
_DRAWS = 64
_SOBOL_SEED = 1994
_SMALLEST_EIGENVALUE = 1e-3
_RIDGE = 1e-9
_FAR = 8.0


@dataclass(frozen=True)
class CopulaFit:
    """A Gaussian copula of scores and ordered categories.

    Attributes:
        correlation: Of the latent normals, scores first, shape (columns, columns).
        orders: Of each column with categories their positions in ascending order of the latent normal.
        cuts: Its latent bounds, -8, .., 8, one more than categories.
    """

    correlation: FloatArray
    orders: tuple[NDArray[np.intp], ...]
    cuts: tuple[FloatArray, ...]


def fit_copula(measurements: Measurements) -> CopulaFit:
    """The Gaussian copula by moments.

    The latent correlation of two columns is the one under which the columns' own scores correlate as they do in the
    patients (NORTA, Cario and Nelson 1997), for scores and categories alike; it is that of the patients of whom both
    are observed, and 0 where these are no more than there are columns. Correlations shrink by the number of columns
    over that of patients, and a matrix that is not positive definite is replaced by :func:`nearest_correlation`.

    Categories need an order. Each is placed by its patients' mean on the first canonical variate of the other columns
    (Hotelling 1936), so that the strongest association that one order can carry is kept.

    Args:
        measurements: Of the patients that it is fitted to.
    """
    one_hot = [block.values[:, column] for block in measurements.categories for column in range(block.values.shape[1])]
    scores = np.where(measurements.scores.observed > 0, measurements.scores.values, np.nan)
    everything = [*scores.T[:, :, None], *(np.where(own.sum(axis=1)[:, None] > 0, own, np.nan) for own in one_hot)]
    orders = tuple(_order(everything, scores.shape[1] + index) for index in range(len(one_hot)))
    codes = [_codes(own, order) for own, order in zip(one_hot, orders, strict=True)]
    correlation = _correlations([*scores.T, *codes], measurements.patients)
    return CopulaFit(correlation, orders, tuple(_cuts(own, order) for own, order in zip(one_hot, orders, strict=True)))


def copula_log_density(fit: CopulaFit, measurements: Measurements) -> FloatArray:
    """log p(x) of every patient in nats, shape (patients,): of scores per standard deviation of the score.

    The probability of the categories given the scores is a normal rectangle's, estimated with 64 quasi-random draws by
    the simulator of Geweke, Hajivassiliou and Keane (Genz 1992); what is not observed is drawn without a bound. Without
    categories and gaps it is exact.

    Args:
        fit: The copula.
        measurements: The patients, with the columns that it was fitted to.
    """
    lower, upper, points = _bounds(fit, measurements)
    root = np.linalg.cholesky(fit.correlation)
    patients, columns = points.shape
    uniforms = qmc.Sobol(columns, rng=np.random.default_rng(_SOBOL_SEED)).random(_DRAWS).clip(1e-6, 1 - 1e-6)
    noise = np.empty((columns, patients, _DRAWS))
    logs = np.zeros((patients, _DRAWS))
    for column in range(columns):
        mean = np.tensordot(root[column, :column], noise[:column], axes=1) if column else np.zeros((patients, _DRAWS))
        scale = root[column, column]
        known = ~np.isnan(points[:, column])
        noise[column, known] = (points[known, column, None] - mean[known]) / scale
        logs[known] += -0.5 * noise[column, known] ** 2 - 0.5 * np.log(2 * np.pi) - np.log(scale)
        low, high = ((own[~known, column, None] - mean[~known]) / scale for own in (lower, upper))
        noise[column, ~known], inside = _truncated(low, high, uniforms[:, column])
        logs[~known] += inside
    top = logs.max(axis=1, keepdims=True)
    return np.asarray(top[:, 0] + np.log(np.exp(logs - top).mean(axis=1)))


def latent_correlation(a: FloatArray, b: FloatArray) -> float:
    """The correlation of two standard normals whose monotone images, with the margins of a and b, correlate as these.

    The images' correlation rises with that of the normals; it is computed on a grid of correlations from 1,024 fixed
    pairs of normals, and inverted by linear interpolation. A column that never varies has correlation 0.
    """
    if len(a) == 0 or a.std() == 0 or b.std() == 0:
        return 0.0
    observed = float(np.corrcoef(a, b)[0, 1])
    first, noise = _NORMALS.T
    image = standardized(_quantiles(np.sort(a), first))
    seconds = _CORRELATIONS[:, None] * first + np.sqrt(1 - _CORRELATIONS[:, None] ** 2) * noise
    reached = (standardized(_quantiles(np.sort(b), seconds).T).T * image).mean(axis=1)
    return float(np.interp(observed, np.maximum.accumulate(reached), _CORRELATIONS))


def nearest_correlation(matrix: FloatArray) -> FloatArray:
    """A positive definite correlation matrix: small eigenvalues are raised to 0.001, the diagonal is set to 1 again.

    This is the spectral method of Rebonato and Jaeckel (1999).
    """
    values, vectors = np.linalg.eigh(matrix)
    positive = (vectors * np.maximum(values, _SMALLEST_EIGENVALUE)) @ vectors.T
    scale = np.sqrt(np.diag(positive))
    return np.asarray(positive / np.outer(scale, scale))


def _correlations(columns: list[FloatArray], patients: int) -> FloatArray:
    correlation = np.eye(len(columns))
    for a, b in combinations(range(len(columns)), 2):
        both = ~np.isnan(columns[a]) & ~np.isnan(columns[b])
        # Correlations shrink to 0 where there are as many columns as patients, so fewer patients say nothing.
        if both.sum() > len(columns):
            correlation[a, b] = correlation[b, a] = latent_correlation(columns[a][both], columns[b][both])
    kept = 1 - min(1.0, len(columns) / max(patients, 1))
    return nearest_correlation(kept * correlation + (1 - kept) * np.eye(len(columns)))


def _order(everything: list[FloatArray], index: int) -> NDArray[np.intp]:
    """Positions of the categories of one column by their mean on the canonical variate of the others."""
    values = everything[index]
    observed = ~np.isnan(values[:, 0])
    apart = [own for place, own in enumerate(everything) if place != index]
    if not apart:
        return np.arange(values.shape[1])
    others = _filled(np.concatenate(apart, axis=1))[observed]
    sizes = np.maximum(values[observed].sum(axis=0), 1)
    centres = values[observed].T @ others / sizes[:, None]
    between = (centres * sizes[:, None]).T @ centres
    # The indicators of another category add up to 1, so that their covariance has no inverse.
    total = others.T @ others + _RIDGE * max(len(others), 1) * np.eye(others.shape[1])
    means = centres @ eigh(between, total)[1][:, -1]
    # Categories that tie keep the order of the schema.
    return np.argsort(rankdata(means + 1e-9 * np.arange(len(means)), method="ordinal"))


def _filled(values: FloatArray) -> FloatArray:
    """Standardised columns, their gaps filled with the mean; 0 where nothing is observed."""
    known = ~np.isnan(values).all(axis=0)
    filled = np.zeros_like(values)
    filled[:, known] = np.where(np.isnan(values[:, known]), np.nanmean(values[:, known], axis=0), values[:, known])
    return standardized(filled)


def _codes(one_hot: FloatArray, order: NDArray[np.intp]) -> FloatArray:
    known = one_hot.sum(axis=1) > 0
    return np.where(known, one_hot[:, order].argmax(axis=1), np.nan).astype(np.float64)


def _cuts(one_hot: FloatArray, order: NDArray[np.intp]) -> FloatArray:
    """Latent bounds with half a patient more in every category, so that none is impossible."""
    shares = one_hot.sum(axis=0)[order] + 0.5
    return np.clip(ndtri(np.r_[0.0, np.cumsum(shares) / shares.sum()].clip(0, 1)), -_FAR, _FAR)


def _bounds(fit: CopulaFit, measurements: Measurements) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Lower and upper bound of every latent normal, and its value where it is observed, shape (patients, columns)."""
    scores, patients = measurements.scores, measurements.patients
    one_hot = [block.values[:, column] for block in measurements.categories for column in range(block.values.shape[1])]
    width = scores.values.shape[1] + len(one_hot)
    lower, upper = np.full((patients, width), -_FAR), np.full((patients, width), _FAR)
    points = np.full((patients, width), np.nan)
    points[:, : scores.values.shape[1]] = np.where(scores.observed > 0, scores.values, np.nan)
    for place, (own, order, cuts) in enumerate(zip(one_hot, fit.orders, fit.cuts, strict=True), scores.values.shape[1]):
        codes = _codes(own, order)
        known = ~np.isnan(codes)
        position = codes[known].astype(np.intp)
        lower[known, place], upper[known, place] = cuts[position], cuts[position + 1]
    return lower, upper, points


def _truncated(low: FloatArray, high: FloatArray, uniforms: FloatArray) -> tuple[FloatArray, FloatArray]:
    """A normal between bounds at each uniform number, and the log-probability of the bounds."""
    # In the upper tail the normal distribution function is 1 to all digits; the other tail is not.
    turned = low > 0
    low, high = np.where(turned, -high, low), np.where(turned, -low, high)
    start, width = ndtr(low), np.maximum(ndtr(high) - ndtr(low), 1e-300)
    drawn = ndtri((start + uniforms * width).clip(1e-300, 1 - 1e-16))
    return np.where(turned, -drawn, drawn), np.log(width)


def _quantiles(ordered: FloatArray, normals: FloatArray) -> FloatArray:
    """The column's value at each normal's probability."""
    return ordered[np.minimum((ndtr(normals) * len(ordered)).astype(int), len(ordered) - 1)]
