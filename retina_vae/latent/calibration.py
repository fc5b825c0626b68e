"""Whether draws are draws of the decoder's own posterior p(z | x), asked of patients whose code is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import chi2

from retina_vae.latent.correct import corrected_codes
from retina_vae.latent.sample import sample_codes
from retina_vae.vae.likelihoods import TypedLikelihood
from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.replicas import replica_generators

__all__ = ["KnownCodes", "RankTest", "expected_coverage", "rank_test", "ranks", "simulate_known_codes"]

FloatArray = NDArray[np.floating]

_BINS = 20
_STREAM = 2**31


class KnownCodes(NamedTuple):
    """Codes from the prior and what is drawn for the patients decoded from them.

    ``codes`` and ``references``, draws from the prior that know nothing of the patient, have the shape (replicas,
    patients, d); the draws from q(z | x), ``encoded``, and from the importance correction, ``corrected``, (replicas,
    draws, patients, d).
    """

    codes: FloatArray
    references: FloatArray
    encoded: FloatArray
    corrected: FloatArray


class RankTest(NamedTuple):
    """Whether ranks are uniform; each of shape (d,).

    ``p_value`` is that of the chi-squared test; ``dispersion`` the mean squared distance of the ranks from the middle
    beside that of uniform ranks, above 1 where the draws are too narrow (under-dispersed) and below 1 where they are
    too wide; ``shift`` the mean rank as a share, minus 1/2: above 0 where the draws lie too low.
    """

    p_value: FloatArray
    dispersion: FloatArray
    shift: FloatArray


@torch.no_grad()
def simulate_known_codes(
    model: VariationalAutoencoder, patients: int, draws: int, proposals: int, seeds: Sequence[int]
) -> KnownCodes:
    """Draw z from p(z) and x from p(x | z), and ask for draws of z given x.

    The patients have no gaps. Bounds of the schema are not asked: whether x lies within them does not change p(z | x).

    Args:
        model: R replicas with a typed likelihood and a posterior that has a density.
        patients: Of each replica.
        draws: Of each patient, from q and by the correction.
        proposals: Weighted draws of the correction.
        seeds: One per replica.

    Raises:
        TypeError: The likelihood is not typed.
    """
    # Streams of their own, so that the numbers behind the true codes are in no draw.
    generators = replica_generators([seed + _STREAM for seed in seeds])
    dtype, device = next(model.parameters()).dtype, next(model.parameters()).device
    z, references = (model.prior.sample((model.latent_dim, patients), generators, dtype) for _ in range(2))
    likelihood = model.decode(z.to(device))
    if not isinstance(likelihood, TypedLikelihood):
        raise TypeError(f"expected a typed likelihood, got {type(likelihood).__name__}")
    x = likelihood.sample(generators)
    return KnownCodes(
        codes=z.mT.cpu().numpy(),
        references=references.mT.cpu().numpy(),
        encoded=sample_codes(model.encode(x), draws, seeds).draws,
        corrected=corrected_codes(model, x, proposals, draws, seeds).codes.draws,
    )


def ranks(codes: FloatArray, draws: FloatArray) -> NDArray[np.int64]:
    """How many of L draws lie below the code, in each dimension: uniform on 0, 1, .., L if they come from p(z | x).

    Simulation-based calibration (Talts, Betancourt, Simpson, Vehtari and Gelman 2018, theorem 1).

    Args:
        codes: Shape (patients, d).
        draws: Shape (L, patients, d).
    """
    below: NDArray[np.int64] = (draws < codes).sum(axis=0)
    return below


def rank_test(found: NDArray[np.int64], draws: int) -> RankTest:
    """Test ranks from 0 to ``draws`` for uniformity, in 20 bins.

    Args:
        found: Shape (patients, d).
        draws: L; L + 1 is a multiple of 20.

    Raises:
        ValueError: It is not, so that uniform ranks would not fill the bins alike.
    """
    if (draws + 1) % _BINS:
        raise ValueError(f"expected one less than a multiple of {_BINS} draws, got {draws}")
    patients, dims = found.shape
    bins = found * _BINS // (draws + 1)
    counts = np.stack([np.bincount(bins[:, j], minlength=_BINS) for j in range(dims)])
    expected = patients / _BINS
    statistic = (np.square(counts - expected) / expected).sum(axis=1)
    # The variance of a uniform number among 0, .., L is L (L + 2) / 12.
    dispersion = np.square(found - draws / 2).mean(axis=0) * 12 / (draws * (draws + 2))
    return RankTest(chi2.sf(statistic, _BINS - 1), dispersion, found.mean(axis=0) / draws - 0.5)


def expected_coverage(
    codes: FloatArray, draws: FloatArray, references: FloatArray, credibility: FloatArray
) -> NDArray[np.float64]:
    """Share of patients whose code lies in a credible region, for several credibilities.

    The region is a ball around a point that knows nothing of the patient, as large as it must be to hold that share of
    the draws (tests of accuracy with random points, TARP: Lemos, Coogan, Hezaveh and Perreault-Levasseur 2023). Unlike
    the ranks it sees all dimensions together. Coverage is credibility for all of them if the draws come from p(z | x),
    and below it at high credibilities and above it at low ones if they are too narrow.

    Args:
        codes: Shape (patients, d).
        draws: Shape (L, patients, d).
        references: Centres of the balls, shape (patients, d).
        credibility: From 0 to 1, multiples of 1 / (L + 1).

    Returns:
        The coverage at each.
    """
    distance = np.linalg.norm(codes - references, axis=1)
    nearer = (np.linalg.norm(draws - references, axis=2) < distance).sum(axis=0)
    # Nearer draws take the values 0 to L alike, so a share a of them lies below a (L + 1).
    limits = np.rint(np.asarray(credibility) * (len(draws) + 1))
    shares: NDArray[np.float64] = (nearer[:, None] < limits).mean(axis=0)
    return shares
