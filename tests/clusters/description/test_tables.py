from typing import Any

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from retina_vae.cluster_settings import DescriptionSettings
from retina_vae.clusters.description import tables as tables_module
from retina_vae.clusters.description.crosstable import CrossTable, best_cross_table
from retina_vae.clusters.description.separation import SEPARATION_COLUMNS
from retina_vae.clusters.description.tables import DescriptionTables, describe
from retina_vae.errors import InputError
from retina_vae.studies.macular.schema import MACULAR
from tests.clusters.description.clinic import CLINIC, WITHOUT_OUTCOME

NAMES = ("profiles", "differences", "rules", "structure", "separation")
MEASURES = [
    *("tree_accuracy", "tree_ari", "tree_leaves", "cross_table_ami", "cross_table_ari", "cross_table_cells"),
    *("within_auc", "within_auc_one_model", "within_auc_gain"),
]


@pytest.fixture(scope="module")
def patients(simulated_patients: pd.DataFrame) -> pd.DataFrame:
    return simulated_patients.iloc[::5].reset_index(drop=True)


@pytest.fixture(scope="module")
def assignments(patients: pd.DataFrame) -> pd.DataFrame:
    """The four cells of polyps and sex."""
    polyps, female = patients["polyps"] == "present", patients["sex"] == "female"
    return pd.DataFrame(
        {"patient_id": patients["patient_id"], "cluster": np.select([polyps & female, polyps, female], [1, 2, 3], 4)}
    )


@pytest.fixture(scope="module")
def tables(patients: pd.DataFrame, assignments: pd.DataFrame) -> DescriptionTables:
    return describe(patients, assignments, MACULAR, DescriptionSettings())


def test_every_table_speaks_of_every_cluster(tables: DescriptionTables) -> None:
    for name in ("profiles", "differences", "rules"):
        assert getattr(tables, name)["cluster"].unique().tolist() == [1, 2, 3, 4], name
    assert tables.separation["cluster"].tolist() == [0, 1, 2, 3, 4]
    assert tables.structure["measure"].tolist() == MEASURES


def test_the_tables_agree_on_clusters_that_are_a_cross_table(tables: DescriptionTables) -> None:
    values = tables.structure.set_index("measure")["value"]
    assert values[["tree_accuracy", "tree_ari", "tree_leaves"]].tolist() == [1, 1, 4]
    assert tables.structure.set_index("measure").loc["cross_table_ami", "detail"] == "polyps × sex"
    assert values["cross_table_cells"] == 4
    assert tables.rules["rule"].tolist() == [
        "polyps present and sex is female",
        "polyps present and sex is male",
        "polyps absent and sex is female",
        "polyps absent and sex is male",
    ]


def test_only_measures_that_have_an_interval_show_one(tables: DescriptionTables) -> None:
    shown = tables.structure.set_index("measure")[["low", "high"]].notna().all(axis=1)
    aucs = ["within_auc", "within_auc_one_model", "within_auc_gain"]
    assert shown[shown].index.tolist() == ["tree_accuracy", "tree_ari", *aucs]
    structure = tables.structure.set_index("measure")
    assert (structure.loc[aucs, "low"] < structure.loc[aucs, "value"]).all()
    assert (structure.loc[aucs, "value"] < structure.loc[aucs, "high"]).all()
    gain = structure.loc["within_auc", "value"] - structure.loc["within_auc_one_model", "value"]
    assert structure.loc["within_auc_gain", "value"] == pytest.approx(gain)


def test_no_table_names_a_patient(tables: DescriptionTables, patients: pd.DataFrame) -> None:
    identifiers = set(patients["patient_id"])
    for name in NAMES:
        assert not identifiers & set(map(str, getattr(tables, name).to_numpy().ravel())), name


def test_threads_and_a_second_run_change_nothing(
    tables: DescriptionTables, patients: pd.DataFrame, assignments: pd.DataFrame
) -> None:
    with threadpool_limits(2):
        again = describe(patients, assignments, MACULAR, DescriptionSettings())
    for name in NAMES:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(tables, name), check_exact=True)


def test_all_is_computed_on_one_thread(
    patients: pd.DataFrame, assignments: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def spy(*arguments: Any) -> CrossTable:
        threads.extend(pool["num_threads"] for pool in threadpool_info())
        return best_cross_table(*arguments)

    monkeypatch.setattr(tables_module, "best_cross_table", spy)
    with threadpool_limits(2):
        describe(patients, assignments, MACULAR, DescriptionSettings())
    assert set(threads) == {1}


def test_another_seed_changes_the_folds_alone(
    tables: DescriptionTables, patients: pd.DataFrame, assignments: pd.DataFrame
) -> None:
    other = describe(patients, assignments, MACULAR, DescriptionSettings(seed=2))
    pd.testing.assert_frame_equal(other.profiles, tables.profiles)
    pd.testing.assert_frame_equal(other.rules, tables.rules)
    assert not other.separation["auc"].equals(tables.separation["auc"])


def test_fewer_conditions_make_shorter_rules(patients: pd.DataFrame, assignments: pd.DataFrame) -> None:
    short = describe(patients, assignments, MACULAR, DescriptionSettings(conditions=1))
    assert short.rules["conditions"].dropna().max() == 1


def test_other_patients_are_refused(patients: pd.DataFrame, assignments: pd.DataFrame) -> None:
    settings = DescriptionSettings()
    with pytest.raises(InputError, match=r"600 patients in their order.*599 assignments"):
        describe(patients, assignments.iloc[1:], MACULAR, settings)
    with pytest.raises(InputError, match="600 patients in their order"):
        describe(patients, assignments.iloc[::-1], MACULAR, settings)


def test_a_model_cannot_have_seen_an_unknown_column(patients: pd.DataFrame, assignments: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="'weight'"):
        describe(patients, assignments, MACULAR, DescriptionSettings(), {"disease", "weight"})


def test_values_that_are_not_observed_are_no_fault(sparse_patients: pd.DataFrame) -> None:
    p = sparse_patients.iloc[::5].reset_index(drop=True)
    assignments = pd.DataFrame({"patient_id": p["patient_id"], "cluster": np.where(p["age"] > 50, 1, 2)})
    found = describe(p, assignments, MACULAR, DescriptionSettings())
    assert found.differences["p_value"].notna().all()
    assert found.rules["rule"].iloc[0] == "age 50 years or more"


@pytest.mark.filterwarnings("error")
def test_clusters_of_one_patient_and_a_single_cluster_are_no_fault(patients: pd.DataFrame) -> None:
    for cluster in (np.arange(600) // 599 + 1, np.ones(600, dtype=int)):
        assignments = pd.DataFrame({"patient_id": patients["patient_id"], "cluster": cluster})
        found = describe(patients, assignments, MACULAR, DescriptionSettings())
        assert len(found.rules) == cluster.max()


@pytest.fixture(scope="module")
def of_clinic(clinic: pd.DataFrame) -> DescriptionTables:
    assignments = pd.DataFrame({"id": clinic["id"], "cluster": np.where(clinic["age"] > 60, 2, 1)})
    return describe(clinic, assignments, CLINIC, DescriptionSettings())


def test_every_outcome_with_categories_is_separated(of_clinic: DescriptionTables) -> None:
    separation, structure = of_clinic.separation, of_clinic.structure
    assert list(separation)[:2] == ["outcome", "cluster"]
    assert separation[["outcome", "cluster"]].to_numpy().tolist() == [
        [outcome, cluster] for outcome in ("died", "relapse") for cluster in (0, 1, 2)
    ]
    within = structure[structure["measure"].str.startswith("within")]
    assert within["outcome"].tolist() == ["died"] * 3 + ["relapse"] * 3
    assert structure["outcome"].iloc[:6].eq("").all()


def test_every_kind_of_column_with_gaps_is_described(of_clinic: DescriptionTables) -> None:
    names = [column.name for column in (*CLINIC.inputs, *CLINIC.tested)]
    assert of_clinic.differences["column"].tolist() == names * 2
    assert of_clinic.differences["p_value"].notna().all()
    assert of_clinic.profiles["column"].unique().tolist() == names
    assert of_clinic.rules["rule"].tolist() == ["age under 60 years", "age 60 years or more"]


def test_without_an_outcome_there_are_heads_and_no_rows(clinic: pd.DataFrame) -> None:
    assignments = pd.DataFrame({"id": clinic["id"], "cluster": np.where(clinic["age"] > 60, 2, 1)})
    found = describe(clinic, assignments, WITHOUT_OUTCOME, DescriptionSettings())
    assert found.separation.empty
    assert list(found.separation) == SEPARATION_COLUMNS
    assert found.structure["measure"].tolist() == MEASURES[:6]
    assert found.differences["descriptive"].all()
    assert set(found.profiles["column"]) == {column.name for column in WITHOUT_OUTCOME.inputs}
