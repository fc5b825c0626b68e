import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import CohortSchema, simulate, summarize
from retina_vae.cohort.schema import Column
from retina_vae.cohort.simulated.epidemiology import Epidemiology
from retina_vae.studies.macular.schema import MACULAR
from tests.clinic import clinic_epidemiology, clinic_patients, clinic_schema


@pytest.fixture
def summary(simulated_patients: pd.DataFrame, epidemiology: Epidemiology) -> pd.DataFrame:
    return summarize(simulated_patients, MACULAR, epidemiology)


def test_observed_numbers_and_errors_are_those_of_the_patients(
    summary: pd.DataFrame, simulated_patients: pd.DataFrame
) -> None:
    group = simulated_patients[simulated_patients["disease"] == "CSCR"]
    rows = summary[summary["group"] == "CSCR"].set_index(["column", "statistic"])
    assert rows.loc[("age", "mean"), "observed"] == pytest.approx(group["age"].mean())
    assert rows.loc[("age", "mean"), "standard_error"] == pytest.approx(group["age"].sem())
    assert rows.loc[("age", "variance"), "target"] == 60
    share = (group["srh"] == "present").mean()
    assert rows.loc[("srh", "share present"), "observed"] == pytest.approx(share)
    assert rows.loc[("srh", "share present"), "standard_error"] == pytest.approx((share * (1 - share) / 1000) ** 0.5)
    assert rows.loc[("srh", "share present"), "target"] == 0.033


def test_z_is_standard_normal_over_many_statistics(summary: pd.DataFrame) -> None:
    """The simulated patients follow the target, so the root mean square of z is near 1 and none is extreme."""
    z = summary["z"].dropna()
    assert len(summary) == 3 * (5 + 2 + 2 * 4)
    assert z.abs().max() < 4
    assert 0.3 < np.sqrt((z**2).mean()) < 1.7


def test_a_cohort_that_differs_is_seen(simulated_patients: pd.DataFrame, epidemiology: Epidemiology) -> None:
    older = simulated_patients.assign(age=simulated_patients["age"] + 2)
    rows = summarize(older, MACULAR, epidemiology).query("statistic == 'mean'")
    assert (rows["z"] > 4).all()


def rows_of(table: pd.DataFrame, group: str, column: str) -> pd.DataFrame:
    return table[(table["group"] == group) & (table["column"] == column)].set_index("statistic")


def test_every_kind_of_a_table_without_an_outcome_is_said() -> None:
    patients, schema = clinic_patients(400)[0], clinic_schema()
    table = summarize(patients, schema)
    assert set(table["group"]) == {"all"}
    assert table[["target", "target_standard_error", "z", "source"]].isna().all(axis=None)
    assert list(table["column"].unique()) == [column.name for column in schema.columns]
    ige, wheal = (rows_of(table, "all", name) for name in ("ige", "wheal"))
    assert ige["observed"].to_dict() == pytest.approx(
        {
            "median": patients["ige"].median(),
            "mean of log": np.log(patients["ige"]).mean(),
            "sd of log": np.log(patients["ige"]).std(),
        }
    )
    above = patients["wheal"][patients["wheal"] > 0]
    assert wheal["observed"].to_dict() == pytest.approx(
        {"share above 0": len(above) / patients["wheal"].count(), "median above 0": above.median()}
    )
    assert list(rows_of(table, "all", "visits").index) == ["mean", "variance"]
    assert list(rows_of(table, "all", "rhinitis").index) == [f"share {grade}" for grade in range(5)]
    counted = table.groupby("column")[["n", "missing"]].first()
    assert counted["missing"].to_dict() == patients[list(counted.index)].isna().sum().to_dict()
    assert (counted.sum(axis=1) == 400).all()


def test_shares_are_of_those_who_were_observed() -> None:
    patients = clinic_patients(400)[0]
    eczema = rows_of(summarize(patients, clinic_schema()), "all", "eczema")
    assert eczema["observed"].sum() == pytest.approx(1)
    assert eczema.loc["share yes", "observed"] == pytest.approx((patients["eczema"].dropna() == "yes").mean())


def test_patients_without_an_outcome_are_a_group_without_a_name() -> None:
    patients, schema = clinic_patients(400, outcome=True)[0], clinic_schema(outcome=True)
    table = summarize(patients, schema)
    assert list(table["group"].unique())[:2] == ["no", "yes"]
    unknown = patients[patients["improved"].isna()]
    last = table[table["group"].isna()].set_index(["column", "statistic"])
    assert last.loc[("asthma", "share yes"), "observed"] == pytest.approx((unknown["asthma"] == "yes").mean())
    assert table.drop_duplicates("group")["n"].sum() == 400
    assert "improved" not in set(table["column"])
    assert "days_off" in set(table["column"])


def test_a_column_of_which_nothing_is_observed_has_rows_and_no_numbers() -> None:
    patients = clinic_patients(40)[0].assign(ige=np.nan, wheal=np.nan, rhinitis=np.nan, age=np.nan)
    table = summarize(patients, clinic_schema())
    empty = table[table["column"].isin(["ige", "wheal", "rhinitis", "age"])]
    assert (empty["n"] == 0).all()
    assert (empty["missing"] == 40).all()
    assert empty[["observed", "standard_error"]].isna().all(axis=None)


def test_z_is_standard_normal_over_every_kind_of_named_groups() -> None:
    """The clinic's groups, named by a column, with gaps: 4 groups of 1,000 and 28 statistics of each."""
    epidemiology, schema = clinic_epidemiology(), clinic_schema(outcome=True)
    named = Column(name="group", label="Group", kind="nominal", role="outcome", categories=tuple(epidemiology.groups))
    known = CohortSchema(identifier="record_id", columns=(named, *schema.columns))
    statistics = epidemiology.model_copy(update={"column": "group"})
    table = summarize(simulate(statistics, known, 1000, 3), known, statistics)
    z = table["z"].dropna()
    assert len(z) == len(table) == 4 * (2 + 2 + 4 + 2 + 5 + 3 + 2 + 2 + 2 + 2 + 2)
    assert z.abs().max() < 4
    assert np.sqrt((z**2).mean()) == pytest.approx(1, abs=0.25)
    assert set(table["source"]) == {"invented"}


def test_of_latent_groups_no_target_is_known() -> None:
    table = summarize(clinic_patients(40)[0], clinic_schema(), clinic_epidemiology())
    assert table["target"].isna().all()


def test_limits_and_what_does_not_apply_are_shares_of_their_own() -> None:
    schema = CohortSchema(
        identifier="id",
        columns=(
            Column(name="crp", label="CRP", kind="positive", censored=True),
            Column(name="parity", label="Parity", kind="count", not_applicable=("-",)),
        ),
    )
    patients = pd.DataFrame(
        {
            "id": list("abcde"),
            "crp": [0.1, 0.1, 3.0, 9.0, np.nan],
            "crp (remark)": ["below", "below", None, "above", None],
            "parity": [np.nan, np.nan, 2.0, 1.0, np.nan],
            "parity (remark)": ["not applicable", "not applicable", None, None, None],
        }
    )
    rows = summarize(patients, schema).set_index(["column", "statistic"])
    assert rows.loc[("crp", "share below a limit of detection"), "observed"] == 2 / 4
    assert rows.loc[("crp", "share above a limit of detection"), "observed"] == 1 / 4
    assert rows.loc[("parity", "share not applicable"), ["observed", "n", "missing"]].tolist() == [2 / 5, 2, 3]
    assert rows.loc[("crp", "median"), "observed"] == pytest.approx(1.55)
