"""The reported replica's clusters, codes and log-evidence of patients, whoever else is in the file."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.assign.batched import codes_per_batch, compute_in_batches
from retina_vae.clusters.partitions import Partition
from retina_vae.latent.encode import encode_patients
from retina_vae.progress import Advance, silent
from retina_vae.vae import ModelDescription, VariationalAutoencoder
from retina_vae.vae.proposals import common_noise, weighted_proposals

__all__ = ["Scorer", "Scores", "common_noise"]

FloatArray = NDArray[np.float32]

_CODES_PER_BATCH = 2**16
"""Large enough that a step costs more than starting it, small enough for its numbers to stay in the cache."""


@dataclass(frozen=True, eq=False)
class Scores:
    """What the model says of n patients.

    Attributes:
        cluster: 0-based cluster, shape (n,).
        probability: Mean over the code's distribution of each cluster's probability, shape (n, k); rows sum to 1.
        mean: Mean of the code, shape (n, d).
        scale: Its standard deviation per dimension, shape (n, d).
        log_evidence: log p(x) in nats, numbers in their units, shape (n,); not a number for a model without density.
    """

    cluster: NDArray[np.int64]
    probability: FloatArray
    mean: FloatArray
    scale: FloatArray
    log_evidence: FloatArray

    def take(self, patients: NDArray[np.bool_]) -> Scores:
        """The scores of some of the patients."""
        return Scores(*(getattr(self, field.name)[patients] for field in fields(self)))


@dataclass(frozen=True, eq=False)
class Scorer:
    """One replica of a model with the partition of its codes.

    Every patient is measured with the same noise (common random numbers), so that a patient's numbers depend on the
    patient alone: not on the order of the file, its length or the chunk. Where the run corrects codes, the proposals
    come from the mixture of the run (:func:`retina_vae.vae.proposals.weighted_proposals`) and count with their
    importance weights. The latent stage smooths the largest of these too, and draws some proposals again by weight,
    which comes to the same expectation where the weights can be relied on.

    Attributes:
        model: One replica.
        description: Of that replica.
        partition: Of its codes, cluster 1 first.
        noise: Standard normal points, shape (1, d, S, 1).
        on_means: Whether the cluster is that of the mean, or the most probable one.
        corrected: Whether codes stand for p(z | x), or for q(z | x).
    """

    model: VariationalAutoencoder
    description: ModelDescription
    partition: Partition
    noise: Tensor
    on_means: bool
    corrected: bool

    @torch.no_grad()
    def score(self, features: NDArray[np.float64], threads: int = 1, advance: Advance = silent) -> Scores:
        """Score patients with features of shape (patients, width), in batches on ``threads`` threads.

        ``advance`` is told how many in a hundred are scored.

        Patients with the same features, of whom a table of categories and whole years has many, are scored once.
        """
        return Scores(*compute_in_batches(self._batch, features, self._patients_per_batch, threads, advance))

    @property
    def _patients_per_batch(self) -> int:
        codes = _CODES_PER_BATCH
        if self.description.has_density:
            codes = min(codes, codes_per_batch(self.description))
        return max(1, codes // self.noise.shape[2])

    @torch.no_grad()
    def _batch(self, x: Tensor) -> tuple[NDArray[np.int64], FloatArray, FloatArray, FloatArray, FloatArray]:
        posterior = encode_patients(self.model, x)
        mean, scale, evidence = posterior.mean[0], posterior.scale[0], x.new_full(x.shape[1:], torch.nan)
        z: Tensor | None = None
        weights: Tensor | None = None
        if self.description.has_density:
            proposals = weighted_proposals(self.model, posterior, x.unsqueeze(0), self.noise)
            log_w = proposals.log_weights[0]
            total = torch.logsumexp(log_w, dim=0)
            jacobian = self.description.encoding.log_jacobian(x.T.double().numpy())
            evidence = total - math.log(len(log_w)) + torch.from_numpy(jacobian).to(x.dtype)
            if self.corrected:
                z, weights = proposals.codes[0], (log_w - total).exp()
                mean, scale = _weighted(z, weights)
        if z is None:
            z = posterior.rsample(self.noise)[0]
        probability = self._probability(mean, z, weights)
        chosen = self.partition.predict(mean.T.numpy()) if self.on_means else probability.argmax(dim=0).numpy()
        numbers = (probability.T, mean.T, scale.T, evidence)
        return chosen, *(values.contiguous().numpy() for values in numbers)  # type: ignore[return-value]

    def _probability(self, mean: Tensor, z: Tensor, weights: Tensor | None) -> Tensor:
        """Mean probability of each cluster over the weighted codes, or that at the mean code; shape (k, patients).

        Args:
            mean: Code of each patient, shape (d, patients).
            z: Codes, shape (d, draws, patients).
            weights: Of each, shape (draws, patients); None where all count alike.
        """
        if self.partition.knows_means_alone(self.on_means):
            return torch.from_numpy(np.moveaxis(self.partition.probabilities(mean.T.numpy()), -1, 0))
        at_codes = self.partition.probabilities(z.contiguous().permute(1, 2, 0).numpy())
        shares = torch.from_numpy(np.moveaxis(at_codes, -1, 0))
        votes = (shares if weights is None else shares.mul_(weights)).sum(dim=1)
        return votes / votes.sum(dim=0)


def _weighted(z: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of weighted codes, each of shape (d, patients)."""
    mean = (z * weights).sum(dim=1)
    return mean, ((z - mean.unsqueeze(1)).square() * weights).sum(dim=1).sqrt()
