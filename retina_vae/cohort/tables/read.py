"""Reading a table of any format that is read, as text."""

from __future__ import annotations

from pathlib import Path

from retina_vae.cohort.tables.delimited import read_delimited
from retina_vae.cohort.tables.raw import RawTable
from retina_vae.errors import InputError
from retina_vae.files import require_regular_file

__all__ = ["read_raw_table"]

_DELIMITED = (".csv", ".tsv", ".txt")
_SPREADSHEETS = (".xlsx", ".xlsm")
_STATISTICS_FILES = (".sav", ".zsav", ".por", ".dta", ".sas7bdat", ".xpt")
_OTHER_SPREADSHEETS = (".xls", ".xlsb", ".ods", ".numbers")


def read_raw_table(path: Path, sheet: str | None = None) -> RawTable:
    """Read a table of patients with every cell as the text that stands there.

    Nothing is inferred: 007 stays 007, an identifier of 18 digits keeps them, NA is a text like any other.

    Args:
        path: CSV or TSV, an Excel workbook (.xlsx), Parquet, SPSS, Stata or SAS, by its suffix.
        sheet: Which sheet of a workbook; not needed where only one holds anything.

    Raises:
        InputError: The file is missing or cannot be read as such a table.
    """
    suffix = path.suffix.lower()
    require_regular_file(path, "a table of patients")
    if sheet is not None and suffix not in _SPREADSHEETS:
        raise InputError(f"{path}: expected no name of a sheet for a file that has none, got {sheet!r}.")
    try:
        if suffix in _DELIMITED:
            return read_delimited(path)
        if suffix in _SPREADSHEETS:
            from retina_vae.cohort.tables.spreadsheet import read_spreadsheet

            return read_spreadsheet(path, sheet)
        if suffix in (".parquet", *_STATISTICS_FILES):
            from retina_vae.cohort.tables import stored

            return stored.read_parquet(path) if suffix == ".parquet" else stored.read_statistics_file(path)
    except OSError as error:
        raise InputError(f"{path}: expected a table that can be read, found: {error.strerror or error}.") from None
    remedy = "Save it as .xlsx or as CSV in UTF-8"
    why = ", in which cells with an error would pass for missing" if suffix in _OTHER_SPREADSHEETS else ""
    known = (*_DELIMITED, *_SPREADSHEETS, ".parquet", *_STATISTICS_FILES)
    raise InputError(f"{path}: expected a table that ends in one of {list(known)}, found {suffix!r}{why}. {remedy}.")
