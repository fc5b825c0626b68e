import csv
from pathlib import Path

import pandas as pd
import pytest

from retina_vae.errors import ConfigurationError, InputError
from retina_vae.files import (
    atomic_path,
    escape_formula,
    escape_formulas,
    read_table,
    require_file,
    require_regular_file,
    require_writable,
    said_of,
    sha256,
    unescape_formula,
    write_table,
    write_text,
)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_text("old", path)

    def fail() -> None:
        with atomic_path(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_folders_are_made(tmp_path: Path) -> None:
    write_text("text", tmp_path / "a/b/c.txt")
    assert (tmp_path / "a/b/c.txt").read_text() == "text"


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file where the folder should be")
    with pytest.raises(ConfigurationError, match=r"results/run: expected a folder .*results is a file"):
        require_writable(tmp_path / "results/run")
    with pytest.raises(ConfigurationError, match=r"expected a folder that can be written.*Set `results`"):
        write_text("text", tmp_path / "results/run/x.txt")


def test_a_folder_that_does_not_exist_yet_is_checked_without_being_made(tmp_path: Path) -> None:
    require_writable(tmp_path / "a/b")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_the_same_table_is_the_same_bytes(tmp_path: Path, name: str) -> None:
    table = pd.DataFrame({"a": [1, 2], "b": [0.1, 1 / 3], "c": ["x", "ü"]})
    digests = []
    for folder in ("one", "two"):
        write_table(table, tmp_path / folder / name)
        digests.append(sha256(tmp_path / folder / name))
    assert digests[0] == digests[1]
    pd.testing.assert_frame_equal(read_table(tmp_path / "one" / name), table)


SIGNS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]
HARMLESS = ["P1", "a=1", "'", "''", "'quoted'", "1-2", " =1", "", "ü", "−1"]


@pytest.mark.parametrize("apostrophes", ["", "'", "''"])
@pytest.mark.parametrize("sign", SIGNS)
def test_a_formula_gets_an_apostrophe_that_reading_takes_off(sign: str, apostrophes: str) -> None:
    text = f"{apostrophes}{sign}1"
    assert escape_formula(text) == f"'{text}"
    assert unescape_formula(escape_formula(text)) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert escape_formula(text) == unescape_formula(text) == text


def awkward_texts() -> list[str]:
    return [*(f"{before}{sign}1,2" for sign in SIGNS for before in ("", "'", "''")), *filter(None, HARMLESS)]


@pytest.mark.parametrize("dtype", ["str", "object", "category"])
def test_no_cell_of_a_csv_file_is_a_formula_and_reading_gives_the_table_back(tmp_path: Path, dtype: str) -> None:
    texts = pd.Series(awkward_texts()).astype(dtype)
    table = pd.DataFrame({"=name": texts, "number": -1.5, "'-quoted": "x"})
    before = table.copy()
    write_table(table, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as stream:
        header, *rows = csv.reader(stream)
    assert header == ["'=name", "number", "''-quoted"]
    assert not any(cell.startswith(tuple(SIGNS)) for row in rows for cell in (row[0], row[2]))
    assert {row[1] for row in rows} == {"-1.5"}
    pd.testing.assert_frame_equal(table, before)
    read = read_table(tmp_path / "t.csv", ["=name", "'-quoted"])
    assert read["=name"].tolist() == awkward_texts()
    pd.testing.assert_frame_equal(read.drop(columns="=name"), table.drop(columns="=name"))


@pytest.mark.parametrize("gap", [[], [None]])
def test_text_that_looks_like_numbers_is_read_back_where_it_is_said_to_be_text(tmp_path: Path, gap: list[None]) -> None:
    texts = [*gap, "007", "1.0", "100000000000000001", "True", "1e5", "NA", "None", "nan", "'=1"]
    table = pd.DataFrame({"=id": pd.Series(texts, dtype="str"), "number": 0.5})
    write_table(table, tmp_path / "t.csv")
    pd.testing.assert_frame_equal(read_table(tmp_path / "t.csv", texts=["=id", "no such column"]), table)


def test_only_an_empty_cell_is_missing(tmp_path: Path) -> None:
    table = pd.DataFrame({"category": ["NA", "None", "x"], "number": [0.5, float("nan"), float("inf")]})
    write_table(table, tmp_path / "t.csv")
    pd.testing.assert_frame_equal(read_table(tmp_path / "t.csv"), table)


def test_parquet_is_written_as_it_is(tmp_path: Path) -> None:
    table = pd.DataFrame({"=name": ["=1+1", "'=1", "P1"]})
    write_table(table, tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "t.parquet"), table)
    pd.testing.assert_frame_equal(read_table(tmp_path / "t.parquet"), table)


def test_without_a_formula_the_bytes_are_those_of_pandas(tmp_path: Path) -> None:
    table = pd.DataFrame({"text": ["P1", None, "it's"], "number": [-1, 2, -3], "mixed": [-1, "x", None]})
    table["category"] = pd.Categorical(["a", "b", None])
    write_table(table, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == table.to_csv(index=False, lineterminator="\n")


def test_escaping_keeps_the_types_of_the_columns() -> None:
    table = pd.DataFrame({"s": pd.Series(["=1", None], dtype="str"), "o": pd.Series(["=1", -1], dtype=object)})
    table["t"] = pd.Series(["=1", "P1"], dtype=object)
    escaped = escape_formulas(table)
    assert escaped.dtypes.tolist() == table.dtypes.tolist()
    assert escaped["o"].tolist() == ["'=1", -1]
    assert escaped["s"].isna().tolist() == [False, True]


def test_missing_and_damaged_tables_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.csv: expected a table of an earlier stage"):
        read_table(tmp_path / "nowhere.csv")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match=r"bad\.parquet"):
        read_table(tmp_path / "bad.parquet")
    write_table(pd.DataFrame({"a": [1]}), tmp_path / "t.csv")
    with pytest.raises(InputError, match=r"expected the columns \['a', 'b'\], but \['b'\] are missing"):
        read_table(tmp_path / "t.csv", ["a", "b"])


def test_sha256_is_the_standard_one(tmp_path: Path) -> None:
    write_text("abc", tmp_path / "abc")
    assert sha256(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_what_a_library_says_is_one_line_without_signs_that_a_terminal_obeys() -> None:
    assert said_of(ValueError("Unknown\x0e type\x1b[2J\nof file.\n.")) == "Unknown type [2J of file"
    assert said_of(OSError(28, "No space left on device", "a")) == "No space left on device"


def test_a_missing_file_is_told_as_missing_with_names_like_it(tmp_path: Path) -> None:
    for name in ("patients.csv", "patients.xlsx", ".patients.csv", "other.txt"):
        (tmp_path / name).touch()
    with pytest.raises(InputError) as error:
        require_regular_file(tmp_path / "patient.csv", "a table")
    said = f"{tmp_path / 'patient.csv'}: expected a table, but there is no such file. Check the path: "
    assert str(error.value) == f"{said}{tmp_path / 'patients.csv'} and {tmp_path / 'patients.xlsx'} are there."
    with pytest.raises(ConfigurationError) as missing:
        require_file(str(tmp_path / "othr.txt"), "cohort.table", "a table")
    assert str(missing.value).endswith(
        f"no file {tmp_path / 'othr.txt'}. Check the path: {tmp_path}/other.txt is there."
    )
    with pytest.raises(InputError, match=r"no such file\. Check the path\.$"):
        require_regular_file(tmp_path / "zzz", "a table")
    with pytest.raises(InputError, match=rf"no such file\. There is no folder {tmp_path}/x either; check the path\.$"):
        require_regular_file(tmp_path / "x" / "patients.csv", "a table")
