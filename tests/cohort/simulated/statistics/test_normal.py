import numpy as np
import pytest
from scipy.stats import norm

from retina_vae.cohort.schema import Column
from retina_vae.cohort.simulated.statistics import NormalStatistic

STATISTIC = NormalStatistic(mean=80, variance=80, source="s")


def test_without_bounds_it_is_the_normal_distribution() -> None:
    column = Column(name="age", label="Age", kind="continuous")
    values = np.linspace(20, 140, 50)
    np.testing.assert_allclose(STATISTIC.log_density(values, column), norm(80, 80**0.5).logpdf(values), rtol=1e-12)


def test_bounds_that_cut_off_next_to_nothing_leave_the_numbers_of_the_source() -> None:
    """120 years lie 4.5 standard deviations above the mean, 100 years 2.2."""
    far, near = (Column(name="age", label="Age", kind="continuous", maximum=maximum) for maximum in (120, 100))
    assert STATISTIC.expected(far, 1000)["mean"][:2] == (80, pytest.approx((80 / 1000) ** 0.5))
    assert STATISTIC.expected(far, 1000)["variance"][:2] == (80, pytest.approx(80 * (2 / 999) ** 0.5))
    ratio = norm.pdf(20 / 80**0.5) / norm.cdf(20 / 80**0.5)
    assert STATISTIC.expected(near, 1000)["mean"].value == pytest.approx(80 - 80**0.5 * ratio)
