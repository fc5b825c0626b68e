"""Points from which a patient's integrals over a cluster are summed, and what each of them weighs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.vae.gaussians import standard_normal_log_prob
from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.posteriors import FullGaussian, Posterior
from retina_vae.vae.priors import StandardNormal
from retina_vae.vae.proposals import log_mixture, mixture_draws, shares

__all__ = [
    "FITTED",
    "INFLATED",
    "NARROWEST",
    "RIDGE",
    "STEP",
    "ClusterPoints",
    "Evaluated",
    "PatientPoints",
    "PriorPoints",
    "Responsibilities",
]

Responsibilities = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""From codes, shape (n, d), to the probability of each cluster, shape (n, k)."""

FITTED = 256
"""Points from the Gaussian that is fitted to a patient's points in a cluster, where there are as many draws."""

STEP = 2.0**-12
"""The points from the prior are kept to this step, so that a page holds them in two bytes."""

INFLATED, RIDGE, NARROWEST = 1.3, 1e-2, 1e-6
"""What the covariance of that Gaussian is multiplied with; what is added to it, as a share of its mean and at least."""

_LARGEST = 7.9


@dataclass(frozen=True, eq=False)
class PriorPoints:
    """Draws from the prior, as many in each cluster, so that a cluster has support whatever a patient's code is.

    Attributes:
        codes: Shape (k, d, points).
        counts: How many of a cluster's points count, shape (k,): fewer where the prior hardly reaches it.
        log_share: Logarithm of the prior's share of each cluster, shape (k,).
        log_responsibility: log r_c of each point of cluster c, shape (k, points); -infinity of those that do not count.
        responsibilities: r_c(z), of any codes.
    """

    codes: Tensor
    counts: Tensor
    log_share: Tensor
    log_responsibility: Tensor
    responsibilities: Responsibilities

    @classmethod
    def drawn(
        cls, responsibilities: Responsibilities, latent_dim: int, points: int, seed: int, pool: int = 2**17
    ) -> PriorPoints:
        """The first ``points`` of each cluster among scrambled Sobol points (Owen 1998).

        Args:
            responsibilities: Of the partition.
            latent_dim: d.
            points: Of each cluster.
            seed: Of the Sobol points, and of the cluster of a point that the partition divides among several.
            pool: How many points the shares are measured with.
        """
        uniform = torch.quasirandom.SobolEngine(latent_dim, scramble=True, seed=seed).draw(pool, dtype=torch.float64)
        z = torch.special.ndtri(uniform).clamp(-_LARGEST, _LARGEST)
        # First, so that a point lies in the cluster that it was drawn for.
        z = (z / STEP).round() * STEP
        parts = torch.from_numpy(responsibilities(z.numpy()))
        chance = torch.rand(pool, 1, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        labels = (parts.cumsum(dim=1) < chance).sum(dim=1).clamp(max=parts.shape[1] - 1)
        chosen = [(labels == cluster).nonzero()[:points, 0] for cluster in range(parts.shape[1])]
        codes, logs = z.new_zeros(len(chosen), latent_dim, points), z.new_full((len(chosen), points), -math.inf)
        for cluster, own in enumerate(chosen):
            codes[cluster, :, : len(own)] = z[own].T
            logs[cluster, : len(own)] = parts[own, cluster].log()
        counts = torch.tensor([len(own) for own in chosen])
        # Of a cluster without any point all that is known is that it is small.
        log_share = parts.mean(dim=0).clamp(min=0.5 / pool).log()
        return cls(codes, counts, log_share, logs, responsibilities)

    @property
    def clusters(self) -> int:
        """k."""
        return len(self.codes)

    @property
    def points(self) -> int:
        """How many each cluster has."""
        return self.codes.shape[2]

    def decoded(self, model: VariationalAutoencoder) -> Tensor:
        """The decoder's numbers at the points, shape (k, numbers, points).

        Raises:
            TypeError: The points are no draws from the model's prior.
        """
        if not isinstance(model.prior, StandardNormal):
            raise TypeError(f"expected the prior N(0, I), got {type(model.prior).__name__}")
        codes = self.codes.to(next(model.parameters()).dtype)
        numbers: Tensor = model.decoder(codes.permute(1, 0, 2).flatten(1).unsqueeze(0))[0]
        return numbers.unflatten(1, (self.clusters, -1)).permute(1, 0, 2)


class Evaluated(NamedTuple):
    """Codes with what is known at them, of B patients each with a cluster of its own.

    ``codes`` has the shape (1, d, points, B), ``terms``, which is log p(x_j | z), (B, columns, points); log p, log m
    and log r of the cluster have (B, points).
    """

    codes: Tensor
    terms: Tensor
    log_p: Tensor
    log_m: Tensor
    log_r: Tensor

    def joined(self, other: Evaluated) -> Evaluated:
        """These codes, and then others."""
        codes = torch.cat([self.codes, other.codes], dim=2)
        return Evaluated(codes, *(torch.cat(pair, dim=-1) for pair in zip(self[1:], other[1:], strict=True)))


class ClusterPoints(NamedTuple):
    """What one cluster's integrals are summed from.

    ``log_weights`` is the logarithm of what a point weighs, shape (B, points): with the columns of S their weighted
    products estimate int r_c(z) p(z) prod_S p(x_j | z) dz.
    """

    points: Evaluated
    log_weights: Tensor

    @property
    def log_joint(self) -> Tensor:
        """The summands with all columns, shape (B, points)."""
        return self.points.terms.sum(dim=1) + self.log_weights

    def gaussian(self) -> FullGaussian:
        """Mean and wider covariance of the points by the roots of their summands, in double precision.

        The roots reach beyond the posterior in the cluster, towards what fewer columns say of the code.
        """
        log_w = self.log_joint / 2
        w = log_w.masked_fill(~log_w.isfinite().any(dim=1, keepdim=True), 0.0).softmax(dim=1)
        z = self.points.codes[0].double()
        mean = torch.einsum("dnb,bn->db", z, w)
        far = z - mean.unsqueeze(1)
        covariance = torch.einsum("dnb,enb,bn->bde", far, far, w)
        ridge = torch.diagonal(covariance, dim1=1, dim2=2).mean(dim=1) * RIDGE + NARROWEST
        factor = torch.linalg.cholesky(INFLATED * covariance + ridge[:, None, None] * torch.eye(len(mean)))
        diagonal = torch.diagonal(factor, dim1=1, dim2=2).T
        return FullGaussian(mean.unsqueeze(0), factor.unsqueeze(0), diagonal.log().unsqueeze(0))


class PatientPoints:
    """B patients, and the points from which their integrals are summed.

    Three sources have points in an integral over cluster c: S draws from m(z), which knows the patient
    (:func:`retina_vae.vae.proposals.mixture_draws`); n_c from the prior in c, whose density there is r_c p / pi_c; and
    where it is asked for N from a Gaussian that is fitted to the former in c. A point weighs r_c p divided by the sum
    of the sources' densities, each times the number of its points: the balance heuristic of multiple importance
    sampling (Veach and Guibas 1995), fitted as it goes (Cornuet et al. 2012).
    """

    def __init__(
        self, model: VariationalAutoencoder, x: Tensor, prior: PriorPoints, decoded: Tensor, noise: Tensor
    ) -> None:
        """The points of some patients.

        Args:
            model: One replica with a typed likelihood and a Gaussian posterior.
            x: Features, shape (features, B).
            prior: Points of the clusters.
            decoded: The decoder's numbers at them (:meth:`PriorPoints.decoded`).
            noise: Standard normal numbers, shape (1, d, S, 1).
        """
        self.model, self.x, self.prior, self.decoded, self.noise = model, x.unsqueeze(0), prior, decoded, noise
        self.posterior: Posterior = model.encode(self.x)
        self.codes, log_m = mixture_draws(self.posterior, noise)
        self.log_m, self.log_r = _by_patient(log_m), self._log_responsibilities(self.codes)
        self.terms = self._terms(model.decoder(self.codes.flatten(2)))

    @property
    def draws(self) -> int:
        """S."""
        return self.noise.shape[2]

    def side(self, clusters: Tensor) -> ClusterPoints:
        """The points of one cluster of each patient, shape (B,), from the first two sources."""
        points = self._of_prior(clusters).joined(self._drawn(clusters))
        return ClusterPoints(points, points.log_r + points.log_p - self._log_density(points, clusters))

    def fitted_side(self, clusters: Tensor) -> ClusterPoints:
        """The same from all three."""
        side = self.side(clusters)
        gaussian = side.gaussian()
        noise = self.noise[:, :, :FITTED]
        codes = gaussian.rsample(noise.double()).to(self.x.dtype)
        terms = self._terms(self.model.decoder(codes.flatten(2)))
        log_r = _of_clusters(self._log_responsibilities(codes), clusters)
        points = side.points.joined(Evaluated(codes, terms, _log_p(codes), self._log_mixture(codes), log_r))
        log_fitted = _by_patient(gaussian.log_prob(points.codes.double())) + math.log(noise.shape[2])
        density = torch.logaddexp(self._log_density(points, clusters), log_fitted)
        return ClusterPoints(points, points.log_r + points.log_p - density)

    def _of_prior(self, clusters: Tensor) -> Evaluated:
        codes = self.prior.codes[clusters].permute(1, 2, 0).unsqueeze(0).to(self.x.dtype)
        terms = self._terms(self.decoded[clusters].permute(1, 2, 0).flatten(1).unsqueeze(0))
        log_r = self.prior.log_responsibility[clusters]
        return Evaluated(codes, terms, _log_p(codes), self._log_mixture(codes), log_r)

    def _drawn(self, clusters: Tensor) -> Evaluated:
        log_r = _of_clusters(self.log_r, clusters)
        return Evaluated(self.codes, self.terms, _log_p(self.codes), self.log_m, log_r)

    def _log_density(self, points: Evaluated, clusters: Tensor) -> Tensor:
        """The logarithm of S m + n_c r_c p / pi_c."""
        of_prior = (self.prior.counts[clusters].log() - self.prior.log_share[clusters])[:, None]
        return torch.logaddexp(points.log_m + math.log(self.draws), of_prior + points.log_r + points.log_p)

    def _log_mixture(self, codes: Tensor) -> Tensor:
        return _by_patient(log_mixture(self.posterior, codes, self.posterior.log_prob(codes), shares(self.draws)))

    def _log_responsibilities(self, codes: Tensor) -> Tensor:
        """log r of every cluster, shape (B, points, k)."""
        flat = codes[0].double().permute(2, 1, 0)
        found = self.prior.responsibilities(flat.flatten(0, 1).numpy())
        return torch.from_numpy(found).log().unflatten(0, flat.shape[:2])

    def _terms(self, numbers: Tensor) -> Tensor:
        """log p(x_j | z), shape (B, columns, points), from the decoder's numbers, (1, numbers, points x B)."""
        points = numbers.shape[2] // self.x.shape[2]
        values = self.model.output(numbers).log_prob(self.x.repeat(1, 1, points))[0]
        return values.unflatten(1, (points, -1)).permute(2, 0, 1).double()


def _of_clusters(values: Tensor, clusters: Tensor) -> Tensor:
    """From shape (patients, points, k) to (patients, points), those of one cluster of each patient."""
    return values.gather(2, clusters[:, None, None].expand(-1, values.shape[1], 1))[..., 0]


def _log_p(codes: Tensor) -> Tensor:
    return _by_patient(standard_normal_log_prob(codes))


def _by_patient(values: Tensor) -> Tensor:
    """From shape (1, points, patients) to (patients, points), in double precision."""
    return values[0].mT.double()
