import math

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from retina_vae.cohort import CohortSchema, Column
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
    # Under the score standard error, of which the pooled correlation is half of the cohort's.
    assert check["age:drusen", "correlation present"] < -25
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
    both = pd.concat([one["age"], other["age"]])
    assert age["standard_error"] == pytest.approx(math.sqrt(both.var() * (1 / 900 + 1 / 1600)))
    assert age["z"] == pytest.approx((age["generated"] - age["cohort"]) / age["standard_error"])
    table = [[(each["drusen"] == value).sum() for value in ("present", "absent")] for each in (one, other)]
    chi_squared = scipy.stats.chi2_contingency(table, correction=False).statistic
    assert found.loc[("drusen", "share present"), "z"] ** 2 == pytest.approx(chi_squared * 2499 / 2500)
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


def test_standard_errors_are_the_spread_when_patients_are_exchanged_between_the_samples() -> None:
    """What they claim: both samples come from one population. Exact for means and shares."""
    rng, schema = np.random.default_rng(2), small("age", "drusen", "srh")
    age = rng.gamma(2.0, 10.0, 160).clip(0, 120)
    drusen, srh = rng.random(160) < age / 60, rng.random(160) < 0.3
    table = pd.DataFrame({"age": age, "drusen": drusen, "srh": srh}).replace({True: "present", False: "absent"})
    orders = [rng.permutation(160) for _ in range(1500)]
    found = pd.concat(check_generated(table.iloc[order[:40]], table.iloc[order[40:]], schema) for order in orders)
    differences = (found["generated"] - found["cohort"]).groupby(level=0).std()
    claimed = found["standard_error"].groupby(level=0)
    alone = found["statistic"].iloc[: len(differences)].str.match("mean|share").to_numpy()
    assert (claimed.max() - claimed.min())[alone].max() < 1e-12, "which does not depend on who is where"
    ratio = (differences / claimed.mean()).to_numpy()
    np.testing.assert_allclose(ratio[alone], 1, atol=4 / math.sqrt(2 * 1500))
    np.testing.assert_allclose(ratio, 1, atol=0.15)


def of_drusen(present: int, patients: int) -> pd.DataFrame:
    values = ["present"] * present + ["absent"] * (patients - present)
    return pd.DataFrame({"drusen": pd.Categorical(values, categories=["absent", "present"])})


@pytest.mark.parametrize(
    ("made", "patients", "known", "cohort"),
    [(0, 10, 300, 3000), (10, 10, 2700, 3000), (3, 10, 300, 3000), (0, 3000, 30, 3000), (5, 30, 300, 3000)],
)
def test_a_share_of_few_patients_has_the_standard_error_of_the_pooled_share(
    made: int, patients: int, known: int, cohort: int
) -> None:
    row = check_generated(of_drusen(made, patients), of_drusen(known, cohort), small("drusen")).iloc[0]
    pooled, both = (made + known) / (patients + cohort), patients + cohort
    error = math.sqrt(pooled * (1 - pooled) * (1 / patients + 1 / cohort) * both / (both - 1))
    assert row["standard_error"] == pytest.approx(error)
    assert row["z"] == pytest.approx((made / patients - known / cohort) / error)
    table = [[made, patients - made], [known, cohort - known]]
    chi_squared = scipy.stats.chi2_contingency(table, correction=False).statistic
    assert row["z"] ** 2 == pytest.approx(chi_squared * (both - 1) / both)


def test_nobody_among_ten_where_a_tenth_is_expected_is_one_standard_error_away() -> None:
    """Of a share of 0 the standard error is 0, so that this was said to be 18 of them."""
    row = check_generated(of_drusen(0, 10), of_drusen(300, 3000), small("drusen")).iloc[0]
    assert row["z"] == pytest.approx(-0.1 / math.sqrt(0.1 * 0.9 / 10), abs=0.01) == pytest.approx(-1.05, abs=0.01)


@pytest.mark.parametrize(("made", "known"), [(1, 100), (0, 10), (9, 2900), (10, 3000)])
def test_a_share_is_not_measured_where_nobody_is_expected(made: int, known: int) -> None:
    """One patient of ten with what 100 of 3,000 have would be 1.2 standard errors away, and with what 1 has, 12."""
    row = check_generated(of_drusen(made, 10), of_drusen(known, 3000), small("drusen")).iloc[0]
    assert math.isnan(row["z"])
    assert row["generated"] == made / 10
    assert row["cohort"] == known / 3000


def test_other_statistics_ask_for_thirty_patients_and_correlations_for_five_of_each_kind(
    simulated_patients: pd.DataFrame,
) -> None:
    schema = small("age", "drusen", "race")
    few, enough = (
        check_generated(simulated_patients.sample(n, random_state=3), simulated_patients, schema) for n in (29, 30)
    )
    assert few.loc[few["z"].notna(), "statistic"].str.startswith("share").all()
    measured = enough[enough["z"].notna()].set_index(["column", "statistic"]).index
    assert {("age", "mean"), ("age", "standard deviation"), ("age:drusen", "correlation present")} <= set(measured)
    # 4 % of the patients: one of thirty is expected.
    assert ("race", "share other") in measured
    assert not any(name.startswith("race") and "other" in statistic and ":" in name for name, statistic in measured)


def test_without_a_difference_the_largest_of_all_deviations_is_small_however_few_are_made(
    simulated_patients: pd.DataFrame,
) -> None:
    """By the samples' own standard errors it was up to 7 among 100 patients, and more among 10."""
    rng = np.random.default_rng(4)
    for count in (10, 30, 100):
        largest = []
        for _ in range(15):
            made = simulated_patients.drop(columns="disease").iloc[rng.integers(3000, size=count)]
            largest.append(check_generated(made, simulated_patients, MACULAR)["z"].abs().max())
        assert np.median(largest) < 3
        assert max(largest) < 5


def test_a_lost_finding_is_told_by_its_share(simulated_patients: pd.DataFrame) -> None:
    lost = simulated_patients.assign(drusen=pd.Categorical(["absent"] * 3000, categories=["absent", "present"]))
    check = check_generated(lost, simulated_patients, small("age", "drusen")).set_index(["column", "statistic"])["z"]
    assert check["drusen", "share present"] < -30
    assert math.isnan(check["age:drusen", "correlation present"])
    both = check_generated(lost, lost, small("drusen")).set_index("column")["z"]
    assert math.isnan(both["drusen"])
    kept = simulated_patients.assign(drusen=pd.Categorical(["present"] * 3000, categories=["absent", "present"]))
    # Perfect association: chi-squared is the number of patients.
    z = check_generated(lost, kept, small("drusen")).set_index("column")["z"]["drusen"]
    assert z == pytest.approx(-math.sqrt(6000 - 1))


def test_one_patient_is_too_few_to_compare(simulated_patients: pd.DataFrame) -> None:
    assert check_generated(simulated_patients[:1], simulated_patients, MACULAR)["z"].isna().all()


def test_gaps_are_left_out_of_what_needs_them() -> None:
    """Each statistic is that of the patients with the values, computed from a table without the others."""
    generated, cohort = every_kind_patients(300, seed=1), every_kind_patients(500, seed=2, missing=0.3)
    found = check_generated(generated, cohort, SCHEMA).set_index(["column", "statistic"])
    visits = cohort["visits"].dropna()
    row = found.loc[("visits", "mean")]
    assert row["cohort"] == pytest.approx(visits.mean())
    pooled = pd.concat([generated["visits"], visits]).var()
    assert row["standard_error"] == pytest.approx(math.sqrt(pooled * (1 / 300 + 1 / len(visits))))
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


def test_numbers_with_limits_are_compared_between_the_limits() -> None:
    """What was drawn beyond them is no fault of the model: nothing says where the cohort's numbers lie there."""
    schema = CohortSchema(identifier="id", columns=(Column(name="x", label="x", kind="continuous", censored=True),))
    rng = np.random.default_rng(2)
    drawn, truth = pd.DataFrame({"x": rng.normal(size=2000)}), rng.normal(size=2000)
    limit = rng.choice([-1.0, -0.2], 2000)
    said = np.where(truth < limit, "below", np.where(truth > 1, "above", None))
    cohort = pd.DataFrame({"x": np.where(truth > 1, 1.0, np.maximum(truth, limit)), "x (remark)": said})
    found = check_generated(drawn, cohort, schema).set_index("statistic")
    assert found["z"].abs().max() < 3.5
    assert found.loc["mean", "cohort"] == pytest.approx(truth.clip(-0.2, 1).mean())
    assert found.loc["mean", "generated"] == pytest.approx(drawn["x"].clip(-0.2, 1).mean())
    naive = check_generated(drawn, cohort.drop(columns="x (remark)"), schema).set_index("statistic")
    assert naive.loc["standard deviation", "z"] > 10
