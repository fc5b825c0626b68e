import numpy as np
import pytest
from pydantic import ValidationError

from retina_vae.cohort.schema import Column
from retina_vae.cohort.simulated.statistics import CategoryStatistic


def test_the_columns_order_counts_and_not_that_of_the_file() -> None:
    column = Column(name="x", label="X", kind="nominal", categories=("a", "b", "c"))
    statistic = CategoryStatistic(probabilities={"c": 0.2, "a": 0.5, "b": 0.3}, standard_error=0.01, source="s")
    statistic.check_fits(column)
    np.testing.assert_allclose(np.exp(statistic.log_density(np.arange(3.0), column)), [0.5, 0.3, 0.2])
    draws = statistic.draw(column, 50_000, np.random.default_rng(1))
    np.testing.assert_allclose(np.bincount(draws.astype(int)) / 50_000, [0.5, 0.3, 0.2], atol=0.01)
    assert statistic.expected(column, 100)["share b"] == (0.3, pytest.approx(0.0021**0.5), 0.01)


def test_categories_that_are_not_those_of_the_column_are_refused() -> None:
    column = Column(name="x", label="X", kind="binary", categories=("no", "yes"))
    with pytest.raises(ValueError, match=r"expected the categories \['no', 'yes'\], got \['yes'\]"):
        CategoryStatistic(probabilities={"yes": 1.0}, source="s").check_fits(column)


def test_a_category_that_yaml_takes_for_something_else_asks_for_quotes() -> None:
    with pytest.raises(ValidationError, match="got False; put quotes around"):
        CategoryStatistic.model_validate({"probabilities": {False: 0.5, True: 0.5}, "source": "s"})
