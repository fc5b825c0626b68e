from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from retina_vae.disclosure import MARK
from retina_vae.report.cards import cluster_cards
from retina_vae.report.tables import RunTables


def numbers(text: str) -> list[int]:
    return [int(found) for found in re.findall(r"\d+", text)]


def members(tables: RunTables, cluster: int) -> pd.DataFrame:
    clusters = tables.assignments.set_index("patient_id")["cluster"]
    return tables.patients[tables.patients["patient_id"].map(clusters) == cluster]


def test_cards_count_the_patients_of_their_cluster(tables: RunTables) -> None:
    cards = cluster_cards(tables)
    assert [card.cluster for card in cards] == list(range(1, 7))
    for card in cards:
        own = members(tables, card.cluster)
        assert numbers(card.patients)[0] == len(own)
        assert [numbers(share.text)[-1] for share in card.diseases] == [
            (own["disease"] == share.name).sum() for share in card.diseases
        ]
        assert sum(share.share for share in card.diseases) == pytest.approx(1)


def test_profiles_show_the_cluster_beside_all_others(tables: RunTables) -> None:
    card, own = cluster_cards(tables)[0], members(tables, 1)
    others = tables.patients.drop(own.index)
    lines = {line.label: line for line in card.profile}
    assert numbers(lines["Polyps"].inside) == [round(100 * (own["polyps"] == "present").mean())]
    assert numbers(lines["Race: Asian"].outside)[0] == pytest.approx(100 * (others["race"] == "Asian").mean(), abs=0.51)
    assert numbers(lines["Age (years): median (quartiles)"].inside)[0] == round(own["age"].median())
    assert {line.medoid for line in card.profile} - {"yes", "no"} == {lines["Age (years): median (quartiles)"].medoid}


def test_q_values_of_fitted_columns_are_in_brackets_and_of_others_not(tables: RunTables) -> None:
    lines = {line.label: line.effect for line in cluster_cards(tables)[0].profile}
    assert re.search(r"\(q [<=] [\d.]+\)$", lines["Polyps"])
    assert re.search(r", q [<=] [\d.]+$", lines["Disease: ARMD"])
    assert lines["Disease: CSCR"] == ""


def test_facts_say_the_stability_and_the_doubt_of_the_cluster(tables: RunTables) -> None:
    facts = dict(cluster_cards(tables)[0].facts)
    assert facts["In resampled patients"].startswith("0.99, highly stable")
    assert facts["In other replicas"] == "0.40, dissolved; lowest 0.30"
    assert facts["In other latent dimensions"] == "0.70, pattern"
    row = tables.doubt.clusters.iloc[0]
    assert facts["Doubtful patients"] == f"{row['doubtful']:.0f}"
    assert facts["Nearest in doubt"].startswith("cluster 2 (")


def test_numbers_that_are_not_shown_are_marked(tables: RunTables) -> None:
    table1 = tables.table1.copy()
    table1.loc[0, ["size", "armd"]] = float("nan")
    card = cluster_cards(replace(tables, table1=table1))[0]
    assert card.patients == MARK
    assert card.diseases[0].text == MARK
    assert card.diseases[0].share == 0


def test_a_cluster_without_a_short_rule_says_so(tables: RunTables) -> None:
    nothing = dict.fromkeys(["conditions", "precision", "recall"], float("nan"))
    rules = tables.meaning.rules.assign(rule="no short rule", **nothing)
    cards = cluster_cards(replace(tables, meaning=replace(tables.meaning, rules=rules)))
    assert {card.rule for card in cards} == {"no short rule finds it"}
