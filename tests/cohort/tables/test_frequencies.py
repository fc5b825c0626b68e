"""Codes are told from counts by how their frequencies jump."""

import numpy as np
import pytest

from retina_vae.cohort.tables.frequencies import _rising, jumps


def test_the_nearest_rising_values_pool_those_that_fall() -> None:
    np.testing.assert_allclose(_rising(np.array([1.0, 3, 2, 2, 5])), [1, 7 / 3, 7 / 3, 7 / 3, 5])
    np.testing.assert_allclose(_rising(np.array([3.0, 2, 1])), [2, 2, 2])


def test_one_peak_has_no_jumps_and_a_hole_has() -> None:
    assert jumps(np.repeat([5.0, 6, 7, 8], [10, 40, 30, 1])) == 0
    # 20, 0, 20 falls to 20, 10, 10.
    assert jumps(np.repeat([1.0, 3], [20, 20])) == pytest.approx((10**2 + 10**2) / 40)


@pytest.mark.parametrize("patients", [300, 1000, 5000])
def test_counts_and_ages_have_one_peak_and_codes_have_not(patients: int) -> None:
    rng = np.random.default_rng(6)
    for _ in range(30):
        assert jumps(rng.negative_binomial(1, 0.1, patients).astype(float)) < 1
        assert jumps(rng.poisson(4, patients).astype(float)) < 1
        assert jumps(rng.normal(40, 15, patients).round().clip(0)) < 1.2
        codes = rng.choice(np.arange(1.0, 34), patients, p=rng.dirichlet(np.ones(33)))
        assert jumps(codes) > 2
