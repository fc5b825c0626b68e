import numpy as np
import pytest
from scipy.stats import lognorm

from retina_vae.cohort.schema import Column
from retina_vae.cohort.simulated.statistics import ZeroInflatedStatistic

COLUMN = Column(name="x", label="X", kind="zero_inflated")


def test_zero_has_a_probability_and_the_rest_a_density() -> None:
    statistic = ZeroInflatedStatistic(share_above_zero=0.3, median=5, log_sd=0.5, source="s")
    found = np.exp(statistic.log_density(np.array([0.0, 4.0]), COLUMN))
    assert found == pytest.approx([0.7, 0.3 * lognorm(0.5, scale=5).pdf(4)], rel=1e-12)


@pytest.mark.filterwarnings("error")
def test_a_column_that_is_never_0_cannot_be_0() -> None:
    statistic = ZeroInflatedStatistic(share_above_zero=1, median=5, log_sd=0.5, source="s")
    assert np.isneginf(statistic.log_density(np.array([0.0]), COLUMN)).all()
    assert statistic.draw(COLUMN, 1000, np.random.default_rng(1)).min() > 0


def test_a_column_that_starts_above_0_is_refused() -> None:
    statistic = ZeroInflatedStatistic(share_above_zero=0.3, median=5, log_sd=0.5, source="s")
    with pytest.raises(ValueError, match="minimum is 0, got 1"):
        statistic.check_fits(COLUMN.model_copy(update={"minimum": 1.0}))
