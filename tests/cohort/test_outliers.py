"""Values far outside their column: counted against known fences, and none where there is none."""

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import CohortSchema, Column
from retina_vae.cohort.outliers import COLUMNS, find_outliers, outlier_lines

NORMAL = np.array([float(value) for value in range(-50, 51)])
"""Median 0, median absolute deviation 25: five robust standard deviations are 185.3."""


def found(values: object, kind: str = "continuous", unit: str | None = None) -> pd.Series:
    schema = CohortSchema(identifier="id", columns=(Column(name="x", label="X", kind=kind, unit=unit),))
    numbers = np.asarray(values, dtype=np.float64)
    table = find_outliers(pd.DataFrame({"id": np.arange(len(numbers)).astype(str), "x": numbers}), schema)
    assert list(table) == list(COLUMNS)
    return table.iloc[0]


def test_fences_stand_five_robust_deviations_from_the_median_to_two_digits() -> None:
    """The deviations on either side have the median 25.5, below 26 with the one more: 189 and 193."""
    row = found([*NORMAL, -300.0])
    assert (row["low"], row["high"]) == (-190.0, 190.0)
    assert (row["values"], row["below"], row["above"]) == (102, 1, 0)


def test_positive_numbers_are_judged_by_their_logarithms() -> None:
    row = found(np.exp([*(NORMAL / 100), 5.0, 9.0]), "positive", "mg/l")
    assert row["high"] == pytest.approx(np.exp(5 * 1.4826 * 0.255), rel=0.05)
    assert (row["below"], row["above"], row["above_times"], row["unit"]) == (0, 2, 1000, "mg/l")


@pytest.mark.parametrize(("value", "times"), [(200.0, 1), (500.0, 2), (2000.0, 10), (1e6, 1000)])
def test_how_far_the_furthest_lies_is_said_in_steps(value: float, times: int) -> None:
    row = found([*NORMAL, value])
    assert row["above_times"] == times
    assert np.isnan(row["below_times"])


def test_zeros_of_counts_and_zero_inflated_numbers_are_no_outliers() -> None:
    rng = np.random.default_rng(1)
    doses = np.where(rng.random(400) < 0.6, 0, rng.lognormal(2, 0.3, 400))
    assert found(doses, "zero_inflated")["below"] == 0
    assert found(doses, "zero_inflated")["values"] == (doses > 0).sum()
    assert found([0] * 300 + [1] * 60 + [2] * 30 + [5] * 9, "count")[["below", "above"]].tolist() == [0, 0]
    assert found([0] * 300 + [1] * 60 + [2] * 30 + [5000], "count")["above"] == 1


def test_where_most_values_are_the_same_the_quantiles_decide() -> None:
    row = found([5.0] * 80 + [4.5] * 10 + [5.5] * 10 + [90.0])
    assert row["above"] == 1
    assert row["low"] < 4.5 < 5.5 < row["high"] < 90
    assert np.isnan(found([5.0] * 100)["high"])


@pytest.mark.parametrize("patients", [100, 1000])
@pytest.mark.parametrize("kind", ["continuous", "positive", "zero_inflated", "count"])
def test_false_alarms_are_rare(kind: str, patients: int) -> None:
    rng, alarms = np.random.default_rng(2), 0
    for _ in range(100):
        numbers = {
            "continuous": rng.normal(60, 10, patients),
            "positive": rng.lognormal(1, 1, patients),
            "zero_inflated": np.where(rng.random(patients) < 0.4, 0, rng.lognormal(1, 1, patients)),
            "count": rng.negative_binomial(2, 0.2, patients),
        }[kind]
        alarms += int(found(numbers, kind)[["below", "above"]].sum() > 0)
    assert alarms <= 2


def test_skewed_columns_are_judged_by_the_side_that_is_longer() -> None:
    numbers = np.random.default_rng(3).gamma(2, 1, 1000)
    assert found(numbers)["above"] <= 3
    assert found(np.append(numbers, 60.0))["above"] >= 1


def test_two_units_are_told_with_share_ratio_and_side() -> None:
    rng = np.random.default_rng(4)
    glucose = np.where(np.arange(500) < 75, rng.normal(5.5, 0.8, 500), rng.normal(100, 14, 500))
    row = found(glucose)
    assert (row["mixed_share"], row["mixed_times"], row["mixed_side"]) == (0.15, 18, "lower")


def test_few_values_say_nothing() -> None:
    row = found([1.0] * 10 + [2.0] * 8 + [1e6])
    assert np.isnan(row["high"])
    assert row["above"] == 0


def test_a_line_per_column_without_a_value() -> None:
    schema = CohortSchema(
        identifier="id",
        columns=tuple(Column(name=name, label=name, kind="positive") for name in ("crp", "iron", "glucose")),
    )
    rng = np.random.default_rng(5)
    numbers = {column.name: rng.lognormal(1, 0.2, 800) for column in schema.columns}
    patients = pd.DataFrame({"id": [str(i) for i in range(800)], **numbers})
    patients.loc[:2, "crp"] = [98765.4, 400.0, 500.0]
    patients.loc[:79, "glucose"] *= 18
    lines = outlier_lines(find_outliers(patients, schema))
    assert lines == [
        "crp: 3 of 800 values lie more than 5 robust standard deviations from the median, the furthest over 1000 times "
        "beyond; check the unit",
        "glucose: 80 of 800 values lie more than 5 robust standard deviations from the median, the furthest over 2 "
        "times beyond; check the unit",
        "glucose: a share of 10% lies about 18 times higher: two units?",
    ]
    assert not any("98765" in line for line in lines)
