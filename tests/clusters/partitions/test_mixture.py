import numpy as np
import pytest
from scipy.stats import multivariate_normal
from sklearn.metrics import adjusted_rand_score

from retina_vae.clusters.partitions import KMeansPartition, MixturePartition
from retina_vae.clusters.partitions.mixture import _POINTS_AT_ONCE

MEANS = np.array([[0.0, 0.0], [4.0, 1.0], [-1.0, 5.0]])
COVARIANCES = np.array([[[1.0, 0.6], [0.6, 0.8]], [[0.5, -0.2], [-0.2, 2.0]], [[0.3, 0.0], [0.0, 0.3]]])
WEIGHTS = np.array([0.5, 0.3, 0.2])


@pytest.fixture(scope="module")
def known() -> MixturePartition:
    return MixturePartition(MEANS, WEIGHTS, COVARIANCES)


def sample(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    component = rng.choice(3, count, p=WEIGHTS)
    factors = np.linalg.cholesky(COVARIANCES)
    return MEANS[component] + np.einsum("nij,nj->ni", factors[component], rng.normal(size=(count, 2))), component


def test_responsibilities_are_bayes_theorem(known: MixturePartition) -> None:
    points = np.random.default_rng(0).uniform(-6, 9, size=(500, 2))
    components = zip(WEIGHTS, MEANS, COVARIANCES, strict=True)
    joint = np.stack([w * multivariate_normal(m, c).pdf(points) for w, m, c in components], axis=1)
    expected = joint / joint.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(known.probabilities(points), expected, rtol=1e-10, atol=1e-300)
    np.testing.assert_array_equal(known.predict(points), expected.argmax(axis=1))


def test_responsibilities_are_finite_where_no_component_has_a_density_that_a_number_can_hold(
    known: MixturePartition,
) -> None:
    far = known.probabilities(np.array([[1e4, 0.0], [-1e6, 1e6]]))
    np.testing.assert_allclose(far.sum(axis=1), 1)


def test_a_known_mixture_is_found_again(known: MixturePartition) -> None:
    points, component = sample(20_000, seed=1)
    found = MixturePartition.fit(points, 3, n_init=2, seed=1)
    order = np.argsort(-found.weights)
    # Three standard errors of a mean, a weight and a variance from a fifth of the points.
    np.testing.assert_allclose(found.weights[order], WEIGHTS, atol=0.015)
    np.testing.assert_allclose(found.centers[order], MEANS, atol=0.06)
    np.testing.assert_allclose(found.covariances[order], COVARIANCES, atol=0.12)
    assert adjusted_rand_score(component, found.predict(points)) == pytest.approx(
        adjusted_rand_score(component, known.predict(points)), abs=0.005
    )


def test_long_clouds_side_by_side_are_told_apart_where_kmeans_cuts_across() -> None:
    rng = np.random.default_rng(2)
    row = np.repeat([0, 1], 500)
    points = np.column_stack([rng.normal(0, 10, 1000), row + rng.normal(0, 0.1, 1000)])
    agreement = {
        kind.method: adjusted_rand_score(row, kind.fit(points, 2, n_init=10, seed=1).predict(points))
        for kind in (KMeansPartition, MixturePartition)
    }
    assert agreement["gaussian_mixture"] == 1
    assert agreement["kmeans"] < 0.1


def test_alike_round_components_become_kmeans_as_they_shrink() -> None:
    rng = np.random.default_rng(4)
    centers, points = rng.normal(size=(5, 3)), rng.normal(size=(300, 3))
    cells = KMeansPartition(centers).probabilities(points)
    for scale, tolerance in ((1e-1, 1.0), (1e-4, 1e-6)):
        mixture = MixturePartition(centers, np.full(5, 0.2), np.tile(scale**2 * np.eye(3), (5, 1, 1)))
        np.testing.assert_array_equal(mixture.predict(points), KMeansPartition(centers).predict(points))
        assert np.abs(mixture.probabilities(points) - cells).max() <= tolerance


def test_no_component_is_narrower_than_a_hundredth_of_the_spread() -> None:
    """Patients who differ in age alone lie on a line, and those who are alike on one point."""
    rng = np.random.default_rng(5)
    line = np.array([0.0, 1.0, 0.0]) + np.outer(rng.uniform(0, 1, 100), [1.0, 0.5, 0.2])
    points = np.concatenate([line, np.tile([3.0, 3.0, 1.0], (100, 1)), np.tile([0.0, 0.0, 3.0], (100, 1))])
    found = MixturePartition.fit(points, 3, n_init=1, seed=1)
    whole = np.cov(points.T, bias=True)
    # The smallest variance of a component in units of the variance of all points in that direction.
    smallest = np.array([np.linalg.eigvals(np.linalg.solve(whole, own)).real.min() for own in found.covariances])
    np.testing.assert_allclose(smallest, 1e-4, rtol=1e-3)
    assert len(np.unique(found.predict(points))) == 3
    assert (found.probabilities(points).max(axis=1) > 0.999).all()


def test_points_that_are_all_alike_are_no_division_by_zero() -> None:
    found = MixturePartition.fit(np.ones((10, 2)), 1, n_init=1, seed=1)
    np.testing.assert_array_equal(found.probabilities(np.array([[1.0, 1.0], [2.0, 1.0]])), [[1.0], [1.0]])


def test_neither_units_nor_axes_matter() -> None:
    points, _ = sample(600, seed=6)
    change = np.array([[30.0, 7.0], [-2.0, 1.0]])
    plain, changed = (MixturePartition.fit(own, 3, n_init=3, seed=1) for own in (points, points @ change.T))
    assert adjusted_rand_score(changed.predict(points @ change.T), plain.predict(points)) == 1
    first, second = np.argsort(plain.weights), np.argsort(changed.weights)
    np.testing.assert_allclose(changed.centers[second], (plain.centers @ change.T)[first], rtol=1e-3, atol=1e-2)
    expected = change @ plain.covariances[first] @ change.T
    np.testing.assert_allclose(changed.covariances[second], expected, rtol=1e-2, atol=1e-2)


def test_many_points_are_what_each_is_alone(known: MixturePartition) -> None:
    points, _ = sample(2 * _POINTS_AT_ONCE + 7, seed=7)
    chosen = [0, _POINTS_AT_ONCE - 1, _POINTS_AT_ONCE, len(points) - 1]
    np.testing.assert_allclose(known.probabilities(points)[chosen], known.probabilities(points[chosen]), rtol=1e-12)
    np.testing.assert_array_equal(known.predict(points)[chosen], known.predict(points[chosen]))


def test_the_law_for_the_page_gives_the_density(known: MixturePartition) -> None:
    law, z = known.law(), np.array([0.7, -0.3])
    white = np.einsum("cij,cj->ci", law["whitening"], z - law["centers"])
    own = law["log_constants"] - (white**2).sum(axis=1) / 2 - np.log(2 * np.pi)
    components = zip(WEIGHTS, MEANS, COVARIANCES, strict=True)
    expected = [np.log(w) + multivariate_normal(m, c).logpdf(z) for w, m, c in components]
    np.testing.assert_allclose(own, expected, rtol=1e-12)


def test_tables_that_hold_no_mixture_are_refused(known: MixturePartition) -> None:
    table = known.to_table()
    assert table.columns[3:].tolist() == ["weight", "covariance_1_1", "covariance_2_1", "covariance_2_2"]
    for weight in (table["weight"] * 2, table["weight"] - [0.5, -0.5, 0.0]):
        with pytest.raises(ValueError, match="weights above 0 that sum to 1"):
            MixturePartition.from_table(table.assign(weight=weight), 2)
    with pytest.raises(ValueError, match="positive definite"):
        MixturePartition.from_table(table.assign(covariance_2_1=5.0), 2)
