import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from retina_vae.cluster_settings import ClusterSettings
from retina_vae.clusters.grouping import cluster_patients, drawn_for_clustering, require_different_points
from retina_vae.clusters.partitions import PARTITIONS
from retina_vae.clusters.replica_clusters import cluster_codes
from retina_vae.errors import ConfigurationError
from retina_vae.latent import Codes


@pytest.fixture(scope="module")
def codes() -> Codes:
    """Two replicas of 90 patients around three corners, whose clouds overlap."""
    rng = np.random.default_rng(0)
    mean = np.repeat(np.array([[0, 0], [3, 0], [0, 3]]), 30, axis=0) + rng.normal(size=(2, 90, 2))
    draws = mean[:, None] + rng.normal(size=(2, 8, 90, 2))
    return Codes(mean.astype(np.float32), np.ones_like(mean, np.float32), draws.astype(np.float32))


@pytest.mark.parametrize("on", ["draws", "means"])
def test_a_replica_is_grouped_as_the_whole_run_groups_it(codes: Codes, on: str) -> None:
    settings = ClusterSettings(k=4, latent_dim=2, on=on, n_init=2)
    table = cluster_codes(codes, [str(i) for i in range(90)], np.zeros(2), settings)
    for replica in range(2):
        fit, membership = cluster_patients(codes.mean[replica], codes.draws[replica], settings)
        assert adjusted_rand_score(membership.labels, table.assignments[f"replica_{replica + 1}"]) == 1
        assert fit.within_ss == pytest.approx(table.replicas["within_ss"][replica])


def test_most_draws_decide_or_the_mean(codes: Codes) -> None:
    """One patient's draws lie elsewhere than the mean."""
    mean, draws = codes.mean[0].copy(), codes.draws[0].copy()
    mean[0], draws[:, 0] = [0, 3], [3, 0]
    by_draws, by_mean = (
        cluster_patients(mean, draws, ClusterSettings(k=3, latent_dim=2, on=on))[1].labels for on in ("draws", "means")
    )
    assert np.bincount(by_draws[30:60]).argmax() == by_draws[0]
    assert np.bincount(by_mean[60:]).argmax() == by_mean[0]


def test_under_a_mixture_the_mean_probability_decides_and_the_share_counts_draws(codes: Codes) -> None:
    settings = ClusterSettings(k=3, latent_dim=2, on="draws", method="gaussian_mixture", n_init=2)
    partition, membership = cluster_patients(codes.mean[0], codes.draws[0], settings)
    probability = partition.probabilities(codes.draws[0].astype(float)).mean(axis=0)
    np.testing.assert_array_equal(membership.labels, probability.argmax(axis=1))
    counted = (partition.predict(codes.draws[0]) == membership.labels).mean(axis=0)
    np.testing.assert_array_equal(membership.share, counted)
    by_mean = cluster_patients(codes.mean[0], codes.draws[0], settings.model_copy(update={"on": "means"}))
    np.testing.assert_array_equal(by_mean[1].labels, by_mean[0].predict(codes.mean[0]))


@pytest.mark.parametrize("method", PARTITIONS)
def test_the_method_of_the_configuration_finds_the_partition(codes: Codes, method: str) -> None:
    partition, _ = cluster_patients(codes.mean[0], codes.draws[0], ClusterSettings(k=3, latent_dim=2, method=method))
    assert type(partition) is PARTITIONS[method]


def test_more_clusters_than_points_that_differ_are_an_error() -> None:
    corners = np.repeat(np.array([[0, 0], [1, 0], [0, 2], [3, 3]], np.float32), 10, axis=0)
    mean = np.stack([np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32), corners])
    codes = Codes(mean, np.ones_like(mean), np.random.default_rng(1).normal(size=(2, 3, 40, 2)).astype(np.float32))
    require_different_points(codes, ClusterSettings(k=4, latent_dim=2, on="means"))
    require_different_points(codes, ClusterSettings(k=50, latent_dim=2, on="draws"))
    with pytest.raises(ConfigurationError, match=r"clusters.k: expected at most 4, .*means of replica 2 .* got 5"):
        require_different_points(codes, ClusterSettings(k=5, latent_dim=2, on="means"))


def test_more_clusters_than_points_are_an_error(codes: Codes) -> None:
    with pytest.raises(ConfigurationError, match=r"clusters.k: expected at most the 90 points to cluster, got 91"):
        cluster_patients(codes.mean[0], codes.draws[0], ClusterSettings(k=91, latent_dim=2, on="means"))


def blobs(patients: int) -> tuple[np.ndarray, np.ndarray]:
    """Of three corners far apart: means and four draws of every patient."""
    rng = np.random.default_rng(0)
    mean = np.array([[0, 0], [9, 0], [0, 9]])[rng.integers(3, size=patients)] + rng.normal(size=(patients, 2))
    return mean, mean + 0.1 * rng.normal(size=(4, patients, 2))


@pytest.mark.parametrize("on", ["draws", "means"])
def test_of_many_patients_a_partition_is_fitted_to_some_and_has_the_others_assigned(on: str) -> None:
    mean, draws = blobs(5000)
    settings = ClusterSettings(k=3, latent_dim=2, on=on, n_init=2, patients=1000)
    some = drawn_for_clustering(5000, settings)
    assert len(np.unique(some)) == 1000
    partition, membership = cluster_patients(mean, draws, settings)
    alone, own = cluster_patients(mean[some], draws[:, some], settings)
    np.testing.assert_array_equal(partition.law()["centers"], alone.law()["centers"])
    np.testing.assert_array_equal(membership.labels[some], own.labels)
    assert len(membership.labels) == len(membership.share) == 5000


def test_centres_of_some_patients_err_by_their_standard_error() -> None:
    """Each corner has about 1,000 / 3 of the patients drawn, of unit variance in each coordinate."""
    mean, draws = blobs(50_000)
    settings = ClusterSettings(k=3, latent_dim=2, on="means", n_init=2, patients=1000)
    errors = []
    for seed in range(20):
        partition, _ = cluster_patients(mean, draws, settings.model_copy(update={"seed": seed}))
        centers = partition.law()["centers"]
        errors.append(centers[np.argsort(centers @ [1, 2])] - np.array([[0, 0], [9, 0], [0, 9]]))
    assert np.sqrt(np.square(errors).mean()) == pytest.approx(np.sqrt(3 / 1000), rel=0.25)


def test_no_more_patients_than_a_partition_is_fitted_to_are_all_taken() -> None:
    np.testing.assert_array_equal(drawn_for_clustering(1000, ClusterSettings(patients=1000)), np.arange(1000))
