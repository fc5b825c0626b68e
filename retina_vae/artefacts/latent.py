"""What the latent stage writes: codes, and what models make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retina_vae.artefacts.base import AS_IT_IS, NEVER, Artefact, plain_models
from retina_vae.pictures import decoded_models

if TYPE_CHECKING:
    from retina_vae.config import Configuration


__all__ = ["LATENT"]


def _is_retrained(configuration: Configuration) -> bool:
    return configuration.stability.retrained > 0


_CODES = (
    "mean_<j>: posterior mean of dimension j",
    "scale_<j>: posterior standard deviation",
    "draw_<s>_<j>: dimension j of draw s",
)

LATENT = (
    Artefact(
        "latent/{model}/codes.parquet",
        "latent",
        "replica, patient",
        ("replica", "<identifier>", *_CODES),
        NEVER,
        models=plain_models,
    ),
    Artefact(
        "latent/resamples.parquet",
        "resamples",
        "resample, patient",
        (
            "resample: 1..B",
            "<identifier>",
            *_CODES,
            "times: that the resample drew the patient",
        ),
        NEVER,
        when=_is_retrained,
    ),
    Artefact(
        "latent/{model}/posterior.parquet",
        "decode",
        "patient",
        ("<identifier>", "mean_<j>: of q(z given x), replica 1", "covariance_<i>_<j>: lower triangle"),
        NEVER,
        models=decoded_models,
    ),
    Artefact(
        "latent/{model}/traversals.csv",
        "decode",
        "dimension, step, category",
        (
            "dimension",
            "deviation: -3 to 3 standard deviations from the mean code",
            "value: the coordinate",
            "column",
            "category",
            "mean: a number in its unit, or the probability of the category",
        ),
        AS_IT_IS,
        models=decoded_models,
    ),
    Artefact(
        "latent/{model}/interpolation.csv",
        "decode",
        "step, category",
        (
            "step: 0 to 1, from the typical patient of the outcome's first category to that of the last; without an "
            "outcome between typical patients of both ends of the first principal axis",
            "z_<j>",
            "column",
            "category",
            "mean: a number in its unit, or the probability of the category",
        ),
        "interpolation",
        models=decoded_models,
    ),
    Artefact(
        "latent/{model}/generated.parquet",
        "decode",
        "new patient",
        ("<identifier>: G0001 on", "<column>: the outcome (of supervised models alone) and the inputs, without gaps"),
        NEVER,
        models=decoded_models,
    ),
    Artefact(
        "latent/{model}/generated_check.csv",
        "decode",
        "statistic of a column or a pair",
        (
            *("column", "statistic", "generated", "cohort"),
            "standard_error: of the difference, if both came from one population; empty where too few would decide",
            "z",
        ),
        "generated_check",
        models=decoded_models,
    ),
    Artefact(
        "latent/{model}/disentanglement.csv",
        "factors",
        "replica, baseline",
        (
            "replica: 1..R, or pca of what the network reads, with as many dimensions",
            "patients: that were measured",
            "columns: of them, with two groups of 20 patients at least",
            "mig: mutual information gap, mean over the columns; empty where a number has no meaning, as the next",
            "mig_lowest: of a column",
            "mig_highest",
            "disentanglement: how far each dimension matters to one column alone",
            "completeness: how far each column needs one dimension alone",
            "informativeness: how well unseen patients' columns are told from the code",
            "beta_vae_score: how often the column that pairs of patients share is named",
        ),
        "factors",
    ),
    Artefact(
        "latent/{model}/factors.csv",
        "factors",
        "replica, column, dimension",
        (
            "replica",
            "column",
            "coordinate: the latent dimension, 1..D",
            "mutual_information: of both, nats",
            "normalised: the same as a share of the column's entropy",
            "mig: of the column",
        ),
        "factors",
    ),
)
