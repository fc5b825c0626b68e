"""The columns of a patient table as numbers, and in words; what is not observed is NaN, or -1 among codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import Column

__all__ = [
    "Feature",
    "category_codes",
    "counted_codes",
    "feature_matrix",
    "features_of",
    "in_sentence",
    "number_words",
    "numbers",
    "observed_codes",
    "round_decimals",
    "shown_decimals",
]

FloatArray = NDArray[np.float64]


class Feature(NamedTuple):
    """What one number per patient says.

    Without a category it is the number itself; with one, 0 or 1: whether the patient has this category or, of a column
    whose categories have an order, this one or a higher one.
    """

    column: Column
    category: str


def category_codes(values: pd.Series, column: Column) -> NDArray[np.int64]:
    """Position of each value among the column's categories, shape (patients,); -1 where it is not observed."""
    known = pd.Index(column.categories)
    if not isinstance(values.dtype, pd.CategoricalDtype):
        return known.get_indexer(pd.Index(values.astype(object))).astype(np.int64)
    # The categories are looked up, and not every value. Code -1, not observed, is the last place.
    places = np.append(known.get_indexer(values.cat.categories.astype(object)), -1)
    return places[values.cat.codes].astype(np.int64)


def numbers(values: pd.Series) -> FloatArray:
    """The values in their own unit, shape (patients,); NaN where they are not observed."""
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def observed_codes(values: pd.Series, column: Column) -> FloatArray:
    """The number, or the position of the category, shape (patients,); NaN where it is not observed."""
    if column.numeric:
        return numbers(values)
    codes = category_codes(values, column)
    return np.where(codes < 0, np.nan, codes)


def counted_codes(values: pd.Series, column: Column) -> NDArray[np.int64]:
    """Position of each value's group among those that the column's kind counts, shape (patients,); -1 for none."""
    groups = column.kind_of.counted_group(observed_codes(values, column))
    return np.where(np.isnan(groups), -1, groups).astype(np.int64)


def features_of(columns: Sequence[Column]) -> list[Feature]:
    """The features of each column: one per category that its kind splits by, or the number."""
    return [Feature(column, name) for column in columns for name in column.kind_of.split_by(column.categories)]


def feature_matrix(patients: pd.DataFrame, features: Sequence[Feature]) -> FloatArray:
    """The features of the patients, shape (patients, features); NaN where a column is not observed."""
    return np.column_stack([_feature_values(patients[feature.column.name], feature) for feature in features])


def _feature_values(values: pd.Series, feature: Feature) -> FloatArray:
    column, category = feature
    codes = observed_codes(values, column)
    if column.numeric:
        return codes
    place = column.categories.index(category)
    said = codes >= place if column.kind_of.ordered else codes == place
    return np.where(np.isnan(codes), np.nan, said)


def round_decimals(values: FloatArray, whole: bool = False) -> int:
    """Decimals of the numbers that a reader takes for round in this column; negative for tens and hundreds.

    The step, a power of ten, is at most a twentieth of the range from the 5th to the 95th percentile: ages that range
    over decades are round at whole years. Of whole numbers it is at least 1.

    >>> round_decimals(np.linspace(30, 85, 100)), round_decimals(np.linspace(0, 3, 100))
    (0, 1)
    >>> round_decimals(np.array([0.0, 1.0, 1.0, 2.0, 5.0]), whole=True)
    0
    """
    observed = values[~np.isnan(values)]
    if observed.size == 0 or np.ptp(observed) == 0:
        return 0
    spread = float(np.diff(np.quantile(observed, [0.05, 0.95]))[0]) or float(np.ptp(observed))
    decimals = -int(np.floor(np.log10(spread / 20)))
    return min(decimals, 0) if whole else decimals


def shown_decimals(values: FloatArray, whole: bool = False) -> int:
    """Decimals with which a reader is shown the column's numbers: by their range, and where all are equal, two digits.

    >>> shown_decimals(np.linspace(30, 85, 100)), shown_decimals(np.array([0.58, 0.58]))
    (0, 2)
    """
    observed = values[~np.isnan(values)]
    if whole or observed.size == 0:
        return 0
    if np.ptp(observed) > 0:
        return max(round_decimals(observed), 0)
    largest = abs(float(observed[0]))
    return max(1 - int(np.floor(np.log10(largest))), 0) if largest > 0 else 0


def number_words(value: float, decimals: int, whole: bool = False) -> str:
    """The number as a reader sees it; of whole numbers, a median between two keeps its half. No minus before zero.

    >>> number_words(38.5, 0), number_words(4.5, 0, whole=True), number_words(4.0, 0, whole=True)
    ('38', '4.5', '4')
    >>> number_words(-0.04, 1), number_words(-0.06, 1)
    ('0.0', '-0.1')
    """
    text = f"{value:.1f}" if whole and value % 1 else f"{value:.{decimals}f}"
    return text if text.strip("-0.") else text.removeprefix("-")


def in_sentence(column: Column) -> str:
    """The column's label as it stands inside a sentence: without its capital, unless it is an acronym."""
    label = column.label
    return label[0].lower() + label[1:] if label[1:2].islower() else label
