import numpy as np
import pytest
from scipy.stats import geom, poisson

from retina_vae.cohort.schema import Column
from retina_vae.cohort.simulated.statistics import NegativeBinomialStatistic

COLUMN = Column(name="x", label="X", kind="count")
COUNTS = np.arange(30.0)


def test_without_dispersion_it_is_the_poisson_distribution() -> None:
    statistic = NegativeBinomialStatistic(mean=4, dispersion=1e-7, source="s")
    np.testing.assert_allclose(statistic.log_density(COUNTS, COLUMN), poisson(4).logpmf(COUNTS), rtol=1e-5)


def test_with_dispersion_1_it_is_the_geometric_distribution() -> None:
    statistic = NegativeBinomialStatistic(mean=4, dispersion=1, source="s")
    np.testing.assert_allclose(statistic.log_density(COUNTS, COLUMN), geom(1 / 5).logpmf(COUNTS + 1), rtol=1e-10)


def test_bounds_take_the_rest_away_and_share_it_out() -> None:
    """Among the counts 0 and 1 the odds are those without bounds, also where the bounds are no whole numbers."""
    statistic = NegativeBinomialStatistic(mean=4, dispersion=1, source="s")
    column = COLUMN.model_copy(update={"minimum": -0.5, "maximum": 1.9})
    low, high = np.exp(statistic.log_density(np.array([0.0, 1.0]), column))
    assert low + high == pytest.approx(1, abs=1e-12)
    assert low / high == pytest.approx(0.2 / 0.16)
    draws = statistic.draw(column, 20_000, np.random.default_rng(1))
    assert draws.mean() == pytest.approx(high, abs=4 * (low * high / 20_000) ** 0.5)


def test_bounds_between_which_no_count_can_lie_are_refused() -> None:
    statistic = NegativeBinomialStatistic(mean=1, dispersion=0.1, source="s")
    with pytest.raises(ValueError, match=r"expected counts between 2\.1 and 2\.9"):
        statistic.check_fits(COLUMN.model_copy(update={"minimum": 2.1, "maximum": 2.9}))
