"""Codes whose answer is known: perfect, entangled, useless; and what must not change the answer."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from retina_vae.factors import Factor, information, measure_codes
from retina_vae.factors.dci import dci, scores_of_importance
from retina_vae.factors.measure import sample
from retina_vae.factors.shared_factor import shared_factor_score

ITEMS = 1_200
RNG = np.random.default_rng(3)
VALUES = np.column_stack([RNG.normal(size=(ITEMS, 3)), RNG.integers(0, 3, ITEMS)])
ROTATION = np.linalg.qr(np.random.default_rng(5).normal(size=(4, 4)))[0]
PERFECT = (VALUES - VALUES.mean(axis=0)) / VALUES.std(axis=0)


def factors(values: NDArray[np.float64] = VALUES) -> list[Factor]:
    """Three numbers and one of three categories."""
    return [Factor(f"v{place}", own, place < 3) for place, own in enumerate(values.T)]


def test_a_perfect_code_has_the_best_scores() -> None:
    own = measure_codes(PERFECT, factors())
    assert own.information.normalised.argmax(axis=0).tolist() == [0, 1, 2, 3]
    # Of numbers the bins of equal width cut off a part; categories are told whole.
    assert own.mig > 0.8
    assert own.information.gap[3] > 0.98
    assert min(own.disentanglement, own.completeness, own.informativeness, own.beta_vae_score) > 0.97


def test_a_rotated_code_tells_as_much_and_is_not_disentangled() -> None:
    own = measure_codes(PERFECT @ ROTATION, factors())
    assert own.mig < 0.15
    assert max(own.disentanglement, own.completeness) < 0.5
    assert own.informativeness > 0.7


def test_noise_tells_nothing() -> None:
    own = measure_codes(np.random.default_rng(9).normal(size=(ITEMS, 4)), factors())
    assert own.mig < 0.03
    assert own.information.normalised.max() < 0.06
    assert max(own.disentanglement, own.completeness, own.informativeness) < 0.05
    assert own.beta_vae_score == pytest.approx(1 / 4, abs=0.12)


@pytest.mark.parametrize("codes", [PERFECT, PERFECT @ ROTATION], ids=["perfect", "rotated"])
def test_order_scale_and_sign_of_the_coordinates_do_not_matter(codes: NDArray[np.float64]) -> None:
    plain = measure_codes(codes, factors())
    turned = measure_codes(-codes[:, [2, 0, 3, 1]] * [3, 1e-3, 1e4, 1] + 7, factors())
    # Mirrored bins and thresholds put a few items on their other side, and forests break ties in another order.
    for one, other in zip(plain[2:], turned[2:], strict=True):
        assert other == pytest.approx(one, abs=0.03)
    np.testing.assert_allclose(turned.information.normalised, plain.information.normalised[[2, 0, 3, 1]], atol=0.02)


def test_a_constant_coordinate_changes_nothing_and_a_useless_one_little() -> None:
    plain = measure_codes(PERFECT, factors())
    constant = measure_codes(np.column_stack([PERFECT, np.full(ITEMS, 2.5)]), factors())
    assert constant[2:] == plain[2:]
    assert constant.information.nats[4].tolist() == [0.0] * 4
    useless = measure_codes(np.column_stack([PERFECT, np.random.default_rng(1).normal(size=ITEMS)]), factors())
    for one, other in zip(plain[2:], useless[2:], strict=True):
        assert other == pytest.approx(one, abs=0.03)


def test_mutual_information_is_that_of_the_cells() -> None:
    """A code of two values and a factor of two categories that agree in three of four items."""
    agree = np.tile([1, 1, 1, 1, 1, 1, 0, 0], 50)
    factor = np.tile([0, 1], 200)
    own = information(np.where(agree, factor, 1 - factor)[:, None].astype(float), [Factor("v", factor, False)])
    known = math.log(2) + 0.75 * math.log(0.75) + 0.25 * math.log(0.25)
    assert own.nats[0, 0] == pytest.approx(known)
    assert own.normalised[0, 0] == pytest.approx(known / math.log(2))
    assert np.isnan(own.gap).all()


def test_a_number_that_is_the_coordinate_reaches_0_85() -> None:
    values = np.random.default_rng(0).normal(size=2_000)
    assert information(values[:, None], [Factor("v", values, True)]).normalised[0, 0] == pytest.approx(0.85, abs=0.02)


def test_the_gap_is_the_lead_of_the_best_coordinate() -> None:
    own = information(PERFECT[:, [0, 0, 1]], factors()[:1])
    assert own.gap[0] == pytest.approx(0)
    shares = information(PERFECT, factors()).normalised
    ordered = np.sort(shares, axis=0)
    np.testing.assert_allclose(information(PERFECT, factors()).gap, ordered[-1] - ordered[-2])


def test_gaps_are_left_out() -> None:
    values = VALUES.copy()
    values[::7, 0] = np.nan
    codes = PERFECT.copy()
    codes[::7, 0] = 9
    found = measure_codes(codes, factors(values))
    # Coordinate 0 of who has a gap is far from theirs, and does not matter.
    assert found.information.gap[0] == pytest.approx(measure_codes(PERFECT, factors()).information.gap[0], abs=0.05)
    assert found.informativeness > 0.95


def test_importance_has_the_scores_of_the_paper() -> None:
    assert scores_of_importance(np.eye(3)) == pytest.approx((1, 1))
    assert scores_of_importance(np.ones((3, 3))) == pytest.approx((0, 0))
    # One coordinate for two factors is complete, and half of the importance is not disentangled.
    shared = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    disentanglement, completeness = scores_of_importance(shared)
    assert completeness == pytest.approx(1)
    assert disentanglement == pytest.approx(2 / 3 * (1 - math.log(2) / math.log(3)) + 1 / 3)
    # A coordinate without importance has no weight.
    assert scores_of_importance(np.vstack([np.eye(2), [0, 0]]))[0] == pytest.approx(1)


def test_one_coordinate_or_one_factor_leave_open_what_they_cannot_say() -> None:
    one = measure_codes(PERFECT[:, :1], factors())
    assert math.isnan(one.mig)
    assert math.isnan(one.completeness)
    assert one.beta_vae_score > 0
    alone = measure_codes(PERFECT, factors()[:1])
    assert math.isnan(alone.disentanglement)
    assert math.isnan(alone.beta_vae_score)
    assert alone.mig > 0.8
    nothing = measure_codes(PERFECT, [Factor("v", np.zeros(ITEMS), False)])
    assert nothing.factors == ()
    assert math.isnan(nothing.mig)


def test_informativeness_is_0_without_a_lead_over_the_most_frequent_category() -> None:
    rare = (np.random.default_rng(2).random(ITEMS) < 0.1).astype(float)
    assert dci(PERFECT, [Factor("v", rare, False)], 0).informativeness < 0.05


def test_a_pair_shares_its_factor_and_is_no_item_twice() -> None:
    """Where groups have two items, both of a pair lie on one side of the code and are never the same."""
    group = np.repeat(np.arange(40), 30).astype(float)
    code = np.column_stack([group, np.arange(ITEMS) % 30])
    assert shared_factor_score(code, [Factor("a", group, False), Factor("b", code[:, 1], False)], 0) == 1


def test_everything_is_seeded() -> None:
    codes = (PERFECT @ ROTATION)[:200]
    few = [factor.take(np.arange(200)) for factor in factors()]
    assert measure_codes(codes, few, 4)[2:] == measure_codes(codes, few, 4)[2:]


def test_the_sample_shrinks_with_the_number_of_factors() -> None:
    assert len(sample(300, 6, 0)) == 300
    assert len(sample(10**5, 6, 0)) == 2_000
    assert len(sample(10**5, 48, 0)) == 1_000
    assert len(sample(10**5, 1_000, 0)) == 500
    chosen = sample(10**4, 6, 1)
    assert np.array_equal(chosen, sample(10**4, 6, 1))
    assert (np.diff(chosen) > 0).all()


def test_codes_of_other_items_or_without_a_number_are_refused() -> None:
    for codes in (PERFECT[:-1], np.where(PERFECT > 2, np.nan, PERFECT)):
        with pytest.raises(ValueError, match="expected finite codes and factors of the same items"):
            measure_codes(codes, factors())
