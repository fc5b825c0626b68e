"""From what is given to ``fit`` to the patients of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils.validation import validate_data

from retina_vae.cohort import CohortSchema
from retina_vae.cohort.schema_file import choices, cohort_schema, read_table_schema, undecided_columns
from retina_vae.cohort.table import TableCohort, table_cohort
from retina_vae.cohort.table_schema import Constraints, SchemaField, TableSchema
from retina_vae.cohort.tables import RawTable
from retina_vae.cohort.tables.decisions import decide
from retina_vae.cohort.tables.draft import FieldHints, draft_schema
from retina_vae.cohort.tables.evidence import Proposal
from retina_vae.cohort.tables.frames import dtype_hints, frame_table
from retina_vae.cohort.tables.raw import clean_name
from retina_vae.errors import ConfigurationError, InputError

__all__ = ["SOURCE", "FittedCohort", "array_frame", "given_frame", "read_frame"]

SOURCE = "X"
"""How messages name the table."""

_DRAFT = "drafted from its columns"


class FittedCohort(NamedTuple):
    """The patients of a fit.

    Attributes:
        table: Patients, their schema, and the Table Schema by which the cells were read.
        numbered: Whether the rows were numbered because no column is an identifier.
    """

    table: TableCohort
    numbered: bool


def given_frame(
    estimator: Any, given: Any, columns: Sequence[str] | None = None, *, named: bool = True
) -> pd.DataFrame:
    """What was given to an estimator as a data frame whose columns have clean names.

    Args:
        estimator: Gets ``n_features_in_`` and ``feature_names_in_`` at its fit, and is asked for them afterwards.
        given: A data frame, an array of numbers, or what becomes one.
        columns: Names of the columns at the fit; None is the fit.
        named: Whether a data frame was fitted, so that columns of another are found by their names.

    Raises:
        ValueError: An array has too few rows, another number of columns than at the fit, or infinite numbers.
    """
    fit = columns is None
    if isinstance(given, pd.DataFrame) and (fit or named):
        if fit:
            validate_data(estimator, given, skip_check_array=True)
        return given.set_axis([clean_name(str(name)) for name in given.columns], axis=1)
    fewest = 2 if fit else 1
    values = validate_data(
        estimator, given, reset=fit, dtype=np.float64, ensure_all_finite="allow-nan", ensure_min_samples=fewest
    )
    frame = array_frame(values)
    frame = frame if columns is None else frame.set_axis(list(columns), axis=1)
    return frame.set_axis(given.index) if isinstance(given, pd.DataFrame) else frame


def array_frame(values: NDArray[np.float64]) -> pd.DataFrame:
    """An array of numbers, shape (patients, columns), as a data frame with the columns x0, x1, ..."""
    return pd.DataFrame(values, columns=[f"x{place}" for place in range(values.shape[1])])


def read_frame(frame: pd.DataFrame, schema: Any, *, of_array: bool) -> FittedCohort:
    """Read and check a data frame as a run reads an analyst's table.

    Args:
        frame: One row per patient.
        schema: None drafts it from the columns, a mapping from columns to decisions does the same and follows them
            (:func:`retina_vae.cohort.tables.decisions.decide`), a path or a Table Schema says it.
        of_array: Whether it was an array, of which every column is a number on the whole line.

    Raises:
        InputError: A column is undecided, or holds what does not fit it.
        ConfigurationError: ``schema`` is something else.
    """
    raw = frame_table(frame, SOURCE)
    document, source = _table_schema(raw, frame, schema, of_array=of_array)
    numbered = document.identifier is None
    if numbered:
        raw, document = _numbered(raw, document)
    found = table_cohort(raw, document, _cohort_schema(document, source), source)
    return FittedCohort(found, numbered)


def _table_schema(raw: RawTable, frame: pd.DataFrame, schema: Any, *, of_array: bool) -> tuple[TableSchema, str]:
    """The Table Schema, and what messages call it."""
    if isinstance(schema, CohortSchema):
        return schema.to_table_schema(), "given as schema"
    if isinstance(schema, TableSchema):
        return schema, "given as schema"
    if isinstance(schema, str | Path):
        return read_table_schema(Path(schema)), str(schema)
    if schema is None or isinstance(schema, Mapping):
        hints = _array_hints(raw) if of_array else dtype_hints(frame)
        draft = draft_schema(raw, hints=hints).schema
        return decide(draft, raw, schema or {}), _DRAFT
    raise ConfigurationError(
        "schema: expected None, the path of a Table Schema, a TableSchema, or a mapping from columns to a kind or a "
        f"role, got {type(schema).__name__}."
    )


def _array_hints(raw: RawTable) -> dict[str, FieldHints]:
    number = Proposal("input", "continuous", "a column of an array of numbers", "number")
    return {name: FieldHints(proposal=number) for name in raw.columns}


def _cohort_schema(document: TableSchema, source: str) -> CohortSchema:
    lines = undecided_columns(document) if source == _DRAFT else []
    if lines:
        raise InputError(
            f"{SOURCE}: expected columns whose kind and role can be told from their values, found {len(lines)} that "
            "you have to decide:\n  " + "\n  ".join(lines) + "\n  Pass what you decide as schema={column: kind or "
            f"role, ...}}, such as schema={{{lines[0].split(': ')[0].removeprefix('column ')}: 'ordinal'}}. {choices()}"
        )
    return cohort_schema(document, source)


def _numbered(raw: RawTable, document: TableSchema) -> tuple[RawTable, TableSchema]:
    """The table and its schema with one more column that numbers the patients."""
    name = "row"
    while name in raw.columns:
        name += "_"
    numbers = pd.Series([str(number) for number in raw.rows], dtype="str")
    cells = raw.cells.copy(deep=False)
    cells.insert(0, name, numbers)
    unique = Constraints(required=True, unique=True)
    field = SchemaField(name=name, type="string", role="identifier", constraints=unique)
    fields = {"fields": (field, *document.fields)}
    return replace(raw, cells=cells), document.model_copy(update=fields)
