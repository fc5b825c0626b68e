"""From the patient table to the numbers that a network reads, and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.errors import InputError

__all__ = ["ColumnEncoding", "Encoding", "fit_encoding"]

FloatArray = NDArray[np.float64]


class ColumnEncoding(BaseModel):
    """How one input column becomes features.

    A column is one feature, ``(code - center) / scale``, its code a category's position or a number in its own unit;
    or, with ``one_hot``, one feature of 0 or 1 per category.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    kind: Literal["categorical", "binary", "continuous"]
    categories: tuple[str, ...] = ()
    one_hot: bool = False
    center: float = 0.0
    scale: float = 1.0

    @property
    def width(self) -> int:
        """Number of features."""
        return len(self.categories) if self.one_hot else 1

    def encode(self, values: pd.Series, source: str) -> FloatArray:
        """Features of shape (patients, width).

        Raises:
            InputError: A value is missing, is no number, or is none of the categories that the model knows.
        """
        codes = self._numbers(values, source) if self.kind == "continuous" else self._positions(values, source)
        if self.one_hot:
            return np.eye(self.width)[codes.astype(int)]
        return ((codes - self.center) / self.scale)[:, None]

    def decode(self, features: FloatArray) -> pd.Series:
        """The values whose features, of shape (patients, width), these are; the nearest category where they are not."""
        if self.one_hot:
            return self._named(features.argmax(axis=1))
        codes = features[:, 0] * self.scale + self.center
        if self.kind == "continuous":
            return pd.Series(codes)
        return self._named(np.clip(np.rint(codes), 0, len(self.categories) - 1).astype(int))

    def _named(self, positions: NDArray[np.int64]) -> pd.Series:
        return pd.Series(pd.Categorical.from_codes(positions, categories=pd.Index(self.categories)))

    def _numbers(self, values: pd.Series, source: str) -> FloatArray:
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=np.float64)
        self._require(np.isfinite(numbers), values, "a finite number", source)
        return numbers

    def _positions(self, values: pd.Series, source: str) -> FloatArray:
        positions = pd.Index(self.categories).get_indexer(pd.Index(values.astype(object)))
        expected = f"one of the categories that the model was trained on, {list(self.categories)}"
        self._require(positions >= 0, values, expected, source)
        return positions.astype(np.float64)

    def _require(self, fits: NDArray[np.bool_], values: pd.Series, expected: str, source: str) -> None:
        if fits.all():
            return
        row = int(np.flatnonzero(~fits)[0])
        more = f"; {int((~fits).sum()) - 1} more rows like it" if (~fits).sum() > 1 else ""
        raise InputError(
            f"{source}: row {row + 1}, column {self.name!r}: expected {expected}, got {values.iloc[row]!r}{more}. "
            "Mend the table, or train a model on patients that have such values."
        )


class Encoding(BaseModel):
    """How the inputs become features, column after column; a model keeps the encoding that it was trained with."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: tuple[ColumnEncoding, ...]

    @property
    def width(self) -> int:
        """Number of features of all columns."""
        return sum(column.width for column in self.columns)

    @property
    def slices(self) -> Iterator[tuple[ColumnEncoding, slice]]:
        """Each column with its place among the features."""
        start = 0
        for column in self.columns:
            yield column, slice(start, start + column.width)
            start += column.width

    def encode(self, patients: pd.DataFrame, source: str = "the patients") -> FloatArray:
        """Features of the patients, shape (patients, width).

        Args:
            patients: A table that holds the columns; others are not looked at.
            source: Where the table comes from, for the error message.

        Raises:
            InputError: A column is missing, or a value does not fit the kind of its column.
        """
        for column in self.columns:
            if column.name not in patients.columns:
                raise InputError(f"{source}: expected a column {column.name!r}, got {list(patients.columns)}.")
        return np.concatenate([column.encode(patients[column.name], source) for column in self.columns], axis=1)

    def decode(self, features: FloatArray) -> pd.DataFrame:
        """The inputs of the patients whose features, of shape (patients, width), these are."""
        return pd.DataFrame({column.name: column.decode(features[:, place]) for column, place in self.slices})

    @property
    def log_volume(self) -> float:
        """What turns a log-density per feature unit into one per original unit (years): -sum of log scale, in nats."""
        return -float(sum(np.log(column.scale) for column in self.columns if column.kind == "continuous"))


def fit_encoding(patients: pd.DataFrame, schema: CohortSchema, method: str) -> Encoding:
    """The encoding that ``vae.input_scaling`` names, fitted to the patients.

    ``raw`` takes the codes as they are, ``age_by_maximum`` divides the continuous columns by their maximum,
    ``unit_interval`` divides every column by its maximum (of a category, its largest code), ``standardized`` takes
    z-scores of all codes, ``one_hot`` gives categories one feature each, numbers as z-scores and findings as 0 or 1.
    A column that never varies keeps the scale 1.

    Raises:
        ValueError: ``method`` is none of these.
    """
    return Encoding(columns=tuple(_fit_column(column, patients[column.name], method) for column in schema.inputs))


def _fit_column(column: Column, values: pd.Series, method: str) -> ColumnEncoding:
    plain = ColumnEncoding(name=column.name, kind=column.kind, categories=column.categories)
    codes = plain.encode(values, "the patients")[:, 0]
    continuous, spread = column.kind == "continuous", (float(codes.mean()), float(codes.std()))
    largest = float(codes.max()) if continuous else float(max(len(column.categories) - 1, 1))
    center, scale = {
        "raw": (0.0, 1.0),
        "age_by_maximum": (0.0, largest if continuous else 1.0),
        "unit_interval": (0.0, largest),
        "standardized": spread,
        "one_hot": spread if continuous else (0.0, 1.0),
    }.get(method) or _refuse(method)
    one_hot = method == "one_hot" and column.kind == "categorical"
    return plain.model_copy(update={"one_hot": one_hot, "center": center, "scale": scale if scale > 0 else 1.0})


def _refuse(method: str) -> tuple[float, float]:
    raise ValueError(f"expected a scaling method, got {method!r}")
