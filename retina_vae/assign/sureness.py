"""Whether the model is sure of a patient: how far its weights disagree on log p(x), held against the cohort's patients.

The weights are draws from p(theta | X), samples of chains or the replicas of an ensemble (``vae.weights``). Where the
cohort has told the model what such a patient looks like, they say nearly the same of it (Lakshminarayanan, Pritzel and
Blundell 2017; Daxberger and Hernandez-Lobato 2019).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.assign.batched import codes_per_batch, compute_in_batches
from retina_vae.assign.conformal import no_more_typical
from retina_vae.errors import ConfigurationError
from retina_vae.opening import load_run
from retina_vae.progress import Advance, silent
from retina_vae.vae import ModelDescription, VariationalAutoencoder, build_model
from retina_vae.vae.proposals import common_noise, weighted_proposals
from retina_vae.vae.replicas import select_replicas
from retina_vae.vae.unlikeness import deviation
from retina_vae.weights import load_weights

if TYPE_CHECKING:
    from retina_vae.config import Configuration

__all__ = ["LESS_SURE", "Sureness", "load_sureness"]

FloatArray = NDArray[np.float64]

LESS_SURE = 95
"""The model is called less sure of a patient than of so many in a hundred of the cohort, or more."""

_DRAWS = 128

_SEED = 20_261_127

_MOST_WEIGHTS = 32
"""Weights that are asked: the spread of so many is known to about an eighth, and alike for all patients."""

_WEIGHTS_AT_ONCE = 8

_BEYOND = 1e300


@dataclass(frozen=True, eq=False)
class Sureness:
    """The weights that are asked, and how far they disagree on the patients of the cohort.

    A patient's number depends on the patient alone: every weight sees every patient with the same noise.

    Attributes:
        models: The weights, some replicas each.
        noise: Standard normal points, shape (1, d, draws, 1).
        reference: Disagreement on each patient of the cohort, ascending, in nats. The model was trained on these.
        patients_per_batch: How many are computed at once.
    """

    models: tuple[VariationalAutoencoder, ...]
    noise: Tensor
    reference: FloatArray
    patients_per_batch: int

    @property
    def weights(self) -> int:
        """How many weights are asked."""
        return sum(model.replicas for model in self.models)

    @classmethod
    def of(
        cls,
        model: VariationalAutoencoder,
        description: ModelDescription,
        features: FloatArray,
        threads: int = 1,
        advance: Advance = silent,
    ) -> Sureness:
        """The sureness of a model.

        Args:
            model: Its weights, a replica each; of more than 32 every so manyth is asked.
            description: Of them.
            features: Of the cohort's patients, shape (patients, width).
            threads: CPU threads.
            advance: Is told how many in a hundred patients of the cohort are done.

        Raises:
            ConfigurationError: The model has no density, or one replica alone.
        """
        if not description.has_density:
            raise ConfigurationError(
                "sure: expected a run whose model has a density, vae.likelihood 'typed' with a Gaussian vae.posterior, "
                f"got {description.likelihood!r} with {description.posterior!r}."
            )
        if description.replicas < 2:
            raise ConfigurationError(
                "sure: expected a run with several weights, vae.weights 'ensemble' with two replicas or more or "
                "'sghmc', got one alone, which has nothing to disagree with."
            )
        step = math.ceil(description.replicas / _MOST_WEIGHTS)
        starts = range(0, description.replicas, _WEIGHTS_AT_ONCE * step)
        parts = [slice(start, start + _WEIGHTS_AT_ONCE * step, step) for start in starts]
        models = tuple(_some_of(model, description, part) for part in parts)
        noise = common_noise(description.latent_dim, _DRAWS, _SEED)
        size = max(1, codes_per_batch(description) // (models[0].replicas * _DRAWS))
        found = cls(models, noise, np.empty(0), size).disagreement(features, threads, advance)
        return cls(models, noise, np.sort(_ranked(found)), size)

    def disagreement(self, features: FloatArray, threads: int = 1, advance: Advance = silent) -> FloatArray:
        """Standard deviation of log p(x) over the weights, in nats, shape (patients,).

        Not a number where one of the weights cannot compute it. Equal patients are computed once.

        Args:
            features: Shape (patients, width).
            threads: CPU threads.
            advance: Is told how many in a hundred are done.
        """
        (found,) = compute_in_batches(self._batch, features, self.patients_per_batch, threads, advance)
        return found

    def less_sure_than(self, disagreement: FloatArray) -> NDArray[np.int64]:
        """Of how many in a hundred of the cohort's patients the model is surer than of each; 0 to 100, rounded down.

        Numbers that differ by no more than rounding are equal; one that is not a number is above all.
        """
        # At least as far apart as the patient are those of the cohort whose negative is no larger.
        as_far = no_more_typical(-self.reference[::-1], -_ranked(disagreement))
        return 100 * (len(self.reference) - as_far) // len(self.reference)

    def words(self, less_sure_than: NDArray[np.int64]) -> list[str]:
        """``sure``, or ``less sure than of 97 in 100`` of the cohort."""
        return [f"less sure than of {n} in 100" if n >= LESS_SURE else "sure" for n in less_sure_than.tolist()]

    @torch.no_grad()
    def _batch(self, x: Tensor) -> tuple[FloatArray]:
        """The disagreement; the volume of the columns' units and the number of draws are the same for all weights."""
        found = []
        for model in self.models:
            own, noise = x.expand(model.replicas, -1, -1), self.noise.expand(model.replicas, -1, -1, -1)
            log_w = weighted_proposals(model, model.encode(own), own, noise).log_weights
            found.append(torch.logsumexp(log_w, dim=1).double().numpy())
        evidence = np.concatenate(found)
        evidence[:, ~np.isfinite(evidence).all(axis=0)] = np.nan
        return (deviation(evidence),)


def load_sureness(folder: Path, features: FloatArray, threads: int = 1, advance: Advance = silent) -> Sureness:
    """The sureness of a finished run, with the weights that ``vae.weights`` names.

    Args:
        folder: ``results/<run>``.
        features: Of the training cohort, shape (patients, width).
        threads: CPU threads.
        advance: Is told how many in a hundred patients of the cohort are done.

    Raises:
        InputError: The folder or a file in it is missing or another than the run wrote.
        ConfigurationError: The run's model has no density, or one weight alone.
    """
    run = load_run(folder, _needed)
    weights = load_weights(run, run.settings.vae.weights)
    return Sureness.of(weights.model, weights.description, features, threads, advance)


def _needed(settings: Configuration) -> list[str]:
    name = settings.clustered_model
    model = [f"vae/{name}/model.json", f"vae/{name}/weights.safetensors", "clusters/replicas.csv"]
    return [*model, *(["vae/samples.safetensors"] if settings.vae.weights == "sghmc" else [])]


def _some_of(model: VariationalAutoencoder, description: ModelDescription, part: slice) -> VariationalAutoencoder:
    own = build_model(description.of_replicas(part))
    own.load_state_dict(select_replicas(model, part))
    return own


def _ranked(disagreement: FloatArray) -> FloatArray:
    """The same, with a number above all others where it is none."""
    return np.where(np.isnan(disagreement), _BEYOND, disagreement)
