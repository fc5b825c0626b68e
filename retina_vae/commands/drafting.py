"""What the commands share that draft the schema of a table."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retina_vae.errors import ConfigurationError
from retina_vae.words import amount_of

if TYPE_CHECKING:
    from retina_vae.cohort.tables import RawTable
    from retina_vae.cohort.tables.draft import Draft

__all__ = ["Force", "Missing", "Redcap", "Sheet", "TablePath", "draft_table", "next_step", "print_draft", "require_new"]

TablePath = Annotated[
    Path, typer.Argument(help="The patients: CSV or TSV, Excel (.xlsx), Parquet, SPSS, Stata or SAS.", metavar="TABLE")
]
Sheet = Annotated[str | None, typer.Option("--sheet", help="Sheet of an Excel file that has several.")]
Redcap = Annotated[Path | None, typer.Option("--redcap", help="The REDCap data dictionary (CSV) of an export.")]
Missing = Annotated[
    list[str] | None,
    typer.Option("--missing", help="A text that stands for a missing value, such as NA or -9; once for each."),
]
Force = Annotated[bool, typer.Option("--force", help="Replace files that are already there.")]


def draft_table(
    table: Path, sheet: str | None, redcap: Path | None, missing: Sequence[str] | None
) -> tuple[RawTable, Draft]:
    """Read a table and draft its schema.

    Raises:
        InputError: The table or the data dictionary cannot be read.
    """
    from retina_vae.cohort.tables import read_raw_table
    from retina_vae.cohort.tables.draft import draft_schema
    from retina_vae.cohort.tables.redcap import redcap_hints

    codes = [code.strip() for code in missing or [] if code.strip()]
    raw = read_raw_table(table, sheet)
    hints = {} if redcap is None else redcap_hints(redcap, raw, codes)
    return raw, draft_schema(raw, codes, hints)


def print_draft(raw: RawTable, draft: Draft) -> None:
    """Show the drafted columns, and what of the reading is worth knowing, on standard output."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("column", "role", "kind", "missing", "values", "why", title=None, show_lines=False)
    for column in draft.columns:
        field = column.field
        style = "bold" if field.undecided else ""
        cells = (field.name, field.role or "", field.kind or "", f"{column.missing:.0%}", column.example)
        table.add_row(*(Text(_printable(cell), style=style) for cell in (*cells, field.description or "")))
    console = Console()
    size = f"{amount_of(len(raw.cells), 'row')}, {amount_of(len(raw.columns), 'column')}"
    console.print(Text(_printable(f"{raw.source}: {size}")))
    for note in raw.notes:
        console.print(Text(_printable(f"read as: {note}")))
    console.print(table)


def next_step(draft: Draft, schema: Path, then: str) -> str:
    """What the user does next: decide, where something is open, and then ``then``."""
    from retina_vae.cohort.schema_file import choices, undecided_columns

    lines = undecided_columns(draft.schema)
    said = []
    if draft.schema.identifier is None:
        said.append(
            f"No column is an identifier. Give one the role `identifier` in {schema}; if the table has none, add one "
            "that numbers the patients."
        )
    if lines:
        count = f"{len(lines)} of {amount_of(len(draft.columns), 'column')}"
        said.append(f"Undecided in {schema}, {count}:\n  " + "\n  ".join(map(_printable, lines)))
        said.append(f"Put a choice in place of `decide`: {choices()}")
    said.append(
        "The model reads every column with the role `input`. Give the role `outcome` or `held_out` to what it must not "
        "see, and the clusters are to be tested on."
    )
    return "\n".join([*said, f"Then: {then}"])


def require_new(paths: Sequence[Path], force: bool) -> None:
    """Refuse to replace files unless that is asked for.

    Raises:
        ConfigurationError: One of them is there.
    """
    there = [str(path) for path in paths if os.path.lexists(path)]
    if there and not force:
        raise ConfigurationError(
            f"expected no file {' and '.join(there)}, which may have been edited. Name another, or say --force to "
            "replace it."
        )


def _printable(text: str) -> str:
    """The text without signs that would steer a terminal."""
    return "".join(sign if sign.isprintable() or sign == "\n" else repr(sign)[1:-1] for sign in text)
