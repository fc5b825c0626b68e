from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import docx
from docx.oxml.ns import qn

from retina_vae.report.manuscript.tables import ManuscriptTable
from retina_vae.report.manuscript.word import to_word

NARROW = ManuscriptTable(1, "narrow", "A <small> & plain one.", ["Row", "A"], [["x", "1"], ["=1+1", "−2"]], ["Below."])
WIDE = ManuscriptTable(2, "wide", "Many.", ["Row", *"ABCDEFGH"], [["y\x00z", *"12345678"]])


def opened(data: bytes) -> docx.document.Document:
    return docx.Document(BytesIO(data))


def test_tables_are_real_ones_with_captions_notes_and_repeated_heads() -> None:
    document = opened(to_word([NARROW, WIDE], "Tables"))
    first, second = document.tables
    assert [[cell.text for cell in row.cells] for row in first.rows] == [["Row", "A"], ["x", "1"], ["=1+1", "−2"]]
    assert [cell.text for cell in second.rows[1].cells] == ["y z", *"12345678"]
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert texts[:2] == ["Table 1. A <small> & plain one.", "Below."]
    assert "Table 2. Many." in texts
    for table in document.tables:
        heads = [row._tr.find(f".//{qn('w:tblHeader')}") is not None for row in table.rows]
        assert heads == [True, *[False] * (len(table.rows) - 1)]
        names = [child.tag for child in table._tbl.tblPr]
        assert names.index(qn("w:tblBorders")) < names.index(qn("w:tblLook"))


def test_a_wide_table_lies_on_its_side() -> None:
    document = opened(to_word([NARROW, WIDE], "Tables"))
    assert [section.page_width > section.page_height for section in document.sections] == [False, True]


def test_the_same_tables_give_the_same_bytes_without_a_moment_or_a_name_in_them() -> None:
    data = to_word([NARROW], "Tables")
    assert data == to_word([NARROW], "Tables")
    assert {entry.date_time for entry in ZipFile(BytesIO(data)).infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = opened(data).core_properties
    assert (properties.title, properties.author, properties.last_modified_by) == ("Tables", "", "")
    assert properties.created == properties.modified
    assert properties.created is not None
    assert properties.created.year == 2000
