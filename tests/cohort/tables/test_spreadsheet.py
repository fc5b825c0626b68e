"""Excel workbooks as people make them."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from retina_vae.cohort.tables import RawTable, read_raw_table
from retina_vae.cohort.tables.spreadsheet_cells import unreadable_cells
from retina_vae.errors import InputError


def workbook(
    tmp_path: Path, rows: list[list[object]], merged: str = "", more: dict[str, list[list[object]]] | None = None
) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "Patients & co"
    for name, table in {"Patients & co": rows, **(more or {})}.items():
        sheet = book[name] if name in book.sheetnames else book.create_sheet(name)
        for row in table:
            sheet.append(row)
    if merged:
        book.active.merge_cells(merged)
    path = tmp_path / "t.xlsx"
    book.save(path)
    return path


def read(tmp_path: Path, rows: list[list[object]], sheet: str | None = None, **more) -> RawTable:
    return read_raw_table(workbook(tmp_path, rows, **more), sheet)


def test_cells_become_the_texts_that_a_reader_expects(tmp_path: Path) -> None:
    rows = [
        ["id", "x", "day", "time", "yes", "text"],
        ["007", 1.0, date(2020, 1, 2), datetime(2020, 1, 2, 3, 4), True, " =x "],
        ["8", 0.5, 43832, None, False, None],
    ]
    found = read(tmp_path, rows)
    assert found.point
    assert found.cells.to_numpy().tolist() == [
        ["007", "1", "2020-01-02", "2020-01-02 03:04:00", "TRUE", "=x"],
        ["8", "0.5", "43832", "", "FALSE", ""],
    ]
    assert {name: mask.tolist() for name, mask in found.stored_numbers.items()} == {
        "x": [True, True],
        "day": [False, True],
    }


def test_empty_rows_above_and_within_are_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, [[None], ["id", "x"], ["a", 1], [None, None], ["b", 2]])
    assert found.rows.tolist() == [1, 3]


def test_of_several_sheets_one_must_be_named(tmp_path: Path) -> None:
    rows, other = [["id"], ["a"]], {"Other": [["id"], ["b"]], "Empty": []}
    with pytest.raises(InputError, match=r"--sheet\), because \['Patients & co', 'Other'\] hold tables"):
        read(tmp_path, rows, more=other)
    found = read(tmp_path, rows, sheet="Other", more=other)
    assert found.cells["id"].tolist() == ["b"]
    assert found.source.endswith("t.xlsx, sheet 'Other'")
    with pytest.raises(InputError, match="expected one of the sheets"):
        read(tmp_path, rows, sheet="None", more=other)
    assert read(tmp_path, rows, more={"Empty": []}).cells["id"].tolist() == ["a"]


def test_merged_cells_are_refused_with_their_places(tmp_path: Path) -> None:
    rows: list[list[object]] = [["id", "x", "y"], ["a", 1, 2], ["b", 3, 4]]
    with pytest.raises(InputError, match=r"found merged cells: B1:C1\. Split them"):
        read(tmp_path, rows, merged="B1:C1")
    with pytest.raises(InputError, match=r"merged cells: A2:A3"):
        read(tmp_path, rows, merged="A2:A3")


def test_a_title_above_the_header_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"found none in column 2 \(B\)\. .* with no title above"):
        read(tmp_path, [["Our patients"], ["id", "x"], ["a", 1]])


def test_a_header_without_or_with_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'x' in column 2 \(B\), column 3 \(C\)"):
        read(tmp_path, [["id", "x", "x"], ["a", 1, 2]])
    with pytest.raises(InputError, match="found no row"):
        read(tmp_path, [["id", "x"]])
    with pytest.raises(InputError, match="found an empty sheet"):
        read(tmp_path, [])


def test_errors_and_uncalculated_formulas_are_refused_with_their_cells(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["id", "x", "y"], ["a", "#DIV/0!", "=1+1"], ["b", 1, 2]])
    assert unreadable_cells(path, "Patients & co") == [
        ("B2", "the error '#DIV/0!'"),
        ("C2", "a formula that was never calculated"),
    ]
    with pytest.raises(InputError, match=r"cell B2: expected a value, found the error '#DIV/0!'"):
        read_raw_table(path)


def test_formulas_give_the_values_that_they_had(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["id", "x"], ["a", "=1+1"], ["b", 3]])
    calculated(path, "<f>1+1</f><v />", "<f>1+1</f><v>2</v>")
    assert read_raw_table(path).cells["x"].tolist() == ["2", "3"]


def test_a_formula_whose_value_is_the_empty_text_is_a_gap(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["id", "x"], ["a", '=""'], ["b", 3]])
    calculated(path, '<c r="B2"><f>""</f><v /></c>', '<c r="B2" t="str"><f>""</f><v></v></c>')
    assert read_raw_table(path).cells["x"].tolist() == ["", "3"]


def calculated(path: Path, formula: str, value: str) -> None:
    """Put the value of a formula into the workbook's XML, as a spreadsheet does when it saves."""
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    # Which of the two is written depends on the library that writes the XML.
    files[name] = files[name].replace(b"<v></v>", b"<v />")
    assert formula.encode() in files[name]
    files[name] = files[name].replace(formula.encode(), value.encode())
    with zipfile.ZipFile(path, "w") as archive:
        for file, data in files.items():
            archive.writestr(file, data)


def test_numbers_longer_than_excels_fifteen_digits_are_remembered(tmp_path: Path) -> None:
    found = read(tmp_path, [["id", "x"], [123456789012345678, 1], [5, 2]])
    assert found.inexact == {"id"}


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"id,x\n1,2\n")
    with pytest.raises(InputError, match="expected an Excel workbook without a password"):
        read_raw_table(path)


@pytest.mark.parametrize("far", ["XFD1048576", "A1048576:XFD1", "XFD900000"])
def test_a_cell_far_away_is_refused_before_the_area_is_read(tmp_path: Path, far: str) -> None:
    """A sheet that reaches to its last corner would be 17 thousand million cells, which no memory holds."""
    path = workbook(tmp_path, [["id", "x"], ["1", 2.0], ["2", 3.0]])
    book = openpyxl.load_workbook(path)
    for place in far.split(":"):
        book.active[place] = 1
    book.save(path)
    with pytest.raises(InputError, match=r"t\.xlsx: expected a sheet with one table, found \d+ cells in an area of"):
        read_raw_table(path, None)


def test_a_large_area_is_read_where_it_is_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As large as an area must be that is looked at: a table with gaps passes, its twin with a cell far away not."""
    monkeypatch.setattr("retina_vae.cohort.tables.spreadsheet_cells._SMALL_AREA", 100)
    rows = [["id", "x"], *([str(number), None if number % 10 else 1.0] for number in range(300))]
    assert len(read(tmp_path, rows).cells) == 300
    rows[150] = ["150", *[None] * 40, 1.0]
    with pytest.raises(InputError, match="expected a sheet with one table"):
        read(tmp_path, rows)
