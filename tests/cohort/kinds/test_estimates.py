import math

import numpy as np
import pytest
from scipy.stats import lognorm

from retina_vae.cohort.kinds import estimates

RNG = np.random.default_rng(7)
DRAWS = {
    "normal": RNG.normal(3, 2, (2000, 150)),
    "exponential": RNG.exponential(1.0, (2000, 150)),
    "uniform": RNG.uniform(-1, 1, (2000, 150)),
}


@pytest.mark.parametrize("name", list(DRAWS))
@pytest.mark.parametrize("estimate", [estimates.mean, estimates.variance, estimates.median])
def test_standard_errors_are_the_spread_over_samples_of_any_distribution(name: str, estimate) -> None:
    """Root mean square of the standard errors; that of a variance is biased downwards where tails are long."""
    found = np.array([estimate(values)[1:3] for values in DRAWS[name]])
    assert np.sqrt((found[:, 1] ** 2).mean()) == pytest.approx(found[:, 0].std(), rel=0.12)


def test_the_error_of_a_standard_deviation_is_the_spread_over_samples() -> None:
    found = np.array([estimates.deviation(values, "sd")[1:3] for values in DRAWS["normal"]])
    assert found[:, 1].mean() == pytest.approx(found[:, 0].std(), rel=0.08)


def test_known_answers() -> None:
    values = np.array([1.0, 2.0, 3.0, 6.0])
    assert estimates.mean(values)[:3] == ("mean", 3.0, pytest.approx(values.std(ddof=1) / 2))
    # Fourth central moment (16 + 1 + 0 + 81) / 4 and variance 14 / 3.
    assert estimates.variance(values).observed == pytest.approx(14 / 3)
    assert estimates.variance(values).standard_error == pytest.approx(math.sqrt((24.5 - (14 / 3) ** 2 / 3) / 4))
    assert estimates.share("share yes", 3, 12)[:4] == ("share yes", 0.25, 0.125, 3)
    ordered = np.arange(1.0, 102.0)
    # The order statistics are those of the ranks 51 -+ 2.5758 sqrt(101) / 2, which are 38 and 64.
    assert estimates.median(ordered[::-1]) == ("median", 51.0, pytest.approx(26 / (2 * 2.5758)), None, 38)


def test_the_errors_median_of_a_skewed_sample_is_that_of_large_samples() -> None:
    values = lognorm(0.5, scale=100).rvs(200_000, random_state=3)
    expected = 1 / (2 * lognorm(0.5, scale=100).pdf(100) * math.sqrt(len(values)))
    assert estimates.median(values).standard_error == pytest.approx(expected, rel=0.1)


@pytest.mark.filterwarnings("error")
def test_of_too_few_values_nothing_is_said() -> None:
    nobody, one = np.array([]), np.array([4.0])
    for estimate in (estimates.mean(nobody), estimates.median(nobody), estimates.share("share", 0, 0)):
        assert math.isnan(estimate.observed)
        assert math.isnan(estimate.standard_error)
    assert estimates.mean(one).observed == estimates.median(one).observed == 4
    assert math.isnan(estimates.mean(one).standard_error)
    assert math.isnan(estimates.variance(one).observed)
    assert math.isnan(estimates.deviation(np.array([2.0, 2.0]), "sd").standard_error)
