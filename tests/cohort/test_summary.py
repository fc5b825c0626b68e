import math

import numpy as np
import pandas as pd
import pytest
from retina_vae.suppression import suppressed

from retina_vae.cohort import CohortSchema, simulate, summarize
from retina_vae.cohort.schema import Column
from retina_vae.cohort.simulated.epidemiology import Epidemiology
from retina_vae.cohort.summary import _rounded
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


def test_shares_of_few_patients_and_those_that_tell_them_are_missing(
    simulated_patients: pd.DataFrame, epidemiology: Epidemiology
) -> None:
    """Of 120 patients two of ARMD have polyps, so neither share is shown, nor those of another disease."""
    some = simulated_patients.groupby("disease", observed=True).head(120)
    has = (some["disease"] == "PCV") | some.index.isin(some.index[some["disease"] == "ARMD"][:2])
    some = some.assign(polyps=pd.Categorical(np.where(has, "present", "absent"), MACULAR["polyps"].categories))
    some.loc[some.index[some["disease"] == "PCV"][:40], "polyps"] = "absent"
    every, shown = (summarize(some, MACULAR, epidemiology, floor=floor) for floor in (0, 11))
    polyps = shown[shown["column"] == "polyps"].set_index(["group", "statistic"])
    gone = ["observed", "standard_error", "z"]
    assert polyps.loc[["ARMD", "PCV"], gone].isna().all(axis=None)
    assert polyps.loc["CSCR", "observed"].tolist() == [1, 0]
    kept = [name for name in every if name not in gone]
    pd.testing.assert_frame_equal(shown[kept], every[kept], check_dtype=False)
    left = shown["observed"].notna()
    pd.testing.assert_frame_equal(shown.loc[left, gone], every.loc[left, gone])
    assert shown.loc[shown["statistic"] == "mean", "observed"].notna().all()


def test_of_a_disease_of_few_patients_nothing_observed_is_shown(
    simulated_patients: pd.DataFrame, epidemiology: Epidemiology
) -> None:
    parts = [simulated_patients[simulated_patients["disease"] == name] for name in ("ARMD", "CSCR", "PCV")]
    some = pd.concat([parts[0][:7], parts[1][:300], parts[2][:500]])
    shown = summarize(some, MACULAR, epidemiology, floor=11).set_index("group")
    assert shown.loc[["ARMD", "CSCR"], ["n", "observed", "standard_error", "z"]].isna().all(axis=None)
    assert (shown.loc["PCV", "n"] == 500).all()
    assert shown["target"].notna().all()


def test_a_floor_that_no_count_is_below_changes_no_number(
    summary: pd.DataFrame, simulated_patients: pd.DataFrame, epidemiology: Epidemiology
) -> None:
    pd.testing.assert_frame_equal(summarize(simulated_patients, MACULAR, epidemiology, floor=1), summary)
    shown = summarize(simulated_patients, MACULAR, epidemiology, floor=3)
    pd.testing.assert_frame_equal(shown, summary, check_dtype=False)


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
    """The clinic's groups, named by a column, with gaps: 4 groups of 1,000 and 23 statistics of each."""
    epidemiology, schema = clinic_epidemiology(), clinic_schema(outcome=True)
    named = Column(name="group", label="Group", kind="nominal", role="outcome", categories=tuple(epidemiology.groups))
    known = CohortSchema(identifier="record_id", columns=(named, *schema.columns))
    statistics = epidemiology.model_copy(update={"column": "group"})
    table = summarize(simulate(statistics, known, 1000, 3), known, statistics)
    z = table["z"].dropna()
    assert len(z) == len(table) == 4 * (2 + 2 + 4 + 2 + 5 + 3 + 2 + 2 + 2 + 2)
    assert z.abs().max() < 4
    assert np.sqrt((z**2).mean()) == pytest.approx(1, abs=0.25)
    assert set(table["source"]) == {"invented"}


def test_of_latent_groups_no_target_is_known() -> None:
    table = summarize(clinic_patients(40)[0], clinic_schema(), clinic_epidemiology())
    assert table["target"].isna().all()


@pytest.mark.parametrize(("gaps", "shown"), [(3, False), (30, True)])
def test_few_missing_values_are_not_counted(gaps: int, shown: bool) -> None:
    """Nor are shares told, from which they would follow; means are told to the size of their error, about 1 year."""
    patients = clinic_patients(400, seed=2)[0]
    present = np.arange(400) >= gaps
    ages, eczema = patients["age"].fillna(40.0).where(present), patients["eczema"].fillna("no").where(present)
    patients = patients.assign(age=ages, eczema=eczema)
    table = summarize(patients, clinic_schema(), floor=11)
    for name in ("age", "eczema"):
        assert rows_of(table, "all", name)[["n", "missing", "standard_error"]].notna().all(axis=None) == shown
    assert rows_of(table, "all", "eczema")["observed"].notna().all() == shown
    mean = rows_of(table, "all", "age").loc["mean", "observed"]
    assert mean == (ages.mean() if shown else round(ages.mean()))
    assert ages.sem() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(
    ("value", "least", "expected"),
    [(64.23, 0.3, 64), (64.23, 1.2, 64), (38.4, 2.1, 40), (-0.1234, 0.004, -0.125), (7.0, 0, 7)],
)
def test_values_are_rounded_to_steps_no_finer_than_asked(value: float, least: float, expected: float) -> None:
    assert _rounded(value, least) == expected


def test_medians_of_few_patients_are_not_shown() -> None:
    """The error of a median is read off order statistics; too few patients lie beyond those of 30."""
    patients = clinic_patients(400)[0]
    large = patients.assign(ige=patients["ige"].fillna(100.0))
    for count, shown in [(30, False), (60, True)]:
        ige = rows_of(summarize(large[:count], clinic_schema(), floor=11), "all", "ige")
        assert pd.notna(ige.loc["median", "observed"]) == shown
        assert pd.notna(ige.loc["mean of log", "observed"])


def test_few_patients_above_0_or_at_0_are_not_told() -> None:
    patients = clinic_patients(400)[0]
    for above in (4, 396):
        wheal = pd.Series(np.where(np.arange(400) < above, 5.0 + np.arange(400), 0.0))
        rows = rows_of(summarize(patients.assign(wheal=wheal), clinic_schema(), floor=11), "all", "wheal")
        assert math.isnan(rows.loc["share above 0", "observed"])
        assert math.isnan(rows.loc["median above 0", "observed"])


@pytest.mark.parametrize("seed", range(12))
def test_no_small_count_follows_from_a_table_with_gaps(seed: int) -> None:
    """Every number of patients that fits what is shown of a column: none that is small is the only one possible."""
    rng, floor = np.random.default_rng(seed), 5
    column = Column(name="x", label="X", kind="nominal", categories=("a", "b"))
    outcome = Column(name="y", label="Y", kind="binary", role="outcome", categories=("0", "1"), required=True)
    schema = CohortSchema(identifier="id", columns=(outcome, column))
    counts = rng.choice([0, 1, 3, 8, 12], (2, 3), p=[0.1, 0.2, 0.3, 0.2, 0.2])
    counts += np.array([[0, 6, 0], [6, 0, 0]])
    patients = pd.DataFrame(
        [(str(y), x) for y in (0, 1) for x, n in zip(("a", "b", None), counts[y], strict=True) for _ in range(n)],
        columns=["y", "x"],
    )
    patients["x"] = pd.Categorical(patients["x"], ["a", "b"])
    patients.insert(0, "id", [str(place) for place in range(len(patients))])
    table = summarize(patients, schema, floor=floor)
    # A reader knows the sizes of the groups, and the sums of the counts but for those that are small themselves.
    sizes, sums = counts.sum(axis=1), counts.sum(axis=0)
    rows = [np.array([(a, b, n - a - b) for a in range(n + 1) for b in range(n + 1 - a)]) for n in sizes]
    first, second = np.indices((len(rows[0]), len(rows[1]))).reshape(2, -1)
    possible = np.stack([rows[0][first], rows[1][second]], axis=1)
    known = ~suppressed(sums, floor)
    possible = possible[(possible.sum(axis=1) == sums)[:, known].all(axis=1)]
    for y in (0, 1):
        found = rows_of(table, str(y), "x")
        observed, n = sizes[y] - possible[:, y, 2], found["n"].iloc[0]
        if pd.notna(n):
            possible, observed = possible[observed == n], observed[observed == n]
        for place, category in enumerate("ab"):
            share = found.loc[f"share {category}", "observed"]
            if pd.notna(share):
                fits = np.isclose(possible[:, y, place], share * n)
                possible, observed = possible[fits], observed[fits]
    assert (possible == counts).all(axis=(1, 2)).any()
    small = (counts > 0) & (counts < floor)
    assert (np.ptp(possible, axis=0)[small] > 0).all()
