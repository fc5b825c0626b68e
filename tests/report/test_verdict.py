from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from retina_vae.report.tables import RunTables
from retina_vae.report.verdict import groups_in_words, separation_in_words, verdicts


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


def test_the_groups_of_simulated_patients_are_said(tables: RunTables) -> None:
    words = groups_in_words(tables)
    assert "simulated from 3 groups, ARMD, CSCR and PCV" in words
    assert answers(tables)["How many?"].endswith(words)


def test_of_a_table_nobody_knows_the_groups(clinic: RunTables) -> None:
    assert groups_in_words(clinic) == ""
    assert answers(clinic)["How many?"].endswith("none of them chooses 6.")


def test_a_study_has_the_last_word_on_the_number(tables: RunTables) -> None:
    (number,) = [answer.text for answer in verdicts(tables, ["A sentence."]) if answer.question == "How many?"]
    assert number == f"{answers(tables)['How many?']} A sentence."


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


@pytest.mark.parametrize(
    ("ami", "words"), [(0.5, "alone gives much of"), (0.49, "No table of the inputs gives much of")]
)
def test_what_a_cross_table_gives_back_depends_on_its_information(tables: RunTables, ami: float, words: str) -> None:
    assert words in answers(with_structure(tables, cross_table_ami=ami))["What are they?"]


def test_separation_compares_regressions_in_the_clusters_with_one_of_all(tables: RunTables) -> None:
    text = answers(tables)["What are they?"]
    assert "tell the outcome (disease) with a mean area under the curve (AUC) of 0.950" in text
    assert "of 0.940 by one regression of all patients" in text
    assert "(difference 0.010, 95 % interval −0.010 to 0.030)" in text


@pytest.mark.parametrize(
    ("low", "high", "words"), [(0.01, 0.03, "it easier"), (-0.01, 0.03, "it no easier"), (-0.03, -0.01, "it harder")]
)
def test_a_difference_within_its_uncertainty_says_nothing(
    tables: RunTables, low: float, high: float, words: str
) -> None:
    structure = tables.meaning.structure
    gain = structure["measure"] == "within_auc_gain"
    structure = structure.assign(low=structure["low"].mask(gain, low), high=structure["high"].mask(gain, high))
    changed = replace(tables, meaning=replace(tables.meaning, structure=structure))
    assert f"the clusters make {words} to tell" in separation_in_words(changed)


def test_without_an_outcome_nothing_is_said_of_one(clinic: RunTables) -> None:
    assert separation_in_words(clinic) == ""
    assert "outcome" not in " ".join(answers(clinic).values())
