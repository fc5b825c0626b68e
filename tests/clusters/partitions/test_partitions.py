"""What holds of every kind of partition."""

from typing import get_args

import numpy as np
import pytest

from retina_vae.cluster_settings import ClusterSettings
from retina_vae.clusters.partitions import PARTITIONS, Partition, fit_partition
from retina_vae.errors import ConfigurationError

K = 4


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    """400 points in three dimensions, in overlapping clouds of unequal size and shape."""
    rng = np.random.default_rng(3)
    centers, scales = rng.normal(0, 2, (K, 3)), rng.uniform(0.3, 1.5, (K, 3))
    cloud = np.repeat(np.arange(K), [50, 100, 150, 100])
    return (centers[cloud] + scales[cloud] * rng.normal(size=(400, 3))).astype(np.float32)


@pytest.fixture(params=PARTITIONS)
def partition(request: pytest.FixtureRequest, points: np.ndarray) -> Partition:
    return fit_partition(request.param, points, K, n_init=3, seed=1)


def test_the_registry_has_what_the_configuration_offers() -> None:
    assert get_args(ClusterSettings.model_fields["method"].annotation) == tuple(PARTITIONS)


def test_probabilities_sum_to_one_and_the_most_probable_is_predicted(partition: Partition, points: np.ndarray) -> None:
    probability = partition.probabilities(points.astype(float))
    assert probability.shape == (400, K)
    np.testing.assert_allclose(probability.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(probability.argmax(axis=1), partition.predict(points))


def test_points_may_have_any_leading_shape_and_lie_in_any_order_of_memory(
    partition: Partition, points: np.ndarray
) -> None:
    shaped = points.reshape(4, 20, 5, 3)
    np.testing.assert_array_equal(partition.predict(shaped).ravel(), partition.predict(points))
    turned = np.asfortranarray(points)
    np.testing.assert_allclose(
        partition.probabilities(shaped).reshape(400, K), partition.probabilities(turned), rtol=1e-5, atol=1e-6
    )
    assert np.moveaxis(partition.probabilities(shaped), -1, 0).flags.c_contiguous
    assert partition.predict(points[:0]).shape == (0,)


def test_probabilities_have_the_precision_of_the_points(partition: Partition, points: np.ndarray) -> None:
    single, double = partition.probabilities(points), partition.probabilities(points.astype(float))
    assert (single.dtype, double.dtype) == (np.float32, np.float64)
    np.testing.assert_allclose(single, double, atol=1e-5)


def test_renumbered_is_the_same_partition_under_other_numbers(partition: Partition, points: np.ndarray) -> None:
    numbers = np.array([2, 0, 3, 1])
    other = partition.renumbered(numbers)
    np.testing.assert_array_equal(other.predict(points), numbers[partition.predict(points)])
    np.testing.assert_array_equal(other.probabilities(points)[:, numbers], partition.probabilities(points))
    assert other.within_ss == partition.within_ss
    np.testing.assert_array_equal(other.renumbered(np.argsort(numbers)).centers, partition.centers)


def test_a_partition_comes_back_from_its_table(partition: Partition, points: np.ndarray) -> None:
    table = partition.to_table()
    assert table.columns[:4].tolist() == ["cluster", "z_1", "z_2", "z_3"]
    assert table["cluster"].tolist() == [1, 2, 3, 4]
    again = type(partition).from_table(table, 3)
    np.testing.assert_array_equal(again.probabilities(points), partition.probabilities(points))
    assert np.isnan(again.within_ss)


def test_what_is_missing_in_a_table_or_no_number_is_an_error(partition: Partition) -> None:
    table = partition.to_table()
    for name in table.columns[1:]:
        with pytest.raises(ValueError, match=f"none called .*{name}"):
            type(partition).from_table(table.drop(columns=name), 3)
        with pytest.raises(ValueError, match=f"finite numbers .*{name}"):
            type(partition).from_table(table.assign(**{name: "many"}), 3)
        with pytest.raises(ValueError, match=f"finite numbers .*{name}"):
            type(partition).from_table(table.assign(**{name: np.inf}), 3)


def test_within_ss_is_that_of_the_points_around_their_centres(partition: Partition, points: np.ndarray) -> None:
    around = partition.centers[partition.predict(points)]
    assert partition.within_ss == pytest.approx(((points - around) ** 2).sum(), rel=1e-5)


def test_most_probable_is_the_mean_over_the_draws(partition: Partition, points: np.ndarray) -> None:
    draws = points[:390].reshape(3, 130, 3)
    mean = partition.probabilities(draws.astype(float)).mean(axis=0)
    assert (partition.most_probable(draws) == mean.argmax(axis=1)).all()


def test_a_seed_always_gives_the_same_partition(partition: Partition, points: np.ndarray) -> None:
    again = fit_partition(partition.method, points, K, n_init=3, seed=1)
    assert again.to_table().equals(partition.to_table())


@pytest.mark.parametrize("method", PARTITIONS)
def test_more_clusters_than_points_are_refused(method: str, points: np.ndarray) -> None:
    with pytest.raises(ConfigurationError, match="expected at most the 5 points to cluster, got 6"):
        fit_partition(method, points[:5], 6, 1, 1)
