"""From the file that says what a table's columns are to the schema that a run works with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from retina_vae.cohort.dates import DATE_TYPES, DEFAULT_UNIT
from retina_vae.cohort.kinds import KINDS
from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.cohort.table_schema import DECIDE, FIELD_ROLES, SchemaField, TableSchema
from retina_vae.errors import InputError
from retina_vae.faults import quoted
from retina_vae.yaml_files import KeyPath, read_yaml, read_yaml_lines

__all__ = ["MOST_CATEGORIES", "choices", "cohort_schema", "read_schema", "read_table_schema", "undecided_columns"]

MOST_CATEGORIES = 50
"""A column with more categories describes hardly anybody by them: group them first, or leave the column out."""

_MOST_SYMBOLS = 1000
"""Of the alphabet of sequences, whose single symbols nobody describes."""

_WHAT = "a schema in YAML or JSON"

_MOST_PROBLEMS = 20
"""Problems of a schema that a message lists."""

_RESERVED = {"cluster": "the tables of a run have a column of that name"}


def read_table_schema(path: Path) -> TableSchema:
    """Read a Table Schema in YAML or JSON.

    Raises:
        InputError: The file is missing, is neither, or says something that it cannot; the message lists all of it.
    """
    values = read_yaml(path, _WHAT, texts=True)
    if not isinstance(values, dict) or not isinstance(values.get("fields"), list):
        raise InputError(
            f"{path}: expected the schema of a patient table, a Table Schema with a list of `fields`, found none. "
            "`retina-vae describe-table` drafts one."
        )
    try:
        return TableSchema.model_validate(values)
    except ValidationError as error:
        places = read_yaml_lines(path, _WHAT)
        lines = [
            f"  {_line(problem, places)}{_problem(problem, values)}" for problem in error.errors()[:_MOST_PROBLEMS]
        ]
        if error.error_count() > len(lines):
            lines.append(f"  and {error.error_count() - len(lines)} more")
        problems = "\n".join(lines)
        raise InputError(f"{path}: expected the schema of a patient table.\n{problems}") from None


def _line(problem: Any, lines: Mapping[KeyPath, int]) -> str:
    """The line in which a property stands, else that of its field, as it goes before a message."""
    place = tuple(problem["loc"])
    named = re.match(r"[\w:]+(?=: )", str(problem.get("ctx", {}).get("error", "")))
    keys = [*([(*place, named[0])] if named else []), *(place[:depth] for depth in range(len(place), 0, -1))]
    return next((f"line {lines[key]}: " for key in keys if key in lines), "")


def _problem(problem: Any, values: dict[str, Any]) -> str:
    """One line for one problem: the column, the property, what was expected."""
    places = list(problem["loc"])
    where = []
    if places[:1] == ["fields"] and len(places) > 1:
        field = values["fields"][places[1]]
        where = [
            f"column {quoted(field['name'])}" if isinstance(field, dict) and "name" in field else f"field {places[1]}"
        ]
        places = places[2:]
    where += [str(place) for place in places]
    if problem["type"] == "value_error":
        said = str(problem["ctx"]["error"])
    else:
        said = f"{problem['msg'].replace('Input should be', 'expected', 1)}, got {quoted(problem['input'])}"
    return ": ".join([*where, said])


def read_schema(path: Path) -> CohortSchema:
    """Read the schema of a patient table.

    Raises:
        InputError: The file is missing, is no Table Schema, or leaves a column undecided.
    """
    return cohort_schema(read_table_schema(path), str(path))


def cohort_schema(document: TableSchema, source: str) -> CohortSchema:
    """The schema that a Table Schema describes; ignored columns are left out.

    Args:
        document: Fields with kind and role.
        source: Where it comes from, for the error message.

    Raises:
        InputError: A column is undecided, or cannot be what the field says; the message lists all such columns.
    """
    _require_decided(document, source)
    columns, faults = [], []
    for field in document.fields:
        if not field.used:
            continue
        try:
            columns.append(_column(field, _MOST_SYMBOLS if document.sequence else MOST_CATEGORIES))
        except ValueError as error:
            said = error.errors()[0]["ctx"]["error"] if hasattr(error, "errors") else error
            faults.append(f"  {str(said) if 'column ' in str(said) else f'column {field.name!r}: {said}'}")
    if document.identifier is None:
        faults.append(
            "  expected one column with the role 'identifier', found none: add a column to the table that numbers the "
            "patients, if it has none"
        )
    if not faults and not any(column.role == "input" for column in columns):
        faults.append("  expected a column with the role 'input', found none: the model would have nothing to read")
    if faults:
        raise InputError(f"{source}: the schema does not describe a table of patients.\n" + "\n".join(faults))
    try:
        shapes = {"image": document.image, "sequence": document.sequence}
        return CohortSchema(identifier=str(document.identifier), columns=tuple(columns), **shapes)
    except ValidationError as error:
        said = error.errors()[0]["ctx"]["error"]
        of_what = "pictures" if document.image else "sequences" if document.sequence else "patients"
        raise InputError(f"{source}: the schema does not describe a table of {of_what}.\n  {said}") from None


def undecided_columns(document: TableSchema) -> list[str]:
    """One line for each column whose kind or role nobody has decided, with its reasons; empty where all is decided."""
    return [_undecided(field, document) for field in document.fields if _open(field, document)]


def choices() -> str:
    """What may be put in place of ``decide``, in words."""
    kinds = ", ".join(f"{name} ({kind.words})" for name, kind in KINDS.items())
    return (
        f"retinaVae:role is one of {', '.join(FIELD_ROLES)}; retinaVae:kind, of all but identifier and ignored "
        f"columns, one of {kinds}. docs/your-own-cohort.md explains them."
    )


def _open(field: SchemaField, document: TableSchema) -> list[str]:
    return [] if field.role is None and field.name == document.primary_key else field.undecided


def _undecided(field: SchemaField, document: TableSchema) -> str:
    why = f" {field.description}" if field.description else ""
    return f"column {field.name!r}: decide {' and '.join(_open(field, document))}.{why}"


def _require_decided(document: TableSchema, source: str) -> None:
    lines = undecided_columns(document)
    if lines:
        raise InputError(
            f"{source}: expected a kind and a role of every column, found {len(lines)} undecided:\n  "
            + "\n  ".join(lines)
            + f"\n  Put a choice in place of `{DECIDE}` in that file: {choices()}"
        )


def _column(field: SchemaField, most: int) -> Column:
    """The column of a field, of at most so many categories.

    Raises:
        ValueError: The field cannot be one.
    """
    _require_name(field.name)
    kind = KINDS[str(field.kind)]
    _require_start(field)
    labels = {} if kind.numeric else field.labels
    if len(labels) > most:
        raise ValueError(
            f"expected at most {most} categories, got {len(labels)}; group them in the table, or say "
            "retinaVae:role: ignore"
        )
    if not kind.numeric and not labels:
        raise ValueError(f"expected `categories`, the list of texts that stand in the table, of {kind.words}, got none")
    categories, phrases = tuple(labels.values()), field.phrases
    finding = field.finding if field.finding is None or field.finding in categories else labels.get(field.finding)
    if field.finding is not None and finding is None:
        raise ValueError(f"retinaVae:finding: expected one of {list(categories)}, got {field.finding!r}")
    if len(categories) == 2 and finding == categories[0]:
        # The finding's code is 1.
        categories, phrases = categories[::-1], phrases[::-1]
    return Column.model_validate(
        {
            "name": field.name,
            "label": field.title or (field.name if field.since is None else f"{field.name} since {field.since}"),
            "kind": field.kind,
            "role": field.role,
            "categories": categories,
            "finding": finding,
            "part": field.part,
            "phrases": phrases,
            "unit": field.unit or (None if field.since is None else DEFAULT_UNIT),
            # A bound that is a day is one of the cells, not of the time since another day.
            "minimum": None if isinstance(field.constraints.minimum, date) else field.constraints.minimum,
            "maximum": None if isinstance(field.constraints.maximum, date) else field.constraints.maximum,
            "required": field.constraints.required,
            "censored": field.censored,
            "not_applicable": field.not_applicable,
        }
    )


def _require_start(field: SchemaField) -> None:
    """Refuse days that are measured from no other day, or by no number."""
    if field.type not in DATE_TYPES:
        return
    kind = KINDS[str(field.kind)]
    if field.since is None:
        raise ValueError(
            "expected retinaVae:since of days that are used, got none: say `retinaVae:since: 2020-01-01`, an index "
            "date, or name another field of the type date there, to have the years since then; or say "
            "retinaVae:role: ignore"
        )
    if not kind.numeric or kind.whole:
        raise ValueError(
            f"expected the kind continuous, positive or zero_inflated of the {field.unit or DEFAULT_UNIT} since "
            f"{field.since}, got {field.kind!r}"
        )


def _require_name(name: str) -> None:
    """Refuse names that would break what is made of them: a table, a formula of conditions, a template."""
    if not name or name != name.strip() or not name.isprintable() or any(sign in name for sign in "{}"):
        raise ValueError(
            "expected a name without braces, line breaks and blanks at its ends; rename the column, in table and schema"
        )
    if name in _RESERVED:
        raise ValueError(f"expected another name, because {_RESERVED[name]}; rename it, in table and schema")
