"""The released summary of the cohort."""

import math

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import CohortSchema
from retina_vae.cohort.schema import Column
from retina_vae.cohort.simulated.epidemiology import Epidemiology
from retina_vae.release.summary import _rounded
from retina_vae.release.suppression import suppressed
from retina_vae.studies.macular.schema import MACULAR
from tests.clinic import clinic_patients, clinic_schema
from tests.release.full import summarize


@pytest.fixture
def summary(simulated_patients: pd.DataFrame, epidemiology: Epidemiology) -> pd.DataFrame:
    return summarize(simulated_patients, MACULAR, epidemiology)


def rows_of(table: pd.DataFrame, group: str, column: str) -> pd.DataFrame:
    return table[(table["group"] == group) & (table["column"] == column)].set_index("statistic")


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


@pytest.mark.parametrize(
    ("below", "above", "none", "gaps", "shown"),
    [
        (60, 0, 80, 30, True),
        (60, 20, 80, 0, True),
        (60, 3, 80, 30, False),
        (3, 20, 0, 0, False),
        (60, 20, 80, 3, False),
        (60, 20, 3, 30, False),
        (60, 275, 0, 60, False),
    ],
)
def test_shares_of_remarks_are_shown_where_none_of_them_is_of_few(
    below: int, above: int, none: int, gaps: int, shown: bool
) -> None:
    """400 patients; the last case leaves five whose number was measured."""
    column = Column(name="x", label="x", kind="continuous", censored=True, not_applicable=("-",))
    schema = CohortSchema(identifier="id", columns=(column,))
    said = ["below"] * below + ["above"] * above + ["not applicable"] * none
    values = np.where(np.arange(400) < below + above, 1.0, np.arange(400.0))
    values[below + above : below + above + none + gaps] = np.nan
    patients = pd.DataFrame({"id": [str(i) for i in range(400)], "x": values})
    patients["x (remark)"] = pd.Series(said + [None] * (400 - len(said)), dtype="str")
    table, full = summarize(patients, schema, floor=11), summarize(patients, schema, floor=0)
    shares = table["statistic"].str.startswith("share")
    assert shares.sum() == 3
    assert table.loc[shares, "observed"].notna().tolist() == [shown] * 3
    if shown:
        pd.testing.assert_series_equal(table.loc[shares, "observed"], full.loc[shares, "observed"])


def test_a_small_group_hides_the_shares_of_remarks_in_every_group() -> None:
    column = Column(name="x", label="x", kind="continuous", censored=True)
    outcome = Column(name="o", label="o", kind="binary", role="outcome", categories=("a", "b"))
    schema = CohortSchema(identifier="id", columns=(column, outcome))
    groups = pd.Categorical(["a"] * 100 + ["b"] * 100, categories=["a", "b"])
    patients = pd.DataFrame({"id": [str(i) for i in range(200)], "x": np.arange(200.0) % 50, "o": groups})
    for few, shown in ((20, True), (2, False)):
        said = ["below"] * 20 + [None] * 80 + ["below"] * few + [None] * (100 - few)
        table = summarize(patients.assign(**{"x (remark)": pd.Series(said, dtype="str")}), schema, floor=11)
        shares = table.loc[table["statistic"].str.startswith("share"), "observed"]
        assert shares.notna().tolist() == [shown] * 4
