"""The supervised VAE beside a plain classifier: that both are what they are said to be, and are measured rightly."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from retina_vae.classifiers.comparison import (
    COLUMNS,
    Scores,
    classifier_size,
    compare_classifiers,
    expected_calibration_error,
    hide_labels,
)
from retina_vae.classifiers.section import limit_sentence
from retina_vae.config import Configuration
from retina_vae.config_files import parse_configuration
from retina_vae.images import image_cohort
from retina_vae.sources import Cohort
from retina_vae.training import prepare_cohort
from retina_vae.vae import ModelDescription, build_model
from retina_vae.vae.objectives import objective_terms, supervised

LABELS = np.arange(120) % 3


def configuration(**changes: object) -> Configuration:
    own = {"objective": "supervised", **changes}
    vae = {"latent_dims": [2], "hidden_units": [12, 6], "epochs": 30, "batch_size": 40, "learning_rate": 0.02}
    family = {"s": {"latent_dim": 2, "replicas": 2, "changes": own}}
    held_out = {"folds": 2}
    return parse_configuration({"study": "digits", "vae": vae, "family": family, "held_out": held_out}, "here")


def bars(unknown: int = 0) -> Cohort:
    """Pictures with one bright row of three, which is their label."""
    rng = np.random.default_rng(1)
    images = rng.integers(0, 3, (120, 3, 3)).astype(np.uint8)
    images[np.arange(120), LABELS] += 6
    found = image_cohort(images, LABELS.astype(np.uint8), ("top", "middle", "bottom"), 8)
    found.patients.loc[: unknown - 1, "label"] = None
    return found


def test_the_calibration_error_is_that_of_a_sum_over_bins() -> None:
    """Two of four right at 0.9, and one of two right at 0.55: 4/6 |1/2 - 0.9| + 2/6 |1/2 - 0.55|."""
    probabilities = np.array([[0.9, 0.1]] * 4 + [[0.45, 0.55]] * 2)
    labels = np.array([0, 0, 1, 1, 1, 0])
    assert expected_calibration_error(probabilities, labels) == pytest.approx(4 / 6 * 0.4 + 2 / 6 * 0.05)


def test_one_bin_asks_for_the_mean_alone_and_certainty_that_is_right_has_no_error() -> None:
    probabilities = np.array([[0.8, 0.2], [0.6, 0.4]])
    assert expected_calibration_error(probabilities, np.array([0, 1]), bins=1) == pytest.approx(abs(0.5 - 0.7))
    assert expected_calibration_error(np.eye(3), np.arange(3)) == 0
    assert expected_calibration_error(np.eye(3), (np.arange(3) + 1) % 3) == 1


def test_a_calibrated_classifier_has_an_error_that_vanishes() -> None:
    rng = np.random.default_rng(1)
    p = rng.uniform(size=200_000)
    labels = (rng.uniform(size=len(p)) < p).astype(np.int64)
    assert expected_calibration_error(np.stack([1 - p, p], axis=1), labels) < 0.005


def test_scores_are_means_over_the_seeds_of_each_fold() -> None:
    one = np.array([[0.7, 0.3], [0.2, 0.8], [0.6, 0.4]])
    scores = Scores(np.stack([one, one[:, ::-1]]), np.array([0, 1, 1]), np.array([0, 0, 1]))
    assert_allclose(scores.accuracy, [0.5, 0.5])
    assert_allclose(scores.cross_entropy, [-np.log([0.7, 0.8, 0.3, 0.2]).mean(), -np.log([0.4, 0.6]).mean()])


def test_labels_that_stay_are_as_many_of_every_class() -> None:
    labels = np.array([0] * 50 + [1] * 40 + [2] * 5)
    hidden = hide_labels(labels, 12, seed=1)
    assert np.bincount(hidden[hidden >= 0]).tolist() == [4, 4, 4]
    assert_array_equal(hidden[hidden >= 0], labels[hidden >= 0])
    assert np.bincount(hide_labels(labels, 30, 1) + 1).tolist() == [65, 13, 12, 5]
    assert (hide_labels(labels, 12, seed=2) != hidden).any()
    assert_array_equal(hide_labels(labels, None, 1), labels)


def test_the_plain_classifier_is_trained_with_the_cross_entropy_alone(device: torch.device) -> None:
    """Its gradient is the limit of the supervised objective with a large class weight; the decoder has none."""
    found, own = bars(), configuration().model("s")
    cohort = prepare_cohort(found.patients, found.schema, own.vae)
    description = ModelDescription.from_settings(own.vae, 2, [1, 2], cohort.encoding, "cpu", cohort.classes)
    model = build_model(description).double().to(device)
    model.initialize("glorot_uniform", [torch.Generator().manual_seed(seed) for seed in (1, 2)])
    x = cohort.patients.x.double().expand(2, -1, -1).to(device)
    labels = torch.from_numpy(LABELS).expand(2, -1).clone().to(device)
    labels[:, :60] = -1
    noise = torch.zeros(2, 2, 1, 120, dtype=torch.float64, device=device)
    terms = objective_terms("classification", model, x, labels, noise, 1.0, 2.0)
    posterior = model.encode(x)
    own_log_p = (model.classifier(posterior.statistics)).log_softmax(dim=1)[:, LABELS, np.arange(120)]
    own_log_p[:, :60] = 0
    torch.testing.assert_close(terms.loss, -2 * own_log_p)
    torch.testing.assert_close(terms.cross_entropy, -own_log_p)
    assert (terms.reconstruction == 0).all()
    assert (terms.kl == 0).all()

    def gradients(loss: torch.Tensor) -> dict[str, torch.Tensor | None]:
        model.zero_grad()
        loss.mean().backward()
        return {name: None if weight.grad is None else weight.grad.clone() for name, weight in model.named_parameters()}

    alone = gradients(objective_terms("classification", model, x, labels, noise, 1.0, 1.0).loss)
    large = gradients(supervised(model, x, labels, noise, 1.0, 1e9).loss / 1e9)
    for name, gradient in alone.items():
        if name.startswith("decoder"):
            assert gradient is None
        elif not name.startswith("output"):
            torch.testing.assert_close(gradient, large[name], atol=1e-7, rtol=1e-5)


def test_both_models_have_one_size_which_is_that_of_encoder_and_classifier() -> None:
    """9 pixels, layers of 12 and 6, five numbers of a full Gaussian in the plane, three classes."""
    found, own = bars(), configuration().model("s")
    cohort = prepare_cohort(found.patients, found.schema, own.vae)
    description = ModelDescription.from_settings(own.vae, 2, [1], cohort.encoding, "cpu", cohort.classes)
    assert classifier_size(description) == (9 + 1) * 12 + (12 + 1) * 6 + (6 + 1) * 5 + (5 + 1) * 3


def test_the_table_has_both_models_and_few_labels_where_there_are_more(device: torch.device) -> None:
    found, own = bars(), configuration(class_weight=10.0)
    told: list[str] = []
    table = compare_classifiers(
        found.patients, found.schema, own.model("s"), own.held_out, device, lambda done, note="": told.append(note)
    )
    assert list(table) == list(COLUMNS)
    assert table["known"].tolist() == [60, 60, 50, 50]
    assert table["model"].tolist() == ["supervised VAE", "plain classifier"] * 2
    assert table["parameters"].nunique() == 1
    assert (table["folds"].unique().tolist(), table["seeds"].unique().tolist()) == ([2], [2])
    assert len(told) == 4
    assert (table["accuracy"] > 0.9).all()
    assert table.loc[1::2, "accuracy_gain"].isna().all()
    gain = table["accuracy"].diff(-1).iloc[0::2]
    assert_allclose(table["accuracy_gain"].iloc[0::2], gain, atol=1e-12)


def test_pictures_without_a_label_are_left_out(device: torch.device) -> None:
    found, own = bars(unknown=90), configuration(epochs=2)
    table = compare_classifiers(found.patients, found.schema, own.model("s"), own.held_out, device)
    assert table["items"].tolist() == [30, 30]


def test_the_limit_is_measured_on_the_same_pictures_and_no_gap_is_its_own(device: torch.device) -> None:
    """Probabilities that name the label always: right for all, -log 0.9 nats, and 0.1 too modest."""
    found, own = bars(unknown=20), configuration(epochs=2)
    known = np.full((120, 3), 0.05)
    known[np.arange(120), LABELS] = 0.9
    table = compare_classifiers(found.patients, found.schema, own.model("s"), own.held_out, device, limit=known)
    limit = table.iloc[-1]
    assert (limit["model"], limit["accuracy"], limit["items"]) == ("limit", 1.0, 100)
    assert_allclose([limit["cross_entropy"], limit["calibration_error"]], [-np.log(0.9), 0.1], atol=1e-12)
    assert np.isnan(limit["accuracy_gap"])
    assert_allclose(table["accuracy_gap"].iloc[:-1], 1 - table["accuracy"].iloc[:-1], atol=1e-12)


def test_sentences_say_how_far_both_stay_below_a_limit_that_is_known() -> None:
    table = pd.DataFrame(
        {
            "known": [80, 80, 50, 50, 80],
            "model": ["supervised VAE", "plain classifier"] * 2 + ["limit"],
            "accuracy": [0.9, 0.85, 0.7, 0.7, 0.92],
            "accuracy_gap": [0.02, 0.07, 0.22, 0.22, np.nan],
            "accuracy_gap_error": [0.01, 0.01, 0.01, 0.01, np.nan],
        }
    )
    (said,) = limit_sentence(table)
    assert "is right for 92.0" in said
    assert "the supervised VAE stays 2.0 points below it (standard error 1.0)" in said
    assert "the plain classifier stays 7.0 points below it" in said
    assert "22.0" not in said
    assert limit_sentence(table.iloc[:-1]) == []
