import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.metrics import roc_auc_score

from retina_vae.clusters.description.auc import macro_auc


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
