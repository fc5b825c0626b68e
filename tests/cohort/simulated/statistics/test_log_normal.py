import numpy as np
import pytest
from pydantic import ValidationError
from scipy.stats import lognorm

from retina_vae.cohort.schema import Column
from retina_vae.cohort.simulated.statistics import LogNormalStatistic

COLUMN = Column(name="x", label="X", kind="positive")


def test_without_bounds_it_is_the_log_normal_distribution() -> None:
    statistic = LogNormalStatistic(median=80, log_sd=0.4, source="s")
    values = np.geomspace(1, 3000, 50)
    np.testing.assert_allclose(statistic.log_density(values, COLUMN), lognorm(0.4, scale=80).logpdf(values), rtol=1e-10)


def test_median_and_mean_of_the_logarithm_say_the_same() -> None:
    values = np.array([10.0, 200.0])
    by_median = LogNormalStatistic(median=80, log_sd=0.4, source="s").log_density(values, COLUMN)
    by_mean = LogNormalStatistic(log_mean=float(np.log(80)), log_sd=0.4, source="s").log_density(values, COLUMN)
    np.testing.assert_array_equal(by_median, by_mean)


@pytest.mark.parametrize(("center", "found"), [({}, "neither"), ({"median": 1, "log_mean": 0}, "both")])
def test_one_center_is_given(center: dict, found: str) -> None:
    with pytest.raises(ValidationError, match=f"either a median or a log_mean, got {found}"):
        LogNormalStatistic(**center, log_sd=1, source="s")


def test_draws_keep_to_bounds_that_the_exponential_would_miss() -> None:
    column = COLUMN.model_copy(update={"minimum": 0.1, "maximum": 0.100001})
    draws = LogNormalStatistic(median=80, log_sd=0.4, source="s").draw(column, 1000, np.random.default_rng(2))
    assert draws.min() >= 0.1
    assert draws.max() <= 0.100001
