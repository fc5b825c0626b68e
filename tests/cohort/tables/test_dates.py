"""Columns of days: from cells, of any file, to the years since another day."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from retina_vae.cohort.schema_file import cohort_schema, read_table_schema
from retina_vae.cohort.table import read_table_cohort
from retina_vae.cohort.table_schema import SchemaField, TableSchema
from retina_vae.cohort.tables import read_raw_table
from retina_vae.cohort.tables.cells import Values, read_values
from retina_vae.cohort.tables.raw import Cells, make_raw_table
from retina_vae.errors import InputError

ID = SchemaField(name="id", role="identifier")
BIRTH = SchemaField(name="birth", type="date", role="ignore", format="%d.%m.%Y")


def document(*fields: SchemaField) -> TableSchema:
    return TableSchema(fields=(ID, *fields), missing_values=("", "NA"))


def visit(since: str = "2020-01-01", **more) -> SchemaField:
    return SchemaField(
        **{"name": "visit", "type": "date", "role": "input", "kind": "continuous", "since": since} | more
    )


def read(columns: Mapping[str, Sequence[str]], *fields: SchemaField, point: bool = False) -> Values:
    rows = len(next(iter(columns.values())))
    cells = {"id": [f"P{row}" for row in range(rows)], **columns}
    raw = make_raw_table("t.csv", Cells(list(cells), list(cells.values()), range(1, rows + 1)), point=point, comma=True)
    schema = document(*fields)
    return read_values(raw, schema, cohort_schema(schema, "s.yaml"))


def test_days_become_years_since_an_index_date() -> None:
    found = read({"visit": ["2020-01-01", "2021-01-01", "2019-12-31", "", "NA"]}, visit())
    np.testing.assert_allclose(found.patients["visit"], [0, 366 / 365.25, -1 / 365.25, np.nan, np.nan])
    assert found.faults == []


@pytest.mark.parametrize(("unit", "days"), [("years", 365.25), ("months", 30.4375), ("weeks", 7), ("days", 1)])
def test_the_unit_of_the_time_is_the_fields(unit: str, days: float) -> None:
    found = read({"visit": ["2020-03-01"]}, visit(unit=unit))
    assert found.patients["visit"][0] == pytest.approx(60 / days)


def test_days_become_years_since_an_ignored_column_with_a_notation_of_its_own() -> None:
    columns = {"visit": ["2020-07-01", "2020-07-01", "2020-07-01"], "birth": ["01.07.1960", "", "2.7.1960"]}
    found = read(columns, visit("birth", kind="positive"), BIRTH)
    expected = (date(2020, 7, 1) - date(1960, 7, 1)).days / 365.25
    np.testing.assert_allclose(found.patients["visit"], [expected, np.nan, expected - 1 / 365.25])
    assert list(found.patients) == ["id", "visit"]
    assert found.faults == []


def test_the_cohort_knows_the_column_as_years() -> None:
    column = cohort_schema(document(visit("birth"), BIRTH), "s.yaml")["visit"]
    assert (column.axis_label, column.kind) == ("visit since birth (years)", "continuous")
    titled = cohort_schema(document(visit(title="Seen", unit="days")), "s.yaml")["visit"]
    assert titled.axis_label == "Seen (days)"


def test_bad_days_are_faults_with_row_column_and_what_is_expected() -> None:
    columns = {
        "visit": ["2021-13-40", "03/04/2020", "1899-12-31", "2027-01-01", "2020-07-01", "2020-07-01", "2026-12-31"],
        "birth": ["01.07.1960"] * 4 + ["31.02.1960", "02.07.2021", "01.07.1960"],
    }
    bounds = {"minimum": "1900-01-01", "maximum": "2026-12-31"}
    found = read(columns, visit("birth", kind="positive", constraints=bounds), BIRTH)
    expected = "a day such as 2020-01-31 from 1900-01-01 to 2026-12-31"
    assert sorted(found.faults) == [
        (1, "visit", expected, "'2021-13-40'"),
        (2, "visit", expected, "'03/04/2020'"),
        (3, "visit", expected, "'1899-12-31'"),
        (4, "visit", expected, "'2027-01-01'"),
        (5, "birth", "a day written as %d.%m.%Y, such as 31.01.2020", "'31.02.1960'"),
        (6, "visit", "a number above 0 years since birth", "'2020-07-01', which is -1.002 years since birth"),
    ]
    assert found.patients["visit"].isna().tolist() == [True] * 6 + [False]


def test_a_bad_day_from_which_two_columns_are_measured_is_one_fault() -> None:
    columns = {"visit": ["2020-07-01"], "end": ["2020-07-02"], "birth": ["31.02.1960"]}
    found = read(columns, visit("birth"), visit("birth", name="end"), BIRTH)
    assert [(fault.row, fault.column) for fault in found.faults] == [(1, "birth")]


def test_numbers_bound_the_years_and_required_asks_for_both_days() -> None:
    columns = {"visit": ["2020-07-01", "2020-07-01", ""], "birth": ["01.07.2010", "", "01.07.2010"]}
    found = read(columns, visit("birth", constraints={"minimum": 18, "required": True}), BIRTH)
    assert sorted(found.faults) == [
        (1, "visit", "a finite number from 18 years since birth", "'2020-07-01', which is 10 years since birth"),
        (2, "visit", "a day here and in 'birth'", "nothing in 'birth'"),
        (3, "visit", "a finite number from 18 years", "nothing"),
    ]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (SchemaField(name="visit", type="date", role="input", kind="continuous"), "say `retinaVae:since: 2020-01-01`"),
        (visit(kind="count"), "expected the kind continuous, positive or zero_inflated of the years"),
        (visit(kind="nominal"), "expected the kind continuous, positive or zero_inflated of the years"),
    ],
)
def test_used_days_need_a_start_and_a_kind_of_number(field: SchemaField, expected: str) -> None:
    with pytest.raises(InputError, match="column 'visit': expected") as error:
        cohort_schema(document(field), "s.yaml")
    assert expected in str(error.value)


def test_the_schema_is_written_and_read_again(tmp_path: Path) -> None:
    bounds = {"minimum": "1900-01-01", "maximum": 120.5}
    schema = document(visit("birth", constraints=bounds), BIRTH)
    for name in ("s.yaml", "s.json"):
        (tmp_path / name).write_text(schema.to_text(tmp_path / name), encoding="utf-8")
        again = read_table_schema(tmp_path / name)
        assert again.fields == schema.fields
        assert again.fields[1].constraints.minimum == date(1900, 1, 1)


def test_a_slip_in_the_file_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        "fields:\n- name: id\n  retinaVae:role: identifier\n- name: visit\n  type: date\n  retinaVae:role: input\n"
        "  retinaVae:kind: continuous\n  retinaVae:since: 2020-02-30\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError, match="line 8: column 'visit': retinaVae:since: expected a day that exists"):
        read_table_schema(path)


DAYS = [date(1960, 5, 17), None, date(1931, 12, 31), date(2004, 2, 29)]
SEEN = [datetime(2020, 1, 1), datetime(2021, 6, 1, 12), datetime(2019, 3, 3), None]


def frame() -> pd.DataFrame:
    return pd.DataFrame({"id": list("abcd"), "birth": pd.Series(DAYS, dtype=object), "seen": pd.Series(SEEN)})


def _excel(path: Path) -> None:
    # Beside real dates a workbook may hold a date that was typed as a text.
    table = frame()
    table.loc[2, "birth"] = "31.12.1931"
    table.to_excel(path, index=False)


def _stored(write):
    return lambda path: write(frame(), str(path))


@pytest.mark.parametrize(
    ("suffix", "write"),
    [
        (".csv", lambda path: frame().to_csv(path, index=False)),
        (".xlsx", _excel),
        (".parquet", lambda path: frame().to_parquet(path, index=False)),
        (".sav", _stored(pyreadstat.write_sav)),
        (".dta", _stored(pyreadstat.write_dta)),
        (".xpt", _stored(pyreadstat.write_xport)),
    ],
)
def test_every_format_gives_the_same_years(suffix: str, write, tmp_path: Path) -> None:
    path = tmp_path / f"t{suffix}"
    write(path)
    raw = read_raw_table(path)
    born = SchemaField(name="birth", type="date", role="ignore", format=None if suffix == ".csv" else "%d.%m.%Y")
    schema = document(born, visit("birth", name="seen", type="datetime"))
    found = read_values(raw, schema, cohort_schema(schema, "s.yaml"))
    assert found.faults == []
    days = [(SEEN[0].date() - DAYS[0]).days, np.nan, (SEEN[2].date() - DAYS[2]).days, np.nan]
    np.testing.assert_allclose(found.patients["seen"], np.array(days) / 365.25)


def test_a_table_with_bad_days_is_refused_with_one_message(tmp_path: Path) -> None:
    days = [f"2020-01-{day:02}" for day in range(1, 31)]
    table = pd.DataFrame({"id": range(30), "visit": [*days[:-1], "2021-13-40"]})
    table.to_csv(tmp_path / "t.csv", index=False)
    (tmp_path / "s.yaml").write_text(document(visit()).to_yaml(), encoding="utf-8")
    with pytest.raises(
        InputError, match="row 30, column 'visit': expected a day such as 2020-01-31, found '2021-13-40'"
    ):
        read_table_cohort(tmp_path / "t.csv", tmp_path / "s.yaml")
    found = read_table_cohort(tmp_path / "t.csv", tmp_path / "s.yaml", set_rows_aside=True)
    assert len(found.patients) == 29
    assert found.patients["visit"].iloc[-1] == pytest.approx(28 / 365.25)
