"""The columns of a patient table as numbers, and in words; what is not observed is NaN, or -1 among codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import Column

__all__ = ["Feature", "category_codes", "feature_matrix", "features_of", "in_sentence", "numbers", "round_decimals"]

FloatArray = NDArray[np.float64]


class Feature(NamedTuple):
    """What one number per patient says: that a category is there (0 or 1), or, without a category, a number's value."""

    column: Column
    category: str


def category_codes(values: pd.Series, column: Column) -> NDArray[np.int64]:
    """Position of each value among the column's categories, shape (patients,); -1 where it is not observed."""
    return pd.Index(column.categories).get_indexer(pd.Index(values.astype(object))).astype(np.int64)


def numbers(values: pd.Series) -> FloatArray:
    """The values in their own unit, shape (patients,); NaN where they are not observed."""
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def features_of(columns: Sequence[Column]) -> list[Feature]:
    """One feature per category, for a binary column its second category alone; one per number."""
    features = []
    for column in columns:
        shown = ("",) if column.numeric else column.categories[column.kind == "binary" :]
        features += [Feature(column, category) for category in shown]
    return features


def feature_matrix(patients: pd.DataFrame, features: Sequence[Feature]) -> FloatArray:
    """The features of the patients, shape (patients, features); NaN where a column is not observed."""
    return np.column_stack([_feature_values(patients[feature.column.name], feature) for feature in features])


def _feature_values(values: pd.Series, feature: Feature) -> FloatArray:
    column, category = feature
    if column.numeric:
        return numbers(values)
    codes = category_codes(values, column)
    return np.where(codes < 0, np.nan, codes == column.categories.index(category))


def round_decimals(values: FloatArray) -> int:
    """Decimals of the numbers that a reader takes for round in this column; negative for tens and hundreds.

    The step, a power of ten, is at most a twentieth of the range from the 5th to the 95th percentile: ages that range
    over decades are round at whole years.

    >>> round_decimals(np.linspace(30, 85, 100)), round_decimals(np.linspace(0, 3, 100))
    (0, 1)
    """
    observed = values[~np.isnan(values)]
    if observed.size == 0 or np.ptp(observed) == 0:
        return 0
    spread = float(np.diff(np.quantile(observed, [0.05, 0.95]))[0]) or float(np.ptp(observed))
    return -int(np.floor(np.log10(spread / 20)))


def in_sentence(column: Column) -> str:
    """The column's label as it stands inside a sentence: without its capital, unless it is an acronym."""
    label = column.label
    return label[0].lower() + label[1:] if label[1:2].islower() else label
