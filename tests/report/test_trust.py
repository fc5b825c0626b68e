from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd

from retina_vae.report.tables import RunTables
from retina_vae.report.trust import (
    doubt_table,
    held_out_table,
    most_entropy,
    separation_table,
    stability_table,
    structure_sentences,
    variants_in_words,
    variants_table,
)


def test_structure_is_said_with_the_measures(tables: RunTables) -> None:
    text = " ".join(structure_sentences(tables))
    for name in ("cross_table_ami", "within_auc"):
        measure = tables.meaning.measure(name)
        assert measure is not None
        assert f"{measure['value']:.2f}" in text
    assert f"{tables.meaning.measure('cross_table_cells')['value']:.0f} cells" in text


def test_what_could_not_be_measured_is_said_so(tables: RunTables) -> None:
    nothing = replace(tables.meaning, structure=tables.meaning.structure.head(0))
    (sentence,) = structure_sentences(replace(tables, meaning=nothing))
    assert sentence.endswith("It could not be measured here.")


def test_only_columns_that_the_model_did_not_see_are_tested(tables: RunTables) -> None:
    rows = held_out_table(tables).rows
    assert {(row[1], row[2]) for row in rows} == {("Disease", "outcome")}
    assert [row[0] for row in rows] == [str(number) for number in range(1, 7)]


def test_held_out_columns_and_sites_are_tested_too(open_clinic: RunTables) -> None:
    rows = held_out_table(open_clinic).rows
    assert {(row[1], row[2]) for row in rows} == {("Follow-up", "held out")}


def test_a_column_that_the_model_learned_is_no_evidence(tables: RunTables) -> None:
    learned = tables.meaning.differences.assign(descriptive=True)
    assert held_out_table(replace(tables, meaning=replace(tables.meaning, differences=learned))).rows == []


def test_without_an_outcome_there_is_no_separation(clinic: RunTables) -> None:
    assert separation_table(clinic).rows == []
    assert not any("AUC" in sentence for sentence in structure_sentences(clinic))


def test_small_p_values_are_no_zeros(tables: RunTables) -> None:
    tiny = tables.meaning.differences.assign(p_value=1e-300, q_value=0.0123)
    rows = held_out_table(replace(tables, meaning=replace(tables.meaning, differences=tiny))).rows
    assert {row[4] for row in rows} == {"< 0.001"}
    assert {row[5] for row in rows} == {"0.012"}


def test_separation_has_all_patients_first_and_notes_what_is_missing(tables: RunTables) -> None:
    table = pd.DataFrame({"outcome": "disease", "cluster": [0, 1], "patients": [120, 9], "classes": [2, float("nan")]})
    table = table.assign(auc=[0.9, math.nan], auc_low=[0.8, math.nan], auc_high=[0.95, math.nan], note=[None, "few"])
    rows = separation_table(replace(tables, meaning=replace(tables.meaning, separation=table))).rows
    assert rows[0] == ["Disease", "all", "120", "2", "0.900", "0.800 to 0.950", ""]
    assert rows[1] == ["Disease", "1", "9", "–", "–", "–", "few"]


def test_doubt_and_stability_have_a_row_per_cluster(tables: RunTables) -> None:
    doubt, stability = doubt_table(tables), stability_table(tables)
    assert [row[0] for row in doubt.rows] == [row[0] for row in stability.rows] == list("123456")
    assert {len(row) for row in stability.rows} == {len(stability.heads)}
    assert {len(row) for row in doubt.rows} == {len(doubt.heads)}
    assert stability.rows[0][-1] == "dissolved"
    assert most_entropy(tables) == math.log(6)


def test_the_sentence_on_other_clusterings_names_those_that_there_are(tables: RunTables) -> None:
    assert variants_in_words(tables) == (
        "what all replicas have in common, those of models with other latent dimensions and those of the other kind of "
        "points"
    )
    kept = tables.stability.variants
    fewer = replace(tables.stability, variants=kept[kept["kind"] != "latent_dimension"])
    assert "latent dimensions" not in variants_in_words(replace(tables, stability=fewer))


def test_other_replicas_are_not_repeated_among_the_variants(tables: RunTables) -> None:
    names = [row[0] for row in variants_table(tables).rows]
    assert names == ["2 latent dimensions, replica 1", "k-means on the posterior means", "consensus of the replicas"]
