"""Values for the gaps of patients, with intervals: from the distribution that the model gives each gap.

What is put into a gap is what the kind's measure of error asks for: the mean of a number, which has the smallest mean
squared error; the median of ordered categories, with the smallest mean distance in steps; of other categories the most
probable, which is wrong most seldom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.cohort.remarks import NOT_APPLICABLE, remarks_of
from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.latent.encode import patient_features
from retina_vae.latent.predictive import ColumnPredictive, predict_gaps
from retina_vae.settings import LatentSettings
from retina_vae.vae.description import ModelDescription
from retina_vae.vae.model import VariationalAutoencoder
from retina_vae.vae.proposals import common_noise

__all__ = ["Filled", "FilledColumn", "Imputer", "interval_columns"]

FloatArray = NDArray[np.float64]
Positions = NDArray[np.intp]

_FEWEST_DRAWS = 256

_DIGITS = 6

_ROUNDING = 1e-9
"""Probabilities that add up to a level but for rounding reach it."""


@dataclass(frozen=True, eq=False)
class FilledColumn:
    """What is put into the gaps of one column; codes as the kind has them (a category's is its position).

    Attributes:
        column: Which.
        patients: Positions of those who lack it, shape (gaps,).
        codes: The codes of the values, shape (gaps,).
        low: Lower ends of the intervals; not a number for categories without an order, as ``high``.
        high: Upper ends.
        probability: Of the categories that were filled in; not a number for numbers and ordered categories.
        sets: Which categories the smallest set holds that is as probable as the interval, shape (gaps, categories).
    """

    column: Column
    patients: Positions
    codes: FloatArray
    low: FloatArray
    high: FloatArray
    probability: FloatArray
    sets: NDArray[np.bool_]

    @property
    def ends(self) -> dict[str, FloatArray]:
        """The ends of the intervals by what the columns with them are called."""
        return {"low": self.low, "high": self.high}

    def values(self, codes: FloatArray) -> pd.Series:
        """The values with these codes, from 0."""
        return self.column.kind_of.values(codes, self.column.categories)


class Filled(NamedTuple):
    """Patients without gaps, and what was put into the gaps.

    Attributes:
        patients: The inputs, with a value in every gap but those where nothing applies.
        columns: An entry per column with gaps.
    """

    patients: pd.DataFrame
    columns: list[FilledColumn]

    def intervals(self) -> pd.DataFrame:
        """The columns of :func:`interval_columns`, a row per patient, empty where nothing was filled in."""
        table: dict[str, pd.Series] = {}
        for own in self.columns:
            for name, values in interval_columns(own).items():
                table[name] = values.set_axis(own.patients).reindex(range(len(self.patients)))
        return pd.DataFrame(table, index=range(len(self.patients)))

    def names(self) -> pd.Series:
        """The names of the columns that were filled in of each patient, separated by semicolons."""
        names: list[list[str]] = [[] for _ in range(len(self.patients))]
        for own in self.columns:
            for patient in own.patients:
                names[patient].append(own.column.name)
        return pd.Series(["; ".join(each) for each in names], dtype="str")


def interval_columns(own: FilledColumn) -> dict[str, pd.Series]:
    """``<column> (low)`` and ``(high)`` of a number or a grade; of other categories ``(probability)`` and ``(set)``."""
    name = own.column.name
    if own.column.kind_of.ordered:
        return {f"{name} ({end})": own.values(codes) for end, codes in own.ends.items()}
    likely = [" | ".join(np.array(own.column.categories)[held]) for held in own.sets]
    return {
        f"{name} (probability)": pd.Series(np.round(own.probability, 6)),
        f"{name} (set)": pd.Series(likely, dtype="str"),
    }


@dataclass(frozen=True, eq=False)
class Imputer:
    """All replicas of a model, by which gaps are filled: an ensemble, which predicts better than one of them.

    Every patient is met with the same noise, so what is filled in depends on the patient alone.

    Attributes:
        model: R replicas with a typed likelihood.
        description: Of them.
        schema: Of the cohort.
        noise: Standard normal points, shape (replicas, d, draws, 1).
        corrected: Whether codes stand for p(z | x), or for q(z | x).
    """

    model: VariationalAutoencoder
    description: ModelDescription
    schema: CohortSchema
    noise: Tensor
    corrected: bool

    @classmethod
    def of(
        cls, model: VariationalAutoencoder, description: ModelDescription, schema: CohortSchema, latent: LatentSettings
    ) -> Self:
        """What fills gaps by the settings of a run; the first replica's noise has the seed of its codes."""
        draws = max(_FEWEST_DRAWS, latent.draws, latent.proposals if description.has_density else 0)
        seeds = range(latent.seed, latent.seed + model.replicas)
        noise = torch.cat([common_noise(model.latent_dim, draws, seed) for seed in seeds])
        return cls(model, description, schema, noise, latent.correction == "importance" and description.has_density)

    def fill(self, patients: pd.DataFrame, interval: float = 0.9) -> Filled:
        """Fill the gaps of patients.

        A gap whose remark says that nothing applies stays one. Whole numbers are rounded, and no value and no end of an
        interval lies beyond the bounds of the schema.

        Args:
            patients: The inputs, with gaps in columns that patients lacked whom the model was trained on; others, such
                as those with remarks, may be there.
            interval: How probable the intervals are, between 0 and 1.

        Raises:
            ConfigurationError: The likelihood is not typed.
            InputError: A value is missing that no patient lacked.
        """
        x = patient_features(self.description.encoding, patients)
        levels = (1 - interval) / 2, (1 + interval) / 2
        found = predict_gaps(self.model, self.description, x, self.noise, levels, corrected=self.corrected)
        columns = [_filled(self.schema[own.column.name], _applicable(own, patients), interval) for own in found]
        inputs = patients[[column.name for column in self.schema.inputs]].reset_index(drop=True)
        return Filled(inputs.assign(**{own.column.name: _completed(inputs, own) for own in columns}), columns)


def _applicable(own: ColumnPredictive, patients: pd.DataFrame) -> ColumnPredictive:
    """The gaps without those where nothing applies."""
    said = remarks_of(patients, own.column.name)
    return own.take((said != NOT_APPLICABLE).to_numpy()[own.patients])


def _completed(inputs: pd.DataFrame, own: FilledColumn) -> pd.Series:
    values = own.values(own.codes).set_axis(own.patients).reindex(inputs.index)
    known = inputs[own.column.name]
    return known.where(known.notna(), values) if known.notna().any() else values


def _filled(column: Column, own: ColumnPredictive, interval: float) -> FilledColumn:
    """What the kind of the column asks for."""
    if column.numeric:
        return _filled_numbers(column, own)
    return (_filled_grades if column.kind_of.ordered else _filled_categories)(column, own, interval)


def _filled_numbers(column: Column, own: ColumnPredictive) -> FilledColumn:
    numbers = np.column_stack([own.described, own.quantiles])
    numbers = np.rint(numbers) if column.kind_of.whole else _rounded(numbers)
    low = -np.inf if column.minimum is None else column.minimum
    high = np.inf if column.maximum is None else column.maximum
    codes, lower, upper = numbers.clip(low, high).T
    none = np.full(len(codes), np.nan)
    return FilledColumn(column, own.patients, codes, lower, upper, none, np.zeros((len(codes), 0), dtype=bool))


def _rounded(numbers: FloatArray) -> FloatArray:
    """Numbers with ``_DIGITS`` significant digits; more of a value that is put into a gap would be made up."""
    return np.array([float(f"{number:.{_DIGITS}g}") for number in numbers.flat]).reshape(numbers.shape)


def _filled_grades(column: Column, own: ColumnPredictive, interval: float) -> FilledColumn:
    reached = own.probabilities.cumsum(axis=1) + _ROUNDING
    median, low, high = (
        (reached[:, :-1] < level).sum(axis=1).astype(np.float64)
        for level in (0.5, (1 - interval) / 2, (1 + interval) / 2)
    )
    none = np.full(len(median), np.nan)
    return FilledColumn(column, own.patients, median, low, high, none, np.zeros((len(median), 0), dtype=bool))


def _filled_categories(column: Column, own: ColumnPredictive, interval: float) -> FilledColumn:
    probabilities = own.probabilities
    modes = probabilities.argmax(axis=1)
    none = np.full(len(modes), np.nan)
    chosen = np.take_along_axis(probabilities, modes[:, None], axis=1)[:, 0]
    return FilledColumn(
        column, own.patients, modes.astype(np.float64), none, none, chosen, _smallest_sets(probabilities, interval)
    )


def _smallest_sets(probabilities: FloatArray, level: float) -> NDArray[np.bool_]:
    """Which categories are in the smallest set that is as probable as ``level``, the most probable first."""
    order = np.argsort(-probabilities, axis=1, kind="stable")
    sorted_ = np.take_along_axis(probabilities, order, axis=1)
    needed = sorted_.cumsum(axis=1) - sorted_ < level - _ROUNDING
    held = np.zeros_like(needed)
    np.put_along_axis(held, order, needed, axis=1)
    return held
