import numpy as np
import pandas as pd
import pytest

from retina_vae.clusters.description.table1 import count_names, render_table1, table1
from retina_vae.cohort import CohortSchema, Column
from retina_vae.studies.macular.audit.printed import printed_table
from retina_vae.studies.macular.schema import MACULAR
from tests.clusters.description.clinic import CLINIC
from tests.clusters.description.macular import BLOCKS, some_patients, three_clusters


@pytest.fixture
def patients(simulated_patients: pd.DataFrame) -> pd.DataFrame:
    return some_patients(simulated_patients)


@pytest.fixture
def clusters(patients: pd.DataFrame) -> pd.Series:
    return three_clusters(patients)


def test_counts_are_those_of_the_members(patients: pd.DataFrame, clusters: pd.Series) -> None:
    table = table1(patients, clusters, MACULAR).set_index("cluster")
    members = patients[(clusters == 2).to_numpy()]
    row = table.loc[2]
    assert row["size"] == len(members)
    assert row["asian"] == (members["race"] == "Asian").sum()
    assert row["srh_with"] == (members["srh"] == "present").sum()
    assert row["female"] == (members["sex"] == "female").sum()
    assert row["pcv"] == (members["disease"] == "PCV").sum()
    assert row["age_median"] == members["age"].median()


def test_every_column_adds_up_to_the_size(patients: pd.DataFrame, clusters: pd.Series) -> None:
    table = table1(patients, clusters, MACULAR)
    for names in BLOCKS:
        assert (table[names].sum(axis=1) == table["size"]).all()
    assert table["size"].sum() == len(patients)


def test_the_printed_tables_columns_are_all_there(patients: pd.DataFrame, clusters: pd.Series) -> None:
    assert set(printed_table().columns) <= set(table1(patients, clusters, MACULAR).columns)


def test_the_shown_table_has_the_papers_form(patients: pd.DataFrame, clusters: pd.Series) -> None:
    counts = table1(patients, clusters, MACULAR)
    shown = render_table1(counts, MACULAR)
    first = counts.iloc[0]
    ages = f"[{first['age_min']:.0f}, {first['age_median']:.0f}, {first['age_max']:.0f}]"
    assert shown["Age (years) [min, median, max]"][0] == ages
    assert shown["Polyps (with / without)"][0] == f"{first['polyps_with']:.0f} / {first['polyps_without']:.0f}"
    assert shown["Sex (male / female)"][0] == f"{first['male']:.0f} / {first['female']:.0f}"
    assert shown["CSCR"][0] == f"{first['cscr']:.0f}"


def groups(clinic: pd.DataFrame) -> pd.Series:
    return pd.Series(np.where(clinic["age"] > 60, 2, 1))


def test_two_yes_or_no_columns_have_names_and_heads_of_their_own(clinic: pd.DataFrame) -> None:
    names = count_names(CLINIC)
    assert len(set(names.values())) == len(names)
    assert names["smoker", "yes"] == "smoker_yes"
    assert names["diabetes", "yes"] == "diabetes_with"
    assert names["died", "no"] == "died_without"
    assert names["sex", "diverse"] == "diverse"
    assert names["stage", "II"] == "stage_ii"
    assert names["fluid", "above 0"] == "fluid_above_0"
    assert names["age", ""] == "age_not_observed"
    table = table1(clinic, groups(clinic), CLINIC)
    shown = render_table1(table, CLINIC)
    assert not table.columns.duplicated().any()
    assert {"Smoker (no / yes)", "Diabetes (with / without)", "Stage: II", "diverse", "Age: not observed"} <= set(shown)
    own = table.set_index("cluster").loc[2]
    members = clinic[(groups(clinic) == 2).to_numpy()]
    assert own["smoker_yes"] == (members["smoker"] == "yes").sum()
    assert own["smoker_not_observed"] == members["smoker"].isna().sum()


def test_names_never_collide() -> None:
    columns = (
        Column(name="a", label="X", kind="nominal", categories=("b_c", "size", "cluster")),
        Column(name="a_b", label="X", kind="nominal", categories=("c", "B_C", "n_min")),
        Column(name="n", label="N", kind="continuous"),
        Column(name="m", label="N", kind="continuous"),
    )
    schema = CohortSchema(identifier="id", columns=columns)
    values = {"a": ["b_c", "size"], "a_b": ["c", "n_min"], "n": [1.0, 2.0], "m": [3.0, 4.0]}
    table = table1(pd.DataFrame(values), pd.Series([1, 2]), schema)
    assert not table.columns.duplicated().any()
    assert table["size"].tolist() == [1, 1]
    shown = render_table1(table, schema)
    assert shown["N [min, median, max]"].tolist() == ["[1.00, 1.00, 1.00]", "[2.00, 2.00, 2.00]"]
    assert shown["N [min, median, max] (m)"].tolist() == ["[3.00, 3.00, 3.00]", "[4.00, 4.00, 4.00]"]


def test_numbers_with_gaps_are_those_of_the_observed(clinic: pd.DataFrame) -> None:
    patients, clusters = clinic.copy(), groups(clinic)
    patients.loc[clusters == 1, "creatinine"] = np.nan
    table = table1(patients, clusters, CLINIC).set_index("cluster")
    assert table.loc[1, ["creatinine_min", "creatinine_median", "creatinine_max"]].isna().all()
    own = patients.loc[(clusters == 2).to_numpy(), "creatinine"]
    assert table.loc[2, "creatinine_median"] == own.median()
    assert table.loc[1, "creatinine_not_observed"] == (clusters == 1).sum()
    shown = render_table1(table.reset_index(), CLINIC)
    assert shown["Creatinine (mg/dl) [min, median, max]"][0] == "[–, –, –]"
    assert shown["Creatinine (mg/dl) [min, median, max]"][1].startswith(f"[{own.min():.1f}")


def test_whole_numbers_and_small_ones_are_shown_with_the_decimals_that_they_need(clinic: pd.DataFrame) -> None:
    shown = render_table1(table1(clinic, groups(clinic), CLINIC), CLINIC)
    assert shown["Visits [min, median, max]"].str.fullmatch(r"\[\d+, \d+(\.5)?, \d+\]").all()
    assert shown["Creatinine (mg/dl) [min, median, max]"].str.fullmatch(r"\[\d\.\d+, \d\.\d+, \d\.\d+\]").all()
