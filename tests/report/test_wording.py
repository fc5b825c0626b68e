from __future__ import annotations

import math
from dataclasses import replace

import pytest

from retina_vae.report.tables import RunTables
from retina_vae.report.wording import agreement_in_words, in_short, number, stability_badge


@pytest.mark.parametrize(
    ("jaccard", "words"),
    [
        (1.0, "stable"),
        (0.75, "stable"),
        (0.7499, "doubtful"),
        (0.6, "doubtful"),
        (0.5999, "not stable"),
        (0, "not stable"),
    ],
)
def test_badges_follow_the_thresholds(jaccard: float, words: str) -> None:
    assert stability_badge(jaccard).words == words


def test_without_other_replicas_stability_is_not_measured() -> None:
    assert stability_badge(math.nan).words == "not measured"


def test_better_agreement_never_reads_worse() -> None:
    words = [agreement_in_words(value / 100) for value in range(101)]
    order = list(dict.fromkeys(words))
    assert len(order) == 4
    assert sorted(words, key=order.index) == words


def test_in_short_states_the_tables_numbers(tables: RunTables) -> None:
    who, null, number, sure, agree, stable = in_short(tables)
    assert "199 cohorts" in null
    assert "(p = 0.005)" in null
    assert who.startswith("120 patients (40 ARMD, 40 CSCR, 40 PCV; simulated)")
    assert "6, was set" in number
    assert "Of 2 criteria 2 choose 3." in number
    assert f"{tables.assignments['probability'].mean():.2f}" in sure
    assert f"{int(tables.stability['doubtful'].sum())} patients" in sure
    assert f"mean adjusted Rand index of {tables.agreement['ari'].mean():.2f}" in agree
    counts = [stability_badge(value).words for value in tables.stability["jaccard_mean"]]
    assert f"{counts.count('not stable')} are not stable" in stable


def test_one_replica_is_said_to_be_one(tables: RunTables) -> None:
    lone = replace(tables, agreement=tables.agreement.head(0))
    assert "Only one replica" in in_short(lone)[-1]


def test_the_distance_to_the_exact_density_is_said_where_it_is_known(tables: RunTables, family: RunTables) -> None:
    assert not any("exact log-density" in sentence for sentence in in_short(tables))
    (sentence,) = [sentence for sentence in in_short(family) if "exact log-density" in sentence]
    assert "of fresh patients falls 0.020 nats per patient short" in sentence
    assert "(median of 3 replicas, 0.010 to 0.030)" in sentence


def test_one_measured_replica_has_no_range(family: RunTables) -> None:
    lone = replace(family, evaluation=family.evaluation.query("replica == 1"))
    assert "(one replica)" in in_short(lone)[1]


@pytest.mark.parametrize(
    ("value", "text"), [(-0.0004, "0.000"), (-0.0006, "−0.001"), (2.5e7, "2.50e+07"), (-math.inf, "−∞"), (0.1, "0.100")]
)
def test_numbers_are_cut_and_signed(value: float, text: str) -> None:
    assert number(value) == text


def test_criteria_without_a_majority_and_a_cohort_without_clusters_are_said_so(tables: RunTables) -> None:
    choices = tables.number.choices.assign(k=[2, 3])
    test = tables.number.null_test.assign(p_value=0.4, verdict="no evidence of clusters")
    _, null, number, *_ = in_short(replace(tables, number=replace(tables.number, choices=choices, null_test=test)))
    assert "no evidence that the patients fall into clusters (p = 0.4)" in null
    assert "no more than half choose the same number" in number
