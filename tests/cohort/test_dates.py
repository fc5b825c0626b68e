"""Days as texts, and what a schema may say of them."""

from datetime import date

import numpy as np
import pytest

from retina_vae.cohort.dates import DateNotation, Timed, index_date, require_date_words, require_references


def days(pattern: str | None, *texts: str, times: bool = False, iso_too: bool = False) -> list[float]:
    return [DateNotation(pattern, times, iso_too).day(text) for text in texts]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (None, "2020-03-04"),
        (None, "2020-3-4"),
        (None, "2020-03-04T23:59:59Z"),
        (None, "2020-03-04 9:30"),
        ("%d.%m.%Y", "04.03.2020"),
        ("%d.%m.%Y", "4.3.2020"),
        ("%m/%d/%Y", "03/04/2020"),
        ("%d/%m/%Y", "04/03/2020"),
        ("%d-%b-%Y", "04-MAR-2020"),
        ("%d.%m.%y", "04.03.20"),
        ("default", "2020-03-04"),
    ],
)
def test_a_day_is_read_as_the_schema_says(pattern: str | None, text: str) -> None:
    assert DateNotation.of("date", pattern).day(text) == date(2020, 3, 4).toordinal()


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (None, "2021-13-40"),
        (None, "2021-02-29"),
        (None, "20210203"),
        (None, "03/04/2020"),
        (None, ""),
        (None, "2020-03-04 25:00"),
        ("%d.%m.%Y", "31.02.2020"),
        ("%d.%m.%Y", "2020-03-04"),
        ("%d.%m.%Y", "04.03.20"),
        ("%d.%m.%Y", "04.03.2020 10:00"),
        ("%m/%d/%Y", "13/01/2020"),
    ],
)
def test_what_is_no_day_is_none(pattern: str | None, text: str) -> None:
    assert np.isnan(DateNotation.of("date", pattern).day(text))


def test_the_time_of_day_counts_of_a_datetime_alone() -> None:
    start, noon = days(None, "2020-01-01", "2020-01-01 12:00", times=True)
    assert noon - start == 0.5
    zoned, utc = days(None, "2020-01-01T02:00:00+02:00", "2020-01-01T00:00:00Z", times=True)
    assert zoned == utc == start
    assert len(set(days(None, "2020-01-01", "2020-01-01 12:00"))) == 1
    (seconds,) = days("%d.%m.%Y %H:%M:%S", "01.01.2020 06:00:00", times=True)
    assert seconds - start == 0.25


def test_a_stored_day_is_itself_among_texts_of_a_pattern() -> None:
    stored, written = days("%d.%m.%Y", "2020-03-04", "04.03.2020", iso_too=True)
    assert stored == written


def test_an_index_date_is_told_from_a_name() -> None:
    assert index_date("2020-01-01") == date(2020, 1, 1)
    assert index_date("birth_date") is None
    with pytest.raises(ValueError, match="a day that exists, got '2020-02-30'"):
        index_date("2020-02-30")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("number", None, "2020-01-01", None, {}), "a field of the type date or datetime, got 'number'"),
        (("date", None, "2020-13-01", None, {}), "a day that exists"),
        (("date", None, "2020-01-01", "year", {}), "did you mean 'years'"),
        (("date", "%d.%m", "2020-01-01", None, {}), "how a day is written"),
        (("date", "any", "2020-01-01", None, {}), "how a day is written"),
        (("date", "%", "2020-01-01", None, {}), "how a day is written"),
        (("date", "%Y-%d-%m", "2020-01-01", None, {}), "reads 2001-02-03 as another day"),
        (("number", None, None, None, {"minimum": date(2020, 1, 1)}), "got a day as minimum"),
    ],
)
def test_what_a_field_cannot_say(words: tuple, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        require_date_words(*words)


def test_formats_of_columns_that_are_not_read_are_nobodys_business() -> None:
    require_date_words("string", "email", None, None, {})
    require_date_words("date", "any", None, "mmHg", {})


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("brith", "did you mean 'birth'"),
        ("visit", r"out of \['birth'\], got 'visit'"),
        ("age", "of the type 'number'; if it holds days, say type: date there"),
    ],
)
def test_a_day_is_measured_from_another_column_of_days(since: str, expected: str) -> None:
    others = [Timed("birth", "date", "ignore", None), Timed("age", "number", "input", None)]
    require_references([*others, Timed("visit", "datetime", "input", "birth")])
    with pytest.raises(ValueError, match=expected):
        require_references([*others, Timed("visit", "datetime", "input", since)])
