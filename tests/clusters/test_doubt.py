import numpy as np
import pandas as pd
import pytest

from retina_vae.clusters.doubt import DoubtTables, doubt_tables

PROBABILITY = np.array([[1, 0, 0], [0.5, 0.3, 0.2], [0.4, 0.6, 0], [0.1, 0.8, 0.1], [0, 0.7, 0.3]], dtype=np.float32)
IDENTIFIERS = pd.Series(["e", "d", "c", "b", "a"], name="patient_id")


def made(doubtful_below: float = 0.8) -> DoubtTables:
    """Five patients of three clusters, the last of which is empty; the third patient's other cluster is likelier."""
    return doubt_tables(IDENTIFIERS, np.array([0, 0, 0, 1, 1]), PROBABILITY, doubtful_below)


def test_entropy_is_that_of_the_probabilities_and_zero_where_one_is_certain():
    table = made().probabilities
    expected = [-sum(p * np.log(p) for p in row if p > 0) for row in PROBABILITY.astype(float)]
    np.testing.assert_allclose(table["entropy"], expected, atol=1e-6)
    assert table["entropy"].iloc[0] == 0


def test_entropy_of_equal_probabilities_is_log_k():
    tables = doubt_tables(pd.Series(["x"], name="patient_id"), np.array([2]), np.full((1, 4), 0.25), 0.8)
    assert tables.probabilities["entropy"].iloc[0] == pytest.approx(np.log(4), abs=1e-6)


def test_doubtful_are_those_strictly_below_the_bound_the_most_doubtful_first():
    table = made().doubtful
    assert table["patient_id"].tolist() == ["c", "d", "a"]
    assert table["second_cluster"].tolist() == [2, 2, 3]
    np.testing.assert_allclose(table["second_probability"], [0.6, 0.3, 0.3], atol=1e-6)
    assert made(0.4).doubtful.empty


def test_equally_doubtful_patients_are_in_the_order_of_their_identifiers():
    tables = doubt_tables(pd.Series(["b", "a"], name="patient_id"), np.array([0, 0]), np.full((2, 2), 0.5), 0.8)
    assert tables.doubtful["patient_id"].tolist() == ["a", "b"]


def test_clusters_have_their_means_and_the_neighbour_that_takes_most():
    table = made().clusters
    assert table["cluster"].tolist() == [1, 2]
    assert table["doubtful"].tolist() == [2, 1]
    np.testing.assert_allclose(table["mean_probability"], [1.9 / 3, 0.75], atol=1e-6)
    assert table["neighbour"].tolist() == [2, 3]
    np.testing.assert_allclose(table["neighbour_probability"], [0.3, 0.2], atol=1e-6)


def test_one_cluster_of_all_has_no_neighbour():
    tables = doubt_tables(pd.Series(["a", "b"], name="patient_id"), np.array([0, 0]), np.ones((2, 1)), 0.8)
    assert tables.clusters[["neighbour", "neighbour_probability"]].isna().all(axis=None)
    assert tables.clusters[["mean_probability", "mean_entropy", "doubtful"]].iloc[0].tolist() == [1, 0, 0]
    assert tables.doubtful.empty
