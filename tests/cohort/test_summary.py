import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import summarize
from retina_vae.cohort.simulated.epidemiology import Epidemiology
from retina_vae.studies.macular.schema import MACULAR


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
