"""Cells of a workbook that have no value although they are not empty: errors, and formulas that nobody calculated.

The reader of the values gives both as empty, so that they would pass for missing; they are looked up in the workbook's
XML (ECMA-376, part 1, 18.3.1.4: a cell ``c`` of type ``e`` is an error; ``f`` is its formula, ``v`` its value).
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from retina_vae.errors import InputError
from retina_vae.faults import quoted
from retina_vae.files import said_of

__all__ = ["require_size", "unreadable_cells"]

_SMALL_AREA, _SPARSE = 2_000_000, 20
"""Cells of an area that may be empty; of a larger one so many for each that is not."""

_PLACE = re.compile(r"([A-Z]{1,7})([0-9]{1,9})")

_LARGEST = 2**31
"""Bytes of all parts of a workbook when unpacked; a million rows of thirty columns are about 1.5 GiB."""

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"


def unreadable_cells(path: Path, sheet: str) -> list[tuple[str, str]]:
    """Place (such as B7) and what stands there in words, of each such cell of a sheet.

    Raises:
        InputError: The workbook is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive, archive.open(_sheet_file(archive, sheet)) as stream:
            found = []
            for _, element in ElementTree.iterparse(stream):
                if _tag(element) == "c":
                    fault = _fault(element)
                    found += [(element.get("r", "?"), fault)] if fault else []
                elif _tag(element) == "row":
                    element.clear()
            return found
    # Of a damaged file zipfile raises whatever comes: of its own, of zlib, of encodings.
    except Exception as error:
        raise InputError(f"{path}: expected an Excel workbook, found a damaged one: {said_of(error)}.") from None


def require_size(path: Path) -> None:
    """Refuse a workbook that is small as a file and fills the memory: by what it unpacks to, or by a cell far away.

    Of a sheet the reader of the values holds every cell up to the last, and ends the process where that is too much.

    Raises:
        InputError: It would, or is none.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            parts = (
                [entry for entry in archive.infolist() if entry.filename.endswith(".xml")] if size <= _LARGEST else []
            )
            sparse = next((found for part in parts if (found := _sparse(archive, part))), "")
    except Exception as error:
        raise InputError(f"{path}: expected an Excel workbook without a password, found: {said_of(error)}.") from None
    if size > _LARGEST:
        raise InputError(
            f"{path}: expected a workbook of at most {_LARGEST // 2**20} MiB when unpacked, found {size // 2**20}. "
            "Save the table as CSV."
        )
    if sparse:
        raise InputError(
            f"{path}: expected a sheet with one table, found {sparse}. Delete what stands far away from the table."
        )


def _sparse(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> str:
    """How far the cells of a sheet reach, in words, where nearly all up to there are empty."""
    cells, row, column = 0, 0, 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal cells, row, column
        place = _PLACE.fullmatch(attributes.get("r", "")) if name.rpartition(":")[2] == "c" else None
        if place:
            cells += 1
            row, column = max(row, int(place[2])), max(column, _number(place[1]))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    with archive.open(part) as stream:
        parser.ParseFile(stream)
    if row * column <= max(_SMALL_AREA, _SPARSE * cells):
        return ""
    return f"{cells} cells in an area of {row} rows and {column} columns"


def _number(letters: str) -> int:
    """The number, from 1, of the column that a spreadsheet calls so."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _fault(cell: ElementTree.Element) -> str:
    parts = {_tag(part): part for part in cell}
    value = parts["v"].text if "v" in parts else None
    if cell.get("t") == "e":
        return f"the error {quoted(value or '')}"
    # A formula whose value is the empty text says so by the type `str`.
    uncalculated = "f" in parts and not value and cell.get("t") != "str"
    return "a formula that was never calculated" if uncalculated else ""


def _sheet_file(archive: zipfile.ZipFile, sheet: str) -> str:
    """The file of a sheet within the workbook: its relation by name, and the relation's target."""
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    sheets = (element for element in workbook.iter() if _tag(element) == "sheet" and element.get("name") == sheet)
    attributes = next(sheets).attrib
    relation = next(value for name, value in attributes.items() if name.endswith("}id"))
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    target = next(element.attrib["Target"] for element in relations if element.get("Id") == relation)
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")


def _tag(element: ElementTree.Element) -> str:
    return element.tag.removeprefix(_MAIN).removeprefix(_STRICT)
