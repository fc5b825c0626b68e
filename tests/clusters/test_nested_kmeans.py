import numpy as np
import pytest
from sklearn.cluster import KMeans

from retina_vae.clusters.nested_kmeans import lloyd, nested_kmeans


def mixture(seed: int, k: int = 6, points: int = 1200, spread: float = 0.5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centers = rng.normal(size=(k, 3)) * 3
    return centers[rng.integers(k, size=points)] + rng.normal(size=(points, 3)) * spread


@pytest.mark.parametrize("k", [1, 2, 5, 11])
def test_from_one_start_it_ends_where_scikit_learn_ends(k: int) -> None:
    points = mixture(0) + 40
    start = points[:k]
    expected = KMeans(k, init=start, n_init=1).fit(points)
    found = lloyd(points, start)
    assert found.within_ss == pytest.approx(expected.inertia_, rel=1e-6)
    np.testing.assert_allclose(found.centers, expected.cluster_centers_, atol=1e-3)


def test_the_sum_is_that_of_the_nearest_centres() -> None:
    points = mixture(1)
    for k, found in enumerate(nested_kmeans(points, 8, 2, np.random.default_rng(0)), start=1):
        squares = np.square(points[:, None] - found.centers).sum(axis=2)
        assert found.centers.shape == (k, 3)
        assert found.within_ss == pytest.approx(squares.min(axis=1).sum(), rel=1e-6)


def test_separate_clouds_are_found_and_the_sum_only_falls() -> None:
    centers = np.array([[0, 0], [20, 0], [0, 20], [20, 20], [50, 50]])
    points = np.repeat(centers, 80, axis=0) + np.random.default_rng(2).normal(size=(400, 2))
    found = nested_kmeans(points, 9, 3, np.random.default_rng(1))
    nearest = found[4].predict(centers.astype(float))
    assert sorted(nearest) == [0, 1, 2, 3, 4]
    assert np.abs(found[4].centers[nearest] - centers).max() < 0.5
    sums = [own.within_ss for own in found]
    assert (np.diff(sums) < 0).all()


def test_it_searches_no_worse_than_scikit_learn_from_as_many_starts() -> None:
    """Excess over the best of many starts, mean over the numbers of clusters and over cohorts."""
    excess = []
    for seed in range(3):
        points = mixture(seed, k=9)
        best = np.array([KMeans(k, n_init=25, random_state=0).fit(points).inertia_ for k in range(1, 13)])
        other = np.array([KMeans(k, n_init=3, random_state=1).fit(points).inertia_ for k in range(1, 13)])
        own = np.array([found.within_ss for found in nested_kmeans(points, 12, 3, np.random.default_rng(1))])
        excess.append([np.mean(own / best - 1), np.mean(other / best - 1)])
    own, other = np.mean(excess, axis=0)
    assert own < other + 0.005


def test_a_far_point_does_not_blur_the_others() -> None:
    """Single precision is relative to a point's own distance from the mean."""
    points = np.concatenate([mixture(3), [[3e4, 0, 0]]])
    start = points[[0, 1, 2, 3, -1]]
    expected = KMeans(5, init=start, n_init=1, tol=0).fit(points)
    assert lloyd(points, expected.cluster_centers_).within_ss == pytest.approx(expected.inertia_, rel=1e-4)


def test_points_that_coincide_give_no_centre_twice_while_there_are_others() -> None:
    corners = np.repeat(np.array([[0, 0], [1, 0], [0, 2], [3, 3]], float), 30, axis=0)
    found = nested_kmeans(corners, 6, 2, np.random.default_rng(0))
    assert len(np.unique(found[3].predict(corners))) == 4
    assert [own.within_ss for own in found[3:]] == pytest.approx([0, 0, 0], abs=1e-9)


def test_a_centre_without_points_is_moved_to_a_far_one() -> None:
    points = np.concatenate([np.random.default_rng(4).normal([at, 0], 0.5, size=(50, 2)) for at in (0.0, 10.0, 30.0)])
    start = np.array([[0.0, 0.0], [10.0, 0.0], [1e3, 1e3]])
    found = lloyd(points, start)
    assert np.bincount(found.predict(points)).tolist() == [50, 50, 50]


def test_the_stream_decides_everything() -> None:
    points = mixture(5)
    first, again, other = (nested_kmeans(points, 7, 2, np.random.default_rng(seed)) for seed in (1, 1, 2))
    for k in range(7):
        np.testing.assert_array_equal(first[k].centers, again[k].centers)
    assert any(not np.array_equal(a.centers, b.centers) for a, b in zip(first, other, strict=True))
