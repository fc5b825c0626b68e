import math

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import CohortSchema
from retina_vae.latent.check import check_generated
from retina_vae.studies.macular.schema import MACULAR
from tests.vae.every_kind import SCHEMA, every_kind_patients


def test_a_resampled_cohort_passes(simulated_patients: pd.DataFrame) -> None:
    resampled = simulated_patients.sample(3000, replace=True, random_state=1)
    check = check_generated(resampled, simulated_patients, MACULAR)
    assert check["z"].notna().all()
    assert check["z"].abs().max() < 3.5
    # 12 categories and the age, whose spread counts too; pairs of them but within the disease and within the race.
    assert len(check) == 13 + 1 + (13 * 12 // 2 - 3 - 10)


def test_patients_with_independent_columns_fail_by_their_correlations(simulated_patients: pd.DataFrame) -> None:
    rng = np.random.default_rng(1)
    shuffled = simulated_patients.apply(lambda column: rng.permutation(column)).astype(simulated_patients.dtypes)
    check = check_generated(shuffled, simulated_patients, MACULAR).set_index(["column", "statistic"])["z"]
    alone = [":" not in column for column, _ in check.index]
    np.testing.assert_allclose(check[alone], 0, atol=1e-9)
    assert check["age:drusen", "correlation present"] < -30
    assert abs(check["disease:polyps", "correlation PCV, present"]) > 30
    assert abs(check["srh:sex", "correlation present, female"]) < 4


def small_of(schema: CohortSchema, *columns: str) -> CohortSchema:
    return schema.with_inputs(*tuple(schema[name] for name in columns))


def small(*columns: str) -> CohortSchema:
    return small_of(MACULAR, *columns)


def test_statistics_and_shares_errors_are_the_textbooks(simulated_patients: pd.DataFrame) -> None:
    one, other = (simulated_patients.sample(count, random_state=count) for count in (900, 1600))
    check = check_generated(one.drop(columns="disease"), other, small("age", "drusen", "srh"))
    found = check.set_index(["column", "statistic"])
    age = found.loc[("age", "mean")]
    assert age["generated"] == pytest.approx(one["age"].mean())
    assert age["standard_error"] == pytest.approx(math.sqrt(one["age"].var() / 900 + other["age"].var() / 1600))
    assert age["z"] == pytest.approx((age["generated"] - age["cohort"]) / age["standard_error"])
    p, q = ((table["drusen"] == "present").mean() for table in (one, other))
    share = found.loc[("drusen", "share present"), "standard_error"]
    assert share == pytest.approx(math.sqrt(p * (1 - p) / 899 + q * (1 - q) / 1599))
    assert found.loc[("age", "standard deviation"), "cohort"] == pytest.approx(other["age"].std(ddof=0))
    phi = np.corrcoef(one["drusen"] == "present", one["srh"] == "present")[0, 1]
    assert found.loc[("drusen:srh", "correlation present, present"), "generated"] == pytest.approx(phi)


def test_standard_errors_are_the_spread_over_repeated_samples(simulated_patients: pd.DataFrame) -> None:
    schema, repeats = small("age", "drusen", "polyps"), 300
    inputs, rng = simulated_patients[["age", "drusen", "polyps"]], np.random.default_rng(1)
    one, other = (inputs.iloc[rng.integers(3000, size=(repeats * n))] for n in (400, 250))
    z = pd.concat(
        check_generated(one[400 * i : 400 * (i + 1)], other[250 * i : 250 * (i + 1)], schema)["z"]
        for i in range(repeats)
    )
    spread = z.groupby(level=0).std()
    assert spread.between(1 - 4 / math.sqrt(2 * repeats), 1 + 4 / math.sqrt(2 * repeats)).all()


def test_a_lost_finding_is_told_by_its_share(simulated_patients: pd.DataFrame) -> None:
    lost = simulated_patients.assign(drusen=pd.Categorical(["absent"] * 3000, categories=["absent", "present"]))
    check = check_generated(lost, simulated_patients, small("age", "drusen")).set_index(["column", "statistic"])["z"]
    assert check["drusen", "share present"] < -30
    assert math.isnan(check["age:drusen", "correlation present"])
    both = check_generated(lost, lost, small("drusen")).set_index("column")["z"]
    assert math.isnan(both["drusen"])
    kept = simulated_patients.assign(drusen=pd.Categorical(["present"] * 3000, categories=["absent", "present"]))
    assert check_generated(lost, kept, small("drusen")).set_index("column")["z"]["drusen"] == -math.inf


def test_one_patient_is_too_few_to_compare(simulated_patients: pd.DataFrame) -> None:
    assert check_generated(simulated_patients[:1], simulated_patients, MACULAR)["z"].isna().all()


def test_gaps_are_left_out_of_what_needs_them() -> None:
    """Each statistic is that of the patients with the values, computed from a table without the others."""
    generated, cohort = every_kind_patients(300, seed=1), every_kind_patients(500, seed=2, missing=0.3)
    found = check_generated(generated, cohort, SCHEMA).set_index(["column", "statistic"])
    visits = cohort["visits"].dropna()
    row = found.loc[("visits", "mean")]
    assert row["cohort"] == pytest.approx(visits.mean())
    assert row["standard_error"] == pytest.approx(
        math.sqrt(generated["visits"].var() / 300 + visits.var() / len(visits))
    )
    grade = cohort["grade"].dropna()
    assert found.loc[("grade", "share mild"), "cohort"] == pytest.approx((grade == "mild").mean())
    both = cohort[["sign", "pressure"]].dropna()
    expected = np.corrcoef(both["sign"] == "yes", both["pressure"])[0, 1]
    assert found.loc[("sign:pressure", "correlation yes"), "cohort"] == pytest.approx(expected)
    complete = check_generated(generated, both.assign(patient_id="x"), small_of(SCHEMA, "sign", "pressure"))
    pair = complete.set_index(["column", "statistic"]).loc[("sign:pressure", "correlation yes")]
    assert found.loc[("sign:pressure", "correlation yes"), "standard_error"] == pytest.approx(pair["standard_error"])
    assert found["z"].abs().max() < 4.5


def test_the_share_above_zero_of_a_number_that_is_often_0_is_compared() -> None:
    generated, cohort = every_kind_patients(300, seed=1), every_kind_patients(500, seed=2, missing=0.3)
    found = check_generated(generated, cohort, SCHEMA).set_index(["column", "statistic"])
    volume = cohort["volume"].dropna()
    assert found.loc[("volume", "share above 0"), "cohort"] == pytest.approx((volume > 0).mean())
    assert found.loc[("volume", "mean"), "cohort"] == pytest.approx(volume.mean())
    assert ("pressure:volume", "correlation above 0") in found.index
    assert not any(column == "volume:volume" for column, _ in found.index)


def test_a_column_without_a_value_has_nothing_to_compare() -> None:
    generated, cohort = every_kind_patients(300, seed=1), every_kind_patients(500, seed=2).assign(visits=np.nan)
    found = check_generated(generated, cohort, SCHEMA).set_index("column")
    assert found.loc["visits", ["cohort", "standard_error", "z"]].isna().all(axis=None)
    assert found.loc["visits:falls", "z"] != 0
    assert found.loc["pressure", "z"].notna().all()
