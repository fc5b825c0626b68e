"""Which reader reads what."""

from pathlib import Path

import pytest

from retina_vae.cohort.tables import read_raw_table
from retina_vae.cohort.tables.read import _STATISTICS_FILES
from retina_vae.cohort.tables.stored import STATISTICS_FILES
from retina_vae.errors import InputError


def test_the_suffix_decides_in_small_or_capital_letters(tmp_path: Path) -> None:
    (tmp_path / "T.TSV").write_text("id\tx\n1\t2\n")
    assert read_raw_table(tmp_path / "T.TSV").columns == ["id", "x"]


def test_missing_files_and_other_formats_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_raw_table(tmp_path / "none.csv")
    (tmp_path / "t.xls").write_bytes(b"x")
    with pytest.raises(InputError, match=r"found '\.xls', in which cells with an error would pass for missing\. Save"):
        read_raw_table(tmp_path / "t.xls")
    (tmp_path / "t.pdf").write_bytes(b"x")
    with pytest.raises(InputError, match=r"expected a table that ends in one of \['.csv'.*found '\.pdf'\. Save"):
        read_raw_table(tmp_path / "t.pdf")


def test_a_sheet_is_a_matter_of_workbooks(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id\n1\n")
    with pytest.raises(InputError, match="expected no name of a sheet"):
        read_raw_table(tmp_path / "t.csv", "Sheet1")


def test_every_statistics_file_has_a_reader() -> None:
    assert set(_STATISTICS_FILES) == set(STATISTICS_FILES)
