import warnings

import numpy as np
import pandas as pd
import pytest

from retina_vae.cluster_settings import ClusterSettings, StabilitySettings
from retina_vae.clusters.bootstrap import bootstrap_stability
from retina_vae.clusters.grouping import cluster_patients, drawn_for_clustering
from retina_vae.clusters.partitions import KMeansPartition
from retina_vae.clusters.stability import best_jaccard

ON = ["draws", "means"]
FEW = StabilitySettings(bootstraps=6, n_init=2)


def blobs(centers: list[list[float]], patients: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Means around the centres, and four draws of each patient close to the mean."""
    rng = np.random.default_rng(0)
    mean = np.repeat(np.array(centers, float), patients, axis=0) + rng.normal(size=(patients * len(centers), 2))
    return mean, mean + 0.3 * rng.normal(size=(4, *mean.shape))


def settings(k: int, on: str = "draws") -> ClusterSettings:
    return ClusterSettings(k=k, latent_dim=2, on=on, n_init=5)


@pytest.mark.parametrize("on", ON)
def test_clusters_far_apart_are_recovered_in_every_resample(on: str) -> None:
    mean, draws = blobs([[0, 0], [30, 0], [0, 30]])
    labels = cluster_patients(mean, draws, settings(3, on))[1].labels
    table = bootstrap_stability(mean, draws, labels, settings(3, on), FEW)
    assert table["cluster"].tolist() == [1, 2, 3]
    assert table["resamples"].eq(6).all()
    assert table[["jaccard_mean", "jaccard_low", "recovered"]].eq(1).all().all()
    assert table["dissolved"].eq(0).all()
    assert table["verdict"].eq("highly stable").all()


@pytest.mark.parametrize("on", ON)
def test_one_true_cluster_holds_and_a_halved_one_does_not(on: str) -> None:
    """Two clouds; the reported clustering cuts the second one in two at random, which no resample can repeat."""
    mean, draws = blobs([[0, 0], [30, 0]], patients=60)
    labels = np.repeat([0, 1], 60)
    labels[60:] += np.random.default_rng(5).integers(2, size=60)
    table = bootstrap_stability(mean, draws, labels, settings(3, on), FEW).set_index("cluster")
    assert table.loc[2:, "jaccard_mean"].max() < 0.6
    assert table.loc[1, "jaccard_mean"] > table.loc[2:, "jaccard_mean"].max()
    assert set(table.loc[2:, "verdict"]) <= {"doubtful", "dissolved"}


def test_on_means_it_is_the_bootstrap_of_points() -> None:
    """Hennig's bootstrap of the means, written out: k-means of the patients drawn, the best match among them."""
    mean, draws = blobs([[0, 0], [3, 0], [0, 3]])
    labels = KMeansPartition.fit(mean, 4, 5, 1).predict(mean)
    matches = []
    for b in range(6):
        drawn = np.random.default_rng([1, 4, b]).integers(len(mean), size=len(mean))
        again = KMeansPartition.fit(mean[drawn], 4, 2, 1).predict(mean)
        distinct = np.unique(drawn)
        matches.append(best_jaccard(labels[distinct], again[distinct], 4))
    expected = np.mean(matches, axis=0)
    table = bootstrap_stability(mean, draws, labels, settings(4, "means"), FEW)
    np.testing.assert_allclose(table["jaccard_mean"], expected)
    assert expected.min() < 0.95


def test_the_columns_summarise_the_resamples_one_by_one() -> None:
    """Each resample again, written out with sets of patients."""
    mean, draws = blobs([[0, 0], [2, 0], [0, 2]])
    chosen = settings(5)
    labels = cluster_patients(mean, draws, chosen)[1].labels
    found = []
    for resample in range(6):
        drawn = np.random.default_rng([1, 4, resample]).integers(120, size=120)
        again = chosen.model_copy(update={"n_init": 2})
        partition = cluster_patients(mean[drawn], draws[:, drawn], again)[1].labels
        groups = [set(drawn[partition == group]) for group in range(5)]
        reported = [set(drawn) & set(np.flatnonzero(labels == cluster)) for cluster in range(5)]
        found.append([max(len(own & group) / len(own | group) for group in groups) for own in reported])
    table = bootstrap_stability(mean, draws, labels, chosen, FEW)
    np.testing.assert_allclose(table["jaccard_mean"], np.mean(found, axis=0))
    np.testing.assert_allclose(table["jaccard_low"], np.quantile(found, 0.05, axis=0))
    np.testing.assert_allclose(table["recovered"], (np.array(found) >= 0.75).mean(axis=0))
    np.testing.assert_allclose(table["dissolved"], (np.array(found) <= 0.5).mean(axis=0))
    assert table[["recovered", "dissolved"]].gt(0).any().all(), "the example should hold both"


def test_a_cluster_that_no_resample_drew_is_not_measured_and_one_without_patients_has_no_row() -> None:
    """Cluster 2 is one patient, whom the two resamples of this seed miss; cluster 3 is empty."""
    mean, draws = blobs([[0, 0], [30, 0]])
    few = StabilitySettings(bootstraps=2, n_init=1)
    drawn = [np.random.default_rng([1, 4, b]).integers(80, size=80) for b in range(2)]
    missed = np.setdiff1d(np.arange(80), np.concatenate(drawn))[0]
    once = np.setdiff1d(drawn[0], drawn[1])[0]
    labels = np.where(np.arange(80) == missed, 1, 0) + np.where(np.arange(80) == once, 3, 0)
    table = bootstrap_stability(mean, draws, labels, settings(4), few).set_index("cluster")
    assert table.index.tolist() == [1, 2, 4]
    assert table["resamples"].tolist() == [2, 0, 1]
    assert table.loc[2, ["jaccard_mean", "jaccard_low", "recovered", "dissolved"]].isna().all()
    assert table.loc[2, "verdict"] == "not measured"
    assert 0 < table.loc[4, "jaccard_mean"] <= 1


def test_threads_do_not_change_the_table_and_progress_counts_resamples() -> None:
    """Enough points that k-means would share them out to several threads, whose sums come in any order."""
    rng = np.random.default_rng(5)
    mean = rng.normal(size=(3000, 3))
    draws = mean + 0.3 * rng.normal(size=(4, 3000, 3))
    chosen = ClusterSettings(k=4, n_init=1)
    labels = cluster_patients(mean, draws, chosen)[1].labels
    few, told = StabilitySettings(bootstraps=4, n_init=1), []
    one = bootstrap_stability(mean, draws, labels, chosen, few, 1, lambda done, note="": told.append(done))
    pd.testing.assert_frame_equal(one, bootstrap_stability(mean, draws, labels, chosen, few, 3), check_exact=True)
    assert told == [1, 2, 3, 4]
    assert one["jaccard_mean"].max() < 1


def test_a_resample_of_fewer_kinds_of_points_than_clusters_is_no_fault() -> None:
    corners = np.array([[0.0, 0], [1, 0], [0, 2], [3, 3], [5, 1]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = bootstrap_stability(corners, corners[None], np.arange(5), settings(5, "means"), FEW)
    # Every patient that is drawn is a cluster of its own again.
    assert table["jaccard_mean"].eq(1).all()
    assert table["resamples"].lt(6).any()


def test_of_a_large_cohort_as_many_are_drawn_again_as_the_clusters_were_fitted_to() -> None:
    """The m-out-of-n bootstrap, written out; with fewer patients the same clusters come back less often."""
    mean, draws = blobs([[0, 0], [2.5, 0], [0, 2.5]], patients=1000)
    few, all_of_them = (settings(3, "means").model_copy(update={"patients": m}) for m in (1000, 3000))
    labels = cluster_patients(mean, draws, few)[1].labels
    table = bootstrap_stability(mean, draws, labels, few, FEW)
    again, expected = few.model_copy(update={"n_init": FEW.n_init, "seed": FEW.seed}), []
    for b in range(FEW.bootstraps):
        drawn = np.random.default_rng([FEW.seed, 4, b]).integers(3000, size=3000)
        taken = drawn[drawn_for_clustering(3000, again)]
        found = KMeansPartition.fit(mean[taken], 3, FEW.n_init, FEW.seed).predict(mean)
        distinct = np.unique(taken)
        assert len(distinct) <= 1000
        expected.append(best_jaccard(labels[distinct], found[distinct], 3))
    np.testing.assert_allclose(table["jaccard_mean"], np.mean(expected, axis=0))
    whole = bootstrap_stability(mean, draws, labels, all_of_them, FEW)
    assert table["jaccard_mean"].mean() < whole["jaccard_mean"].mean()
