import pandas as pd
import pytest

from retina_vae.audit.printed import printed_table
from retina_vae.clusters import render_table1, table1
from retina_vae.cohort import MACULAR


@pytest.fixture
def patients(simulated_patients: pd.DataFrame) -> pd.DataFrame:
    return simulated_patients.sample(400, random_state=1, ignore_index=True)


@pytest.fixture
def clusters(patients: pd.DataFrame) -> pd.Series:
    return pd.Series([1 + number % 3 for number in range(len(patients))])


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
    for names in (
        ["asian", "black", "caucasian", "hispanic", "other"],
        ["polyps_with", "polyps_without"],
        ["drusen_with", "drusen_without"],
        ["srh_with", "srh_without"],
        ["male", "female"],
        ["armd", "cscr", "pcv"],
    ):
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
    assert shown["CSCR"][0] == first["cscr"]
