import numpy as np
import pytest

from retina_vae.clusters.partitions import KMeansPartition
from retina_vae.errors import ConfigurationError


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


def test_a_seed_always_gives_the_same_centres() -> None:
    points, _ = blobs()
    first, again = (KMeansPartition.fit(points, k=7, n_init=1, seed=5) for _ in range(2))
    np.testing.assert_array_equal(first.centers, again.centers)


def test_more_clusters_than_points_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="expected at most the 120 points to cluster, got 121"):
        KMeansPartition.fit(blobs()[0], k=121, n_init=1, seed=1)
