import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.metrics import roc_auc_score

from retina_vae.clusters.description.auc import Area, macro_auc, mean_area, mean_difference, paired_areas


def sample(rng: np.random.Generator, size: int, count: int, shift: float) -> tuple[np.ndarray, np.ndarray]:
    classes = np.concatenate([np.repeat(np.arange(count), 2), rng.integers(0, count, size - 2 * count)])
    scores = np.exp(rng.normal(size=(size, count)) + shift * np.eye(count)[classes])
    return scores / scores.sum(axis=1, keepdims=True), classes


@pytest.mark.parametrize("count", [2, 3, 5])
def test_it_is_the_mean_of_each_class_against_the_others(count: int) -> None:
    scores, classes = sample(np.random.default_rng(count), 120, count, 1.0)
    expected = np.mean([roc_auc_score(classes == own, scores[:, own]) for own in range(count)])
    assert macro_auc(scores, classes).auc == pytest.approx(expected)


def test_ties_count_half() -> None:
    scores = np.array([[1.0, 0.0], [0.5, 0.5], [0.5, 0.5], [0.0, 1.0]])
    assert macro_auc(scores, np.array([0, 0, 1, 1])).auc == pytest.approx(3.5 / 4)


def test_of_two_classes_the_interval_is_delongs() -> None:
    """By the definition: sample variances of the structural components."""
    rng = np.random.default_rng(0)
    classes = np.repeat([0, 1], [30, 50])
    score = rng.normal(size=80) + classes
    wins = (score[classes == 1][:, None] > score[classes == 0][None, :]).astype(float)
    variance = wins.mean(axis=1).var(ddof=1) / 50 + wins.mean(axis=0).var(ddof=1) / 30
    area = wins.mean()
    reach = 1.959964 * np.sqrt(variance) / (area * (1 - area))
    found = macro_auc(np.column_stack([-score, score]), classes)
    assert found == pytest.approx((area, expit(logit(area) - reach), expit(logit(area) + reach)), rel=1e-6)


@pytest.mark.parametrize("count", [2, 3])
def test_the_interval_covers_the_true_area(count: int) -> None:
    truth = macro_auc(*sample(np.random.default_rng(99), 200_000, count, 1.2)).auc
    covered = 0
    for seed in range(300):
        found = macro_auc(*sample(np.random.default_rng(seed), 90, count, 1.2))
        assert 0 < found.low < found.auc < found.high < 1
        covered += found.low <= truth <= found.high
    assert 0.91 <= covered / 300 <= 0.985


def test_more_patients_narrow_the_interval_as_the_root_of_their_number() -> None:
    widths = []
    for size in (400, 6400):
        found = macro_auc(*sample(np.random.default_rng(1), size, 3, 1.0))
        widths.append(found.high - found.low)
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.15)


@pytest.mark.parametrize(("members", "others"), [(5, 12), (21, 197), (500, 500)])
def test_perfect_separation_has_a_bound_where_one_is_a_standard_error_away(members: int, others: int) -> None:
    classes = np.repeat([0, 1], [members, others])
    scores = np.column_stack([1 - classes, classes]).astype(float)
    found = macro_auc(scores, classes)
    assert (found.auc, found.high) == (1, 1)
    low, mean = found.low, (members + others) / 2 - 1
    inflation = 1 + mean * (1 - low) / (2 - low) + mean * low / (1 + low)
    error = np.sqrt(low * (1 - low) * inflation / (members * others))
    assert (1 - low) / error == pytest.approx(1.959964, rel=1e-5)
    reverse = macro_auc(1 - scores, classes)
    assert reverse == pytest.approx((0, 0, 1 - low))


def test_scores_that_say_nothing_have_the_area_of_a_guess() -> None:
    assert macro_auc(np.zeros((20, 2)), np.repeat([0, 1], [5, 15])) == pytest.approx((0.5, 0.5, 0.5))


def two_scores(
    rng: np.random.Generator, size: int, shift: float, other_shift: float, correlation: float = 0.7
) -> tuple:
    """Scores of two classes by two markers with correlated normal errors, and the classes."""
    classes = np.concatenate([[0, 0, 1, 1], rng.integers(0, 2, size - 4)])
    one, rest = rng.normal(size=(2, size))
    other = correlation * one + np.sqrt(1 - correlation**2) * rest
    one, other = one + shift * classes, other + other_shift * classes
    return np.column_stack([-one, one]), np.column_stack([-other, other]), classes


def test_of_many_patients_the_interval_of_a_difference_is_the_paired_one_of_delong() -> None:
    """By the definition: sample covariances of the structural components of the two areas."""
    one, other, classes = two_scores(np.random.default_rng(0), 4000, 1.0, 0.8)
    components = []
    for scores in (one, other):
        wins = (scores[classes == 1, 1][:, None] > scores[classes == 0, 1][None, :]).astype(float)
        components.append((wins.mean(axis=1), wins.mean(axis=0), wins.mean()))
    (a1, a0, a), (b1, b0, b) = components
    variance = np.var(a1 - b1, ddof=1) / len(a1) + np.var(a0 - b0, ddof=1) / len(a0)
    found = mean_difference([paired_areas(one, other, classes)], [1.0])
    assert found.value == pytest.approx(a - b)
    reach = 1.959964 * np.sqrt(variance)
    assert (found.low, found.high) == pytest.approx((a - b - reach, a - b + reach), abs=0.02 * reach)
    unpaired = [paired_areas(one, other, classes)._replace(correlation=0.0)]
    assert mean_difference(unpaired, [1.0]).low < found.low - 0.5 * reach


def test_a_difference_is_the_opposite_of_its_opposite() -> None:
    one, other, classes = two_scores(np.random.default_rng(1), 60, 1.5, 0.5)
    found = mean_difference([paired_areas(one, other, classes)], [3.0])
    opposite = mean_difference([paired_areas(other, one, classes)], [3.0])
    assert found == pytest.approx((-opposite.value, -opposite.high, -opposite.low))


@pytest.mark.parametrize("shift", [0.0, 1.0, 9.0])
def test_the_same_scores_differ_by_nothing(shift: float) -> None:
    one, _, classes = two_scores(np.random.default_rng(2), 50, shift, 0.0)
    found = mean_difference([paired_areas(one, one, classes)] * 3, [1.0, 2.0, 3.0])
    assert found.value == 0
    assert found.low <= 0 <= found.high


def test_a_perfect_area_of_few_patients_is_not_surely_the_larger_one() -> None:
    """No spread is left in it, so that its standard error would be 0."""
    classes = np.repeat([0, 1], 5)
    one = np.column_stack([1.0 - classes, classes])
    other = one.copy()
    other[[4, 5]] = other[[5, 4]]
    pair = paired_areas(one, other, classes)
    assert (pair.one.auc, pair.other.auc, pair.correlation) == (1, pytest.approx(0.8), 0)
    found = mean_difference([pair], [1.0])
    assert found.low < 0 < found.value == pytest.approx(0.2)


@pytest.mark.parametrize(("shift", "other_shift", "size"), [(1.0, 1.0, 30), (2.0, 1.5, 90)])
def test_the_interval_covers_the_true_difference(shift: float, other_shift: float, size: int) -> None:
    pair = paired_areas(*two_scores(np.random.default_rng(99), 50_000, shift, other_shift))
    truth, covered = pair.one.auc - pair.other.auc, 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        pairs = [paired_areas(*two_scores(rng, size, shift, other_shift)) for _ in range(2)]
        found = mean_difference(pairs, [1.0, 1.0])
        covered += found.low <= truth <= found.high
    assert 0.92 <= covered / 200 <= 0.985


def test_a_mean_of_areas_is_weighted_and_its_squared_reaches_add_up() -> None:
    areas = [Area(0.8, 0.7, 0.86), Area(0.6, 0.56, 0.68)]
    found = mean_area(areas, [300.0, 100.0])
    assert found.auc == pytest.approx(0.75)
    assert found.low == pytest.approx(0.75 - np.hypot(0.75 * 0.1, 0.25 * 0.04))
    assert found.high == pytest.approx(0.75 + np.hypot(0.75 * 0.06, 0.25 * 0.08))
    assert mean_area(areas[:1], [5.0]) == pytest.approx(areas[0])


def test_without_an_area_there_is_no_mean_and_no_difference() -> None:
    assert np.isnan([mean_area([], []), mean_difference([], [])]).all()
