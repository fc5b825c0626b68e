"""Reading Excel sheets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from retina_vae.cohort.tables.raw import (
    Cells,
    RawTable,
    cell_text,
    clean_name,
    column_letters,
    file_source,
    make_raw_table,
    may_be_rounded,
    stored_numbers,
)
from retina_vae.cohort.tables.spreadsheet_cells import require_size, unreadable_cells
from retina_vae.errors import InputError
from retina_vae.files import said_of

__all__ = ["read_spreadsheet"]

_DIGITS = 1e15
"""Excel keeps 15 digits of a number; the rest of a longer one is 0."""


def read_spreadsheet(path: Path, sheet: str | None) -> RawTable:
    """Read one sheet of an Excel workbook (.xlsx, .xlsm); formulas give the values that they had when it was saved.

    Args:
        path: Of the workbook.
        sheet: Its name; not needed where only one sheet holds anything.

    Raises:
        InputError: There are several sheets and none is named; cells are merged; a cell holds an error such as #DIV/0!
            or a formula that was never calculated; the header has no name for a column.
    """
    require_size(path)
    try:
        workbook = CalamineWorkbook.from_path(path)
        chosen = _sheet(workbook, path, sheet)
        grid = chosen.to_python(skip_empty_area=False)
    except CalamineError as error:
        raise InputError(f"{path}: expected an Excel workbook without a password, found: {said_of(error)}.") from None
    source = file_source(path, chosen.name if len(workbook.sheet_names) > 1 else None)
    head = next((place for place, cells in enumerate(grid) if any(cell != "" for cell in cells)), None)
    if head is None:
        raise InputError(f"{source}: expected a first row with the names of the columns, found an empty sheet.")
    _require_no_merged_cells(chosen, head, source)
    _require_readable(path, chosen.name, source)
    return _table(source, grid[head], grid[head + 1 :])


def _table(source: str, header: list[Any], body: list[list[Any]]) -> RawTable:
    kept = [(row, cells) for row, cells in enumerate(body, start=1) if any(cell != "" for cell in cells)]
    names = [_text(name) for name in header]
    values = [[cells[place] for _, cells in kept] for place in range(len(names))]
    texts = [[_text(value) for value in column] for column in values]
    raw = make_raw_table(source, Cells(names, texts, [row for row, _ in kept]), point=True, comma=True)
    rounded = {clean_name(name) for name, column in zip(names, values, strict=True) if _rounded(column)}
    return replace(raw, inexact=frozenset(rounded), stored_numbers=stored_numbers(names, values))


def _rounded(values: list[Any]) -> bool:
    return may_be_rounded(values, _DIGITS)


def _text(value: Any) -> str:
    # Excel shows its truth values in capitals.
    return str(value).upper() if isinstance(value, bool) else cell_text(value)


def _sheet(workbook: CalamineWorkbook, path: Path, sheet: str | None) -> CalamineSheet:
    names = workbook.sheet_names
    if sheet is not None and sheet not in names:
        raise InputError(f"{path}: expected one of the sheets {names}, got {sheet!r}.")
    filled = [name for name in names if sheet in (None, name) and workbook.get_sheet_by_name(name).height > 0]
    if sheet is None and len(filled) > 1:
        raise InputError(f"{path}: expected the name of a sheet (--sheet), because {filled} hold tables; got none.")
    return workbook.get_sheet_by_name(filled[0] if filled else names[0])


def _require_no_merged_cells(sheet: CalamineSheet, head: int, source: str) -> None:
    """Of merged cells only the first has a value, so that the others would seem to be missing."""
    merged = [
        f"{column_letters(left)}{top + 1}:{column_letters(right)}{bottom + 1}"
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or []
        if bottom >= head
    ]
    if merged:
        shown = ", ".join(merged[:10]) + (f" and {len(merged) - 10} more" if len(merged) > 10 else "")
        raise InputError(
            f"{source}: expected a cell for each patient and column, found merged cells: {shown}. Split them, fill "
            "each of them, and leave the names of the columns in one row, with nothing above."
        )


def _require_readable(path: Path, sheet: str, source: str) -> None:
    faults = unreadable_cells(path, sheet)
    if faults:
        shown = "\n".join(f"  cell {place}: expected a value, found {found}" for place, found in faults[:10])
        more = f"\n  and {len(faults) - 10} more" if len(faults) > 10 else ""
        raise InputError(
            f"{source}: some cells hold no value.\n{shown}{more}\n  Fix the formulas, or empty the cells that are "
            "missing; open the workbook in a spreadsheet and save it to have formulas calculated."
        )
