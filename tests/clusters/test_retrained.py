import numpy as np
import pandas as pd
import pytest

from retina_vae.cluster_settings import ClusterSettings, StabilitySettings
from retina_vae.clusters.bootstrap import bootstrap_stability
from retina_vae.clusters.grouping import cluster_patients
from retina_vae.clusters.retrained import retrained_stability
from retina_vae.latent import Codes
from retina_vae.latent.resampled import ResampledCodes
from retina_vae.resamples import drawn_patients
from tests.clusters.test_bootstrap import blobs

FEW = StabilitySettings(bootstraps=4, n_init=2)


def settings(k: int, on: str) -> ClusterSettings:
    return ClusterSettings(k=k, latent_dim=2, on=on, n_init=FEW.n_init, seed=FEW.seed)


def codes_of(mean: list[np.ndarray], draws: list[np.ndarray]) -> Codes:
    return Codes(np.stack(mean), np.ones_like(np.stack(mean)), np.stack(draws))


def times(scheme: str, patients: int, resamples: int) -> np.ndarray:
    drawn = [drawn_patients(scheme, patients, FEW.seed, resample) for resample in range(resamples)]
    return np.stack([np.bincount(one, minlength=patients) for one in drawn])


@pytest.mark.parametrize("on", ["draws", "means"])
def test_all_patients_once_under_the_runs_own_model_give_the_runs_clusters(on: str) -> None:
    """Even of one cloud without clusters, which nothing else would give back."""
    rng = np.random.default_rng(5)
    mean = rng.normal(size=(300, 2))
    draws = mean + 0.3 * rng.normal(size=(3, 300, 2))
    labels = cluster_patients(mean, draws, settings(6, on))[1].labels
    own = ResampledCodes(codes_of([mean, mean], [draws, draws]), np.ones((2, 300), np.int64))
    table = retrained_stability(own, labels, settings(6, on), FEW)
    assert table[["jaccard_mean", "jaccard_low", "recovered"]].eq(1).all().all()
    assert table["resamples"].eq(2).all()


def test_a_model_that_stays_the_same_is_a_model_held_fixed() -> None:
    """Codes of the one model, on the resamples that the bootstrap of the fixed model draws."""
    mean, draws = blobs([[0, 0], [8, 0], [0, 8]])
    labels = cluster_patients(mean, draws, settings(3, "means"))[1].labels
    own = ResampledCodes(codes_of([mean] * 4, [draws] * 4), times("bootstrap", len(mean), 4))
    expected = bootstrap_stability(mean, draws, labels, settings(3, "means"), FEW)
    pd.testing.assert_frame_equal(retrained_stability(own, labels, settings(3, "means"), FEW), expected)


@pytest.mark.parametrize("scheme", ["bootstrap", "subset", "noise"])
def test_a_clustering_that_dissolves_when_the_model_is_trained_again_is_told_from_one_that_holds(scheme: str) -> None:
    """Three clouds. Trained again, the model keeps the first and puts the patients of the others anywhere."""
    mean, draws = blobs([[0, 0], [30, 0], [0, 30]])
    labels = np.repeat([0, 1, 2], 40)
    rng = np.random.default_rng(3)
    means, drawn = [], []
    for _ in range(4):
        order = np.concatenate([np.arange(40), 40 + rng.permutation(80)])
        means.append(mean[order])
        drawn.append(draws[:, order])
    own = ResampledCodes(codes_of(means, drawn), times(scheme, 120, 4))
    table = retrained_stability(own, labels, settings(3, "means"), FEW).set_index("cluster")
    assert table.loc[1, "jaccard_mean"] == 1
    assert table.loc[1, "verdict"] == "highly stable"
    assert table.loc[[2, 3], "jaccard_mean"].max() < 0.5
    assert table.loc[[2, 3], "dissolved"].min() > 0.5
    assert (table.loc[[2, 3], "verdict"] == "dissolved").all()
    fixed = bootstrap_stability(mean, draws, labels, settings(3, "means"), FEW)
    assert fixed["jaccard_mean"].eq(1).all(), "the model held fixed sees nothing of it"


def test_only_patients_who_were_drawn_count() -> None:
    """The codes of the others are nonsense, and change nothing."""
    mean, draws = blobs([[0, 0], [30, 0]])
    labels = np.repeat([0, 1], 40)
    half = times("subset", 80, 2)
    assert half.max() == 1
    means = [np.where(one[:, None] == 0, 1e3, mean) for one in half]
    own = ResampledCodes(codes_of(means, [draws] * 2), half)
    assert retrained_stability(own, labels, settings(2, "means"), FEW)["jaccard_mean"].eq(1).all()


def test_a_model_that_was_not_trained_again_is_not_measured() -> None:
    table = retrained_stability(None, np.array([0, 0, 2]), settings(3, "means"), FEW)
    assert table["cluster"].tolist() == [1, 3]
    assert table["resamples"].eq(0).all()
    assert table[["jaccard_mean", "jaccard_low", "recovered", "dissolved"]].isna().all().all()
    assert table["verdict"].eq("not measured").all()


def test_threads_do_not_change_the_table() -> None:
    rng = np.random.default_rng(5)
    mean = rng.normal(size=(4, 1500, 3))
    draws = mean[:, None] + 0.3 * rng.normal(size=(4, 2, 1500, 3))
    own = ResampledCodes(Codes(mean, mean, draws), times("bootstrap", 1500, 4))
    labels = cluster_patients(mean[0], draws[0], ClusterSettings(k=4, n_init=1))[1].labels
    one, three = (retrained_stability(own, labels, ClusterSettings(k=4, n_init=1), FEW, threads) for threads in (1, 3))
    pd.testing.assert_frame_equal(one, three, check_exact=True)
    assert one["jaccard_mean"].max() < 1
