"""Values as the cells of a table hold them."""

import numpy as np
import pandas as pd
import pytest

from retina_vae.assign.notation import CellWriter, number_text
from tests.assign.clinic import CLINIC, CLINIC_TABLE


def test_categories_become_the_codes_of_the_analysts_table() -> None:
    grades = pd.Series(["mild", None, "severe"], dtype="str")
    assert CellWriter(CLINIC_TABLE, as_text=True).write(CLINIC["grade"], grades).fillna("").tolist() == ["1", "", "3"]
    assert CellWriter(None, as_text=True).write(CLINIC["grade"], grades).dropna().tolist() == ["mild", "severe"]


def test_sets_of_categories_are_separated_by_bars() -> None:
    sets = np.array([[True, False, True], [False, True, False]])
    assert CellWriter(CLINIC_TABLE, as_text=True).write_set(CLINIC["ward"], sets).tolist() == ["1 | 3", "2"]


@pytest.mark.parametrize(
    ("value", "decimal", "text"),
    [
        (1234.5, ",", "1234,5"),
        (-0.25, ".", "-0.25"),
        (3.0, ",", "3"),
        (1e-7, ".", "0.0000001"),
        (np.nan, ".", ""),
        (7, ".", "7"),
    ],
)
def test_numbers_are_written_without_exponent(value: float, decimal: str, text: str) -> None:
    assert number_text(value, decimal) == text


def test_only_filled_cells_are_written_anew() -> None:
    values, cells = pd.Series([1234.5, 2.25, np.nan]), pd.Series(["1.234,50", "-99", "-99"], dtype="str")
    filled = np.array([False, True, False])
    column = CLINIC["serum ferritin"]
    written = CellWriter(CLINIC_TABLE, as_text=True).complete(column, values, cells, filled)
    assert written.tolist() == ["1.234,50", "2,25", "-99"]
    stored = CellWriter(CLINIC_TABLE, as_text=False).complete(column, values, cells, filled)
    assert stored.tolist()[:2] == [1234.5, 2.25]
    assert np.isnan(stored[2])
