"""Divergences between Gaussian distributions: in closed form where there is one, by Monte Carlo where there is none."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["Estimate", "gaussian_kl", "monte_carlo_kl", "standard_normal_log_prob"]


class Estimate(NamedTuple):
    """A Monte-Carlo mean and its standard error, of one shape."""

    mean: Tensor
    standard_error: Tensor


def gaussian_kl(mean_1: Tensor, scale_tril_1: Tensor, mean_2: Tensor, scale_tril_2: Tensor) -> Tensor:
    """KL(N(mu_1, Sigma_1) || N(mu_2, Sigma_2)) in nats, with Sigma = A A^T.

        1/2 ( tr(Sigma_2^-1 Sigma_1) + (mu_2 - mu_1)^T Sigma_2^-1 (mu_2 - mu_1) - d + log |Sigma_2| / |Sigma_1| )

    Solved with the factors, so that no covariance is inverted.

    Args:
        mean_1: mu_1, shape (..., d).
        scale_tril_1: A_1, lower-triangular with a positive diagonal, shape (..., d, d).
        mean_2: mu_2, as ``mean_1``.
        scale_tril_2: A_2, as ``scale_tril_1``.

    Returns:
        The divergence, of the shape that the leading dimensions broadcast to.
    """
    difference = (mean_2 - mean_1).unsqueeze(-1)
    dims = mean_1.shape[-1]
    tall = torch.linalg.solve_triangular(scale_tril_2, torch.cat(_alike(scale_tril_1, difference), dim=-1), upper=False)
    squares = tall.square().sum(dim=(-2, -1))
    log_determinants = _log_diagonal(scale_tril_2) - _log_diagonal(scale_tril_1)
    return (squares - dims) / 2 + log_determinants


def monte_carlo_kl(log_q: Tensor, log_p: Tensor) -> Estimate:
    """KL(q || p) in nats from draws of q, for distributions without a closed form, such as mixtures.

    Args:
        log_q: log q(z) of the draws, shape (draws, ...).
        log_p: log p(z) of the same draws.
    """
    ratios = log_q - log_p
    return Estimate(ratios.mean(dim=0), ratios.std(dim=0) / math.sqrt(len(ratios)))


def standard_normal_log_prob(z: Tensor, dim: int = 1) -> Tensor:
    """log N(z; 0, I) in nats, summed over the latent dimensions along ``dim``."""
    return -(z.square() + math.log(2 * math.pi)).sum(dim=dim) / 2


def _alike(first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    """Both with the leading dimensions that they broadcast to."""
    leading = torch.broadcast_shapes(first.shape[:-2], second.shape[:-2])
    return first.expand(*leading, *first.shape[-2:]), second.expand(*leading, *second.shape[-2:])


def _log_diagonal(scale_tril: Tensor) -> Tensor:
    return scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(dim=-1)
