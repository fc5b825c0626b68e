"""From the patient table to the numbers that a network reads, and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer

from retina_vae.cohort.image_shape import ImageShape
from retina_vae.cohort.kinds import KINDS, Coding, Kind
from retina_vae.cohort.remarks import NOT_APPLICABLE, remarks_of, sides_of
from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.cohort.sequence_shape import SequenceShape
from retina_vae.errors import ConfigurationError, InputError

__all__ = ["ColumnEncoding", "Encoding", "fit_encoding"]

FloatArray = NDArray[np.float64]


class ColumnEncoding(BaseModel):
    """How one input column becomes features.

    With ``by_kind`` the features are those of the column's kind (:class:`~retina_vae.cohort.kinds.base.Kind`);
    without, a column is one feature, ``(code - center) / scale``. Features of a value that is not observed are NaN,
    which only a column with ``gaps`` may have.

    Behind the features of the value stand those of the remarks. A ``censored`` column has its side: -1 where the
    measured number lies below the value, 1 where it lies above, 0 where it is the value, NaN where there is none. A
    column that is ``not_applicable`` to some patients says so by a last feature, 1 for them and 0 for all others, also
    for those whose value is missing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    kind: str
    categories: tuple[str, ...] = ()
    by_kind: bool = False
    center: float = 0.0
    scale: float = 1.0
    gaps: bool = False
    censored: bool = False
    not_applicable: bool = False

    @model_serializer(mode="wrap")
    def _without_what_few_columns_have(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = write(self)
        return {name: value for name, value in values.items() if value or name not in ("censored", "not_applicable")}

    @property
    def kind_of(self) -> Kind:
        """What depends on the column's kind."""
        return KINDS[self.kind]

    @property
    def width(self) -> int:
        """Number of features."""
        return self.value_width + self.censored + self.not_applicable

    @property
    def value_width(self) -> int:
        """Number of features of the value, which come first."""
        return self.kind_of.width(self.categories) if self.by_kind else 1

    @property
    def coding(self) -> Coding:
        """Center and scale."""
        return Coding(self.center, self.scale)

    @property
    def _maximum(self) -> float | None:
        """The largest number that there is, which the features are shares of."""
        return self.scale if self.by_kind and self.kind_of.bounded else None

    def encode(self, values: pd.Series, source: str, remarks: pd.Series | None = None) -> FloatArray:
        """Features of shape (patients, width).

        Args:
            values: Of the column.
            source: Where they come from, for the error message.
            remarks: On the same patients, as a companion holds them; none without it.

        Raises:
            InputError: A value is none of its kind, or is missing in a column without gaps.
        """
        codes = self.kind_of.codes(values, self.categories)
        self._require(
            self.kind_of.fits(codes, None, self._maximum) | (self.gaps & values.isna().to_numpy()), values, source
        )
        parts = [self._value_features(codes)]
        said = pd.Series(None, index=values.index, dtype="str") if remarks is None else remarks
        if self.censored:
            parts.append(np.where(np.isnan(codes), np.nan, sides_of(said))[:, None])
        if self.not_applicable:
            parts.append(np.asarray(said == NOT_APPLICABLE, dtype=np.float64)[:, None])
        return np.concatenate(parts, axis=1) if len(parts) > 1 else parts[0]

    def _value_features(self, codes: FloatArray) -> FloatArray:
        if self.by_kind:
            return self.kind_of.features(codes, self.coding, self.value_width)
        return ((codes - self.center) / self.scale)[:, None]

    def decode(self, features: FloatArray) -> pd.Series:
        """The values whose features, of shape (patients, width), these are; the nearest where they are not.

        Of a limit it is the limit.
        """
        if self.by_kind:
            own = features[:, : self.value_width]
            return self.kind_of.values(self.kind_of.from_features(own, self.coding), self.categories)
        codes = features[:, 0] * self.scale + self.center
        if not self.kind_of.numeric:
            codes = np.clip(np.rint(codes), 0, len(self.categories) - 1)
        return self.kind_of.values(codes, self.categories)

    def log_jacobian(self, features: FloatArray) -> FloatArray:
        """``log |d features / d value|`` of the column with features (patients, width), in nats, shape (patients,).

        It is 0 of a limit, which has a probability and no density.
        """
        if self.by_kind:
            own = self.kind_of.log_jacobian(features[:, : self.value_width], self.coding)
            return np.where(np.nan_to_num(features[:, self.value_width]) == 0, own, 0.0) if self.censored else own
        known = ~np.isnan(features[:, 0]) & self.kind_of.numeric
        return np.where(known, -np.log(self.scale), 0.0)

    def _require(self, fits: NDArray[np.bool_], values: pd.Series, source: str) -> None:
        if fits.all():
            return
        row = int(np.flatnonzero(~fits)[0])
        more = f"; {int((~fits).sum()) - 1} more rows like it" if (~fits).sum() > 1 else ""
        expected = self.kind_of.expectation(self.categories, None, self._maximum, None)
        known = f"{expected}, as the model was trained on" if self.categories else expected
        value = values.iloc[row]
        found = "nothing, which no patient lacked in training" if pd.isna(value) else repr(_plain(value))
        raise InputError(
            f"{source}: row {row + 1}, column {self.name!r}: expected {known}, got {found}{more}. "
            "Fix the table, or train a model on patients that have such values."
        )


class Encoding(BaseModel):
    """How the inputs become features, column after column; a model keeps the encoding that it was trained with.

    ``image`` is the shape of the picture whose pixels the columns are, where they are; ``sequence`` that of the
    sequence whose symbols they are.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: tuple[ColumnEncoding, ...]
    image: ImageShape | None = None
    sequence: SequenceShape | None = None

    @model_serializer(mode="wrap")
    def _without_the_shape_of_a_table(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = write(self)
        return {name: value for name, value in values.items() if value is not None}

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

    @property
    def gaps(self) -> tuple[int, ...]:
        """Place of the first feature of each column that has gaps; it is NaN where the column is not observed."""
        return tuple(place.start for column, place in self.slices if column.gaps)

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
        parts = (column.encode(patients[column.name], source, _remarks(column, patients)) for column in self.columns)
        return np.concatenate(list(parts), axis=1)

    def decode(self, features: FloatArray) -> pd.DataFrame:
        """The inputs of the patients whose features, of shape (patients, width), these are."""
        return pd.DataFrame({column.name: column.decode(features[:, place]) for column, place in self.slices})

    def log_jacobian(self, features: FloatArray) -> FloatArray:
        """What turns a log-density per unit of the features into one per unit of the columns (years), in nats.

        Args:
            features: As from :meth:`encode`, shape (patients, width).

        Returns:
            ``log |d features / d values|`` over the observed columns, shape (patients,).
        """
        columns = (column.log_jacobian(features[:, place]) for column, place in self.slices)
        return np.sum([*columns, np.zeros(len(features))], axis=0)


def fit_encoding(patients: pd.DataFrame, schema: CohortSchema, method: str) -> Encoding:
    """The encoding that ``vae.input_scaling`` names, fitted to the patients.

    ``by_kind`` gives each column the features of its kind: categories one each, grades a thermometer, levels shares of
    their maximum, other numbers z-scores on the scale on which they are about symmetric. The others make one feature of
    a column: ``raw`` takes the codes as they are, ``numbers_by_maximum`` divides numbers by their maximum,
    ``unit_interval`` divides every column by its maximum (of a category, its largest code), ``standardized`` takes
    z-scores of all codes. A column that never varies keeps the scale 1. Columns that patients lack get gaps. Limits
    count as values here: they move center and scale, and with them the unit of the features, not what is likely.

    Raises:
        ConfigurationError: A column has remarks, which no other method than ``by_kind`` encodes.
        ValueError: ``method`` is none of these.
    """
    remarked = [column.name for column in schema.inputs if column.remarked]
    if remarked and method != "by_kind":
        raise ConfigurationError(
            f"vae.input_scaling: expected 'by_kind', because the schema says retinaVae:censored or "
            f"retinaVae:notApplicable of {remarked}, got {method!r}, which makes one number of a column."
        )
    columns = tuple(_fit_column(column, patients, method) for column in schema.inputs)
    return Encoding(columns=columns, image=schema.image, sequence=schema.sequence)


def _fit_column(column: Column, patients: pd.DataFrame, method: str) -> ColumnEncoding:
    values, remarks = patients[column.name], remarks_of(patients, column.name)
    gaps = bool(values.isna().any())
    plain = ColumnEncoding(name=column.name, kind=column.kind, categories=column.categories, gaps=gaps)
    codes = plain.encode(values, "the patients")[:, 0]
    center, scale = _coding(column, codes, method)
    changes = {"by_kind": method == "by_kind", "center": center, "scale": scale if scale > 0 else 1.0}
    none = bool(column.not_applicable) and bool((remarks == NOT_APPLICABLE).any())
    said = {"censored": column.censored, "not_applicable": none}
    return plain.model_copy(update=changes | said)


def _plain(value: object) -> object:
    """A value of a table as Python writes it: 31.0, not np.float64(31.0)."""
    return value.item() if isinstance(value, np.generic) else value


def _remarks(column: ColumnEncoding, patients: pd.DataFrame) -> pd.Series | None:
    return remarks_of(patients, column.name) if column.censored or column.not_applicable else None


def _coding(column: Column, codes: FloatArray, method: str) -> Coding:
    known = codes[~np.isnan(codes)]
    largest = float(known.max()) if column.numeric else float(max(len(column.categories) - 1, 1))
    if method == "by_kind":
        return column.kind_of.fit(known, column.maximum)
    if method == "standardized":
        return Coding(float(known.mean()), float(known.std()))
    if method == "unit_interval" or (method == "numbers_by_maximum" and column.numeric):
        return Coding(0.0, largest)
    if method in ("raw", "numbers_by_maximum"):
        return Coding()
    raise ValueError(f"expected a scaling method, got {method!r}")
