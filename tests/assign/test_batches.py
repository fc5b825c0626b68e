from itertools import combinations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from retina_vae.assign.batches import batch_p_value


def test_listed_permutations_give_an_exact_null_distribution():
    """Of every choice of 3 of 8 scores, at most a share t has a p-value of at most t, and the least has 1 / 56."""
    scores = np.random.default_rng(1).normal(size=8)
    found = []
    for chosen in combinations(range(8), 3):
        others = sorted(set(range(8)) - set(chosen))
        found.append(batch_p_value(scores[others], scores[list(chosen)]))
    found = np.array(found)
    assert len(found) == 56
    assert all((found <= p).mean() <= p + 1e-12 for p in found)
    assert found.min() == pytest.approx(1 / 56)
    assert found.max() == 1


def test_drawn_permutations_come_near_to_listed_ones():
    rng = np.random.default_rng(2)
    reference, batch = rng.normal(size=10), rng.normal(size=4) - 0.8
    exact = batch_p_value(reference, batch)
    assert abs(batch_p_value(reference, batch, draws=900) - exact) < 4 * np.sqrt(exact * (1 - exact) / 900)


@pytest.mark.parametrize(("reference", "batch"), [(30, 80), (80, 30), (50, 1)])
def test_the_size_is_kept(reference: int, batch: int):
    """300 batches like the cohort: at most 5 % plus three standard errors are rejected, larger or smaller than it."""
    rng = np.random.default_rng(3)
    found = [batch_p_value(rng.normal(size=reference), rng.normal(size=batch), 99) for _ in range(300)]
    assert np.mean(np.array(found) <= 0.05) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_a_small_shift_and_a_few_far_out_are_seen():
    """What the normal theory says of a shift of 0.4 (power 0.99), and where 8 of 100 are below everyone."""
    rng = np.random.default_rng(4)
    reference = rng.normal(size=400)
    shifted = [batch_p_value(reference, rng.normal(size=200) - 0.4, 199) for _ in range(20)]
    batches = [np.concatenate([rng.normal(size=92), rng.normal(size=8) - 8]) for _ in range(20)]
    far = [batch_p_value(reference, batch, 199) for batch in batches]
    assert np.mean(np.array(shifted) <= 0.05) >= 0.9
    assert max(far) <= 0.03
    assert np.mean([mannwhitneyu(batch, reference, alternative="less").pvalue <= 0.03 for batch in batches]) < 0.5


def test_more_typical_batches_and_equal_scores_are_not_unlike():
    rng = np.random.default_rng(5)
    assert batch_p_value(rng.normal(size=100), rng.normal(size=50) + 2, 199) > 0.9
    assert batch_p_value(np.zeros(50), np.zeros(40), 199) == 1
    assert batch_p_value(rng.normal(size=25_000), rng.normal(size=10) - 4, 99) == pytest.approx(0.01)
