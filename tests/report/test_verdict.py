from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from retina_vae.report.tables import RunTables
from retina_vae.report.verdict import overall_stability, separation_in_words, sources_in_words, verdicts


def answers(tables: RunTables) -> dict[str, str]:
    return {answer.question: answer.text for answer in verdicts(tables)}


def with_number(tables: RunTables, **changes: pd.DataFrame) -> RunTables:
    return replace(tables, number=replace(tables.number, **changes))


def with_structure(tables: RunTables, **values: float) -> RunTables:
    structure = tables.meaning.structure
    for name, value in values.items():
        structure = structure.assign(value=structure["value"].mask(structure["measure"] == name, value))
    return replace(tables, meaning=replace(tables.meaning, structure=structure))


def test_five_questions_are_answered_with_the_tables_numbers(tables: RunTables) -> None:
    found = answers(tables)
    assert len(found) == 5
    assert "199 cohorts" in found["Are there groups?"]
    assert "(p = 0.005)" in found["Are there groups?"]
    assert "6 clusters were asked for" in found["How many?"]
    assert "Of 2 criteria 2 choose 3; none of them chooses 6." in found["How many?"]
    assert f"mean adjusted Rand index of {tables.agreement['ari'].mean():.2f}" in found["Which hold?"]
    probability = tables.doubt.patients["probability"]
    assert f"{probability.mean():.2f}" in found["Who is in doubt?"]
    assert f"{int((probability < 0.8).sum())} patients" in found["Who is in doubt?"]


def test_the_sources_are_said_beside_the_papers_number(tables: RunTables) -> None:
    words = sources_in_words(tables)
    assert "3 sources, ARMD, CSCR and PCV" in words
    assert "not the 14 that the paper reports" in words
    assert words in answers(tables)["How many?"]


def test_criteria_without_a_majority_and_a_cohort_without_clusters_are_said_so(tables: RunTables) -> None:
    choices = tables.number.choices.assign(k=[2, 6])
    test = tables.number.null_test.assign(p_value=0.4, verdict="no evidence of clusters")
    found = answers(with_number(tables, choices=choices, null_test=test))
    assert found["Are there groups?"].startswith("There is no evidence that the patients fall into clusters: 199 ")
    assert "(p = 0.4)" in found["Are there groups?"]
    assert "no more than half choose the same number, and 1 of them choose 6" in found["How many?"]


def test_a_majority_for_the_runs_number_is_not_said_twice(tables: RunTables) -> None:
    agreed = answers(with_number(tables, choices=tables.number.choices.assign(k=6)))["How many?"]
    assert "Of 2 criteria 2 choose 6. The patients" in agreed


def test_clusters_that_hold_are_counted_on_both_sides(tables: RunTables) -> None:
    both = overall_stability(tables)
    text = answers(tables)["Which hold?"]
    assert text.startswith(f"{(both['resamples'] >= 0.75).sum()} of the 6 clusters are found again")
    assert f"and {(both['replicas'] >= 0.75).sum()} when the model" in text


def test_a_cluster_is_judged_by_the_worse_of_both_similarities(tables: RunTables) -> None:
    both = overall_stability(tables)
    first, last = both.iloc[0], both.iloc[-1]
    assert first["resamples"] > first["replicas"] == 0.4
    assert first["verdict"] == "dissolved"
    assert last["replicas"] > last["resamples"] == 0.45
    assert last["verdict"] == "dissolved"


def test_one_replica_is_said_to_be_one(tables: RunTables) -> None:
    lone = replace(tables, agreement=tables.agreement.head(0))
    assert "Only one replica" in answers(lone)["Which hold?"]


@pytest.mark.parametrize(
    ("ami", "words"), [(0.5, "alone gives much of"), (0.49, "No table of the inputs gives much of")]
)
def test_what_a_cross_table_gives_back_depends_on_its_information(tables: RunTables, ami: float, words: str) -> None:
    assert words in answers(with_structure(tables, cross_table_ami=ami))["What are they?"]


def with_gain(tables: RunTables, own: float, whole: float, low: float, high: float) -> RunTables:
    """The two areas, and the bounds of their difference."""
    changed = with_structure(tables, within_auc=own, within_auc_one_model=whole, within_auc_gain=own - whole)
    structure = changed.meaning.structure.set_index("measure")
    structure.loc["within_auc_gain", ["low", "high"]] = [low, high]
    return replace(changed, meaning=replace(changed.meaning, structure=structure.reset_index()))


@pytest.mark.parametrize(
    ("own", "whole", "low", "high", "words"),
    [
        (0.95, 0.9, 0.03, 0.07, "easier (difference 0.050, 95 % interval 0.030 to 0.070)."),
        (0.492, 0.473, -0.07, 0.11, "no easier (difference 0.019, 95 % interval \u22120.070 to 0.110)."),
        (0.9, 0.9, 0.0, 0.0, "no easier (difference 0.000, 95 % interval 0.000 to 0.000)."),
        (0.982, 0.988, -0.016, 0.001, "no easier (difference \u22120.006, 95 % interval \u22120.016 to 0.001)."),
        (0.85, 0.9, -0.07, -0.03, "harder (difference \u22120.050, 95 % interval \u22120.070 to \u22120.030)."),
    ],
)
def test_clusters_help_only_where_the_difference_of_the_regressions_is_beyond_its_interval(
    tables: RunTables, own: float, whole: float, low: float, high: float, words: str
) -> None:
    changed = with_gain(tables, own, whole, low, high)
    assert answers(changed)["What are they?"].endswith(f": the clusters make the diagnosis {words}")


def test_the_words_are_those_of_the_table_that_the_run_wrote(tables: RunTables) -> None:
    gain = tables.meaning.measure("within_auc_gain")
    assert gain is not None
    expected = "easier" if gain["low"] > 0 else "harder" if gain["high"] < 0 else "no easier"
    assert f"make the diagnosis {expected} (difference" in separation_in_words(tables)


def test_without_the_interval_nothing_is_said(tables: RunTables) -> None:
    structure = tables.meaning.structure
    older = structure[structure["measure"] != "within_auc_gain"]
    assert separation_in_words(replace(tables, meaning=replace(tables.meaning, structure=older))) == ""
