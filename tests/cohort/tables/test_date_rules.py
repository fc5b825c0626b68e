"""How days are written, judged by the cells; stated only where they leave one reading."""

from pathlib import Path

import pandas as pd
import pytest

from retina_vae.cohort.schema_file import cohort_schema
from retina_vae.cohort.table_schema import SchemaField, TableSchema
from retina_vae.cohort.tables import read_raw_table
from retina_vae.cohort.tables.date_rules import dates_of
from retina_vae.cohort.tables.draft import draft_schema

EVERY = pd.date_range("2019-01-01", periods=90, freq="11D")
EARLY = pd.DatetimeIndex([f"2020-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 13)])


def proposed(texts: object, *, typed: bool = False):
    found = dates_of(pd.Series(list(texts), dtype="str"), typed=typed)
    assert (found.role, found.kind) == ("ignore", None)
    return found


@pytest.mark.parametrize(
    "pattern",
    [
        *("%d.%m.%Y", "%m.%d.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%d %b %Y", "%d-%b-%Y", "%d%b%Y"),
        *("%d.%m.%Y %H:%M", "%m/%d/%Y %H:%M:%S"),
    ],
)
def test_one_reading_is_stated(pattern: str) -> None:
    found = proposed(EVERY.strftime(pattern))
    assert found.properties == {"format": pattern}
    assert f"written as {pattern}" in found.why
    assert found.type == ("datetime" if "%H" in pattern else "date")


@pytest.mark.parametrize("pattern", ["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"])
def test_iso_needs_no_format(pattern: str) -> None:
    assert proposed(EVERY.strftime(pattern)).properties == {}


@pytest.mark.parametrize("pattern", ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y"])
def test_day_and_month_are_never_guessed(pattern: str) -> None:
    found = proposed(EARLY.strftime(pattern))
    assert found.properties == {}
    assert "can be read in several ways" in found.why
    mirrored = pattern.replace("%d", "%x").replace("%m", "%d").replace("%x", "%m")
    assert f"'{pattern}'" in found.why
    assert f"'{mirrored}'" in found.why


def test_one_slip_leaves_the_reading_and_two_orders_do_not() -> None:
    slip = [*EVERY.strftime("%d/%m/%Y"), "31/02/2020"]
    assert proposed(slip).properties == {"format": "%d/%m/%Y"}
    both = [*EVERY.strftime("%d/%m/%Y"), "12/31/2020"]
    assert proposed(both).properties == {}
    assert "not all written in one way" in proposed(both).why


def test_two_digits_of_a_year_are_said_and_not_stated() -> None:
    found = proposed((EVERY - pd.Timedelta(days=14_000)).strftime("%d.%m.%y"))
    assert found.properties == {}
    assert "two digits" in found.why


def test_days_that_a_file_stores_stand_beside_texts() -> None:
    mixed = [*EVERY[:60].strftime("%Y-%m-%d"), *EVERY[60:].strftime("%d.%m.%Y")]
    assert proposed(mixed, typed=True).properties == {"format": "%d.%m.%Y"}
    assert "not all written in one way" in proposed(mixed).why


def test_a_draft_with_days_goes_on_to_work_and_says_how_to_use_them(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "id": range(90),
            "birth": (EVERY - pd.Timedelta(days=15_000)).strftime("%d.%m.%Y"),
            "visit": EVERY.strftime("%Y-%m-%d"),
            "weight": [60.5 + place / 3 for place in range(90)],
        }
    )
    table.to_csv(tmp_path / "t.csv", index=False)
    draft = draft_schema(read_raw_table(tmp_path / "t.csv")).schema
    assert [column.name for column in cohort_schema(draft, "s").columns] == ["weight"]
    fields = {field.name: field for field in draft.fields}
    assert (fields["birth"].type, fields["birth"].format) == ("date", "%d.%m.%Y")
    assert "another column of days ('birth')" in str(fields["visit"].description)
    said = {"role": "input", "kind": "continuous", "since": "birth"}
    used = TableSchema(fields=[f.model_copy(update=said) if f.name == "visit" else f for f in draft.fields])
    assert cohort_schema(used, "s")["visit"].unit == "years"


def test_serial_numbers_of_a_spreadsheet_are_said_to_be_some() -> None:
    raw = read_raw_table_of([43_000 + place % 60 for place in range(120)], "visit date")
    field: SchemaField = draft_schema(raw).schema.fields[0]
    assert (field.role, field.kind) == ("ignore", None)
    assert "serial numbers of a spreadsheet" in str(field.description)


def read_raw_table_of(values: list[int], name: str):
    from retina_vae.cohort.tables.frames import frame_table

    return frame_table(pd.DataFrame({name: values}))
