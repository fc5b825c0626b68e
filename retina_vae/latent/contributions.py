"""Which columns speak for one cluster against another: a patient's log-odds, divided among the columns.

The decoder gives the odds of two clusters a and b exactly, as integrals over the code:

    P(a | x) / P(b | x) = int r_a(z) p(z) prod_j p(x_j | z) dz / int r_b(z) p(z) prod_j p(x_j | z) dz,

with r_c(z) the probability that the partition gives c at z, for k-means 1 in its cell and 0 elsewhere. With the columns
of a subset S alone in the products, the logarithm of the ratio is v(S). v of no column is what the sizes of the
clusters under the prior say before anything is known of the patient; v of all columns are the patient's log-odds. What
a column contributes is its Shapley value: the mean, over the orderings of the columns, of the change of v when it is
added (Shapley 1953; Strumbelj and Kononenko 2014). So the contributions and the sizes add up to the log-odds, two
columns that say the same share alike, and a column that is not observed contributes 0. Numbers are in nats.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.latent.cluster_points import FITTED, ClusterPoints, PatientPoints, PriorPoints
from retina_vae.latent.shapley import SubsetSums
from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.proposals import shares

__all__ = ["Contributions", "cluster_evidence", "column_contributions"]

GROUPS = 8
"""Blocks of points, each left out once: how much that changes a number is its error."""

_NUMBERS_AT_ONCE = 2**20


@dataclass(frozen=True)
class Contributions:
    """Log-odds of n patients for one cluster against another, in nats; not a number where no point lies in either.

    Attributes:
        log_odds: Shape (n,); ``sizes`` and the contributions of all columns add up to them.
        sizes: What the clusters' sizes under the prior say alone, shape (n,).
        columns: What each column contributes, shape (n, columns).
        log_odds_error: Standard error of the numerical integration, shape (n,).
        column_error: The same of each contribution, with that of the sampled orderings, shape (n, columns).
    """

    log_odds: NDArray[np.float64]
    sizes: NDArray[np.float64]
    columns: NDArray[np.float64]
    log_odds_error: NDArray[np.float64]
    column_error: NDArray[np.float64]

    @classmethod
    def joined(cls, parts: list[Contributions]) -> Contributions:
        """Those of several batches of patients, one after the other."""
        return cls(*(np.concatenate([getattr(part, own.name) for part in parts]) for own in fields(cls)))

    def take(self, patients: NDArray[np.int64]) -> Contributions:
        """Those of some of the patients."""
        return Contributions(*(getattr(self, own.name)[patients] for own in fields(self)))


@torch.no_grad()
def cluster_evidence(model: VariationalAutoencoder, x: Tensor, prior: PriorPoints, noise: Tensor) -> Tensor:
    """log int r_c(z) p(z) p(x | z) dz of every cluster c, in nats, in the units of the features.

    Args:
        model: One replica with a typed likelihood, a Gaussian posterior and the prior N(0, I).
        x: Features, shape (features, patients).
        prior: Points of the clusters.
        noise: Standard normal numbers, shape (1, d, draws, 1).

    Returns:
        Shape (patients, k), in double precision.
    """
    decoded, found = prior.decoded(model), []
    size = max(1, _NUMBERS_AT_ONCE // (4 * x.shape[0] * (prior.points + noise.shape[2])))
    for part in x.split(size, dim=1):
        patients = PatientPoints(model, part, prior, decoded, noise)
        sides = (patients.side(torch.full((part.shape[1],), cluster)) for cluster in range(prior.clusters))
        found.append(torch.stack([own.log_joint.logsumexp(dim=1) for own in sides], dim=1))
    return torch.cat(found)


@torch.no_grad()
def column_contributions(
    model: VariationalAutoencoder,
    x: Tensor,
    prior: PriorPoints,
    noise: Tensor,
    cluster: Tensor,
    against: Tensor,
    plan: SubsetSums,
) -> Contributions:
    """What each column says for each patient's cluster against another one.

    Args:
        model: As for :func:`cluster_evidence`.
        x: Features, shape (features, patients).
        prior: Points of the clusters.
        noise: As for :func:`cluster_evidence`.
        cluster: a of each patient, from 0, shape (patients,).
        against: b of each patient, alike.
        plan: Which subsets of the columns are summed (:func:`retina_vae.latent.shapley.orderings`).
    """
    decoded, parts = prior.decoded(model), []
    size = max(1, _NUMBERS_AT_ONCE // (plan.count * (prior.points + noise.shape[2] + FITTED)))
    for start in range(0, x.shape[1], size):
        part = slice(start, start + size)
        patients = PatientPoints(model, x[:, part], prior, decoded, noise)
        parts.append(_divided(patients, plan, cluster[part], against[part]))
    return Contributions.joined(parts)


def _divided(patients: PatientPoints, plan: SubsetSums, cluster: Tensor, against: Tensor) -> Contributions:
    """The contributions of one batch."""
    prior, groups = patients.prior, _without_each_group(patients)
    sides = [patients.fitted_side(own) for own in (cluster, against)]
    first, second = (_log_sums(plan, own, groups) for own in sides)
    values = (first - second).mT
    sizes = prior.log_share[cluster] - prior.log_share[against]
    silent = torch.stack([(own.points.terms == 0).all(dim=2) for own in sides]).all(dim=0)
    # Without any column the integrals are the clusters' shares, which are known: all others are held against them.
    values = values - values[..., :1] + sizes[:, None, None]
    found, variance = plan.contributions(values)
    column, log_odds = found[:, 0].masked_fill(silent, 0.0), values[:, 0, -1]
    column_error = (_jackknife(found[:, 1:]) + variance[:, 0]).sqrt().masked_fill(silent, 0.0)
    numbers = log_odds, sizes, column, _jackknife(values[:, 1:, -1]).sqrt(), column_error
    # Without a point in one of the clusters nothing is known.
    known = log_odds.isfinite()
    return Contributions(*(_where(known, own).numpy() for own in numbers))


def _where(known: Tensor, values: Tensor) -> Tensor:
    return values.where(known.reshape(-1, *[1] * (values.ndim - 1)), torch.nan)


def _log_sums(plan: SubsetSums, side: ClusterPoints, groups: Tensor) -> Tensor:
    """The logarithm of the sum over the points for each subset: of all, then without each group.

    Returns:
        Shape (patients, subsets, 1 + groups).
    """
    logs = plan.sums(side.points.terms).add_(side.log_weights[:, None])
    # Where no point counts, the logarithm of 0 stays one.
    highest = logs.amax(dim=2, keepdim=True).clamp(min=torch.finfo(logs.dtype).min)
    return (logs.sub_(highest).exp_() @ groups).log() + highest


def _without_each_group(patients: PatientPoints) -> Tensor:
    """1 where a point counts: of all, then without each group of them; shape (points, 1 + groups).

    A group has the same share of consecutive points of each source, which are evenly spread themselves.
    """
    sources = patients.prior.points, *shares(patients.draws), min(FITTED, patients.draws)
    group = torch.cat([torch.arange(count) * GROUPS // max(count, 1) for count in sources])
    kept = group[:, None] != torch.arange(GROUPS)
    return torch.cat([torch.ones(len(group), 1), kept], dim=1).double()


def _jackknife(values: Tensor) -> Tensor:
    """The variance of a number from what it is without each group, shape (patients, groups, ...) (Tukey 1958)."""
    return (values - values.mean(dim=1, keepdim=True)).square().sum(dim=1) * (GROUPS - 1) / GROUPS
