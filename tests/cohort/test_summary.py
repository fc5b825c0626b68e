import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import MACULAR, summarize
from retina_vae.cohort.epidemiology import Epidemiology


@pytest.fixture
def summary(simulated_patients: pd.DataFrame, epidemiology: Epidemiology) -> pd.DataFrame:
    return summarize(simulated_patients, epidemiology, MACULAR)


def test_observed_numbers_and_errors_are_those_of_the_patients(
    summary: pd.DataFrame, simulated_patients: pd.DataFrame
) -> None:
    group = simulated_patients[simulated_patients["disease"] == "CSCR"]
    rows = summary[summary["disease"] == "CSCR"].set_index(["column", "statistic"])
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
    rows = summarize(older, epidemiology, MACULAR).query("statistic == 'mean'")
    assert (rows["z"] > 4).all()
