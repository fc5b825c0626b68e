import numpy as np

from retina_vae.assign import Scores, TrainedRun, Typicality


def scores_of(mean, cluster):
    nothing = np.full(len(mean), np.nan)
    return Scores(np.asarray(cluster), nothing[:, None], np.asarray(mean, dtype=float), nothing[:, None], nothing)


def test_a_cohort_patients_percentile_is_its_rank(either: TrainedRun):
    """Scores that differ by rounding alone, a millionth, count as equal."""
    own = either.known.typicality
    no_more_typical = own <= own[:, None] + 1e-6 * (1 + np.abs(own[:, None]))
    np.testing.assert_allclose(either.typicality.percentile(own), 100 * no_more_typical.mean(axis=1))


def test_the_percentile_of_equal_patients_does_not_depend_on_their_rows():
    """The same three patients a hundred times each, whose scores differ in the last bit of single precision."""
    scores = np.repeat(np.array([-40.0, -7.5, -0.3], dtype=np.float32), 100)
    last_bit = np.random.default_rng(3).integers(-1, 2, len(scores)) * np.spacing(scores)
    reference = np.sort((scores + last_bit).astype(np.float64))
    typicality = Typicality(reference, np.empty((0, 1)), np.eye(1), has_density=True)
    for noise in (0, 1, -1):
        own = (scores + noise * np.spacing(scores)).astype(np.float64)
        np.testing.assert_allclose(typicality.percentile(own), np.repeat([100 / 3, 200 / 3, 100], 100))


def test_below_everyone_is_zero_and_above_everyone_a_hundred(either: TrainedRun):
    ends = np.array([either.known.typicality.min() - 1, either.known.typicality.max() + 1])
    assert either.typicality.percentile(ends).tolist() == [0, 100]


def test_distance_is_mahalanobis_to_the_nearest_cluster():
    rng = np.random.default_rng(1)
    centers, cluster = np.array([[-20.0, 0.0], [20.0, 0.0]]), np.repeat([0, 1], 5000)
    codes = centers[cluster] + rng.normal(size=(10_000, 2)) * [1.0, 3.0]
    typicality = Typicality.of(scores_of(codes, cluster), has_density=False)
    points = scores_of([[-20, 0], [20, 6], [0, 0], [22, 0]], [0, 1, 0, 1])
    np.testing.assert_allclose(typicality.score(points), [0, -4, -400, -4], rtol=0.1, atol=0.1)
    # The middle between the clouds is as unlike as can be, the middle of one is not.
    assert typicality.percentile(typicality.score(points))[[0, 2]].round(1).tolist() == [100.0, 0.0]


def test_a_dimension_without_use_adds_no_distance():
    rng = np.random.default_rng(2)
    codes = np.column_stack([rng.normal(size=500), rng.normal(size=500) * 1e-9])
    typicality = Typicality.of(scores_of(codes, np.zeros(500, dtype=int)), has_density=False)
    assert abs(typicality.score(scores_of([[0.0, 1e-7]], [0]))[0]) < 0.1
