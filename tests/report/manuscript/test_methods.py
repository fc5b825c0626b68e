from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from retina_vae.report import StudyPages
from retina_vae.report.manuscript.methods import Methods, methods_markdown, methods_of
from retina_vae.report.tables import RunTables
from tests.report.answers import with_answer, with_clusters


def words(methods: Methods) -> str:
    return " ".join(methods.paragraphs)


def cited(methods: Methods) -> str:
    return " ".join(work.text for work in methods.works)


def of(tables: RunTables, **sections: dict[str, Any]) -> RunTables:
    """The run with other settings."""
    own = tables.configuration
    changed = {name: getattr(own, name).model_copy(update=values) for name, values in sections.items()}
    return replace(tables, configuration=own.model_copy(update=changed))


def test_every_number_is_that_of_the_run(tables: RunTables) -> None:
    said = words(methods_of(tables))
    for part in (
        "We clustered 120 patients simulated",
        "The model read 6 columns (1 nominal, 1 continuous and 4 binary): race, age, polyps, drusen",
        "None of their values was missing. It did not read disease (outcome).",
        "with 3 latent dimensions",
        "squared error of sigmoid outputs",
        "The loss plus 0.05 times the Kullback-Leibler (KL) divergence",
        "Training took 30 epochs of Adam",
        "We trained 3 replicas from different seeds and report the clusters of the one whose partition agrees best "
        "with the others (replica 2).",
        "divided into 6 clusters by k-means",
        "The number 6 was given; the comparison that is described next supports 3.",
        "(3 folds [",
        "60 patients); the answer was: separate groups.",
        "silhouette [",
        "No counts were left out because they are small.",
    ):
        assert part in said, part


@pytest.mark.parametrize(
    ("answer", "found", "said"),
    [
        ("groups", 6, "The number 6 follows from the comparison that is described next."),
        ("nothing", 1, "The number 6 was given; the comparison that is described next supports 1."),
        ("continuum", 6, "The number 6 is the one beyond which more latent classes add hardly anything; a continuum"),
        ("continuum", 4, "The number 6 was given; a continuum has no number that is right."),
    ],
)
def test_where_the_number_comes_from_depends_on_the_answer(
    tables: RunTables, answer: str, found: int, said: str
) -> None:
    assert said in words(methods_of(with_clusters(with_answer(tables, answer, found), k=6)))


@pytest.mark.parametrize(
    ("vae", "said"),
    [
        ({"hidden_units": 8, "decoder_units": None}, "one hidden layer of 8 rectified linear units on each side"),
        ({"hidden_units": 8, "decoder_units": 4}, "one hidden layer of 8 (decoder: 4) rectified linear units on each"),
        (
            {"hidden_units": [9, 9], "decoder_units": None},
            "and hidden layers of 9 and 9 rectified linear units on each",
        ),
        (
            {"hidden_units": [1200, 8, 5], "decoder_units": None},
            "hidden layers of 1,200, 8 and 5 (decoder: 5, 8 and 1,200) rectified linear units on each side",
        ),
        (
            {"hidden_units": 8, "decoder_units": None, "network": "convolutional", "channels": [4, 6]},
            "convolutions of 4 and 6 channels (3 x 3, stride 2) and one hidden layer of 8 rectified",
        ),
        (
            {"hidden_units": [9, 8], "decoder_units": None, "network": "recurrent", "recurrent_units": 1200},
            "layers of 9 and 8 (decoder: 8 and 9) rectified linear units on each side and a gated recurrent layer of "
            "1,200 units in the decoder",
        ),
    ],
)
def test_the_layers_of_the_network_are_said(tables: RunTables, vae: dict[str, Any], said: str) -> None:
    assert said in words(methods_of(of(tables, vae=vae)))


def test_the_paragraph_is_short_and_numbers_run_through(tables: RunTables, family: RunTables) -> None:
    for run in (tables, family):
        methods = methods_of(run)
        assert 200 <= len(words(methods).split()) <= 380
        numbers = [work.number for work in methods.works]
        assert numbers == list(range(1, len(numbers) + 1))
        assert all(f"{number}]" in words(methods) or f"{number}," in words(methods) for number in numbers)
        assert "@" not in words(methods)


def test_only_what_was_used_is_cited(tables: RunTables, family: RunTables) -> None:
    plain, typed = cited(methods_of(tables)), cited(methods_of(family))
    assert "Importance weighted autoencoders" not in plain
    assert "beta-VAE" in plain
    assert "Importance weighted autoencoders" in typed
    assert "k-means++" in plain
    mixture = methods_of(of(tables, clusters={"method": "gaussian_mixture"}))
    assert "k-means" not in cited(mixture) + words(mixture)
    assert "a mixture of Gaussians" in words(mixture)
    decay = cited(methods_of(of(tables, vae={"weight_decay": 0.1})))
    assert "Decoupled weight decay" in decay
    assert "Adam: a method" not in decay


def test_a_run_without_an_outcome_and_with_gaps_speaks_of_gaps_and_of_no_outcome(clinic: RunTables) -> None:
    said = words(methods_of(clinic))
    assert "outcome" not in said
    assert "Values were missing in 7 of these columns; nothing was imputed" in said
    assert "It did not read follow-up (held out)." in said
    assert "Counts of fewer than 11 patients are not shown" in said


def test_one_replica_agrees_with_nobody(make_run: Callable[..., Path], tmp_path: Path) -> None:
    vae = {"replicas": 1, "comparison_replicas": 1}
    lone = RunTables.load(make_run(tmp_path / "lone", replicas=1, epochs=3, vae=vae))
    methods = methods_of(lone)
    assert "One model was trained, from one seed." in words(methods)
    assert "Rand" not in words(methods) + cited(methods)
    assert "other replicas" not in words(methods)


def test_one_cluster_has_neither_stability_nor_tests(make_run: Callable[..., Path], tmp_path: Path) -> None:
    one = methods_of(RunTables.load(make_run(tmp_path / "one", clusters={"k": 1})))
    assert "into 1 cluster by" in words(one)
    assert "Jaccard" not in words(one)
    assert "Benjamini" not in words(one) + cited(one)


@pytest.mark.parametrize(
    ("scheme", "said"),
    [
        ("bootstrap", "bootstrap resamples, in the other"),
        ("subset", "random halves of the patients, in the other"),
        ("noise", "copies of the cohort with 5\N{NO-BREAK SPACE}% of the values replaced, in the other"),
    ],
)
def test_what_a_resample_is_depends_on_the_scheme(tables: RunTables, scheme: str, said: str) -> None:
    assert f"trained again on {tables.stability.trained_on} {said}" in words(
        methods_of(of(tables, stability={"scheme": scheme}))
    )


def test_a_supervised_model_did_not_read_the_outcome_but_learned_it(tables: RunTables) -> None:
    said = words(methods_of(of(tables, vae={"objective": "supervised", "class_weight": 2.0})))
    assert "It did not read disease (outcome), but the training learned to predict the outcome." in said
    assert "and 2 times the cross-entropy of the outcome was minimised" in said


def test_the_sentences_and_works_of_a_study_stand_where_they_belong(tables: RunTables) -> None:
    methods = methods_of(tables, StudyPages(methods=["Own sentence."], citation=["Own work."]))
    assert methods.paragraphs[0].endswith("Own sentence.")
    assert methods.works[-1].text == "Own work."
    text = methods_markdown(methods)
    assert text.startswith("# Methods\n\nWe clustered")
    assert text.endswith(f"{len(methods.works)}. Own work.\n")
    assert "## References\n\n1. " in text


def test_limits_and_what_does_not_apply_are_told_where_the_schema_knows_them(clinic: RunTables) -> None:
    plain = methods_of(clinic)
    assert "limit of detection" not in words(plain)
    assert "Tobin" not in cited(plain)
    number = next(column for column in clinic.schema.inputs if column.kind_of.censorable)
    other = next(column for column in clinic.schema.inputs if not column.numeric)
    changes = {number.name: {"censored": True}, other.name: {"not_applicable": ("-",)}}
    columns = tuple(column.model_copy(update=changes.get(column.name, {})) for column in clinic.schema.columns)
    remarked = methods_of(replace(clinic, schema=clinic.schema.model_copy(update={"columns": columns})))
    assert "beyond a limit of detection count with the probability of all values beyond it [" in words(remarked)
    assert "did not apply, the encoder is told so" in words(remarked)
    assert "Estimation of relationships for limited dependent variables" in cited(remarked)
