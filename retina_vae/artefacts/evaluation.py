"""What the measures of the models write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retina_vae.artefacts.base import AS_IT_IS, Artefact
from retina_vae.pictures import dense_models

if TYPE_CHECKING:
    from retina_vae.config import Configuration


__all__ = ["EVALUATION"]


def _has_density(configuration: Configuration) -> bool:
    return bool(dense_models(configuration))


def _beside_others(configuration: Configuration) -> bool:
    return bool(configuration.unlike.tables)


_DETECTED = (
    *("auroc: area under the ROC curve, 0.5 by chance", "auroc_low: of 95 %", "auroc_high"),
    *("auprc: average precision", "auprc_low", "auprc_high"),
    "fpr_at_95: share of the patients like the cohort that is flagged where 95 % of the others are",
    *("fpr_at_95_low", "fpr_at_95_high"),
)

EVALUATION = (
    Artefact(
        "evaluation/evaluation.csv",
        "evaluate",
        "model, replica",
        (
            "model",
            "likelihood",
            "posterior",
            "objective",
            "beta",
            "latent_dim",
            "replica",
            "measured_on: fresh or training patients",
            "patients",
            "elbo: nats per patient, as the next six; empty where a number has no meaning",
            "log_evidence",
            "log_evidence_error",
            "log_evidence_bias",
            "exact_log_density",
            "distance",
            "distance_error",
            "outcome_accuracy",
            "outcome_limit",
            "outcome_ari: among at most evaluation.coded_patients patients, as the next",
            "ari_limit",
            "active_units",
            "aggregate_kl: nats",
            "aggregate_kl_error: nats",
        ),
        "evaluation",
    ),
    Artefact(
        "evaluation/posterior.csv",
        "evaluate",
        "model, replica, latent dimension",
        (
            *("model", "replica", "dimension", "kl: nats", "mean_variance", "active"),
            *("mean_scale", "aggregate_mean", "aggregate_scale"),
        ),
        AS_IT_IS,
    ),
    Artefact(
        "evaluation/calibration.csv",
        "evaluate",
        "model, kind of draws, replica, latent dimension",
        (
            "model",
            "draws_from: `encoded` (q(z given x)) or `corrected`",
            "replica",
            "dimension",
            "patients: simulated",
            "draws",
            "p_value: chi-squared test that ranks are uniform",
            "dispersion: above 1 where draws are too narrow",
            "shift: mean rank as a share, minus 1/2",
        ),
        AS_IT_IS,
        when=_has_density,
    ),
    Artefact(
        "evaluation/coverage.csv",
        "evaluate",
        "model, kind of draws, replica, credibility",
        (
            *("model", "draws_from", "replica", "patients", "credibility: share of the draws in a ball"),
            "coverage: how often the ball holds the true code",
        ),
        AS_IT_IS,
        when=_has_density,
    ),
    Artefact(
        "evaluation/proposals.csv",
        "evaluate",
        "model, replica",
        (
            *("model", "replica", "patients", "proposals"),
            "tail_shape_median: k-hat",
            "tail_shape_q99",
            "unreliable: share of the training patients above 0.7",
            "effective_median: effective draws",
            "effective_q01",
            "alert: unreliable above 1 %",
        ),
        "proposals",
        when=_has_density,
    ),
    Artefact(
        "evaluation/unlike.csv",
        "unlike",
        "table of other patients, score",
        (
            "table: its name in the configuration",
            "score",
            "unlike: whether the small values or the large ones are",
            "weights: point, ensemble or sghmc",
            "samples: weights that are asked",
            "like: whom the others are held against",
            "patients_like: of them",
            "patients_unlike: of the table",
            *_DETECTED,
            "words: what the score is",
            "source: who proposed it",
        ),
        "unlike",
        when=_beside_others,
    ),
)
