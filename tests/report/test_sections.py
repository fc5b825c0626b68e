from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from retina_vae.report import sections
from retina_vae.report.tables import RunTables


def test_cards_count_the_patients_of_their_cluster(tables: RunTables) -> None:
    cards = sections.cluster_cards(tables)
    assert [card.cluster for card in cards] == list(range(1, 7))
    assert sum(card.size for card in cards) == len(tables.patients)
    clusters = tables.assignments.set_index("patient_id")["cluster"]
    for card in cards:
        members = tables.patients[tables.patients["patient_id"].map(clusters) == card.cluster]
        assert [share.count for share in card.diseases] == [(members["disease"] == s.name).sum() for s in card.diseases]
        assert sum(share.share for share in card.diseases) == pytest.approx(1)
        age = members["age"]
        assert card.numbers == [("Age (years)", f"[{age.min():.0f}, {age.median():.0f}, {age.max():.0f}]")]


def test_table_1_shows_every_count_under_its_column(tables: RunTables) -> None:
    table = sections.table1(tables)
    assert len(table.heads) == sum(span for _, span in table.groups) == len(table.rows[0])
    assert [text for text, _ in table.groups][1:4] == ["Race", "Age (years)", "Polyps"]
    first = dict(zip(table.heads, table.rows[0], strict=True))
    assert first["Asian"] == str(tables.table1["asian"].iloc[0])
    assert first["ARMD"] == str(tables.table1["armd"].iloc[0])


def test_probability_bands_hold_every_patient_once(tables: RunTables) -> None:
    edges = pd.Series([1.0, 0.99, 0.9, 0.85, 0.8, 0.5, 0.0])
    moved = replace(tables, assignments=pd.DataFrame({"probability": edges}))
    bands = sections.probability_bands(moved)
    assert [band.count for band in bands] == [1, 2, 2, 1, 1]
    assert [band.label for band in bands][::4] == ["1 (every draw)", "below 0.5"]


def test_agreement_matrix_is_symmetric(tables: RunTables) -> None:
    matrix = np.array(sections.agreement_matrix(tables))
    np.testing.assert_array_equal(matrix, matrix.T)
    assert np.diag(matrix).tolist() == [1, 1, 1]
    assert matrix[0, 2] == tables.agreement.query("replica_a == 1 and replica_b == 3")["ari"].item()


def test_too_many_replicas_have_no_matrix(tables: RunTables) -> None:
    many = pd.DataFrame({"replica": range(1, sections.MOST_MATRIX_REPLICAS + 2)})
    assert sections.agreement_matrix(replace(tables, replicas=many)) == []


def test_cohort_rows_show_shares_with_their_errors(tables: RunTables) -> None:
    rows = {row[0]: row[1:] for row in sections.cohort_rows(tables).rows}
    share = (tables.patients.loc[tables.patients["disease"] == "ARMD", "race"] == "Asian").mean()
    error = (share * (1 - share) / 40) ** 0.5
    assert rows["Race: Asian"][0].replace("\N{NO-BREAK SPACE}", "") == f"{share:.1%} ± {error:.1%}"
    assert "Age: variance (years²)" in rows


def test_settings_name_seeds_and_versions(tables: RunTables) -> None:
    rows = dict(sections.settings_rows(tables))
    assert rows["Seeds"] == "cohort 1, training 7, draws 1, k-means 1"
    assert f"pandas {pd.__version__}" in rows["Versions"]
    assert rows["Replicas"] == "3; clusters are reported of replica 2"


def test_settings_say_the_model_in_words(tables: RunTables, family: RunTables) -> None:
    assert dict(sections.settings_rows(tables))["Likelihood"] == "squared error of sigmoid outputs; inputs: raw"
    assert "More models" not in dict(sections.settings_rows(tables))
    rows = dict(sections.settings_rows(family))
    assert rows["Objective"].startswith("importance-weighted bound")
    assert rows["More models"].startswith("paper, autoencoder")


def test_corrected_draws_are_said_to_be_so(family: RunTables) -> None:
    corrected = family.configuration.latent.model_copy(update={"correction": "importance", "proposals": 64})
    changed = family.configuration.model_copy(update={"latent": corrected})
    rows = dict(sections.settings_rows(replace(family, configuration=changed)))
    assert rows["Draws per patient"] == "16, from p(z | x) by importance weights on 64 draws from q(z | x)"
