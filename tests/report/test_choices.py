from __future__ import annotations

from typing import get_args

import pytest

from retina_vae.config import VaeSettings
from retina_vae.report.choices import (
    LIKELIHOOD_NAMES,
    OBJECTIVE_NAMES,
    POSTERIOR_NAMES,
    choice_rows,
    loss_unit,
    model_title,
    training_caption,
)

PLAIN = {
    "likelihood": "squared_error",
    "input_scaling": "raw",
    "posterior": "diagonal",
    "objective": "elbo",
    "kl_weight": 0.05,
    "draws_per_patient": 1,
    "refit_epochs": 0,
}
TYPED = {**PLAIN, "likelihood": "typed", "input_scaling": "by_kind"}


def settings_of(**changes: object) -> VaeSettings:
    return VaeSettings.model_validate({**PLAIN, **changes})


@pytest.mark.parametrize(
    ("field", "names"),
    [("likelihood", LIKELIHOOD_NAMES), ("posterior", POSTERIOR_NAMES), ("objective", OBJECTIVE_NAMES)],
)
def test_every_choice_has_a_name(field: str, names: dict[str, str]) -> None:
    assert set(get_args(VaeSettings.model_fields[field].annotation)) == set(names)


def test_the_choices_are_said_in_words() -> None:
    rows = dict(
        choice_rows(
            settings_of(**TYPED | {"objective": "importance_weighted", "kl_weight": 0.0, "draws_per_patient": 10})
        )
    )
    assert rows["Likelihood"].startswith("typed: for every column a distribution of its kind")
    assert rows["Objective"] == "importance-weighted bound; 10 draws per patient and step"
    rows = dict(choice_rows(settings_of()))
    assert rows["Likelihood"] == "squared error of sigmoid outputs; inputs: raw"
    assert rows["Objective"].endswith("1 draw per patient and step")
    rows = dict(choice_rows(settings_of(objective="beta_tc", kl_weight=6.0)))
    assert rows["Weight of the total correlation"] == "6; of the rest of the KL divergence: 1"


@pytest.mark.parametrize(
    ("changes", "words", "unit"),
    [
        ({}, "no number of nats", ""),
        ({"likelihood": "binary_cross_entropy"}, "may be negative", ""),
        ({"likelihood": "binary_cross_entropy", "input_scaling": "unit_interval"}, "no number of nats", ""),
        ({**TYPED, "kl_weight": 1.0}, "The loss is the negative ELBO, in nats", "nats"),
        ({**TYPED, "kl_weight": 2.0}, "negative log-likelihood and 2 times the KL divergence, in nats", "nats"),
        (
            {**TYPED, "objective": "importance_weighted", "kl_weight": 0.0, "draws_per_patient": 5},
            "bound of 5 draws, in",
            "nats",
        ),
        (
            {**TYPED, "objective": "supervised", "kl_weight": 1.0, "class_weight": 3.0},
            "ELBO, and 3 times the cross-entropy",
            "nats",
        ),
        ({**TYPED, "objective": "autoencoder", "posterior": "point", "kl_weight": 0.0}, "reconstruction's", "nats"),
        ({"kl_warmup_epochs": 20}, "rises over the first 20 epochs", ""),
        (
            {**TYPED, "objective": "beta_tc", "kl_weight": 5.0},
            "the negative ELBO and 4 times the total correlation of each batch's codes, in",
            "nats",
        ),
        ({**TYPED, "objective": "beta_tc", "kl_weight": 1.0}, "The loss is the negative ELBO, in nats", "nats"),
        ({"objective": "beta_tc"}, "KL divergence with weighted total correlation", ""),
        ({"objective": "beta_tc", "kl_warmup_epochs": 9}, "The weight of the total correlation rises over", ""),
    ],
)
def test_the_caption_of_the_losses_says_what_the_loss_is(changes: dict[str, object], words: str, unit: str) -> None:
    settings = settings_of(**changes)
    caption = training_caption(settings)
    assert words in caption
    assert caption.startswith("Training. ")
    assert caption.endswith("not others.")
    assert loss_unit(settings) == unit


def test_titles_tell_the_models_of_a_picture_apart() -> None:
    point = settings_of(**TYPED | {"objective": "autoencoder", "posterior": "point", "kl_weight": 0.0})
    assert model_title(point) == "Autoencoder"
    assert model_title(settings_of(**TYPED | {"kl_weight": 0.0})) == "KL weight 0"
    assert model_title(settings_of(objective="beta_tc", kl_weight=6.0)) == "Total correlation weight 6"
    assert (
        model_title(settings_of(**TYPED | {"kl_weight": 0.5, "objective": "supervised"})) == "Supervised, KL weight 0.5"
    )
