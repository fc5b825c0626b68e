"""The scale of a column of numbers."""

from __future__ import annotations

import numpy as np
import pytest

from retina_vae.cohort.kinds import KINDS

RNG = np.random.default_rng(8)
NUMBERS = RNG.normal(70, 12, 1000)
CONTINUOUS = KINDS["continuous"]


def test_without_outliers_it_is_mean_and_standard_deviation_to_the_last_bit() -> None:
    assert CONTINUOUS.fit(NUMBERS) == (NUMBERS.mean(), NUMBERS.std())


@pytest.mark.parametrize("factor", [10, 1000])
def test_a_number_in_another_unit_leaves_the_others_readable_and_is_readable_itself(factor: float) -> None:
    """Between the two scales: others keep some spread, and the outlier does not become as large as it is."""
    spoiled = NUMBERS.copy()
    spoiled[0] *= factor
    features = CONTINUOUS.features(spoiled, CONTINUOUS.fit(spoiled), 1)[:, 0]
    plain = (spoiled - spoiled.mean()) / spoiled.std()
    robust = (spoiled - np.median(spoiled)) / NUMBERS.std()
    assert features[1:].std() > 1.1 * plain[1:].std()
    assert abs(features[0]) < 0.9 * abs(robust[0])
    assert abs(np.median(features)) < 0.1


def test_where_most_numbers_are_the_same_all_count() -> None:
    numbers = np.r_[np.zeros(80), np.arange(20.0)]
    assert CONTINUOUS.fit(numbers) == (numbers.mean(), numbers.std())


def test_nothing_and_one_number_have_the_scale_one() -> None:
    assert CONTINUOUS.fit(np.array([np.nan])) == (0.0, 1.0)
    assert CONTINUOUS.fit(np.array([4.0, 4.0])) == (4.0, 1.0)
