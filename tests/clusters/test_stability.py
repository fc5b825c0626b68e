import numpy as np

from retina_vae.clusters.stability import best_jaccard, cluster_stability


def test_jaccard_of_known_sets() -> None:
    labels, other = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 1, 1])
    np.testing.assert_allclose(best_jaccard(labels, other, 2), [2 / 4, 2 / 4])
    np.testing.assert_array_equal(best_jaccard(labels, 1 - labels, 2), [1, 1])
    np.testing.assert_array_equal(best_jaccard(np.zeros(4, int), np.array([0, 0, 1, 1]), 2), [0.5, 0])


def test_the_table_summarises_the_other_replicas() -> None:
    labels = np.array([0, 0, 0, 1, 1])
    others = np.stack([labels, np.array([0, 0, 1, 1, 1])])
    table = cluster_stability(labels, others, k=2)
    assert table["size"].tolist() == [3, 2]
    np.testing.assert_allclose(table["jaccard_min"], [2 / 3, 2 / 3])
    np.testing.assert_allclose(table["jaccard_mean"], [5 / 6, 5 / 6])


def test_a_single_replica_has_no_stability() -> None:
    table = cluster_stability(np.array([0, 1]), np.empty((0, 2), int), k=2)
    assert table[["jaccard_mean", "jaccard_min"]].isna().all().all()


def test_a_cluster_without_patients_has_no_row() -> None:
    table = cluster_stability(np.array([0, 2, 2]), np.array([[0, 1, 1]]), k=3)
    assert table["cluster"].tolist() == [1, 3]
