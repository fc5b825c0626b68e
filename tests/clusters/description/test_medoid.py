import numpy as np
import pytest

from retina_vae.clusters.description import medoid
from retina_vae.clusters.description.medoid import find_medoids


def brute_force(points: np.ndarray, clusters: np.ndarray) -> dict[int, int]:
    found = {}
    for cluster in np.unique(clusters):
        members = np.flatnonzero(clusters == cluster)
        sums = [sum(np.linalg.norm(points[a] - points[b]) for b in members) for a in members]
        found[int(cluster)] = int(members[np.argmin(sums)])
    return found


@pytest.fixture
def cloud() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(90, 3)).astype(np.float32), rng.choice([1, 2, 5], size=90)


def test_it_is_the_member_nearest_to_all_others(cloud: tuple[np.ndarray, np.ndarray]) -> None:
    assert find_medoids(*cloud) == brute_force(*cloud)


def test_blocks_change_nothing(cloud: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(medoid, "_BLOCK", 64)
    assert find_medoids(*cloud) == brute_force(*cloud)


def test_the_first_of_equals_is_taken() -> None:
    assert find_medoids(np.array([[1.0], [0.0], [1.0], [0.0]]), np.array([1, 1, 1, 1])) == {1: 0}


def test_an_outlier_is_never_the_medoid_as_the_mean_would_be() -> None:
    points = np.array([[0.0], [1.0], [2.0], [3.0], [1000.0]])
    assert find_medoids(points, np.ones(5, dtype=int)) == {1: 2}


def test_references_of_a_large_cluster_are_a_repeatable_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    points = np.random.default_rng(1).normal(size=(4000, 2))
    clusters = np.ones(4000, dtype=int)
    exact = find_medoids(points, clusters)[1]
    monkeypatch.setattr(medoid, "LARGEST_EXACT", 1000)
    sampled = find_medoids(points, clusters, seed=4)
    assert sampled == find_medoids(points, clusters, seed=4)

    def mean_distance(member: int) -> float:
        return float(np.linalg.norm(points - points[member], axis=1).mean())

    assert mean_distance(sampled[1]) < 1.01 * mean_distance(exact)
    assert len({find_medoids(points, clusters, seed)[1] for seed in range(12)}) > 1
