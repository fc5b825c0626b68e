import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from retina_vae.clusters.partitions import PARTITIONS
from retina_vae.clusters.replica_clusters import cluster_codes
from retina_vae.config import ClusterSettings
from retina_vae.latent import Codes

K, PATIENTS, REPLICAS = 4, 200, 3


@pytest.fixture
def truth() -> np.ndarray:
    """Groups of unequal size: 80, 60, 40 and 20 patients."""
    return np.repeat(np.arange(K), [20, 40, 60, 80])


@pytest.fixture
def codes(truth: np.ndarray) -> Codes:
    """Each replica has the groups at corners of its own, far apart; its third one mixes two groups."""
    rng = np.random.default_rng(0)
    corners = np.array([[0, 0], [6, 0], [0, 6], [6, 6]], dtype=np.float32)
    placed = [corners[rng.permutation(K)] for _ in range(REPLICAS)]
    mean = np.stack([corner[truth] for corner in placed]) + rng.normal(0, 0.3, (REPLICAS, PATIENTS, 2))
    mean[2, truth == 0] = mean[2, truth == 1][:20]
    scale = np.full_like(mean, 0.2)
    draws = mean[:, None] + scale[:, None] * rng.normal(size=(REPLICAS, 8, PATIENTS, 2))
    return Codes(mean.astype(np.float32), scale.astype(np.float32), draws.astype(np.float32))


def ids() -> list[str]:
    return [f"P{number}" for number in range(PATIENTS)]


@pytest.mark.parametrize("on", ["draws", "means"])
@pytest.mark.parametrize("method", PARTITIONS)
def test_groups_are_found_numbered_by_size_and_the_odd_replica_is_not_reported(
    codes: Codes, truth: np.ndarray, on: str, method: str
) -> None:
    settings = ClusterSettings(k=K, latent_dim=2, on=on, method=method)
    tables = cluster_codes(codes, ids(), np.arange(3.0), settings)
    assigned = tables.assignments
    assert adjusted_rand_score(assigned["cluster"], truth) == 1
    assert assigned["cluster"].value_counts().loc[[1, 2, 3, 4]].tolist() == [80, 60, 40, 20]
    assert (assigned["draw_share"] == 1).all()
    assert assigned["consensus_cluster"].equals(assigned["cluster"])
    assert tables.replicas["reported"].tolist().index(True) in (0, 1)
    assert tables.replicas["mean_ari"].idxmin() == 2
    assert tables.replicas["loss"].tolist() == [0.0, 1.0, 2.0]


def test_all_replicas_are_numbered_like_the_reported_one(codes: Codes) -> None:
    assigned = cluster_codes(codes, ids(), np.zeros(3), ClusterSettings(k=K, latent_dim=2)).assignments
    assert assigned["replica_1"].equals(assigned["replica_2"])
    assert (assigned["replica_1"] == assigned["cluster"]).all()


def test_a_reference_decides_the_numbers(codes: Codes, truth: np.ndarray) -> None:
    reference = np.array([2, 0, 3, 1])[truth]
    settings = ClusterSettings(k=K, latent_dim=2)
    assigned = cluster_codes(codes, ids(), np.zeros(3), settings, reference).assignments
    np.testing.assert_array_equal(assigned["cluster"] - 1, reference)


def test_centres_carry_the_numbers_of_their_clusters(codes: Codes) -> None:
    tables = cluster_codes(codes, ids(), np.zeros(3), ClusterSettings(k=K, latent_dim=2, on="means"))
    for replica in range(REPLICAS):
        centers = tables.centers.query("replica == @replica + 1").set_index("cluster")
        members = pd.DataFrame(codes.mean[replica]).groupby(tables.assignments[f"replica_{replica + 1}"]).mean()
        np.testing.assert_allclose(centers[["z_1", "z_2"]], members, atol=1e-5)


def test_a_mixture_carries_the_numbers_of_its_clusters(codes: Codes, truth: np.ndarray) -> None:
    settings = ClusterSettings(k=K, latent_dim=2, on="draws", method="gaussian_mixture")
    table = cluster_codes(codes, ids(), np.zeros(3), settings).centers
    own = table[table["replica"] == 1].set_index("cluster")
    np.testing.assert_allclose(own["weight"], [0.4, 0.3, 0.2, 0.1], atol=1e-3)
    members = np.cov(codes.draws[0][:, truth == 3].reshape(-1, 2).T, bias=True)
    # The floor of the variances is a ten-thousandth of those of all codes, which are about 10.
    np.testing.assert_allclose(own.loc[1, "covariance_1_1"], members[0, 0], atol=2e-3)
    np.testing.assert_allclose(own.loc[1, "covariance_2_1"], members[1, 0], atol=2e-3)


@pytest.mark.parametrize("method", PARTITIONS)
def test_neither_threads_nor_chance_change_the_tables(method: str) -> None:
    """Enough points that k-means would share them out to several threads, whose sums come in any order."""
    rng = np.random.default_rng(5)
    mean = rng.normal(size=(2, 6000, 3)).astype(np.float32)
    many = Codes(mean, np.ones_like(mean), mean[:, None] + 0.3 * rng.normal(size=(2, 4, 6000, 3)).astype(np.float32))
    names, settings = [str(number) for number in range(6000)], ClusterSettings(k=4, n_init=1, method=method)
    first, *others = (cluster_codes(many, names, np.zeros(2), settings, threads=t) for t in (1, 2, 2, 2))
    for other in others:
        for name in ("assignments", "centers", "replicas", "agreement", "stability"):
            pd.testing.assert_frame_equal(getattr(first, name), getattr(other, name), check_exact=True)
