from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from retina_vae.clusters.description.counts import count_table
from retina_vae.cohort import CohortSchema
from retina_vae.report.cards import cluster_cards
from retina_vae.report.tables import RunTables
from retina_vae.words import MARK
from tests.report.released import People, cohort_of


def numbers(text: str) -> list[int]:
    return [int(found) for found in re.findall(r"\d+", text)]


def test_cards_count_the_patients_of_their_cluster(tables: RunTables, people: People) -> None:
    cards = cluster_cards(tables)
    assert [card.cluster for card in cards] == list(range(1, 7))
    for card in cards:
        own = people.members(card.cluster)
        assert numbers(card.patients)[0] == len(own)
        assert [numbers(share.text)[-1] for share in card.outcome] == [
            (own["disease"] == share.name).sum() for share in card.outcome
        ]
        assert sum(share.share for share in card.outcome) == pytest.approx(1)


def test_facts_say_the_stability_and_the_doubt_of_the_cluster(tables: RunTables) -> None:
    facts = dict(cluster_cards(tables)[0].facts)
    assert facts["In resampled patients, model held fixed"] == "0.99, highly stable; 99 of 100 recover it"
    assert facts["Model trained again on resampled patients"] == "0.89, highly stable; 7 of 8 recover it"
    assert facts["In other replicas"] == "0.40, dissolved; lowest 0.30"
    assert facts["In other latent dimensions"] == "0.70, pattern"
    row = tables.doubt.clusters.iloc[0]
    assert facts["Doubtful patients"] == f"{row['doubtful']:.0f}"
    assert facts["Nearest in doubt"].startswith("cluster 2 (")


def test_one_resample_recovers_and_several_recover(tables: RunTables) -> None:
    retrained = tables.stability.retrained.assign(recovered=[1 / 8, 2 / 8, *[0.0] * 4])
    cards = cluster_cards(replace(tables, stability=replace(tables.stability, retrained=retrained)))
    said = [dict(card.facts)["Model trained again on resampled patients"] for card in cards[:3]]
    assert [text.split("; ")[1] for text in said] == ["1 of 8 recovers it", "2 of 8 recover it", "0 of 8 recover it"]


def test_numbers_that_are_not_shown_are_marked(tables: RunTables) -> None:
    table1, counts = tables.table1.copy(), tables.counts.copy()
    table1.loc[0, "size"] = float("nan")
    counts.loc[(counts["cluster"] == 1) & (counts["category"] == "ARMD"), "patients"] = pd.NA
    card = cluster_cards(replace(tables, table1=table1, counts=counts))[0]
    assert card.patients == f"{MARK} patients"
    assert card.outcome[0].text == MARK
    assert card.outcome[0].share == 0


def test_a_cluster_without_a_short_rule_says_so(tables: RunTables) -> None:
    nothing = dict.fromkeys(["conditions", "precision", "recall"], float("nan"))
    rules = tables.meaning.rules.assign(rule="no short rule", **nothing)
    cards = cluster_cards(replace(tables, meaning=replace(tables.meaning, rules=rules)))
    assert {card.rule for card in cards} == {"no short rule finds it"}


def test_without_an_outcome_a_card_has_no_shares(open_clinic: RunTables) -> None:
    cards = cluster_cards(open_clinic)
    assert [card.outcome for card in cards] == [[]] * 6
    assert not any("AUC" in label for card in cards for label, _ in card.facts)


def test_several_outcomes_are_all_on_the_card(tables: RunTables) -> None:
    more = tables.schema["sex"].model_copy(update={"role": "outcome"})
    columns = tuple(more if column.name == "sex" else column for column in tables.schema.columns)
    schema = CohortSchema(identifier="patient_id", columns=columns)
    separation = pd.concat([tables.meaning.separation.assign(outcome=name) for name in ("disease", "sex")])
    both = replace(tables, schema=schema, meaning=replace(tables.meaning, separation=separation))
    card = cluster_cards(both)[0]
    assert [share.name for share in card.outcome] == ["ARMD", "CSCR", "PCV"]
    assert [label for label, _ in card.facts if "AUC" in label] == ["Disease within (AUC)", "Sex within (AUC)"]
    assert {"Disease: ARMD", "Sex: female"} <= {line.label for line in card.profile}


def test_an_outcome_that_is_not_observed_is_a_share(tables: RunTables, people: People) -> None:
    gone = people.patients["disease"].mask(people.patients["patient_id"] == people.members(1)["patient_id"].iloc[0])
    patients = people.patients.assign(disease=gone)
    counts, cohort = count_table(patients, people.clusters, tables.schema), cohort_of(patients, tables.schema)
    first, second = cluster_cards(replace(tables, cohort=cohort, counts=counts))[:2]
    assert (first.outcome[-1].name, numbers(first.outcome[-1].text)[-1]) == ("not observed", 1)
    assert [share.name for share in second.outcome] == ["ARMD", "CSCR", "PCV"]
    assert sum(share.share for share in first.outcome) == pytest.approx(1)


def test_nothing_is_said_of_a_cluster_whose_size_is_not_shown(tables: RunTables) -> None:
    table1 = tables.table1.assign(size=tables.table1["size"].astype(float).mask(tables.table1["cluster"] == 1))
    card = cluster_cards(replace(tables, table1=table1))[0]
    assert (card.badge.words, card.badge.kind, card.facts) == (MARK, "unknown", [])
