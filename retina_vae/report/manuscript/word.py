"""Tables of a manuscript as a Word document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from retina_vae.report.manuscript.tables import ManuscriptTable

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table, _Cell

__all__ = ["to_word"]

# So that the same tables give the same bytes.
_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
_EARLIEST = (1980, 1, 1, 0, 0, 0)

# What no XML document may hold.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

_POINTS, _SMALL_POINTS = 9, 8


def to_word(tables: Sequence[ManuscriptTable], title: str) -> bytes:
    """A document with one section per table, in landscape where the table is wide.

    Every table is a real one: its head is repeated on each page, and lines stand above, below and under the head alone.
    """
    import docx

    document = docx.Document()
    _set_properties(document, _clean(title))
    for place, table in enumerate(tables):
        _add_section(document, table.wide, first=place == 0)
        caption = document.add_paragraph(f"Table {table.number}. {_clean(table.caption)}", style="Caption")
        caption.paragraph_format.keep_with_next = True
        _add_table(document, table)
        for note in table.notes:
            run = document.add_paragraph().add_run(_clean(note))
            run.font.size = _points(_SMALL_POINTS)
    stream = BytesIO()
    document.save(stream)
    return _without_moments(stream.getvalue())


def _clean(text: str) -> str:
    return _FORBIDDEN.sub(" ", text)


def _points(size: float) -> Any:
    from docx.shared import Pt

    return Pt(size)


def _set_properties(document: Document, title: str) -> None:
    own = document.core_properties
    own.title, own.author, own.comments, own.last_modified_by, own.revision = title, "", "", "", 1
    own.created = own.modified = own.last_printed = _MOMENT


def _add_section(document: Document, wide: bool, first: bool) -> None:
    from docx.enum.section import WD_ORIENT, WD_SECTION
    from docx.shared import Cm

    section = document.sections[-1] if first else document.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    sides = sorted((Cm(21.0), Cm(29.7)), reverse=wide)
    section.page_width, section.page_height = sides
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(2.0)


def _add_table(document: Document, table: ManuscriptTable) -> None:
    made = document.add_table(rows=1 + len(table.rows), cols=len(table.heads))
    for row, cells in zip(made.rows, [table.heads, *table.rows], strict=True):
        for place, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
            _fill(cell, text, bold=row._index == 0, right=place > 0)
    _set_widths(made, 25.7 if table.wide else 17.0)
    _repeat_head(made)
    _draw_rules(made)


def _fill(cell: _Cell, text: str, bold: bool, right: bool) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = _points(0)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT if right else WD_ALIGN_PARAGRAPH.LEFT
    run = paragraph.add_run(_clean(text))
    run.font.size, run.bold = _points(_POINTS), bold


def _set_widths(table: Table, whole: float) -> None:
    """Give the names of the rows twice the width of the others, ``whole`` centimetres in all."""
    from docx.shared import Cm

    share = whole / (len(table.columns) + 1)
    for place, column in enumerate(table.columns):
        column.width = Cm(share if place else 2 * share)
    for row in table.rows:
        for place, cell in enumerate(row.cells):
            cell.width = Cm(share if place else 2 * share)


def _repeat_head(table: Table) -> None:
    """Mark the first row as the head, which is repeated where the table goes on, and keep every row on one page."""
    from docx.oxml import OxmlElement

    for place, row in enumerate(table.rows):
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if place == 0:
            properties.append(OxmlElement("w:tblHeader"))


def _draw_rules(table: Table) -> None:
    """Lines above and below the table, and a thinner one under its head."""
    properties, look = table._tbl.tblPr, table._tbl.tblPr.find(_qualified("w:tblLook"))
    borders = _borders("w:tblBorders", {"top": 8, "bottom": 8})
    # The order of these is fixed.
    properties.insert(len(properties) if look is None else properties.index(look), borders)
    for cell in table.rows[0].cells:
        cell._tc.get_or_add_tcPr().append(_borders("w:tcBorders", {"bottom": 4}))


def _qualified(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(name))


def _borders(name: str, sides: dict[str, int]) -> Any:
    """Lines at some sides, in eighths of a point."""
    from docx.oxml import OxmlElement

    borders = OxmlElement(name)
    for side, eighths in sides.items():
        line = OxmlElement(f"w:{side}")
        for key, value in {"val": "single", "sz": str(eighths), "space": "0", "color": "000000"}.items():
            line.set(_qualified(f"w:{key}"), value)
        borders.append(line)
    return borders


def _without_moments(data: bytes) -> bytes:
    """The same archive with the parts in the same order and no moment in it."""
    stream = BytesIO()
    with ZipFile(BytesIO(data)) as source, ZipFile(stream, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(ZipInfo(name, _EARLIEST), source.read(name), ZIP_DEFLATED)
    return stream.getvalue()
