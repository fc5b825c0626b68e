"""Validating and reading the patient table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pandera.pandas as pa
import yaml
from pandera.errors import SchemaErrors

from retina_vae.cohort.identifiers import identifier_texts
from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.errors import InputError
from retina_vae.files import read_table

__all__ = ["read_cohort", "read_patients", "read_schema", "validate_patients"]


def validate_patients(patients: pd.DataFrame, schema: CohortSchema, source: str) -> pd.DataFrame:
    """Check a patient table against its schema.

    Args:
        patients: One row per patient; categories as text.
        schema: What the table should hold.
        source: Where the table comes from, for the error message.

    Returns:
        The table with the schema's columns in the schema's order; categories as pandas categoricals.

    Raises:
        InputError: A column is missing, unknown or holds a value that does not fit. The message names rows and
            columns, and values only of columns that are not the identifier.
    """
    texts = [schema.identifier, *(c.name for c in schema.columns if not c.numeric)]
    table = patients.reset_index(drop=True)
    if schema.identifier in table.columns:
        table[schema.identifier] = _identifiers(table[schema.identifier], source)
    table = table.astype({name: "str" for name in texts if name in table.columns})
    try:
        checked = _pandera(schema).validate(table, lazy=True)
    except SchemaErrors as errors:
        raise InputError(f"{source}: the patient table does not fit its schema.\n{_explain(errors, schema)}") from None
    for column in schema.columns:
        if not column.numeric:
            checked[column.name] = pd.Categorical(checked[column.name], categories=list(column.categories))
    return checked[[schema.identifier, *(column.name for column in schema.columns)]]


def read_schema(path: Path) -> CohortSchema:
    """Read the schema that lies beside a patient table.

    Raises:
        InputError: The file is missing or is not a schema.
    """
    try:
        return CohortSchema.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValueError) as error:
        raise InputError(f"{path}: expected the schema of a patient table, got: {error}") from None


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
    texts = [schema.identifier, *(column.name for column in schema.columns if column.kind != "continuous")]
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
    columns[schema.identifier] = pa.Column(str, unique=True)
    return pa.DataFrameSchema(columns, strict=True)


def _pandera_column(column: Column) -> pa.Column:
    if column.numeric:
        low = -float("inf") if column.minimum is None else column.minimum
        high = float("inf") if column.maximum is None else column.maximum
        return pa.Column(float, pa.Check.between(low, high), coerce=True, nullable=not column.required)
    return pa.Column(str, pa.Check.isin(list(column.categories)), nullable=not column.required)


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
    return "\n".join(lines[:most]) + more + "\n  Mend these values in the table, or the schema beside it."


def _expectation(name: str, schema: CohortSchema) -> str:
    if name == schema.identifier:
        return "a text that is unique to each patient"
    try:
        column = schema[name]
    except KeyError:
        return f"only the columns {[schema.identifier, *(c.name for c in schema.columns)]}"
    if column.numeric:
        return f"a number between {column.minimum} and {column.maximum} {column.unit or ''}".rstrip()
    return f"one of {list(column.categories)}"
