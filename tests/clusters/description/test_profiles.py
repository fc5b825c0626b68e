import math

import numpy as np
import pandas as pd
import pytest

from retina_vae.clusters.description.profiles import mean_difference, profile_table, share_difference
from retina_vae.studies.macular.schema import MACULAR
from tests.clusters.description.clinic import CLINIC

COLUMNS = [
    *("cluster", "column", "category", "statistic", "observed", "observed_outside"),
    *("inside", "outside", "standardized_difference"),
]


@pytest.fixture(scope="module")
def clusters(simulated_patients: pd.DataFrame) -> np.ndarray:
    p = simulated_patients
    return np.select([p["race"] == "Asian", p["drusen"] == "present"], [1, 2], 3)


@pytest.fixture(scope="module")
def table(simulated_patients: pd.DataFrame, clusters: np.ndarray) -> pd.DataFrame:
    medoids = {own: int(np.flatnonzero(clusters == own)[7]) for own in (1, 2, 3)}
    return profile_table(simulated_patients, clusters, MACULAR, medoids)


def value(table: pd.DataFrame, cluster: int, column: str, category: str, statistic: str, name: str) -> float:
    key = table[["cluster", "column", "category", "statistic"]].eq([cluster, column, category, statistic]).all(axis=1)
    return float(table.loc[key, name].item())


def test_every_category_and_statistic_has_one_row_and_no_identifier_is_told(
    table: pd.DataFrame, simulated_patients: pd.DataFrame
) -> None:
    assert list(table) == [*COLUMNS, "medoid", "decoded"]
    assert not table.duplicated(["cluster", "column", "category", "statistic"]).any()
    assert len(table) == 3 * (5 + 7 + 4 * 2 + 3)
    assert not set(simulated_patients["patient_id"]) & set(map(str, table.to_numpy().ravel()))


def test_shares_are_those_of_pandas(
    table: pd.DataFrame, simulated_patients: pd.DataFrame, clusters: np.ndarray
) -> None:
    for cluster in (1, 2, 3):
        for column, category in (("race", "Black"), ("srh", "absent"), ("disease", "PCV")):
            has = simulated_patients[column] == category
            p, q = has[clusters == cluster].mean(), has[clusters != cluster].mean()
            key = (cluster, column, category, "share")
            assert value(table, *key, "inside") == pytest.approx(p)
            assert value(table, *key, "outside") == pytest.approx(q)
            if 0 < p < 1:
                expected = (p - q) / math.sqrt((p * (1 - p) + q * (1 - q)) / 2)
                assert value(table, *key, "standardized_difference") == pytest.approx(expected)
    shares = table[table["statistic"] == "share"].groupby(["cluster", "column"])[["inside", "outside", "medoid"]].sum()
    np.testing.assert_allclose(shares, 1)


def test_numbers_are_those_of_pandas(
    table: pd.DataFrame, simulated_patients: pd.DataFrame, clusters: np.ndarray
) -> None:
    age = simulated_patients["age"]
    for name, members in (("inside", clusters == 2), ("outside", clusters != 2)):
        own = age[members]
        expected = {"mean": own.mean(), "sd": own.std(), "median": own.median()}
        expected |= {f"q{100 * q:02.0f}": own.quantile(q) for q in (0.05, 0.25, 0.75, 0.95)}
        for statistic, number in expected.items():
            assert value(table, 2, "age", "", statistic, name) == pytest.approx(number), statistic


def test_the_medoid_is_shown_by_its_columns(
    table: pd.DataFrame, simulated_patients: pd.DataFrame, clusters: np.ndarray
) -> None:
    patient = simulated_patients.iloc[int(np.flatnonzero(clusters == 3)[7])]
    assert value(table, 3, "age", "", "mean", "medoid") == patient["age"]
    assert value(table, 3, "race", patient["race"], "share", "medoid") == 1
    assert table.loc[table["statistic"].isin(["sd", "median"]), "medoid"].isna().all()


def test_only_shares_and_means_have_a_standardised_difference(table: pd.DataFrame) -> None:
    has = table["standardized_difference"].notna()
    np.testing.assert_array_equal(has, table["statistic"].isin(["share", "mean"]))


def test_what_the_decoder_says_is_filled_in(simulated_patients: pd.DataFrame, clusters: np.ndarray) -> None:
    rows = [(2, "race", "Black", 0.25), (2, "age", "", 61.5), (2, "sex", "female", 0.75)]
    rows += [(2, name, "present", 0.5) for name in ("polyps", "drusen", "srh")]
    decoded = pd.DataFrame(rows, columns=["cluster", "column", "category", "mean"])
    found = profile_table(simulated_patients, clusters, MACULAR, {1: 0, 2: 1, 3: 2}, decoded)
    assert value(found, 2, "race", "Black", "share", "decoded") == 0.25
    assert value(found, 2, "age", "", "mean", "decoded") == 61.5
    assert value(found, 2, "sex", "male", "share", "decoded") == 0.25
    assert math.isnan(value(found, 2, "age", "", "median", "decoded"))
    assert math.isnan(value(found, 1, "age", "", "mean", "decoded"))
    assert found.loc[found["column"] == "disease", "decoded"].isna().all()


def test_what_is_not_observed_is_left_out(sparse_patients: pd.DataFrame) -> None:
    clusters = np.where(np.arange(len(sparse_patients)) < 900, 1, 2)
    missing = int(np.flatnonzero(sparse_patients["age"].isna() & sparse_patients["race"].isna())[0])
    found = profile_table(sparse_patients, clusters, MACULAR, {1: missing, 2: 2000})
    ours = sparse_patients[:900]
    assert value(found, 1, "age", "", "mean", "inside") == pytest.approx(ours["age"].mean())
    expected = (ours["race"] == "Asian").sum() / ours["race"].notna().sum()
    assert value(found, 1, "race", "Asian", "share", "inside") == pytest.approx(expected)
    assert math.isnan(value(found, 1, "race", "Asian", "share", "medoid"))
    assert math.isnan(value(found, 1, "age", "", "mean", "medoid"))


def test_a_column_that_nobody_in_the_cluster_has_is_empty(simulated_patients: pd.DataFrame) -> None:
    patients = simulated_patients.copy()
    patients.loc[:9, ["age", "race"]] = np.nan
    clusters = np.where(np.arange(len(patients)) < 10, 1, 2)
    found = profile_table(patients, clusters, MACULAR, {1: 0, 2: 2000})
    own = found[(found["cluster"] == 1) & found["column"].isin(["age", "race"])]
    assert own[["inside", "standardized_difference"]].isna().all().all()
    assert own["outside"].notna().all()


def test_a_single_cluster_has_no_others(simulated_patients: pd.DataFrame) -> None:
    found = profile_table(simulated_patients, np.ones(3000, dtype=int), MACULAR, {1: 0})
    assert found[["outside", "standardized_difference"]].isna().all().all()
    assert found["inside"].notna().all()


@pytest.mark.parametrize(
    ("p", "q", "expected"),
    [(0.0, 0.0, 0.0), (1.0, 0.0, math.inf), (0.0, 1.0, -math.inf), (0.5, 0.5, 0.0), (1.0, 0.5, 0.5 / math.sqrt(0.125))],
)
def test_limits_of_shares(p: float, q: float, expected: float) -> None:
    assert share_difference(p, q) == pytest.approx(expected)


def test_means_differ_in_standard_deviations_that_weigh_both_groups_alike() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(3, 2, size=100_000), rng.normal(1, 2, size=50_000)
    assert mean_difference(a, b) == pytest.approx(1, abs=0.02)
    assert mean_difference(a, b) == -mean_difference(b, a)
    assert mean_difference(5 * a + 2, 5 * b + 2) == pytest.approx(mean_difference(a, b))
    small, large = np.array([1.0, 3.0]), np.array([0.0, 0.0, 6.0])
    assert mean_difference(small, large) == 0
    # Sample variances 2 and 12.
    assert mean_difference(small + 1, large) == pytest.approx(1 / math.sqrt((2 + 12) / 2))
    assert mean_difference(np.tile(small + 1, 500), large) == pytest.approx(1 / math.sqrt((1 + 12) / 2), abs=1e-3)


def test_a_share_and_the_mean_of_its_yes_or_no_differ_alike() -> None:
    """Up to n / (n - 1), by which sample variances are larger than p (1 - p)."""
    has, lacks = np.repeat([0.0, 1.0], [1000, 4000]), np.repeat([0.0, 1.0], [30_000, 10_000])
    assert mean_difference(has, lacks) == pytest.approx(share_difference(0.8, 0.25), rel=1e-3)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ([2, 2], [2, 2, 2], 0),
        ([3, 3], [2, 2], math.inf),
        ([1], [2, 2], math.nan),
        ([1], [2], math.nan),
        ([], [1], math.nan),
    ],
)
def test_limits_of_means(a: list[float], b: list[float], expected: float) -> None:
    assert mean_difference(np.array(a, dtype=float), np.array(b, dtype=float)) == pytest.approx(expected, nan_ok=True)


@pytest.fixture(scope="module")
def profiles(clinic: pd.DataFrame) -> pd.DataFrame:
    return profile_table(clinic, np.where(clinic["age"] > 60, 2, 1), CLINIC, {1: 0, 2: 1})


def test_every_row_says_how_many_are_observed(profiles: pd.DataFrame, clinic: pd.DataFrame) -> None:
    inside = (clinic["age"] > 60).to_numpy()
    for name in ("stage", "visits", "died", "score", "site"):
        own = profiles[(profiles["cluster"] == 2) & (profiles["column"] == name)]
        assert (own["observed"] == clinic[name][inside].notna().sum()).all()
        assert (own["observed_outside"] == clinic[name][~inside].notna().sum()).all()


def test_a_number_that_is_often_0_has_the_share_above_it(profiles: pd.DataFrame, clinic: pd.DataFrame) -> None:
    inside = (clinic["age"] > 60).to_numpy()
    own = clinic["fluid"][inside].dropna()
    assert value(profiles, 2, "fluid", "above 0", "share", "inside") == pytest.approx((own > 0).mean())
    assert value(profiles, 2, "fluid", "", "mean", "inside") == pytest.approx(own.mean())
    logs = [np.log(values[values > 0]) for values in (own, clinic["fluid"][~inside].dropna())]
    found = value(profiles, 2, "fluid", "", "mean", "standardized_difference")
    assert found == pytest.approx(mean_difference(logs[0].to_numpy(), logs[1].to_numpy()))


def test_means_of_skewed_numbers_differ_by_their_logarithms(clinic: pd.DataFrame) -> None:
    """A factor between the units changes nothing, and one patient with an enormous value little."""
    clusters = np.where(clinic["age"] > 60, 2, 1)
    found = []
    for patients in (clinic, clinic.assign(creatinine=clinic["creatinine"] * 88.4)):
        table = profile_table(patients, clusters, CLINIC, {1: 0, 2: 1})
        found.append(value(table, 2, "creatinine", "", "mean", "standardized_difference"))
    assert found[0] == pytest.approx(found[1])
    wild = clinic.assign(creatinine=clinic["creatinine"].mask(clinic.index == 7, 1e4))
    table = profile_table(wild, clusters, CLINIC, {1: 0, 2: 1})
    assert value(table, 2, "creatinine", "", "mean", "standardized_difference") > 0.5 * found[0] > 0.3


def test_grades_have_a_share_each_in_their_order(profiles: pd.DataFrame) -> None:
    own = profiles[(profiles["cluster"] == 1) & (profiles["column"] == "stage")]
    assert own["category"].tolist() == list(CLINIC["stage"].categories)
    assert own["inside"].sum() == pytest.approx(1)
