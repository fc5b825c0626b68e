"""CSV and TSV as spreadsheets and databases write them."""

from pathlib import Path

import pytest

from retina_vae.cohort.tables.delimited import read_delimited
from retina_vae.cohort.tables.raw import RawTable
from retina_vae.errors import InputError


def read(tmp_path: Path, text: str, encoding: str = "utf-8") -> RawTable:
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode(encoding))
    return read_delimited(path)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_recognised(tmp_path: Path, separator: str) -> None:
    rows = [["id", "a", "b"], ["007", "x y", ""], ["123456789012345678", "NA", "1e5"]]
    found = read(tmp_path, "\n".join(separator.join(row) for row in rows))
    assert found.columns == rows[0]
    assert found.cells.to_numpy().tolist() == rows[1:]
    assert found.comma == (separator != ",")
    assert not found.point


def test_decimal_commas_do_not_pass_for_separators(tmp_path: Path) -> None:
    found = read(tmp_path, "id;a;b\n1;1,5;2,5\n2;3,5;4,5\n")
    assert found.cells["b"].tolist() == ["2,5", "4,5"]


def test_separators_in_quotes_and_in_texts_do_not_count(tmp_path: Path) -> None:
    found = read(tmp_path, 'id,note\n1,"a, b; c\nd ""e"""\n2,x;y;z\n')
    assert found.cells["note"].tolist() == ['a, b; c\nd "e"', "x;y;z"]


def test_a_spreadsheet_may_say_what_separates(tmp_path: Path) -> None:
    found = read(tmp_path, "sep=;\r\nid;a\r\n1;2\r\n", "utf-16")
    assert found.columns == ["id", "a"]
    assert found.rows.tolist() == [1]


def test_one_column_is_a_table(tmp_path: Path) -> None:
    assert read(tmp_path, "id\n1\n2\n").cells["id"].tolist() == ["1", "2"]


def test_blank_rows_are_left_out_and_counted(tmp_path: Path) -> None:
    found = read(tmp_path, "id,a\n\n1,2\n , \n3,4\n\n")
    assert found.rows.tolist() == [2, 4]


def test_what_a_csv_of_ours_escaped_comes_back(tmp_path: Path) -> None:
    found = read(tmp_path, "id,'=a\n'=1+1,'x\n'-5,''+1\n")
    assert found.columns == ["id", "=a"]
    assert found.cells.to_numpy().tolist() == [["=1+1", "'x"], ["-5", "'+1"]]


def test_html_and_formulas_stay_text(tmp_path: Path) -> None:
    found = read(tmp_path, "id,<b>a</b>\n1,=HYPERLINK(1)\n2,<script>x</script>\n")
    assert found.columns == ["id", "<b>a</b>"]
    assert found.cells.iloc[:, 1].tolist() == ["=HYPERLINK(1)", "<script>x</script>"]


def test_ragged_rows_are_refused_with_their_numbers(tmp_path: Path) -> None:
    text = "id,a,b\n" + "1,2,3\n" * 3 + "\n4,5\n6,7,8,9\n"
    with pytest.raises(InputError) as error:
        read(tmp_path, text)
    assert "row 5: expected 3 cells, as in the header, found 2 cells" in str(error.value)
    assert "row 6: expected 3 cells, as in the header, found 4 cells" in str(error.value)
    with pytest.raises(InputError, match="and 5 more"):
        read(tmp_path, "id,a,b\n" + "1,2,3\n" * 30 + "1,2\n" * 15)


def test_an_open_quote_is_refused_with_the_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 3: expected cells separated by ','"):
        read(tmp_path, 'id,a\n1,2\n3,"4\n')


@pytest.mark.parametrize("text", ["", "\n\n", ",,\n1,2,3\n"])
def test_a_file_without_header_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="expected a first row with the names of the columns"):
        read(tmp_path, text)


def test_the_reader_is_told_how_the_file_was_read(tmp_path: Path) -> None:
    notes = read(tmp_path, "id;größe\n1;2\n", "cp1252").notes
    assert notes[0] == "Windows-1252, columns separated by ';'"
    assert "save the table in UTF-8" in notes[1]
