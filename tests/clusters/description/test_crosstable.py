from itertools import product

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, normalized_mutual_info_score

from retina_vae.clusters.description import crosstable
from retina_vae.clusters.description.crosstable import best_cross_table, cheap_index
from retina_vae.clusters.description.parts import parts_of
from retina_vae.cohort import CohortSchema, Column
from retina_vae.studies.macular.schema import MACULAR


def test_a_planted_cross_table_is_found(simulated_patients: pd.DataFrame) -> None:
    p = simulated_patients
    clusters = 1 + (p["race"] == "Asian").to_numpy() + 2 * (p["sex"] == "male").to_numpy()
    clusters += 4 * np.digitize(p["age"], [45, 70])
    found = best_cross_table(p, clusters, MACULAR)
    assert found.words == "race (Asian or not) × age in 3 parts (at 45 and 70 years) × sex"
    assert found.cells == 12
    assert found.ami == pytest.approx(1)
    assert found.ari == pytest.approx(1)


@pytest.mark.parametrize(("size", "noise"), [(300, 0.3), (60, 0.6), (45, 0.8), (30, 0.8)])
def test_it_is_the_best_of_all_tables(simulated_patients: pd.DataFrame, size: int, noise: float) -> None:
    """Against every table; there are 35, so that every one that the bound does not rule out is computed."""
    p = simulated_patients.iloc[:: 3000 // size].reset_index(drop=True)
    schema = MACULAR.with_inputs(*tuple(MACULAR[name] for name in ("age", "srh", "sex")))
    for seed in range(4):
        rng = np.random.default_rng(seed)
        groups = (p["sex"] == "male").to_numpy() + 2 * (p["age"] > 55).to_numpy()
        clusters = np.where(rng.random(len(p)) < noise, rng.integers(0, 4, len(p)), groups)
        ways = [[None, *parts_of(p[column.name], column, clusters)] for column in schema.inputs]
        scores = {}
        for table in product(*ways):
            chosen = [parts for parts in table if parts is not None]
            if chosen:
                cells = np.unique(np.column_stack([parts.part for parts in chosen]), axis=0, return_inverse=True)[1]
                scores[" × ".join(map(str, chosen))] = (
                    adjusted_mutual_info_score(clusters, cells),
                    adjusted_rand_score(clusters, cells),
                    cells.max() + 1,
                )
        assert len(scores) <= crosstable.MOST_EXACT
        found = best_cross_table(p, clusters, schema)
        assert found.words == max(scores, key=lambda words: scores[words][0])
        assert (found.ami, found.ari, found.cells) == pytest.approx(scores[found.words])


def test_the_bound_is_the_normalised_mutual_information_and_above_the_index() -> None:
    rng = np.random.default_rng(1)
    for cells_count in (1, 2, 7, 60):
        labels, cells = rng.integers(0, 4, 80), rng.integers(0, cells_count, 80)
        _, bound = cheap_index(cells, labels)
        assert bound == pytest.approx(normalized_mutual_info_score(labels, cells))
        assert bound >= adjusted_mutual_info_score(labels, cells) - 1e-12
    assert cheap_index(np.zeros(9, dtype=int), np.zeros(9, dtype=int)) == (0, 0)


def test_the_approximation_is_the_index_where_cells_hold_many_patients() -> None:
    rng = np.random.default_rng(1)
    for cells_count in (2, 7, 40):
        labels = rng.integers(0, 4, 2000)
        cells = np.where(rng.random(2000) < 0.5, labels, rng.integers(0, cells_count, 2000))
        for own in (cells, rng.permutation(cells)):
            assert cheap_index(own, labels)[0] == pytest.approx(adjusted_mutual_info_score(labels, own), abs=0.006)


def test_few_tables_are_enough_to_find_the_best(
    simulated_patients: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    p, rng = simulated_patients.iloc[::5].reset_index(drop=True), np.random.default_rng(5)
    for seed in range(5):
        centers = rng.normal(size=(6, 3))
        codes = np.column_stack([p["age"] / 20, p["polyps"] == "present", p["sex"] == "male"]) + centers[seed]
        clusters = ((codes[:, None] - 2 * centers) ** 2).sum(axis=2).argmin(axis=1)
        monkeypatch.setattr(crosstable, "MOST_EXACT", 50)
        found = best_cross_table(p, clusters, MACULAR)
        monkeypatch.setattr(crosstable, "MOST_EXACT", 5000)
        assert found == best_cross_table(p, clusters, MACULAR)


def test_as_many_cells_as_patients_do_not_win_by_chance() -> None:
    """Twelve findings that mean nothing give nearly every patient a cell; one says something of the clusters."""
    rng = np.random.default_rng(2)
    names = [f"f{i}" for i in range(12)]
    columns = [
        Column(name=name, label=name, kind="binary", categories=("absent", "present"), finding="present")
        for name in names
    ]
    schema = CohortSchema(identifier="patient_id", columns=tuple(columns))
    patients = pd.DataFrame({name: np.where(rng.random(300) < 0.5, "present", "absent") for name in names})
    clusters = np.where(rng.random(300) < 0.2, rng.integers(0, 2, 300), (patients["f4"] == "present").to_numpy())
    everyone = np.unique((patients == "present").to_numpy() @ (1 << np.arange(12)), return_inverse=True)[1]
    assert everyone.max() > 280
    assert cheap_index(everyone, clusters)[1] > 0.2
    found = best_cross_table(patients, clusters, schema)
    assert found.words == "f4"
    assert found.cells == 2


def test_clusters_that_have_nothing_to_do_with_the_inputs_get_nearly_nothing(simulated_patients: pd.DataFrame) -> None:
    found = best_cross_table(simulated_patients, np.random.default_rng(0).integers(0, 14, 3000), MACULAR)
    assert found.ami < 0.01


@pytest.mark.parametrize("forward", [False, True])
def test_where_nothing_parts_the_patients_there_is_one_cell(monkeypatch: pytest.MonkeyPatch, forward: bool) -> None:
    monkeypatch.setattr(crosstable, "MOST_TABLES", 0 if forward else 4096)
    schema = MACULAR.with_inputs(MACULAR["age"], MACULAR["sex"])
    same = pd.DataFrame({"age": np.full(20, 50.0), "sex": pd.Categorical(["male"] * 20)})
    found = best_cross_table(same, np.arange(20) % 2, schema)
    assert (found.words, found.cells, found.ami, found.ari) == ("one cell of all patients", 1, 0, 0)


def test_forward_selection_finds_what_needs_no_two_columns_at_once(
    simulated_patients: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    p = simulated_patients
    clusters = 1 + (p["sex"] == "male").to_numpy() + 2 * (p["race"] == "Asian").to_numpy()
    expected = best_cross_table(p, clusters, MACULAR)
    monkeypatch.setattr(crosstable, "MOST_TABLES", 10)
    found = best_cross_table(p, clusters, MACULAR)
    assert found.words == expected.words == "race (Asian or not) × sex"
    assert found.ami == pytest.approx(expected.ami)


def test_numbering_cells_again_changes_nothing(
    simulated_patients: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    p = simulated_patients.iloc[::5].reset_index(drop=True)
    clusters = np.digitize(p["age"], [40, 60]) + 3 * (p["drusen"] == "present").to_numpy()
    expected = best_cross_table(p, clusters, MACULAR)
    monkeypatch.setattr(crosstable, "_MOST_NUMBERS", 2)
    assert best_cross_table(p, clusters, MACULAR) == expected


def test_names_of_the_clusters_do_not_matter(simulated_patients: pd.DataFrame) -> None:
    clusters = np.digitize(simulated_patients["age"], [40, 60])
    found = best_cross_table(simulated_patients, np.array([30, 7, 11])[clusters], MACULAR)
    assert found == best_cross_table(simulated_patients, clusters, MACULAR)
