"""Rules for columns of days: how they are written, where the cells leave one reading."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from retina_vae.cohort.dates import DATE_TYPES, DateNotation
from retina_vae.cohort.table_schema import SchemaField
from retina_vae.cohort.tables.dates import FloatArray, parse_days
from retina_vae.cohort.tables.evidence import DATES, Evidence, Proposal
from retina_vae.cohort.tables.words import looks_like_date

__all__ = ["dates", "dates_of", "name_other_dates"]

_YEARS = ("%Y", "%y")
_ORDERS = ("{y}-%m-%d", "{y}/%m/%d", "{y}.%m.%d", *(f"%{a}{s}%{b}{s}{{y}}" for s in "./-" for a, b in ("dm", "md")))
_WORDED = ("%d %b {y}", "%d-%b-{y}", "%d %B {y}", "%d-%B-{y}", "%d%b{y}")
_TIMES = ("", " %H:%M", " %H:%M:%S")
_PATTERNS: tuple[str | None, ...] = (
    None,
    *(
        order.format(y=year) + time
        for time, year, order in product(_TIMES, _YEARS, (*_ORDERS, *_WORDED))
        # That is ISO 8601.
        if order != _ORDERS[0] or year == "%y"
    ),
)
_LOOKED_AT = 200
"""Texts by which it is judged which patterns are worth trying on all."""
_MOST_SHOWN = 4

_TIME = r"\d{1,2}:\d{2}"

_USE = (
    "Ignored as it stands; to use the years since another day, say the role, retinaVae:kind: continuous, and as "
    "retinaVae:since a day such as 2020-01-01 or another column of days"
)


def dates(evidence: Evidence) -> Proposal | None:
    """Days, which are ignored until somebody says from when they are measured."""
    share = sum(number for text, number in evidence.counts.items() if looks_like_date(text)) / len(evidence.known)
    if share >= DATES:
        return dates_of(evidence.known, typed=evidence.typed)
    named = any(word in evidence.name.casefold() for word in ("date", "datum", "birthday", "dob"))
    if not (named and evidence.whole and evidence.finite.min() >= 10_000 and evidence.finite.max() <= 80_000):
        return None
    why = (
        "Probably dates as serial numbers of a spreadsheet, which are not read. To use them, give the cells the format "
        "of a date in the spreadsheet, save it and run again"
    )
    return Proposal("ignore", None, why)


def dates_of(known: pd.Series, *, typed: bool) -> Proposal:
    """A column that is known to hold days.

    Args:
        known: Its texts that are not missing.
        typed: Whether the file stores days as such.
    """
    texts = pd.Series(known.unique(), dtype="str")
    timed = texts.str.contains(_TIME, regex=True).any()
    type_ = "datetime" if timed else "date"
    readings = _readings(texts, typed)
    if len(readings) == 1 and "%y" not in (readings[0] or ""):
        pattern = readings[0]
        how = "" if pattern is None else f", written as {pattern}"
        return Proposal("ignore", None, f"dates{how}. {_USE}", type_, {"format": pattern} if pattern else {})
    return Proposal("ignore", None, f"{_open(readings)}. {_USE}", type_)


def name_other_dates(fields: Sequence[SchemaField]) -> list[SchemaField]:
    """The fields; the reasons of those that hold days name the others, from which they may be measured."""
    named = [field.name for field in fields if field.type in DATE_TYPES]

    def changed(field: SchemaField) -> SchemaField:
        others = [repr(name) for name in named if name != field.name][:_MOST_SHOWN]
        if field.type not in DATE_TYPES or not others or _USE not in (field.description or ""):
            return field
        said = str(field.description).replace(_USE, f"{_USE} ({', '.join(others)})")
        return field.model_copy(update={"description": said})

    return [changed(field) for field in fields]


def _readings(texts: pd.Series, typed: bool) -> list[str | None]:
    """The patterns that read the most texts; one of those that read all of them as the same days."""
    tried = texts.iloc[:: max(1, len(texts) // _LOOKED_AT)]
    patterns = [pattern for pattern in _PATTERNS if not np.isnan(_days(tried, pattern, typed)).all()]
    days = {pattern: _days(texts, pattern, typed) for pattern in patterns}
    most = max((int((~np.isnan(found)).sum()) for found in days.values()), default=0)
    different: dict[str | None, FloatArray] = {}
    for pattern, found in days.items():
        best = int((~np.isnan(found)).sum()) == most >= DATES * len(texts)
        if best and not any(np.array_equal(found, other, equal_nan=True) for other in different.values()):
            different[pattern] = found
    return _unmixed(different, days)


def _unmixed(best: dict[str | None, FloatArray], days: dict[str | None, FloatArray]) -> list[str | None]:
    """The best patterns; none where another one reads a text that the best does not: the column is mixed."""
    if len(best) != 1:
        return list(best)
    read = ~np.isnan(next(iter(best.values())))
    mixed = any((~np.isnan(found) & ~read).any() for found in days.values())
    return [] if mixed else list(best)


def _days(texts: pd.Series, pattern: str | None, typed: bool) -> FloatArray:
    return parse_days(texts, DateNotation(pattern, times=True, iso_too=typed))


def _open(readings: Sequence[str | None]) -> str:
    if not readings:
        return "Dates that are not all written in one way: write them in one way in the table, and say it as format"
    shown = [f"format: '{pattern}'" if pattern else "no format (ISO 8601)" for pattern in readings[:_MOST_SHOWN]]
    if len(readings) == 1:
        return (
            f"Dates whose years have two digits: say {shown[0]}, by which 69 to 99 are 1969 to 1999 and 00 to 68 are "
            "2000 to 2068, or write four digits in the table"
        )
    return f"Dates of which every one can be read in several ways: say {' or '.join(shown)}"
