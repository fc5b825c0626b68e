import numpy as np
import pandas as pd
import pytest
import torch

from retina_vae.cluster_settings import ClusterSettings, StabilitySettings
from retina_vae.cohort import fit_encoding
from retina_vae.resamples import drawn_patients, noise_stream
from retina_vae.rivals.kmeans_onehot import KMeansOneHot
from retina_vae.rivals.resampled import matches_in_resample, mean_over_patients, resampled
from retina_vae.vae.resampled import noisy_features
from tests.rivals.cohorts import SCHEMA, two_groups


def test_a_bootstrap_holds_the_patients_of_the_runs_own() -> None:
    patients, _ = two_groups(50)
    drawn, table = resampled(patients, SCHEMA, StabilitySettings(seed=7), 3)
    assert drawn.tolist() == drawn_patients("bootstrap", 50, 7, 3).tolist()
    assert table["id"].tolist() == patients["id"].iloc[drawn].tolist()


def test_noise_changes_the_values_that_it_changes_for_the_model() -> None:
    patients, _ = two_groups(80, gaps=0.1)
    drawn, table = resampled(patients, SCHEMA, StabilitySettings(scheme="noise", seed=7), 2)
    encoding = fit_encoding(patients, SCHEMA, "by_kind")
    features = torch.from_numpy(encoding.encode(patients).T)
    expected = noisy_features(features, encoding, noise_stream(7, 2)).numpy().T
    assert drawn.tolist() == list(range(80))
    np.testing.assert_array_equal(encoding.encode(table), expected)
    assert not table.equals(patients)


def test_groups_that_lie_far_apart_come_back() -> None:
    patients, group = two_groups(150)
    asked = KMeansOneHot(), patients, SCHEMA, group.astype(np.int64), 2, ClusterSettings(k=2), StabilitySettings()
    assert matches_in_resample(*asked, resample=0) == pytest.approx([1.0, 1.0], abs=0.05)


def test_halves_drawn_by_lot_do_not_come_back() -> None:
    patients, _ = two_groups(150)
    halves = np.random.default_rng(5).integers(2, size=150)
    asked = KMeansOneHot(), patients, SCHEMA, halves, 2, ClusterSettings(k=2), StabilitySettings()
    assert (matches_in_resample(*asked, resample=0) < 0.5).all()


def test_the_mean_counts_each_cluster_by_its_patients() -> None:
    matches = pd.DataFrame({"cluster": [1, 3], "jaccard_mean": [1.0, 0.5]})
    labels = np.array([0] * 30 + [2] * 10)
    assert mean_over_patients(matches, labels) == pytest.approx((30 * 1.0 + 10 * 0.5) / 40)
