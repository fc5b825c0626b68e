import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from retina_vae.clusters.copula import _column_scores, fill_gaps, fit_copula, latent_correlation, nearest_correlation
from retina_vae.clusters.null import compactness, largest_excess, null_test
from retina_vae.cohort import CohortSchema, Column
from retina_vae.cohort.kinds import KINDS
from retina_vae.studies.macular.schema import MACULAR

INPUTS = [column.name for column in MACULAR.inputs]
NUMBERS = CohortSchema(
    identifier="patient_id",
    columns=tuple(Column(name=name, label=name, kind="continuous") for name in "abc"),
)


@pytest.fixture(scope="module")
def patients(simulated_patients: pd.DataFrame) -> pd.DataFrame:
    return simulated_patients.sample(300, random_state=1, ignore_index=True)


def bell(seed: int, count: int = 150) -> pd.DataFrame:
    correlation = np.array([[1, 0.6, 0.2], [0.6, 1, -0.3], [0.2, -0.3, 1]])
    draws = np.random.default_rng(seed).normal(size=(count, 3)) @ np.linalg.cholesky(correlation).T
    return pd.DataFrame(draws, columns=list("abc"))


def test_three_diseases_give_the_smallest_p_value(patients: pd.DataFrame) -> None:
    found = null_test(patients, MACULAR, draws=99, seed=1, threads=1)
    assert found.p_value == 0.01
    assert found.verdict == "clusters"
    assert found.statistic > found.null_draws.max()


def test_shuffled_columns_are_no_clusters(patients: pd.DataFrame) -> None:
    rng = np.random.default_rng(2)
    shuffled = patients.assign(**{name: rng.permutation(patients[name].to_numpy()) for name in INPUTS})
    found = null_test(shuffled, MACULAR, draws=99, seed=1, threads=1)
    assert found.p_value > 0.05
    assert found.verdict == "no evidence of clusters"


def test_p_values_of_one_bell_are_not_too_often_small() -> None:
    """Of 12 bells, more than 3 below 0.1 has a probability below 0.03 under a uniform law, more than 9 below 0.5 0.02.

    With 20 draws the two thresholds are hit by the ranks 2 and 10 of 21.
    """
    p_values = []
    # Small fits are many times slower on several threads.
    with threadpool_limits(1):
        for seed in range(12):
            copula = fit_copula(bell(seed), NUMBERS)
            cohorts = [copula.features] + [copula.draw(np.random.default_rng([seed, b])) for b in range(20)]
            statistics = largest_excess(np.stack([compactness(cohort, 1) for cohort in cohorts]))
            p_values.append((statistics >= statistics[0]).mean())
    assert (np.array(p_values) < 0.1).sum() <= 3
    assert (np.array(p_values) < 0.5).sum() <= 9
    assert max(p_values) > 0.5


def test_threads_do_not_change_the_test(patients: pd.DataFrame) -> None:
    few = patients.head(60)
    one, two = (null_test(few, MACULAR, draws=99, seed=3, threads=threads) for threads in (1, 2))
    assert one.statistic == two.statistic
    np.testing.assert_array_equal(one.null_draws, two.null_draws)


def test_too_few_draws_and_equal_patients_are_refused(patients: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="draws: expected at least 99, got 19"):
        null_test(patients, MACULAR, draws=19, seed=1, threads=1)
    with pytest.raises(ValueError, match="all alike"):
        null_test(patients.iloc[[0] * 20], MACULAR, draws=99, seed=1, threads=1)


def test_excess_is_measured_on_the_scale_of_each_number_of_clusters() -> None:
    values = np.array([[0.0, 10.0], [1.0, 20.0], [2.0, 90.0]])
    scores = (values - values.mean(axis=0)) / values.std(axis=0)
    np.testing.assert_allclose(largest_excess(values), scores.max(axis=1))


def test_a_draw_keeps_every_margin_and_the_correlations() -> None:
    cohort = bell(1, count=2000)
    copula = fit_copula(cohort, NUMBERS)
    drawn = copula.draw(np.random.default_rng(5))
    np.testing.assert_array_equal(np.sort(drawn, axis=0), np.sort(copula.features, axis=0))
    assert not np.array_equal(drawn, copula.features)
    np.testing.assert_allclose(np.corrcoef(drawn.T), np.corrcoef(copula.features.T), atol=0.06)


def test_a_draw_of_mixed_columns_keeps_what_the_cohort_has(simulated_patients: pd.DataFrame) -> None:
    copula = fit_copula(simulated_patients, MACULAR)
    drawn = copula.draw(np.random.default_rng(6))
    np.testing.assert_array_equal(np.sort(drawn, axis=0), np.sort(copula.features, axis=0))
    assert set(copula.encoding.decode(drawn)["race"]) == set(simulated_patients["race"])
    single = [place.start for column, place in copula.encoding.slices if column.width == 1]
    found, wanted = (np.corrcoef(features[:, single].T) for features in (drawn, copula.features))
    np.testing.assert_allclose(found, wanted, atol=0.08)


def test_latent_correlation_of_halved_normals_is_the_tetrachoric_one() -> None:
    """Two normals cut at 0: the correlation of the halves is 2 / pi asin(rho) (Sheppard 1899)."""
    rng = np.random.default_rng(7)
    a = rng.normal(size=40_000)
    b = 0.7 * a + np.sqrt(1 - 0.49) * rng.normal(size=40_000)
    assert latent_correlation((a > 0).astype(float), (b > 0).astype(float)) == pytest.approx(0.7, abs=0.02)
    assert latent_correlation(np.exp(a), b) == pytest.approx(0.7, abs=0.02)
    assert latent_correlation(a, np.ones(40_000)) == 0


def test_a_matrix_that_no_normals_have_is_replaced() -> None:
    impossible = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    found = nearest_correlation(impossible)
    np.testing.assert_allclose(np.diag(found), 1)
    assert np.linalg.eigvalsh(found).min() > 0
    possible = np.array([[1, 0.5], [0.5, 1]])
    np.testing.assert_allclose(nearest_correlation(possible), possible)


def test_categories_are_ordered_by_what_parts_them_and_not_by_what_varies_most():
    """Two columns vary together and tell nothing of the category; a third one orders it."""
    rng = np.random.default_rng(3)
    category = np.arange(3000) % 4
    common = rng.standard_normal(3000)
    noise = [common + 0.1 * rng.standard_normal(3000) for _ in range(2)]
    order = np.array([2, 0, 3, 1])
    features = np.column_stack([np.eye(4)[category], *noise, order[category] + 2 * rng.standard_normal(3000)])
    scores = _column_scores(features, slice(0, 4), KINDS["nominal"])
    found = np.array([scores[category == number][0] for number in range(4)])
    assert abs(np.corrcoef(found, order)[0, 1]) == pytest.approx(1)


GROUPS = ("low", "middle", "high")
MIXED = CohortSchema(
    identifier="patient_id",
    columns=(
        Column(name="group", label="Group", kind="nominal", categories=GROUPS),
        Column(name="grade", label="Grade", kind="ordinal", categories=GROUPS),
        Column(name="volume", label="Volume", kind="zero_inflated"),
        Column(name="visits", label="Visits", kind="count"),
        Column(name="age", label="Age", kind="continuous"),
    ),
)


def mixed(seed: int, count: int, missing: float = 0.2, apart: float = 0.0) -> pd.DataFrame:
    """Three bells, two of them ``apart`` from the first in columns of their own, with gaps in all columns."""
    rng = np.random.default_rng(seed)
    bells = np.array([[0, 0, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 1, 1]])
    z = rng.normal(size=(count, 5)) @ np.linalg.cholesky(0.3 + 0.7 * np.eye(5)).T
    z += apart * (bells[rng.integers(3, size=count)] - 1 / 3)
    patients = pd.DataFrame(
        {
            "group": np.array(GROUPS)[np.digitize(z[:, 0], [-0.4, 0.6])],
            "grade": np.array(GROUPS)[np.digitize(z[:, 1], [-0.5, 0.5])],
            "volume": np.where(z[:, 2] > 0, np.exp(z[:, 2]), 0.0),
            "visits": np.floor(np.exp(1 + 0.5 * z[:, 3])),
            "age": 60 + 10 * z[:, 4],
        }
    )
    return patients.mask(rng.random(patients.shape) < missing)


def p_value(patients: pd.DataFrame, schema: CohortSchema, draws: int = 19) -> float:
    copula = fit_copula(patients, schema)
    cohorts = [copula.features, *(copula.draw(np.random.default_rng([1, b])) for b in range(draws))]
    with threadpool_limits(1):
        statistics = largest_excess(np.stack([compactness(cohort, 1) for cohort in cohorts]))
    return float((statistics >= statistics[0]).mean())


def test_a_draw_has_the_cohorts_values_and_its_gaps_patient_by_patient() -> None:
    copula = fit_copula(mixed(0, 200), MIXED)
    drawn = copula.draw(np.random.default_rng(3))
    np.testing.assert_array_equal(np.isnan(drawn), np.isnan(copula.features))
    assert np.isnan(drawn).any(axis=0).all()
    np.testing.assert_array_equal(np.sort(drawn, axis=0), np.sort(copula.features, axis=0))
    assert not np.array_equal(np.nan_to_num(drawn), np.nan_to_num(copula.features))
    back, cohort = copula.encoding.decode(drawn), copula.encoding.decode(copula.features)
    for column in MIXED.columns:
        assert back[column.name].value_counts().to_dict() == cohort[column.name].value_counts().to_dict()


def test_correlations_are_those_of_who_has_both_columns() -> None:
    """Deleting a fifth of the cells moves them little; without anyone who has both, 0 is taken."""
    whole = bell(4, count=3000)
    gaps = whole.mask(np.random.default_rng(1).random(whole.shape) < 0.2)
    np.testing.assert_allclose(fit_copula(gaps, NUMBERS).correlation, fit_copula(whole, NUMBERS).correlation, atol=0.05)
    apart = gaps.assign(a=gaps["a"].where(gaps.index < 1500), b=gaps["b"].where(gaps.index >= 1500))
    assert fit_copula(apart, NUMBERS).correlation[0, 1] == pytest.approx(0, abs=1e-12)


def test_ordered_columns_correlate_as_the_normals_behind_them() -> None:
    """Grades, numbers that are often 0 and counts of normals with correlation 0.3."""
    found = fit_copula(mixed(5, 4000), MIXED).correlation
    np.testing.assert_allclose(found[1:, 1:][~np.eye(4, dtype=bool)], 0.3, atol=0.06)


def test_gaps_take_the_mean_of_their_feature_in_cohort_and_draw_alike() -> None:
    copula = fit_copula(mixed(0, 200), MIXED)
    filled = fill_gaps(copula.features)
    missing = np.isnan(copula.features)
    np.testing.assert_allclose(filled.mean(axis=0), np.nanmean(copula.features, axis=0), atol=1e-12)
    np.testing.assert_array_equal(filled[~missing], copula.features[~missing])
    np.testing.assert_allclose(filled[missing[:, -1], -1], 0, atol=1e-9)
    drawn = fill_gaps(copula.draw(np.random.default_rng(3)))
    np.testing.assert_allclose(drawn[missing], filled[missing], atol=1e-12)


def test_patients_with_gaps_and_no_groups_are_not_too_often_called_clusters() -> None:
    """Of 12 cohorts more than 2 at 0.05 has a probability of 0.02 under a uniform law of the p-values."""
    assert sum(p_value(mixed(seed, 40), MIXED) <= 0.05 for seed in range(12)) <= 2


def test_groups_are_found_in_spite_of_gaps() -> None:
    found = null_test(mixed(0, 80, missing=0.1, apart=4), MIXED, draws=99, seed=1, threads=1)
    assert np.isfinite(found.null_draws).all()
    assert found.p_value == 0.01
    assert found.verdict == "clusters"
