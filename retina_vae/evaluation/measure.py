"""The numbers of one model, per replica."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score
from torch import Tensor

from retina_vae.clusters.partitions import KMeansPartition
from retina_vae.config import Configuration, EvaluationSettings
from retina_vae.evaluation.subjects import Subjects
from retina_vae.evaluation.training_codes import TrainingCodes
from retina_vae.latent.encode import encode_patients, patient_features
from retina_vae.latent.sample import patient_codes
from retina_vae.vae import (
    Evidence,
    ModelDescription,
    PosteriorDiagnostics,
    VariationalAutoencoder,
    aggregate_kl,
    estimate_evidence,
    posterior_diagnostics,
    replica_generators,
    replica_seeds,
)
from retina_vae.vae.gaussians import Estimate
from retina_vae.vae.posteriors import Posterior
from retina_vae.vae.replicas import replica_noise

__all__ = ["Measured", "measure_model"]

FloatArray = NDArray[np.float64]

# Names the stream of the components that are drawn from.
_COMPONENTS = 2


@dataclass(frozen=True, eq=False)
class Measured:
    """What was measured of one model; arrays of shape (replicas,), not a number where a number would have no meaning.

    Attributes:
        elbo: Mean ELBO of the subjects, in nats per patient, numbers in their units.
        log_evidence: Mean log p(x) of the subjects by importance sampling, likewise.
        log_evidence_error: Its standard error from the finite number of draws and, where some training patients stand
            for all, from their choice.
        log_evidence_bias: What was added to it, because the logarithm of a mean of finitely many draws lies too low.
        distance: Mean of exact log-density minus log-evidence over the same subjects.
        distance_error: Its standard error from the finite number of subjects.
        outcome_accuracy: Share of the subjects whose outcome a supervised model tells, among those with a known one.
        outcome_ari: Adjusted Rand index of the subjects' known outcomes with k-means clusters of the mean codes, as
            many clusters as outcomes, found on the coded training patients; among the subjects whose codes are
            clustered.
        active_units: Number of active latent dimensions on the training patients.
        aggregate_kl: KL divergence of the training patients' aggregated posterior from the prior, in nats.
        aggregate_kl_error: Its Monte-Carlo standard error.
        dimensions: The posterior's diagnostics per latent dimension, on the training patients.
    """

    elbo: FloatArray
    log_evidence: FloatArray
    log_evidence_error: FloatArray
    log_evidence_bias: FloatArray
    distance: FloatArray
    distance_error: FloatArray
    outcome_accuracy: FloatArray
    outcome_ari: FloatArray
    active_units: NDArray[np.int64]
    aggregate_kl: FloatArray
    aggregate_kl_error: FloatArray
    dimensions: PosteriorDiagnostics


@torch.no_grad()
def measure_model(
    model: VariationalAutoencoder,
    description: ModelDescription,
    training: TrainingCodes,
    subjects: Subjects,
    settings: Configuration,
) -> Measured:
    """Measure every replica of a model.

    Args:
        model: The replicas.
        description: What they are.
        training: Features and codes of the patients that the model was trained on.
        subjects: The patients that it is measured on.
        settings: Of the run: its section ``evaluation``, and ``latent`` and ``clusters`` for the codes that k-means
            clusters.
    """
    draws, seed = settings.evaluation.draws, settings.evaluation.seed
    known, fresh = training.x, patient_features(description.encoding, subjects.patients)
    evidence = _evidence(model, description, fresh, draws, seed)
    gap = subjects.log_density - evidence.log_evidence.numpy()
    posterior = encode_patients(model, known)
    diagnostics = posterior_diagnostics(posterior, model.prior)
    aggregated = _aggregate_kl(model, posterior, settings.evaluation)
    point = description.posterior == "point"
    count = len(subjects.patients)
    return Measured(
        elbo=evidence.elbo.mean(dim=1).numpy(),
        log_evidence=evidence.log_evidence.mean(dim=1).numpy(),
        log_evidence_error=_error_of_mean(evidence, subjects.left_out),
        log_evidence_bias=evidence.bias.mean(dim=1).numpy(),
        distance=gap.mean(axis=1),
        distance_error=gap.std(axis=1, ddof=1) / np.sqrt(count),
        outcome_accuracy=_accuracy(model, fresh, subjects.outcome),
        outcome_ari=_recovered(model, description, training, fresh, subjects, settings),
        active_units=diagnostics.active_units.numpy(),
        aggregate_kl=np.full(model.replicas, np.nan) if point else aggregated.mean.double().numpy(),
        aggregate_kl_error=np.full(model.replicas, np.nan) if point else aggregated.standard_error.double().numpy(),
        dimensions=diagnostics,
    )


def _streams(model: VariationalAutoencoder, seed: int) -> list[torch.Generator]:
    return replica_generators(replica_seeds(seed, model.replicas))


def _evidence(
    model: VariationalAutoencoder, description: ModelDescription, x: Tensor, draws: int, seed: int
) -> Evidence:
    """Evidence per patient in the units of the table; not a number where the model has no density."""
    if not description.has_density:
        return Evidence(
            *torch.full((len(Evidence._fields), model.replicas, x.shape[1]), torch.nan, dtype=torch.float64)
        )
    found = estimate_evidence(model, x, draws, _streams(model, seed))
    volume = torch.from_numpy(description.encoding.log_jacobian(x.T.double().numpy()))
    log_evidence, error, bias, elbo = (values.double() for values in found)
    return Evidence(log_evidence + volume, error, bias, elbo + volume)


def _error_of_mean(evidence: Evidence, left_out: float) -> FloatArray:
    """Standard error of the mean log-evidence, by draws and by the choice of patients who stand for others too."""
    count = evidence.log_evidence.shape[1]
    by_draws = evidence.standard_error.square().sum(dim=1).sqrt() / count
    by_choice = evidence.log_evidence.std(dim=1) * math.sqrt(left_out / count)
    return torch.hypot(by_draws, by_choice).numpy() if left_out > 0 else by_draws.numpy()


def _aggregate_kl(model: VariationalAutoencoder, posterior: Posterior, settings: EvaluationSettings) -> Estimate:
    """From a draw of as many patients' components, chosen at random, as there may be pairs of a draw and a patient."""
    count = posterior.mean.shape[2]
    draws = max(2, min(count, settings.aggregate_pairs // count))
    noise = replica_noise((model.latent_dim, 1, draws), _streams(model, settings.seed), posterior.mean.dtype)
    if draws == count:
        return aggregate_kl(posterior, model.prior, noise)
    rng = np.random.default_rng([settings.seed, _COMPONENTS])
    chosen = torch.from_numpy(np.sort(rng.choice(count, draws, replace=False)))
    return aggregate_kl(posterior, model.prior, noise, chosen)


def _accuracy(model: VariationalAutoencoder, x: Tensor, outcome: NDArray[np.int64] | None) -> FloatArray:
    if model.classifier is None or outcome is None or not (outcome >= 0).any():
        return np.full(model.replicas, np.nan)
    told = model.classify(encode_patients(model, x)).argmax(dim=1).numpy()
    shares: FloatArray = (told == outcome)[:, outcome >= 0].mean(axis=1)
    return shares


def _recovered(
    model: VariationalAutoencoder,
    description: ModelDescription,
    training: TrainingCodes,
    fresh: Tensor,
    subjects: Subjects,
    settings: Configuration,
) -> FloatArray:
    """K-means on the mean codes of training patients, applied to the subjects whose codes are clustered."""
    outcome = None if subjects.outcome is None else subjects.outcome[subjects.coded]
    groups = 0 if outcome is None else len(np.unique(outcome))
    if outcome is None or groups < 2:
        return np.full(model.replicas, np.nan)
    if subjects.are_training:
        coded = training.mean[:, subjects.coded]
    else:
        one_draw = settings.latent.model_copy(update={"draws": 1})
        coded = patient_codes(model, description, fresh[:, subjects.coded], one_draw).mean
    found = []
    for own, other in zip(training.mean, coded, strict=True):
        fit = KMeansPartition.fit(own, groups, settings.clusters.n_init, settings.clusters.seed)
        found.append(adjusted_rand_score(outcome, fit.predict(other)))
    return np.array(found)
