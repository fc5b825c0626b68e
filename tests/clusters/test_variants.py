import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from retina_vae.cluster_settings import ClusterSettings
from retina_vae.clusters.replica_clusters import cluster_codes
from retina_vae.clusters.variants import Variant, compare_variants, kept_variants, made_variants
from retina_vae.latent import Codes


def codes(replicas: int, dims: int, seed: int, spread: float = 1.0) -> Codes:
    """Three groups of 40 patients at corners of their own."""
    rng = np.random.default_rng(seed)
    corners = 8 * np.eye(3)[:, :dims] if dims <= 3 else np.pad(8 * np.eye(3), ((0, 0), (0, dims - 3)))
    mean = np.repeat(corners, 40, axis=0) + spread * rng.normal(size=(replicas, 120, dims))
    draws = mean[:, None] + 0.5 * rng.normal(size=(replicas, 4, 120, dims))
    return Codes(mean.astype(np.float32), np.ones_like(mean, np.float32), draws.astype(np.float32))


def settings(on: str = "draws", k: int = 3) -> ClusterSettings:
    return ClusterSettings(k=k, latent_dim=2, on=on, n_init=3)


@pytest.fixture(scope="module")
def trained() -> dict[int, Codes]:
    return {10: codes(2, 10, 3), 2: codes(3, 2, 1), 3: codes(1, 3, 2)}


def assignments_of(own: Codes, chosen: ClusterSettings) -> tuple[pd.DataFrame, int]:
    tables = cluster_codes(own, [str(i) for i in range(120)], np.zeros(len(own.mean)), chosen)
    return tables.assignments, int(tables.replicas.loc[tables.replicas["reported"], "replica"].item())


def test_the_kept_variants_are_the_other_replicas_and_the_consensus() -> None:
    table = pd.DataFrame({"consensus_cluster": [3, 3, 1], "replica_1": [1, 2, 3], "replica_2": [1, 1, 2]})
    found = kept_variants(table.assign(replica_3=[2, 2, 2]), reported=2)
    assert [(variant.name, variant.kind) for variant in found] == [
        ("replica 1", "replica"),
        ("replica 3", "replica"),
        ("consensus of the replicas", "consensus"),
    ]
    assert [variant.labels.tolist() for variant in found] == [[0, 1, 2], [1, 1, 1], [2, 2, 0]]


def test_a_single_replica_keeps_nothing_beside_itself() -> None:
    assert kept_variants(pd.DataFrame({"consensus_cluster": [1, 2], "replica_1": [1, 2]}), reported=1) == []


@pytest.mark.parametrize(("on", "points"), [("draws", "posterior means"), ("means", "draws")])
def test_every_replica_of_the_other_dimensions_and_the_other_points_are_made(
    trained: dict[int, Codes], on: str, points: str
) -> None:
    found = made_variants(trained, 2, settings(on))
    assert [(variant.name, variant.kind) for variant in found] == [
        ("latent dimension 3, replica 1", "latent_dimension"),
        ("latent dimension 10, replica 1", "latent_dimension"),
        ("latent dimension 10, replica 2", "latent_dimension"),
        (points, "points"),
    ]


@pytest.mark.parametrize("on", ["draws", "means"])
def test_a_made_variant_is_what_the_run_would_have_made(trained: dict[int, Codes], on: str) -> None:
    """With more clusters than groups, so that another way to cluster gives another partition."""
    chosen = settings(on, k=8)
    found = {variant.name: variant.labels for variant in made_variants(trained, 2, chosen)}
    other, _ = assignments_of(trained[10], chosen)
    for replica in (1, 2):
        made = found[f"latent dimension 10, replica {replica}"]
        assert adjusted_rand_score(made, other[f"replica_{replica}"]) == 1
    swapped, _ = assignments_of(trained[2], settings("means" if on == "draws" else "draws", k=8))
    own, _ = assignments_of(trained[2], chosen)
    points = found["posterior means" if on == "draws" else "draws"]
    assert adjusted_rand_score(points, swapped["replica_2"]) == 1
    assert adjusted_rand_score(points, own["replica_2"]) < 1


def test_threads_do_not_change_the_variants(trained: dict[int, Codes]) -> None:
    one, many = (made_variants(trained, 1, settings(k=7), threads) for threads in (1, 3))
    for a, b in zip(one, many, strict=True):
        assert a.name == b.name
        np.testing.assert_array_equal(a.labels, b.labels)


def test_agreement_and_best_matches_by_hand() -> None:
    """Cluster 2 of 3 has no patients. The one variant is the same under other numbers, the other moves a patient."""
    labels = np.array([0, 0, 0, 0, 2, 2])
    same = Variant("replica 2", "replica", np.array([1, 1, 1, 1, 0, 0]))
    moved = Variant("draws", "points", np.array([0, 0, 0, 2, 2, 2]))
    tables = compare_variants(labels, [same, moved], k=3)
    assert tables.variants["variant"].tolist() == ["replica 2", "draws"]
    assert tables.variants["kind"].tolist() == ["replica", "points"]
    assert tables.variants["ari"].tolist() == pytest.approx([1, adjusted_rand_score(labels, moved.labels)])
    assert tables.matches["variant"].tolist() == ["replica 2"] * 2 + ["draws"] * 2
    assert tables.matches["cluster"].tolist() == [1, 3, 1, 3]
    assert tables.matches["jaccard"].tolist() == pytest.approx([1, 1, 3 / 4, 2 / 3])


def test_codes_that_differ_in_few_places_give_a_cluster_to_each() -> None:
    own, other = codes(1, 2, 1), codes(1, 3, 2, spread=0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = made_variants({2: own, 3: other}, 1, settings("means", k=5))
    assert len(np.unique(found[0].labels)) == 3
    assert len(np.unique(found[1].labels)) == 5
