from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from retina_vae.report.answer import (
    answer_in_words,
    candidates_table,
    dependence_in_words,
    number_in_words,
    reached_answer,
)
from retina_vae.report.decision import decide
from retina_vae.report.stability import overall_stability
from retina_vae.report.tables import RunTables
from tests.report.answers import with_answer, with_clusters


def test_groups_are_said_by_the_less_favourable_comparison(tables: RunTables) -> None:
    found = answer_in_words(with_answer(tables, "groups", 3, groups_smooth=9.0, groups_curves=4.0, groups_bell=10.0))
    assert found.startswith("Groups describe patients that the fit has not seen better than a continuum does, by 0.080")
    assert "one bell with the same margins and correlations, by 0.200 nats per patient" in found


def test_a_continuum_is_said_with_the_sign_turned(tables: RunTables) -> None:
    found = answer_in_words(with_answer(tables, "continuum", 4, groups_smooth=-9.0, groups_curves=-4.0))
    assert "by 0.080 nats per patient (95\N{NO-BREAK SPACE}% interval 0.040 to 0.120)" in found
    assert "grades of it, not kinds of patients" in found


def test_nothing_is_one_cloud(tables: RunTables) -> None:
    found = with_answer(tables, "nothing", 1, groups_bell=-3.0, continuum_bell=-2.0)
    assert answer_in_words(found).endswith("Clusters of these patients are cuts through one cloud.")
    assert number_in_words(found) == "This run made 6 clusters; these patients support no division, so 1."
    assert decide(found).uses == []
    assert "Do not use these clusters" in decide(found).action


def test_groups_of_pixels_may_be_a_bent_surface_and_no_number_is_asked_for(tables: RunTables) -> None:
    settings = tables.configuration
    cohort = settings.cohort.model_copy(update={"source": "digits"})
    images = replace(tables, configuration=settings.model_copy(update={"study": "digits", "cohort": cohort}))
    found = with_answer(images, "groups", 9, groups_smooth=9.0, groups_curves=4.0, groups_bell=10.0)
    assert reached_answer(found) == "groups of parts"
    assert decide(found).headline == "Separate groups, or a bent continuum"
    assert decide(found).action.startswith("Call the clusters provisional")
    assert decide(found).caution == "As provisional groups, by how well they are found again:"
    said = answer_in_words(found)
    assert said.startswith("Groups describe patients that the fit has not seen better than a continuum does, by 0.080")
    assert "That does not show kinds of patients: principal components of pixels bend where" in said
    assert "If there are groups at all, it takes 9 groups" in number_in_words(found)
    # An image that one bell describes, or a continuum, is said as of any columns.
    for answer in ("continuum", "nothing", "undecided"):
        assert reached_answer(with_answer(images, answer, 1)) == answer


def test_what_cannot_be_told_says_between_what(tables: RunTables) -> None:
    weak = answer_in_words(with_answer(tables, "undecided", 2, groups_bell=1.0, continuum_bell=0.2))
    assert weak.startswith("Whether there is anything beyond margins and correlations cannot be told")
    split = answer_in_words(with_answer(tables, "undecided", 2, groups_bell=5.0, groups_smooth=3.0, groups_curves=-3.0))
    assert "whether as groups or as a continuum cannot be told" in split


@pytest.mark.parametrize(
    ("answer", "found", "k", "words"),
    [
        ("groups", 3, 3, "This run made 3 clusters, as many as there are groups by that measure."),
        ("groups", 3, 6, "so these cut the groups further."),
        ("groups", 8, 6, "so these join some of the groups."),
        (
            "groups",
            3,
            1,
            "it takes 3 groups to describe unseen patients, and more add hardly anything, so this one joins all of "
            "them.",
        ),
        ("continuum", 4, 6, "no number is the right one."),
        ("undecided", 2, 6, "If there are groups at all, it takes 2 groups to describe unseen patients"),
        ("nothing", 1, 1, "This run made 1 cluster."),
    ],
)
def test_the_number_is_supported_or_another_is_named(
    tables: RunTables, answer: str, found: int, k: int, words: str
) -> None:
    assert words in number_in_words(with_clusters(with_answer(tables, answer, found), k=k))


def test_clusters_without_a_patient_are_counted(tables: RunTables) -> None:
    assert "no patient" not in number_in_words(tables)
    assert number_in_words(with_clusters(tables, k=8)).endswith(" 2 of them hold no patient.")


def test_dependence_within_the_groups_is_what_a_factor_adds(tables: RunTables) -> None:
    assert "no common factor of the columns is left (it makes the description worse, by 0.010" in dependence_in_words(
        tables
    )
    assert dependence_in_words(with_answer(tables, "continuum", 3)) == ""
    better = tables.number.candidates.copy()
    better.loc[better["factors"] == 1, "log_density"] += 0.1
    found = replace(tables, number=replace(tables.number, candidates=better))
    assert "still depend on each other: a common factor makes the description better, by 0.090" in dependence_in_words(
        found
    )


def test_the_best_of_every_kind_has_a_row(tables: RunTables) -> None:
    """Of groups the best number of each kind alone: here 3 classes, without a factor and with one."""
    table = candidates_table(tables)
    rows = table.rows
    assert [row[0] for row in rows] == ["bell 1", "continuum 1", "closed curve 1", "classes 2", "3 classes, 1 factor"]
    assert rows[0][-1] == "0.000 ± 0.020"
    assert table.heads[2] == "Log-density of unseen patients (nats per patient)"


@pytest.mark.parametrize(
    ("answer", "found", "k", "words"),
    [
        ("groups", 3, 6, "Run again with clusters.k: 3."),
        ("continuum", 6, 6, "as grades along a continuum"),
        ("nothing", 1, 6, "Do not use these clusters as groups"),
        ("undecided", 2, 6, "Call the clusters provisional"),
    ],
)
def test_it_says_what_to_do(tables: RunTables, answer: str, found: int, k: int, words: str) -> None:
    changed = with_clusters(with_answer(tables, answer, found, groups_smooth=-3.0, groups_curves=-3.0), k=k)
    assert words in decide(changed).action


@pytest.mark.parametrize(
    ("jaccards", "words"),
    [
        ([0.9] * 6, "Work with these clusters: every one is found again."),
        ([0.9] * 5 + [0.7], "Work with the clusters under Use, read those under Read with care with their cards open."),
        ([0.9] * 5 + [0.4], "Work with the clusters under Use, and leave those under Do not use."),
        ([0.4] * 6, "Use none of these clusters yet"),
    ],
)
def test_what_to_do_follows_from_how_they_are_found_again(tables: RunTables, jaccards: list[float], words: str) -> None:
    found = with_clusters(with_answer(tables, "groups", 6), k=6)
    retrained = found.stability.retrained.assign(jaccard_mean=jaccards)
    replicas = found.stability.replicas.assign(jaccard_mean=jaccards)
    again = replace(found.stability, retrained=retrained, replicas=replicas)
    assert decide(replace(found, stability=again)).action.startswith(words)


@pytest.mark.parametrize(("jaccard", "said"), [(0.9, True), (0.4, False)])
def test_cuts_through_one_cloud_are_said_to_be_found_again_only_where_one_is(
    tables: RunTables, jaccard: float, said: bool
) -> None:
    found = with_clusters(with_answer(tables, "nothing", 1), k=6)
    retrained = found.stability.retrained.assign(jaccard_mean=jaccard)
    again = replace(found.stability, retrained=retrained, replicas=found.stability.replicas.assign(jaccard_mean=0.9))
    assert ("however well they are found again" in decide(replace(found, stability=again)).action) == said


def test_every_cluster_has_one_use(tables: RunTables) -> None:
    found = decide(tables)
    assert found.headline == "Separate groups"
    assert reached_answer(tables) == "groups"
    assert sorted(number for use in found.uses for number, _ in use.clusters) == sorted(tables.sizes.index)


def test_clusters_are_sorted_by_what_their_stability_allows(tables: RunTables) -> None:
    found = {use.words: [number for number, _ in use.clusters] for use in decide(tables).uses}
    verdicts = overall_stability(tables)["verdict"]
    expected = {"Use": ["highly stable", "stable"], "Read with care": ["pattern"]}
    expected["Do not use"] = ["doubtful", "dissolved"]
    assert found == {
        words: verdicts.index[verdicts.isin(kinds)].tolist()
        for words, kinds in expected.items()
        if verdicts.isin(kinds).any()
    }
    assert len(found) > 1


@pytest.mark.parametrize(
    ("answer", "found_number", "caution"),
    [
        ("groups", 3, "As a provisional division"),
        ("groups", 6, ""),
        ("continuum", 3, "As divisions of the"),
        ("undecided", 3, "As provisional groups"),
    ],
)
def test_what_clusters_are_depends_on_the_answer(
    tables: RunTables, answer: str, found_number: int, caution: str
) -> None:
    changed = with_answer(tables, answer, found_number, groups_smooth=-3.0, groups_curves=-3.0)
    found = decide(with_clusters(changed, k=6))
    assert found.caution.startswith(caution)
    assert bool(found.caution) == bool(caution)
    assert found.uses


@pytest.mark.parametrize(("value", "said"), [(0.8, True), (0.79, False)])
def test_a_cross_table_that_says_as_much_is_said_first(tables: RunTables, value: float, said: bool) -> None:
    measures = tables.meaning.structure
    of_table = measures["measure"] == "cross_table_ami"
    changed = measures.assign(value=measures["value"].mask(of_table, value))
    same = decide(replace(tables, meaning=replace(tables.meaning, structure=changed))).same
    assert any("without a model" in sentence for sentence in same) == said


def test_one_column_that_says_as_much_is_called_a_column(tables: RunTables) -> None:
    measures = tables.meaning.structure
    of_table = measures["measure"] == "cross_table_ami"
    changed = measures.assign(
        value=measures["value"].mask(of_table, 0.9), detail=measures["detail"].mask(of_table, "sex")
    )
    same = decide(replace(tables, meaning=replace(tables.meaning, structure=changed))).same
    assert any(sentence.startswith("The clusters are nearly the column sex (adjusted") for sentence in same)


def test_clusters_that_are_the_outcome_are_said_so_first(tables: RunTables) -> None:
    outcomes = pd.DataFrame({"outcome": ["disease"], "categories": [3], "ari": [1.0]})
    same = replace(tables, cohort=replace(tables.cohort, outcomes=outcomes))
    assert "nearly the 3 categories of the outcome" in decide(same).same[0]
    assert "adjusted Rand index 1.00" in decide(same).same[0]
    assert not any("outcome" in sentence for sentence in decide(tables).same)
