"""Detection against scikit-learn, and intervals against what is known of them."""

import math

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from retina_vae.evaluation.detection import MEASURES, detect, resampled_detection

RNG = np.random.default_rng(1)


@pytest.mark.parametrize("decimals", [0, 1, 12])
def test_the_measures_are_those_of_scikit_learn(decimals: int) -> None:
    """With many ties, some, and none; and patients that count several times."""
    like, unlike = RNG.normal(0, 1, 80).round(decimals), RNG.normal(1, 1, 50).round(decimals)
    for times in (np.ones(130), RNG.integers(0, 4, 130).astype(float)):
        found = detect(like, unlike, times[None, 50:], times[None, :50])
        labels, scores = np.repeat([1, 0], [50, 80]), np.concatenate([unlike, like])
        assert found.auroc[0] == pytest.approx(roc_auc_score(labels, scores, sample_weight=times))
        assert found.auprc[0] == pytest.approx(average_precision_score(labels, scores, sample_weight=times))
        rate, recall, _ = roc_curve(labels, scores, sample_weight=times, drop_intermediate=False)
        assert found.fpr_at_95[0] == pytest.approx(rate[recall >= 0.95 - 1e-12].min())


def test_scores_apart_are_told_and_equal_ones_are_not() -> None:
    apart = resampled_detection(np.zeros(30), np.ones(20), 20, 1)
    assert [apart[name] for name in MEASURES] == [(1, 1, 1), (1, 1, 1), (0, 0, 0)]
    equal = resampled_detection(np.zeros(30), np.zeros(20), 20, 1)
    assert equal["auroc"] == (0.5, 0.5, 0.5)
    assert equal["auprc"] == pytest.approx((0.4, 0.4, 0.4))
    assert equal["fpr_at_95"] == (1, 1, 1)


def test_turned_round_the_area_is_what_is_left() -> None:
    like, unlike = RNG.normal(0, 1, 60), RNG.normal(1, 1, 40)
    forth, back = (resampled_detection(sign * like, sign * unlike, 5, 1)["auroc"].value for sign in (1, -1))
    assert forth + back == pytest.approx(1)


def test_the_interval_of_two_normal_groups_covers_the_true_area() -> None:
    """Phi(1 / sqrt 2); about 95 of 100 intervals hold it."""
    truth, held = norm.cdf(1 / math.sqrt(2)), 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        _, low, high = resampled_detection(rng.normal(0, 1, 80), rng.normal(1, 1, 80), 100, seed)["auroc"]
        held += low <= truth <= high
    assert 88 <= held <= 100


def test_a_seed_gives_the_same_intervals() -> None:
    like, unlike = RNG.normal(0, 1, 60), RNG.normal(1, 1, 40)
    assert resampled_detection(like, unlike, 60, 3) == resampled_detection(like, unlike, 60, 3)
    assert resampled_detection(like, unlike, 60, 3) != resampled_detection(like, unlike, 60, 4)
