from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from retina_vae.report.cards import cluster_cards
from retina_vae.report.stability import judged_in_words, overall_stability, stability_in_words, which_hold
from retina_vae.report.tables import RunTables
from retina_vae.report.trust import stability_table
from tests.report.trust import not_retrained


def with_means(tables: RunTables, **means: list[float]) -> RunTables:
    """The run with these mean similarities of its six clusters."""
    changed = {name: getattr(tables.stability, name).assign(jaccard_mean=values) for name, values in means.items()}
    return replace(tables, stability=replace(tables.stability, **changed))


def with_scheme(tables: RunTables, scheme: str) -> RunTables:
    stability = tables.configuration.stability.model_copy(update={"scheme": scheme})
    return replace(tables, configuration=tables.configuration.model_copy(update={"stability": stability}))


def test_the_verdict_follows_the_worse_of_training_on_resamples_and_from_other_seeds(tables: RunTables) -> None:
    run = with_means(
        tables,
        bootstrap=[0.99, 0.99, 0.10, 0.99, 0.99, 0.99],
        retrained=[0.90, 0.62, 0.90, 0.40, 0.80, float("nan")],
        replicas=[0.90, 0.90, 0.90, 0.90, 0.55, 0.80],
    )
    verdicts = overall_stability(run)["verdict"].tolist()
    # The third one has a bad mean where the model is held fixed, which is shown and not judged.
    assert verdicts == ["highly stable", "pattern", "highly stable", "dissolved", "doubtful", "stable"]
    assert [card.badge.words for card in cluster_cards(run)] == verdicts
    assert [row[-1] for row in stability_table(run).rows] == verdicts


def test_without_training_on_resamples_the_model_held_fixed_is_judged(tables: RunTables) -> None:
    run = with_means(not_retrained(tables), bootstrap=[0.9, 0.4, *[0.9] * 4], replicas=[0.8, *[0.9] * 5])
    assert overall_stability(run)["verdict"].tolist() == ["stable", "dissolved", *["highly stable"] * 4]


def test_one_replica_leaves_the_resamples(tables: RunTables) -> None:
    run = with_means(tables, replicas=[float("nan")] * 6)
    means = overall_stability(run)
    assert means["verdict"].tolist()[0] == "highly stable"
    assert "Only one replica was trained" in which_hold(replace(run, agreement=run.agreement.head(0)))


def test_clusters_that_hold_are_counted_by_what_was_done_again(tables: RunTables) -> None:
    run = with_means(
        tables,
        retrained=[0.8, 0.8, 0.8, 0.5, 0.5, 0.5],
        replicas=[0.8, 0.5, 0.5, 0.5, 0.5, 0.5],
        bootstrap=[0.8, 0.8, 0.8, 0.8, 0.8, 0.5],
    )
    text = which_hold(run)
    assert text.startswith(
        "3 of the 6 clusters are found again (mean Jaccard similarity 0.75 or more) when patients are drawn again and "
        "the model is trained again on them (8 times), and 1 when the model is trained on the same patients from other "
    )
    assert text.endswith(
        "With the trained model held fixed, 5 would be found again in resampled patients; that is the clustering step "
        "alone."
    )


def test_all_and_none_are_words(tables: RunTables) -> None:
    run = with_means(tables, retrained=[0.8, *[0.5] * 5], replicas=[0.8] * 6, bootstrap=[0.5] * 6)
    text = which_hold(run)
    assert text.startswith("1 of the 6 clusters is found again")
    assert ", and all 6 when the model is trained on the same patients from other seeds" in text
    assert "With the trained model held fixed, none would be found again" in text


def test_two_clusters_are_both(tables: RunTables) -> None:
    means = with_means(tables, **{name: [0.9] * 6 for name in ("retrained", "replicas", "bootstrap")}).stability
    two = {name: getattr(means, name).query("cluster < 3") for name in ("retrained", "replicas", "bootstrap")}
    text = which_hold(replace(tables, stability=replace(means, **two)))
    assert text.startswith("Both clusters are found again")
    assert ", and both when the model is trained on the same patients from other seeds" in text
    assert "With the trained model held fixed, both would be found again" in text


@pytest.mark.parametrize(
    ("scheme", "words"),
    [
        ("subset", "when half of the patients are drawn and the model is trained again on them"),
        ("noise", "when 5\N{NO-BREAK SPACE}% of the values are replaced and the model is trained again on them"),
    ],
)
def test_the_scheme_is_named(tables: RunTables, scheme: str, words: str) -> None:
    run = with_scheme(tables, scheme)
    assert words in which_hold(run)
    assert which_hold(run) != which_hold(tables)
    assert stability_in_words(run) != stability_in_words(tables)


def test_what_was_not_measured_is_said_so_everywhere(tables: RunTables) -> None:
    run = not_retrained(tables)
    assert "in resampled patients with the trained model held fixed; whether they are when it is trained on" in (
        which_hold(run)
    )
    assert "was not measured, and" in which_hold(run)
    assert "training again was not measured" in judged_in_words(run)
    assert "Training again on resamples was not measured" in stability_in_words(run)
    assert "Trained again on resamples" not in stability_table(run).heads
    assert not any("trained again" in label for label, _ in cluster_cards(run)[0].facts)


def test_the_table_names_what_is_held_fixed_and_what_is_not(tables: RunTables) -> None:
    table, means = stability_table(tables), overall_stability(tables)
    assert table.heads[1:6] == [
        *("Trained again on resamples", "Recovered", "Dissolved", "Other replicas", "Resamples, model held fixed"),
    ]
    row, shares = table.rows[1], tables.stability.retrained.iloc[1]
    assert row[1] == f"{means['retrained'].iloc[1]:.2f}"
    assert row[2] == f"{100 * shares['recovered']:.0f}\N{NO-BREAK SPACE}%"
    assert row[5] == f"{means['fixed'].iloc[1]:.2f}"
    fixed = stability_table(not_retrained(tables))
    assert fixed.heads[1:5] == ["Resamples, model held fixed", "Recovered", "Dissolved", "Other replicas"]
    assert {len(row) for row in fixed.rows} == {len(fixed.heads)}


def test_a_cluster_that_no_resample_drew_has_no_numbers(tables: RunTables) -> None:
    first = tables.stability.retrained["cluster"] == 1
    lost = tables.stability.retrained.copy()
    lost.loc[first, "resamples"] = 0
    lost.loc[first, ["jaccard_mean", "jaccard_low", "recovered", "dissolved"]] = float("nan")
    run = replace(tables, stability=replace(tables.stability, retrained=pd.DataFrame(lost)))
    assert dict(cluster_cards(run)[0].facts)["Model trained again on resampled patients"] == "not measured"
    assert stability_table(run).rows[0][1:4] == ["–", "–", "–"]
