"""A Gaussian mixture: every point belongs to every cluster, with the probability that it came from it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from retina_vae.clusters.partitions.base import (
    FloatArray,
    Labels,
    Partition,
    Points,
    Words,
    by_points,
    centers_of,
    columns_of,
    require_points,
)

if TYPE_CHECKING:
    from sklearn.mixture import GaussianMixture

__all__ = ["MixturePartition"]

_NARROWEST = 1e-2
"""A component's standard deviation in any direction is at least this share of that of all points."""

_FLAT = 1e-6
_ROUGH, _FINE = 1e-2, 1e-4
_MOST_STEPS = 500
_POINTS_AT_ONCE = 2**14
_SLACK = 1e-6


@dataclass(frozen=True, eq=False)
class MixturePartition(Partition):
    """p(z) = sum_c pi_c N(z; mu_c, Sigma_c), a cluster per component.

    Attributes:
        centers: mu, shape (k, d).
        weights: pi, shape (k,), which sum to 1.
        covariances: Sigma, shape (k, d, d), positive definite.
    """

    weights: FloatArray
    covariances: FloatArray

    method: ClassVar[str] = "gaussian_mixture"
    divides_space: ClassVar[bool] = False
    words: ClassVar[Words] = Words(
        name="Gaussian mixture",
        finder="a Gaussian mixture",
        probability="the mean, over the code's distribution, of the probability that the mixture gives the cluster at "
        "a point, integrated by quasi-random draws",
        doubted="a patient's code and about which of the overlapping clusters it comes from",
        at_mean=(
            "the probability that the mixture gives the cluster at the patient's mean code",
            "which of the overlapping clusters a patient's mean code comes from",
        ),
    )
    parameters: ClassVar[tuple[str, ...]] = ("centers", "weights", "covariances")

    @classmethod
    def fit(cls, points: Points, k: int, n_init: int, seed: int) -> Self:
        """Expectation maximisation (Dempster, Laird and Rubin 1977) with full covariances, each start from k-means.

        Every start goes on until a step gains less than 0.01 nats per point, and the likeliest of them until a step
        gains less than 0.0001 (Biernacki, Celeux and Govaert 2003). The points are whitened first (mean 0, covariance
        I), so that neither the unit of a dimension nor a stretched cloud decides where a start begins; k-means on the
        points themselves cuts long clouds that lie side by side across, and expectation maximisation stays there.

        The likelihood of a mixture has no upper bound: a component that shrinks onto one point, or onto patients who
        differ in one number alone, makes it infinite. So 1e-4 is added to every variance of the whitened points.

        Args:
            points: Shape (points, d).
            k: Number of components.
            n_init: Number of starts.
            seed: Seed of the starts.

        Raises:
            ConfigurationError: There are fewer points than components.
        """
        require_points(points, k)
        values = points.astype(np.float64)
        mean, factor = values.mean(axis=0), _spread(values)
        white = solve_triangular(factor, (values - mean).T, lower=True).T
        found = _likeliest(white, k, n_init, seed)
        partition = cls(mean + found.means_ @ factor.T, found.weights_, factor @ found.covariances_ @ factor.T)
        around = partition.centers[partition.predict(values)]
        return replace(partition, within_ss=float(np.square(values - around).sum()))

    def predict(self, points: Points) -> Labels:
        """Index of the most probable component."""
        found = [joint.argmax(axis=0) for joint in self._log_joint(points)]
        return np.concatenate([np.empty(0, np.int64), *found]).reshape(points.shape[:-1])

    def probabilities(self, points: Points) -> Points:
        """The responsibilities p(c | z) = pi_c N(z; mu_c, Sigma_c) / p(z), computed in double precision."""
        shares, start = np.empty((len(self.centers), math.prod(points.shape[:-1])), dtype=points.dtype), 0
        for joint in self._log_joint(points):
            relative = np.exp(joint - joint.max(axis=0))
            shares[:, start : start + joint.shape[1]] = relative / relative.sum(axis=0)
            start += joint.shape[1]
        return by_points(shares, points)

    def most_probable(self, draws: Points) -> Labels:
        """The component with the largest mean responsibility."""
        return self.probabilities(draws.astype(np.float64)).mean(axis=0).argmax(axis=-1)

    def law(self) -> dict[str, NDArray[np.floating[Any]]]:
        """mu, the whitening matrices W with W Sigma W^T = I, and log pi + log |W| of each component."""
        whitening, constants = self._law
        return {"centers": self.centers, "whitening": whitening, "log_constants": constants}

    def to_table(self) -> pd.DataFrame:
        """``cluster, z_1 .., weight, covariance_1_1, covariance_2_1, covariance_2_2, ..``, the lower triangle."""
        dims = self.centers.shape[1]
        rows, columns = np.tril_indices(dims)
        below = dict(zip(_triangle(dims), self.covariances[:, rows, columns].T, strict=True))
        return super().to_table().assign(weight=self.weights, **below)

    @classmethod
    def from_table(cls, table: pd.DataFrame, latent_dim: int) -> Self:
        """The mixture that :meth:`to_table` wrote.

        Raises:
            ValueError: A column is missing, the weights are no probabilities, or a covariance is not positive definite.
        """
        weights = columns_of(table, ["weight"])[:, 0]
        if (weights <= 0).any() or abs(weights.sum() - 1) > _SLACK:
            raise ValueError("expected weights above 0 that sum to 1, got others")
        covariances = np.zeros((len(table), latent_dim, latent_dim))
        rows, columns = np.tril_indices(latent_dim)
        covariances[:, rows, columns] = columns_of(table, _triangle(latent_dim))
        covariances[:, columns, rows] = covariances[:, rows, columns]
        try:
            np.linalg.cholesky(covariances)
        except np.linalg.LinAlgError:
            raise ValueError("expected covariances that are positive definite, got others") from None
        return cls(centers_of(table, latent_dim), weights, covariances)

    @cached_property
    def _law(self) -> tuple[FloatArray, FloatArray]:
        """W = L^-1 with Sigma = L L^T, shape (k, d, d), and log pi + log |W|, shape (k,)."""
        factors, unit = np.linalg.cholesky(self.covariances), np.eye(self.centers.shape[1])
        whitening = np.stack([solve_triangular(factor, unit, lower=True) for factor in factors])
        log_volume = np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
        return whitening, np.log(self.weights) - log_volume

    def _log_joint(self, points: Points) -> Iterator[FloatArray]:
        """log pi_c N(p; mu_c, Sigma_c) without d/2 log 2 pi, which all share; parts of shape (k, some points)."""
        whitening, constants = self._law
        k, d = self.centers.shape
        rows, shift = whitening.reshape(k * d, d), np.einsum("cij,cj->ci", whitening, self.centers).reshape(k * d, 1)
        flat = points.reshape(-1, d)
        for start in range(0, len(flat), _POINTS_AT_ONCE):
            white = rows @ flat[start : start + _POINTS_AT_ONCE].astype(np.float64).T - shift
            yield constants[:, None] - np.square(white).reshape(k, d, -1).sum(axis=1) / 2


def _likeliest(white: FloatArray, k: int, n_init: int, seed: int) -> GaussianMixture:
    """The best of the starts on whitened points."""
    from sklearn.mixture import GaussianMixture

    settings = {"n_components": k, "reg_covar": _NARROWEST**2, "max_iter": _MOST_STEPS, "random_state": seed}
    best = GaussianMixture(**settings, tol=_ROUGH, n_init=n_init).fit(white)
    begun = {"weights_init": best.weights_, "means_init": best.means_, "precisions_init": best.precisions_}
    return GaussianMixture(**settings, **begun, tol=_FINE).fit(white)


def _spread(values: FloatArray) -> FloatArray:
    """L of the points' covariance L L^T, to which a millionth of its mean is added where they lie in a plane."""
    centered = values - values.mean(axis=0)
    covariance = centered.T @ centered / len(values)
    dims = len(covariance)
    ridge = max(_FLAT * float(np.trace(covariance)) / dims, float(np.finfo(np.float32).tiny))
    return np.linalg.cholesky(covariance + ridge * np.eye(dims))


def _triangle(latent_dim: int) -> list[str]:
    """Names of the columns of a covariance, the lower triangle row by row."""
    return [f"covariance_{i + 1}_{j + 1}" for i, j in zip(*np.tril_indices(latent_dim), strict=True)]
