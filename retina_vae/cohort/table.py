"""Validating and reading the patient table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pandera.pandas as pa
from numpy.typing import NDArray
from pandera.errors import SchemaErrors

from retina_vae.cohort.identifiers import identifier_texts
from retina_vae.cohort.kinds.numbers import taken_for_numbers
from retina_vae.cohort.remarks import REMARKS, misplaced_remarks, remark_column, remarks_of
from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.cohort.schema_file import cohort_schema, read_schema, read_table_schema
from retina_vae.cohort.table_schema import TableSchema
from retina_vae.cohort.tables import RawTable, read_raw_table
from retina_vae.cohort.tables.cells import read_values, require_same_columns
from retina_vae.cohort.tables.plausible import implausible_columns, implausible_table, repeated_patients
from retina_vae.errors import InputError
from retina_vae.faults import Fault, describe_faults
from retina_vae.files import read_table

__all__ = [
    "TableCohort",
    "read_cohort",
    "read_patients",
    "read_schema",
    "read_table_cohort",
    "table_cohort",
    "validate_patients",
]


_LIMIT_SIGNS = ("<", ">", "≤", "≥")


class TableCohort(NamedTuple):
    """Patients from an analyst's table.

    Attributes:
        patients: One row per patient with the schema's columns and their companions; categories as pandas categoricals
            of their labels.
        schema: What they are.
        table_schema: By which the cells were read.
        refused: Cells for which rows were set aside: ``row, column, expected, found``; None where none was.
        warnings: What is no fault but may be one, in words.
    """

    patients: pd.DataFrame
    schema: CohortSchema
    table_schema: TableSchema
    refused: pd.DataFrame | None
    warnings: tuple[str, ...]


def read_table_cohort(
    path: Path, schema_path: Path, sheet: str | None = None, *, set_rows_aside: bool = False
) -> TableCohort:
    """Read and check an analyst's table.

    Args:
        path: The table, of any format of :func:`~retina_vae.cohort.tables.read.read_raw_table`.
        schema_path: Its Table Schema.
        sheet: Which sheet of a workbook.
        set_rows_aside: Leave out rows with a cell that does not fit, and list them, rather than refuse the table.

    Raises:
        InputError: A file cannot be read; a column is undecided; schema and table do not agree. The message lists what
            is wrong with all of the table, without identifiers.
    """
    document = read_table_schema(schema_path)
    schema = cohort_schema(document, str(schema_path))
    raw = read_raw_table(path, sheet)
    return table_cohort(raw, document, schema, str(schema_path), set_rows_aside=set_rows_aside)


def table_cohort(
    raw: RawTable, document: TableSchema, schema: CohortSchema, schema_source: str, *, set_rows_aside: bool = False
) -> TableCohort:
    """Check a table that has been read.

    Args:
        raw: The table.
        document: Its Table Schema.
        schema: The same as a run works with it.
        schema_source: Where the schema comes from, for the error message.
        set_rows_aside: As in :func:`read_table_cohort`.

    Raises:
        InputError: As :func:`read_table_cohort`, once both files are read.
    """
    require_same_columns(raw, document, schema_source)
    values = read_values(raw, document, schema)
    faults, kept = values.faults, ~pd.Series(raw.rows).isin({fault.row for fault in values.faults})
    rows = raw.rows
    patients = values.patients
    if set_rows_aside:
        patients, rows = patients[kept.to_numpy()].reset_index(drop=True), rows[kept.to_numpy()]
    _require_usable(raw, patients, rows, schema, [] if set_rows_aside else faults, schema_source)
    copies = repeated_patients(patients, schema)
    warnings = [f"{raw.source}: {_alike(copies)} exactly the values of another one"] if copies else []
    refused = pd.DataFrame(sorted(faults), columns=Fault._fields) if faults else None
    checked = validate_patients(patients, schema, raw.source)
    return TableCohort(checked, schema, document, refused, tuple(warnings))


def _alike(copies: int) -> str:
    return "1 patient has" if copies == 1 else f"{copies} patients have"


def _require_usable(
    raw: RawTable,
    patients: pd.DataFrame,
    rows: NDArray[np.int64],
    schema: CohortSchema,
    faults: list[Fault],
    schema_source: str,
) -> None:
    """Refuse the table with one message that lists everything that is wrong with it."""
    wrong = {fault.column for fault in faults}
    checked = schema.model_copy(update={"columns": tuple(c for c in schema.columns if c.name not in wrong)})
    lines = implausible_table(patients, schema)
    if not lines:
        lines = implausible_columns(patients, checked, rows)
    parts = [describe_faults(faults)] if faults else []
    parts += _limits_found(faults, schema)
    parts += [f"  {line}" for line in lines[:10]] + ([f"  and {len(lines) - 10} more"] if len(lines) > 10 else [])
    if parts:
        raise InputError(
            f"{raw.source}: the table does not fit its schema {schema_source}.\n"
            + "\n".join(parts)
            + "\n  Fix these cells in the table, or the schema; texts that stand for a missing value belong under "
            "`missingValues`."
        )


def _limits_found(faults: list[Fault], schema: CohortSchema) -> list[str]:
    """A line on columns whose cells look like limits of detection, where the schema does not say that they may be."""
    able = {column.name for column in schema.columns if column.kind_of.censorable and not column.censored}
    names = dict.fromkeys(f.column for f in faults if f.column in able and f.found.lstrip("'\"")[:1] in _LIMIT_SIGNS)
    if not names:
        return []
    said = "cells such as '<0.1' are limits of detection where the schema says retinaVae:censored: true"
    return [f"  {list(names)}: {said}"]


def validate_patients(patients: pd.DataFrame, schema: CohortSchema, source: str) -> pd.DataFrame:
    """Check a patient table against its schema.

    Args:
        patients: One row per patient; categories as text. A companion that is not there says nothing of anybody.
        schema: What the table should hold.
        source: Where the table comes from, for the error message.

    Returns:
        The table with the schema's columns in the schema's order, each companion behind its column; categories as
        pandas categoricals.

    Raises:
        InputError: A column is missing, unknown or holds a value that does not fit. The message names rows and
            columns, and values only of columns that are not the identifier.
    """
    texts = [schema.identifier, *(c.name for c in schema.columns if not c.numeric)]
    table = patients.reset_index(drop=True)
    if schema.identifier in table.columns:
        table[schema.identifier] = _identifiers(table[schema.identifier], source)
    table = table.astype({name: "str" for name in texts if name in table.columns})
    for column in schema.columns:
        if column.remarked:
            table[remark_column(column.name)] = remarks_of(table, column.name)
    for name in (column.name for column in schema.columns if column.numeric and column.name in table.columns):
        wrong = taken_for_numbers(table[name])
        if wrong.any():
            # As a text it is none to what follows, either, and is shown as what it is.
            table[name] = table[name].astype(object).mask(wrong, table[name].astype("str"))
    try:
        checked = _pandera(schema).validate(table, lazy=True)
    except SchemaErrors as errors:
        raise InputError(f"{source}: the patient table does not fit its schema.\n{_explain(errors, schema)}") from None
    for column in schema.columns:
        if not column.numeric:
            checked[column.name] = pd.Categorical(checked[column.name], categories=list(column.categories))
    _require_fitting_remarks(checked, schema, source)
    return checked[schema.table_columns]


def _require_fitting_remarks(patients: pd.DataFrame, schema: CohortSchema, source: str) -> None:
    """Check that remarks and values do not contradict each other.

    Raises:
        InputError: They do; the message names the first patient of each column by the row.
    """
    lines = []
    for column in schema.columns:
        if column.remarked and (wrong := misplaced_remarks(patients, column)).any():
            row = int(np.flatnonzero(wrong)[0])
            remark, value = remarks_of(patients, column.name).iloc[row], patients[column.name].iloc[row]
            found = f"{'none' if pd.isna(remark) else repr(remark)} and {'no' if pd.isna(value) else 'a'} value"
            lines.append(f"  row {row + 1}, column {column.name!r}: expected a remark that fits its value, got {found}")
    if lines:
        raise InputError(f"{source}: the patient table does not fit its schema.\n" + "\n".join(lines))


def read_cohort(folder: Path) -> tuple[pd.DataFrame, CohortSchema]:
    """The patients of a run and their schema, from what the cohort stage wrote below ``folder``, ``results/<run>``.

    Raises:
        InputError: As :func:`read_schema` and :func:`read_patients`.
    """
    schema = read_schema(folder / "cohort" / "schema.yaml")
    return read_patients(folder / "cohort" / "patients.parquet", schema), schema


def read_patients(path: Path, schema: CohortSchema) -> pd.DataFrame:
    """Read and validate a patient table.

    Raises:
        InputError: As :func:`validate_patients`, or the file is missing.
    """
    texts = [schema.identifier, *(column.name for column in schema.columns if not column.numeric)]
    return validate_patients(read_table(path, texts=texts), schema, str(path))


def _identifiers(identifiers: pd.Series, source: str) -> pd.Series:
    """The identifiers as text; missing where they are.

    Raises:
        InputError: One of them is not what was written, or no identifier.
    """
    texts, faults = identifier_texts(identifiers)
    if faults.any():
        row = int((faults != "").to_numpy().argmax())
        raise InputError(
            f"{source}: row {row + 1}, column {identifiers.name!r}: expected a text or a whole number that is unique "
            f"to each patient, got {faults[row]}. Store the identifiers as text."
        )
    return texts.mask(identifiers.isna())


def _pandera(schema: CohortSchema) -> pa.DataFrameSchema:
    columns = {column.name: _pandera_column(column) for column in schema.columns}
    remarks = pa.Column(str, pa.Check.isin(REMARKS), nullable=True)
    columns |= {remark_column(column.name): remarks for column in schema.columns if column.remarked}
    columns[schema.identifier] = pa.Column(str, unique=True)
    return pa.DataFrameSchema(columns, strict=True)


def _pandera_column(column: Column) -> pa.Column:
    # Whether a gap is one of those that a required column may have, its companion says.
    nullable = not column.required or bool(column.not_applicable)
    if column.numeric:
        return pa.Column(float, pa.Check(_fits(column), name="its kind"), nullable=nullable, coerce=True)
    return pa.Column(str, pa.Check.isin(list(column.categories)), nullable=nullable)


def _fits(column: Column) -> Callable[[pd.Series], pd.Series]:
    """The check of numbers that the column's kind makes, within its bounds."""

    def fits(values: pd.Series) -> pd.Series:
        codes = column.kind_of.codes(values, ())
        return pd.Series(column.kind_of.fits(codes, column.minimum, column.maximum), index=values.index)

    return fits


def _explain(errors: SchemaErrors, schema: CohortSchema, most: int = 10) -> str:
    """One line per fault, at most ``most``, each with the row (counted from 1), the column and the remedy."""
    lines = []
    for case in errors.failure_cases.itertuples():
        column = case.column if case.column is not None and not pd.isna(case.column) else case.failure_case
        expected = _expectation(str(column), schema)
        if case.index is None or pd.isna(case.index):
            lines.append(f"  column {column!r}: expected {expected}; the check '{case.check}' failed")
        else:
            shown = "a repeated value" if column == schema.identifier else repr(case.failure_case)
            lines.append(f"  row {int(case.index) + 1}, column {column!r}: expected {expected}, got {shown}")
    lines = list(dict.fromkeys(lines))
    more = f"\n  and {len(lines) - most} more" if len(lines) > most else ""
    return "\n".join(lines[:most]) + more + "\n  Fix these values in the table, or the schema beside it."


def _expectation(name: str, schema: CohortSchema) -> str:
    if name == schema.identifier:
        return "a text that is unique to each patient"
    if name in {remark_column(column.name) for column in schema.columns if column.remarked}:
        return f"one of {list(REMARKS)}, or nothing"
    try:
        column = schema[name]
    except KeyError:
        return f"only the columns {schema.table_columns}"
    return column.expectation
