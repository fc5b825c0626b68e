import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from retina_vae.clusters.copula import _column_scores, fit_copula, latent_correlation, nearest_correlation
from retina_vae.clusters.null import compactness, largest_excess, null_test
from retina_vae.cohort import CohortSchema, Column
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


def test_a_matrix_that_no_normals_have_is_mended() -> None:
    impossible = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    mended = nearest_correlation(impossible)
    np.testing.assert_allclose(np.diag(mended), 1)
    assert np.linalg.eigvalsh(mended).min() > 0
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
    scores = _column_scores(features, slice(0, 4))
    found = np.array([scores[category == number][0] for number in range(4)])
    assert abs(np.corrcoef(found, order)[0, 1]) == pytest.approx(1)
