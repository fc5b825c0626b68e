"""Approximate posteriors q(z | x): what the encoder returns.

Three families with one interface: a Gaussian with independent dimensions, a Gaussian with a full covariance, and a
point, which makes an ordinary autoencoder. Each is a view of the encoder's output, whose first 2 d rows mean the same
in both Gaussians.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, Self

import torch
from torch import Tensor

from retina_vae.vae.gaussians import gaussian_kl, standard_normal_log_prob

__all__ = ["POSTERIORS", "DiagonalGaussian", "FullGaussian", "Point", "Posterior"]


class Posterior(Protocol):
    """q(z | x) of every patient under every replica."""

    @property
    def mean(self) -> Tensor:
        """mu, shape (replicas, latent dimensions, patients)."""
        ...

    @property
    def scale(self) -> Tensor:
        """Standard deviation of each dimension on its own, of the same shape."""
        ...

    @property
    def covariance(self) -> Tensor:
        """Sigma, shape (replicas, latent dimensions, latent dimensions, patients)."""
        ...

    @property
    def statistics(self) -> Tensor:
        """(mu, Sigma) as unbounded numbers, shape (replicas, parameters, patients): what a classifier reads."""
        ...

    @staticmethod
    def parameter_count(latent_dim: int) -> int:
        """Rows of the encoder's output."""
        ...

    @classmethod
    def from_parameters(cls, parameters: Tensor, latent_dim: int) -> Self:
        """The posterior that an encoder's output of shape (replicas, parameters, patients) stands for."""
        ...

    def double(self) -> Self:
        """The same in double precision."""
        ...

    def take(self, patients: Tensor | slice) -> Self:
        """Those of some of the patients."""
        ...

    def rsample(self, noise: Tensor) -> Tensor:
        """Reparametrised draws, differentiable in the parameters (Kingma and Welling 2014, section 2.4).

        Args:
            noise: Standard normal numbers of shape (replicas, latent dimensions, draws, patients), or of one patient
                where all have the same.

        Returns:
            Draws, shape (replicas, latent dimensions, draws, patients).
        """
        ...

    def kl_to_standard_normal(self) -> Tensor:
        """KL(q(z | x) || N(0, I)) in nats, shape (replicas, patients)."""
        ...

    def log_prob(self, z: Tensor) -> Tensor:
        """log q(z | x) in nats for draws as from :meth:`rsample`; shape (replicas, draws, patients)."""
        ...

    def log_prob_of_draws(self, noise: Tensor) -> Tensor:
        """``log_prob(rsample(noise))``, from the noise itself: exact however narrow the posterior is."""
        ...


@dataclass(frozen=True)
class DiagonalGaussian:
    """q(z | x) = N(mu, diag(sigma^2)).

    ``mean`` is mu and ``log_variance`` is log sigma^2, both of shape (replicas, latent dimensions, patients).
    """

    mean: Tensor
    log_variance: Tensor

    @staticmethod
    def parameter_count(latent_dim: int) -> int:
        """A mean and a log-variance per dimension."""
        return 2 * latent_dim

    @classmethod
    def from_parameters(cls, parameters: Tensor, latent_dim: int) -> Self:
        """Split an encoder's output of shape (replicas, 2 x latent dimensions, patients)."""
        return cls(*parameters.split(latent_dim, dim=1))

    @property
    def scale(self) -> Tensor:
        """sigma, shape (replicas, latent dimensions, patients)."""
        return (self.log_variance / 2).exp()

    @property
    def covariance(self) -> Tensor:
        """diag(sigma^2), shape (replicas, latent dimensions, latent dimensions, patients)."""
        return torch.diag_embed(self.log_variance.exp().mT).permute(0, 2, 3, 1)

    @property
    def statistics(self) -> Tensor:
        """mu and log sigma."""
        return torch.cat([self.mean, self.log_variance / 2], dim=1)

    def double(self) -> Self:
        """The same in double precision."""
        return type(self)(self.mean.double(), self.log_variance.double())

    def take(self, patients: Tensor | slice) -> Self:
        """Those of some of the patients."""
        return type(self)(self.mean[..., patients], self.log_variance[..., patients])

    def rsample(self, noise: Tensor) -> Tensor:
        """z = mu + sigma * noise."""
        return torch.addcmul(self.mean.unsqueeze(2), self.scale.unsqueeze(2), noise)

    def kl_to_standard_normal(self) -> Tensor:
        """KL(q(z | x) || N(0, I)) in nats, shape (replicas, patients) (Kingma and Welling 2014, appendix B)."""
        variance = self.log_variance.exp()
        return (variance + self.mean.square() - 1 - self.log_variance).sum(dim=1) / 2

    def log_prob(self, z: Tensor) -> Tensor:
        """log q(z | x), dimension by dimension."""
        log_variance = self.log_variance.unsqueeze(2)
        squares = (z - self.mean.unsqueeze(2)).square() * (-log_variance).exp()
        return -(squares + log_variance + math.log(2 * math.pi)).sum(dim=1) / 2

    def log_prob_of_draws(self, noise: Tensor) -> Tensor:
        """``log N(noise; 0, I) - log |sigma|``."""
        return standard_normal_log_prob(noise) - self.log_variance.sum(dim=1, keepdim=True) / 2


@dataclass(frozen=True)
class FullGaussian:
    """q(z | x) = N(mu, A A^T) with A lower-triangular and its diagonal positive.

    ``mean`` is mu, shape (replicas, latent dimensions, patients); ``scale_tril`` is A, shape (replicas, patients,
    latent dimensions, latent dimensions); ``log_diagonal`` is the logarithm of A's diagonal, shaped as ``mean``.
    """

    mean: Tensor
    scale_tril: Tensor
    log_diagonal: Tensor

    @staticmethod
    def parameter_count(latent_dim: int) -> int:
        """A mean, a log-variance and the part of A below its diagonal."""
        return 2 * latent_dim + latent_dim * (latent_dim - 1) // 2

    @classmethod
    def from_parameters(cls, parameters: Tensor, latent_dim: int) -> Self:
        """Put an encoder's output together to mu and A.

        The second group of rows is twice the logarithm of A's diagonal, so that with zeros below the diagonal the
        same numbers mean the same posterior as in :class:`DiagonalGaussian`.
        """
        below = parameters.shape[1] - 2 * latent_dim
        mean, log_variance, off_diagonal = parameters.split([latent_dim, latent_dim, below], dim=1)
        log_diagonal = log_variance / 2
        rows, columns = torch.tril_indices(latent_dim, latent_dim, offset=-1, device=parameters.device)
        factor = torch.diag_embed(log_diagonal.exp().mT)
        factor[..., rows, columns] = off_diagonal.mT
        return cls(mean, factor, log_diagonal)

    @property
    def scale(self) -> Tensor:
        """Square root of Sigma's diagonal."""
        return self.scale_tril.square().sum(dim=3).sqrt().mT

    @property
    def covariance(self) -> Tensor:
        """Sigma = A A^T, shape (replicas, latent dimensions, latent dimensions, patients)."""
        return (self.scale_tril @ self.scale_tril.mT).permute(0, 2, 3, 1)

    @property
    def statistics(self) -> Tensor:
        """mu, the logarithm of A's diagonal, and what stands below it."""
        dims = self.mean.shape[1]
        rows, columns = torch.tril_indices(dims, dims, offset=-1, device=self.mean.device)
        return torch.cat([self.mean, self.log_diagonal, self.scale_tril[..., rows, columns].mT], dim=1)

    def double(self) -> Self:
        """The same in double precision."""
        return type(self)(self.mean.double(), self.scale_tril.double(), self.log_diagonal.double())

    def take(self, patients: Tensor | slice) -> Self:
        """Those of some of the patients."""
        return type(self)(self.mean[..., patients], self.scale_tril[:, patients], self.log_diagonal[..., patients])

    def rsample(self, noise: Tensor) -> Tensor:
        """z = mu + A noise: the reparametrisation through the Cholesky factor."""
        if noise.shape[3] == 1:
            # The same noise for all patients: a product per dimension, in place of one per patient.
            return self.mean.unsqueeze(2) + noise[..., 0].mT.unsqueeze(1) @ self.scale_tril.permute(0, 2, 3, 1)
        return self.mean.unsqueeze(2) + torch.einsum("rnij,rjln->riln", self.scale_tril, noise)

    def kl_to_standard_normal(self) -> Tensor:
        """KL(q(z | x) || N(0, I)) in nats: the general closed form with mu_2 = 0 and A_2 = I."""
        squares = self.scale_tril.square().sum(dim=(2, 3)) + self.mean.square().sum(dim=1)
        return (squares - self.mean.shape[1]) / 2 - self.log_diagonal.sum(dim=1)

    def kl_to(self, other: FullGaussian) -> Tensor:
        """KL(q || other) in nats, shape (replicas, patients)."""
        return gaussian_kl(self.mean.mT, self.scale_tril, other.mean.mT, other.scale_tril)

    def log_prob(self, z: Tensor) -> Tensor:
        """log q(z | x) through the triangular system A e = z - mu."""
        difference = (z - self.mean.unsqueeze(2)).permute(0, 3, 1, 2)
        noise = torch.linalg.solve_triangular(self.scale_tril, difference, upper=False)
        constant = self.log_diagonal.sum(dim=1) + self.mean.shape[1] * math.log(2 * math.pi) / 2
        return -noise.square().sum(dim=2).mT / 2 - constant.unsqueeze(1)

    def log_prob_of_draws(self, noise: Tensor) -> Tensor:
        """``log N(noise; 0, I) - log |A|``."""
        return standard_normal_log_prob(noise) - self.log_diagonal.sum(dim=1, keepdim=True)


@dataclass(frozen=True)
class Point:
    """q(z | x) is all at mu: the code of an ordinary autoencoder, which has no density.

    ``mean`` has the shape (replicas, latent dimensions, patients).
    """

    mean: Tensor

    @staticmethod
    def parameter_count(latent_dim: int) -> int:
        """A mean per dimension."""
        return latent_dim

    @classmethod
    def from_parameters(cls, parameters: Tensor, latent_dim: int) -> Self:
        """The encoder's output is the code."""
        return cls(parameters)

    @property
    def scale(self) -> Tensor:
        """Zeros."""
        return torch.zeros_like(self.mean)

    @property
    def covariance(self) -> Tensor:
        """Zeros, shape (replicas, latent dimensions, latent dimensions, patients)."""
        return self.mean.new_zeros(self.mean.shape[0], self.mean.shape[1], *self.mean.shape[1:])

    @property
    def statistics(self) -> Tensor:
        """mu."""
        return self.mean

    def double(self) -> Self:
        """The same in double precision."""
        return type(self)(self.mean.double())

    def take(self, patients: Tensor | slice) -> Self:
        """Those of some of the patients."""
        return type(self)(self.mean[..., patients])

    def rsample(self, noise: Tensor) -> Tensor:
        """mu, as often as there are draws; the noise does not matter."""
        return self.mean.unsqueeze(2).expand(-1, -1, noise.shape[2], -1)

    def kl_to_standard_normal(self) -> Tensor:
        """Infinite: a point has no density."""
        return torch.full_like(self.mean[:, 0], math.inf)

    def log_prob(self, z: Tensor) -> Tensor:
        """Infinite at the point; a density with respect to z does not exist."""
        return torch.full_like(z[:, 0], math.inf)

    def log_prob_of_draws(self, noise: Tensor) -> Tensor:
        """Infinite."""
        return torch.full_like(noise[:, 0], math.inf)


POSTERIORS: dict[str, type[DiagonalGaussian] | type[FullGaussian] | type[Point]] = {
    "diagonal": DiagonalGaussian,
    "full": FullGaussian,
    "point": Point,
}
"""The family that ``vae.posterior`` names."""
