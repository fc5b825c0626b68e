import numpy as np
import pytest

from retina_vae.clusters.partitions import KMeansPartition


def blobs(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    centers = np.array([[0, 0], [10, 0], [0, 10]])
    return np.concatenate([rng.normal(center, 0.5, size=(40, 2)) for center in centers]), np.repeat([0, 1, 2], 40)


def test_blobs_far_apart_are_found() -> None:
    points, truth = blobs()
    fit = KMeansPartition.fit(points, k=3, n_init=5, seed=1)
    labels = fit.predict(points)
    assert {tuple(np.unique(truth[labels == cluster])) for cluster in range(3)} == {(0,), (1,), (2,)}
    means = np.array([points[labels == cluster].mean(axis=0) for cluster in range(3)])
    np.testing.assert_allclose(fit.centers, means)
    assert fit.within_ss == pytest.approx(((points - means[labels]) ** 2).sum())


def test_prediction_is_the_nearest_centre_whatever_the_shape() -> None:
    points, _ = blobs()
    fit = KMeansPartition.fit(points, k=3, n_init=1, seed=1)
    grid = np.random.default_rng(1).uniform(-5, 15, size=(4, 6, 2))
    distances = np.linalg.norm(grid[..., None, :] - fit.centers, axis=-1)
    np.testing.assert_array_equal(fit.predict(grid), distances.argmin(axis=-1))


def test_equally_near_centres_share_a_point_and_the_first_has_it() -> None:
    square = KMeansPartition(np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]))
    points = np.array([[0.0, 0.0], [0.0, 2.0], [3.0, 0.0], [2.0, 2.0]])
    expected = [[0.25] * 4, [0, 0, 0.5, 0.5], [0, 0.5, 0.5, 0], [0, 0, 1, 0]]
    np.testing.assert_array_equal(square.probabilities(points), expected)
    np.testing.assert_array_equal(square.predict(points), [0, 2, 1, 2])


def test_most_draws_decide_and_of_two_centres_at_one_place_the_first() -> None:
    twice = KMeansPartition(np.array([[0.0], [0.0], [5.0]]))
    draws = np.array([[[0.0], [0.1]], [[0.2], [5.0]], [[5.0], [5.1]]])
    np.testing.assert_array_equal(twice.most_probable(draws), [0, 2])


def test_the_table_has_centres_alone() -> None:
    table = KMeansPartition(np.array([[1.0, 2.0], [3.0, 4.0]])).to_table()
    assert table.to_dict("list") == {"cluster": [1, 2], "z_1": [1.0, 3.0], "z_2": [2.0, 4.0]}
