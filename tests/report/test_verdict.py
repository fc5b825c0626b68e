from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from retina_vae.report.tables import RunTables
from retina_vae.report.verdict import groups_in_words, separation_in_words, verdicts
from tests.report.released import People


def answers(tables: RunTables) -> dict[str, str]:
    return {answer.question: answer.text for answer in verdicts(tables)}


def with_structure(tables: RunTables, **values: float) -> RunTables:
    structure = tables.meaning.structure
    for name, value in values.items():
        structure = structure.assign(value=structure["value"].mask(structure["measure"] == name, value))
    return replace(tables, meaning=replace(tables.meaning, structure=structure))


def test_four_questions_are_answered_with_the_tables_numbers(tables: RunTables, people: People) -> None:
    found = answers(tables)
    assert list(found) == ["What is known?", "Which hold?", "What are they?", "Who is in doubt?"]
    assert f"mean adjusted Rand index of {tables.agreement['ari'].mean():.2f}" in found["Which hold?"]
    probability = people.probability
    assert f"{probability.mean():.2f}" in found["Who is in doubt?"]
    assert f"{int((probability < 0.8).sum())} patients" in found["Who is in doubt?"]


@pytest.mark.parametrize(("above", "said"), [(0.01, True), (0.2, False)])
def test_rules_that_are_no_better_than_a_guess_are_called_so(tables: RunTables, above: float, said: bool) -> None:
    largest = float(tables.sizes.max()) / tables.account.patients
    text = answers(with_structure(tables, tree_accuracy=largest + above))["What are they?"]
    assert ("no better than calling everybody the largest cluster" in text) == said


def test_doubt_of_all_patients_is_sure_for_none(tables: RunTables) -> None:
    said = answers(replace(tables, account=replace(tables.account, doubtful=float(tables.account.patients))))
    assert said["Who is in doubt?"].startswith("The assignment is sure for none of the patients:")


def test_the_groups_of_simulated_patients_are_told_by_their_statistics(tables: RunTables) -> None:
    """Names alone make no groups: three diseases with the same statistics are one."""
    said = "simulated from 3 groups, ARMD, CSCR and PCV, with independent columns in each"
    targets = tables.summary.assign(target=tables.summary.groupby("group").cumcount().astype(float))
    alike = replace(tables, summary=targets)
    assert groups_in_words(alike).endswith(
        f"{said}, but all with the same statistics: there is one group, under 3 names."
    )
    own = replace(tables, summary=targets.assign(target=targets["target"] + pd.factorize(targets["group"])[0]))
    assert groups_in_words(own).endswith(f"{said}, and no two of them have the same statistics.")
    two = targets["target"].mask(targets["group"] == "PCV", targets["target"] + 1)
    assert "of which only 2 have statistics of their own" in groups_in_words(
        replace(tables, summary=targets.assign(target=two))
    )


def test_of_a_table_nobody_knows_the_groups(clinic: RunTables) -> None:
    assert groups_in_words(clinic) == ""
    assert "What is known?" not in answers(clinic)


def test_a_study_adds_what_it_knows(clinic: RunTables) -> None:
    (known,) = [answer.text for answer in verdicts(clinic, ["A sentence."]) if answer.question == "What is known?"]
    assert known == "A sentence."


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
