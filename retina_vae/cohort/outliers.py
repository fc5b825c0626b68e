"""Numbers far outside the rest of their column, and columns that seem to hold two units; counted, never by patient.

A value is far outside where it lies more than :data:`FENCE` robust standard deviations from the median, on the scale of
the column's kind: logarithms of positive numbers and counts, the numbers themselves otherwise. Half the values may be
wrong before the median and its absolute deviations follow them. In a normal column one of 1.7 million values lies so
far, so that a table of 10,000 patients and 100 columns lists about one by chance.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from retina_vae.cohort.kinds.base import FAR, FloatArray, NumericKind
from retina_vae.cohort.kinds.estimates import MAD
from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.cohort.units import TwoUnits, two_units

__all__ = ["COLUMNS", "FENCE", "find_outliers", "outlier_lines"]

FENCE = FAR
"""Robust standard deviations from the median beyond which a value is far outside."""

FEWEST = 20
"""Of fewer values nothing is said: their spread is hardly known."""

TIMES = (1, 2, 10, 100, 1000)
"""How far the furthest value lies outside is said in these steps, so that it gives no value away."""

COLUMNS = (
    *("column", "unit", "values", "low", "high", "below", "above", "below_times", "above_times"),
    *("mixed_share", "mixed_times", "mixed_side"),
)

_RANGES = ((0.75, 1.349), (0.9, 2.563), (0.95, 3.290), (0.99, 4.653))
"""Upper quantiles, and the standard deviations of a normal distribution from them to their mirror images."""
_DIGITS = 2


def find_outliers(patients: pd.DataFrame, schema: CohortSchema) -> pd.DataFrame:
    """Fences of every column of numbers, and how many values lie beyond them.

    Args:
        patients: The patient table.
        schema: What it holds.

    Returns:
        One row per column of numbers: ``column, unit, values`` (that are judged: of counts and zero_inflated those
        above 0), ``low, high`` (the fences, to two digits; missing where nothing can be said), ``below,
        above`` (values beyond them), ``below_times, above_times`` (how far the furthest lies outside, at least, in
        the steps of ``TIMES``: times the fence on the logarithmic scale, else times its distance from the median),
        ``mixed_share`` (of the values that seem to be in another unit, missing where none do), ``mixed_times`` (the
        ratio of the units) and ``mixed_side`` (``lower`` or ``higher``: where these values lie).
    """
    rows = [_row(column, _judged(column, patients[column.name])) for column in schema.columns if _may_be_far(column)]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    counts, texts = ("values", "below", "above"), ("column", "unit", "mixed_side")
    numbers = [name for name in COLUMNS if name not in (*counts, *texts)]
    types = dict.fromkeys(counts, "int64") | dict.fromkeys(texts, "str") | dict.fromkeys(numbers, "float64")
    return table.astype(types)


def outlier_lines(table: pd.DataFrame, most: int = 20) -> list[str]:
    """What is to be said of a table of :func:`find_outliers`, a line per column; empty where nothing is.

    Args:
        table: Not released, with all its numbers.
        most: Columns that are named.
    """
    said = [line for row in table.to_dict("records") for line in _lines(row)]
    return said[:most] + ([f"and {len(said) - most} lines more (see outliers.csv)"] if len(said) > most else [])


def _lines(row: Mapping[Any, Any]) -> Iterator[str]:
    outside, times = row["below"] + row["above"], np.fmax(row["below_times"], row["above_times"])
    if outside:
        far = f", the furthest over {times:g} times beyond" if times > 1 else ""
        lie = "values lie" if outside > 1 else "value lies"
        yield (
            f"{row['column']}: {outside:,} of {row['values']:,} {lie} more than {FENCE:g} robust standard deviations "
            f"from the median{far}; check the unit"
        )
    if row["mixed_share"] > 0:
        yield (
            f"{row['column']}: a share of {row['mixed_share']:.0%} lies about {row['mixed_times']:g} times "
            f"{row['mixed_side']}: two units?"
        )


def _may_be_far(column: Column) -> bool:
    return column.numeric and not column.kind_of.bounded


def _judged(column: Column, values: pd.Series) -> FloatArray:
    """The known numbers, without zeros where zeros are another matter than sizes."""
    numbers = column.kind_of.codes(values, column.categories)
    numbers = numbers[~np.isnan(numbers)]
    return numbers[numbers > 0] if column.kind in ("zero_inflated", "count") else numbers


def _on_logarithms(column: Column) -> bool:
    kind = column.kind_of
    return isinstance(kind, NumericKind) and kind.lowest == 0.0


def _row(column: Column, numbers: FloatArray) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS, np.nan)
    row |= {"column": column.name, "unit": column.unit or "", "values": len(numbers), "below": 0, "above": 0}
    row["mixed_side"] = ""
    if len(numbers) < FEWEST:
        return row
    row |= _outside(numbers, logarithmic=_on_logarithms(column))
    mixed = two_units(numbers) if column.kind != "count" else None
    return row | ({} if mixed is None else _mixed(mixed))


def _mixed(found: TwoUnits) -> dict[str, Any]:
    return {"mixed_share": found.share, "mixed_times": found.times, "mixed_side": found.side}


def _outside(numbers: FloatArray, *, logarithmic: bool) -> dict[str, Any]:
    """Fences and what lies beyond them; nothing where the numbers do not differ."""
    scaled = np.log(numbers) if logarithmic else numbers
    middle = float(np.median(scaled))
    step = _step(numbers, logarithmic=logarithmic)
    below, above = (max(_spread(side * (scaled - middle)), step) for side in (-1, 1))
    if not min(below, above) > 0 or numbers.min() == numbers.max():
        return {}
    low, high = middle - FENCE * below, middle + FENCE * above
    low, high = (np.exp(low), np.exp(high)) if logarithmic else (low, high)
    low, high = _rounded(low), _rounded(high)
    found = {"low": low, "high": high, "below": int((numbers < low).sum()), "above": int((numbers > high).sum())}
    median = float(np.median(numbers))
    return found | {
        "below_times": _times(numbers.min(), low, median, logarithmic=logarithmic) if found["below"] else np.nan,
        "above_times": _times(numbers.max(), high, median, logarithmic=logarithmic) if found["above"] else np.nan,
    }


def _spread(deviations: FloatArray) -> float:
    """The robust standard deviation above the median, in a scale whose median is 0.

    It is the larger of that of all values and that of those on this side, which a skewed column has; where most values
    are the same, that of the narrowest range of quantiles that has a width.
    """
    own = deviations[deviations > 0]
    sides = [np.median(np.abs(deviations)), np.median(own) if len(own) >= FEWEST // 2 else 0.0]
    if sides[0] > 0:
        return MAD * float(max(sides))
    for upper, deviations_between in _RANGES:
        width = float(np.quantile(deviations, upper) - np.quantile(deviations, 1 - upper))
        if width > 0:
            return width / deviations_between
    return 0.0


def _step(numbers: FloatArray, *, logarithmic: bool) -> float:
    """The distance of whole numbers at the median, which no spread undercuts; 0 where they are not whole."""
    if (numbers != np.rint(numbers)).any():
        return 0.0
    return float(np.log1p(1 / max(float(np.median(numbers)), 1.0))) if logarithmic else 1.0


def _times(furthest: float, fence: float, median: float, *, logarithmic: bool) -> float:
    ratio = furthest / fence if logarithmic else (furthest - median) / (fence - median)
    ratio = 1 / ratio if logarithmic and ratio < 1 else ratio
    return float(max(times for times in TIMES if times <= max(ratio, 1.0)))


def _rounded(number: float) -> float:
    """To two digits, so that a fence gives no value away."""
    return float(f"{number:.{_DIGITS}g}")
