"""What decoders draw: pictures from the prior, of codes, and on the way from one picture to another."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.latent.encode import encode_patients
from retina_vae.vae import VariationalAutoencoder

__all__ = ["decoded", "drawn", "from_prior", "latent_plane", "mean_codes", "midpoints", "path_between"]

FloatArray = NDArray[np.float64]

_BATCH = 2048


@torch.no_grad()
def decoded(model: VariationalAutoencoder, z: Tensor) -> FloatArray:
    """E[x | z], the expected share of each pixel's maximum, shape (pictures, pixels).

    Args:
        model: One replica.
        z: Codes, shape (latent dimensions, pictures).
    """
    parts = [model.decode(part.unsqueeze(0)).mean[0].T for part in z.split(_BATCH, dim=1)]
    return torch.cat(parts).double().numpy()


@torch.no_grad()
def drawn(model: VariationalAutoencoder, z: Tensor, seed: int) -> FloatArray:
    """One draw from p(x | z) for each code, shape (pictures, pixels); arguments as of :func:`decoded`."""
    generator = torch.Generator().manual_seed(seed)
    parts = [model.decode(part.unsqueeze(0)).sample([generator])[0].T for part in z.split(_BATCH, dim=1)]  # type: ignore[attr-defined]
    return torch.cat(parts).double().numpy()


def mean_codes(model: VariationalAutoencoder, x: Tensor) -> Tensor:
    """Means of q(z | x), shape (latent dimensions, pictures), of one replica; ``x`` has shape (pixels, pictures)."""
    return encode_patients(model, x).mean[0]


def from_prior(model: VariationalAutoencoder, count: int, seed: int) -> Tensor:
    """Draws from N(0, I), shape (latent dimensions, count)."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, model.latent_dim, generator=generator).T.contiguous()


def latent_plane(side: int) -> Tensor:
    """Codes of a square grid of quantiles of N(0, I) in two dimensions, row after row from the top, shape (2, side²).

    As Kingma and Welling (2014, figure 4): equal steps of probability, (1/2)/side to 1 - (1/2)/side.
    """
    quantiles = [NormalDist().inv_cdf((place + 0.5) / side) for place in range(side)]
    first, second = np.meshgrid(quantiles, quantiles[::-1])
    return torch.from_numpy(np.stack([first.ravel(), second.ravel()])).float()


def path_between(start: Tensor, stop: Tensor, steps: int) -> Tensor:
    """Codes on straight lines, shape (latent dimensions, pairs, steps), both ends among them.

    Args:
        start: Shape (latent dimensions, pairs).
        stop: Likewise.
        steps: At least two.
    """
    share = torch.linspace(0, 1, steps, dtype=start.dtype)
    return start.unsqueeze(2) + (stop - start).unsqueeze(2) * share


def midpoints(codes: Tensor, labels: NDArray[np.int64], count: int, seed: int) -> tuple[Tensor, NDArray[np.int64]]:
    """Codes half-way between two pictures of different labels, drawn at random.

    Args:
        codes: Shape (latent dimensions, pictures).
        labels: Of the pictures; those below 0 are not known, and take no part.
        count: How many pairs.
        seed: Of the draws.

    Returns:
        The codes, shape (latent dimensions, count), and the places of both pictures, shape (count, 2).

    Raises:
        ValueError: All labels that are known are the same.
    """
    known = np.flatnonzero(labels >= 0)
    if len(np.unique(labels[known])) < 2:
        raise ValueError("expected pictures of two labels at least, got one label or none")
    rng = np.random.default_rng(seed)
    pairs = np.empty((0, 2), dtype=np.int64)
    while len(pairs) < count:
        found = rng.choice(known, (2 * count, 2))
        pairs = np.concatenate([pairs, found[labels[found[:, 0]] != labels[found[:, 1]]]])
    pairs = pairs[:count]
    return (codes[:, pairs[:, 0]] + codes[:, pairs[:, 1]]) / 2, pairs
