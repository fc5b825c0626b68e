"""Days as texts: how they are written, and what a schema may say of them.

A day is read by ISO 8601 or by a pattern that the schema states, never by a guess: 03/04/2020 is 3 April in one country
and 4 March in another. What becomes of a day is the time since another one, in years of 365.25 days or another unit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from retina_vae.words import did_you_mean

__all__ = [
    "DATE_TYPES",
    "DEFAULT_UNIT",
    "UNITS",
    "DateNotation",
    "Timed",
    "bound_type",
    "index_date",
    "require_date_words",
    "require_references",
]

DATE_TYPES = ("date", "datetime")
"""Types of a Table Schema whose cells are days; those of the second have a time of day."""

UNITS: Mapping[str, float] = {"years": 365.25, "months": 365.25 / 12, "weeks": 7.0, "days": 1.0}
"""Days of each unit in which the time since another day may be."""
DEFAULT_UNIT = "years"

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_ISO = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII | re.IGNORECASE
)
_SAMPLE = datetime(2001, 2, 3)
_SECONDS = 86_400


class DateNotation(NamedTuple):
    """How the days of a column are written.

    Attributes:
        pattern: In the words of ``strptime``; None is ISO 8601.
        times: Whether the time of day counts.
        iso_too: Whether a text that the pattern does not read may be ISO 8601, because the file stores days as such.
    """

    pattern: str | None = None
    times: bool = False
    iso_too: bool = False

    @classmethod
    def of(cls, type_: str, written: str | None, *, iso_too: bool = False) -> DateNotation:
        """The notation of a field with this type and ``format``."""
        return cls(None if written in (None, "default") else written, type_ == "datetime", iso_too)

    def day(self, text: str) -> float:
        """Days from the first day of year 1 to this one; NaN where the text is none.

        >>> DateNotation("%d.%m.%Y").day("02.01.2000") - DateNotation().day("2000-01-01")
        1.0
        >>> DateNotation().day("2021-13-40"), DateNotation("%d.%m.%Y").day("2000-01-01")
        (nan, nan)
        """
        found = _iso(text) if self.pattern is None else _by_pattern(text, self.pattern)
        if found is None and self.iso_too:
            found = _iso(text)
        return math.nan if found is None else self._number(found)

    @property
    def expectation(self) -> str:
        """What a cell must hold, in words that follow "expected"."""
        if self.pattern is None:
            return "a day such as 2020-01-31"
        return f"a day written as {self.pattern}, such as {datetime(2020, 1, 31).strftime(self.pattern)}"

    def _number(self, found: datetime) -> float:
        if not self.times:
            return float(found.toordinal())
        if found.tzinfo is not None:
            found = found.astimezone(UTC)
        seconds = 3600 * found.hour + 60 * found.minute + found.second + found.microsecond / 1e6
        return found.toordinal() + seconds / _SECONDS


class Timed(NamedTuple):
    """What a schema says of one column, as far as days are concerned."""

    name: str
    type: str
    role: str | None
    since: str | None


def index_date(since: str) -> date | None:
    """The day that ``since`` is; None where it is the name of a column.

    Raises:
        ValueError: It is written like a day, and there is none.
    """
    match = _DAY.fullmatch(since)
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        raise ValueError(f"retinaVae:since: expected a day that exists, got {since!r}") from None


def bound_type(value: Any) -> str:
    """Whether a bound is a ``day`` or a ``number``."""
    return "day" if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)) else "number"


def require_date_words(
    type_: str, written: str | None, since: str | None, unit: str | None, bounds: Mapping[str, float | date | None]
) -> None:
    """Check what a field says of days.

    Raises:
        ValueError: ``since``, or a bound that is a day, stands at a column of something else; the day does not exist;
            the pattern is none, or reads ISO 8601 as another day; the unit is none of time.
    """
    days = [name for name, bound in bounds.items() if isinstance(bound, date)]
    if type_ not in DATE_TYPES:
        if since is not None:
            raise ValueError(f"retinaVae:since: expected a field of the type date or datetime, got {type_!r}")
        if days:
            raise ValueError(f"constraints: expected numbers as bounds of the type {type_!r}, got a day as {days[0]}")
        return
    if since is None:
        return
    index_date(since)
    if unit is not None and unit not in UNITS:
        raise ValueError(
            f"retinaVae:unit: expected one of {list(UNITS)}, got {unit!r}{did_you_mean(unit, list(UNITS))}"
        )
    require_pattern(written)


def require_pattern(written: str | None) -> None:
    """Check the ``format`` of a column of days.

    Raises:
        ValueError: It says no day, or another one of a day in ISO 8601.
    """
    if written in (None, "default"):
        return
    pattern = str(written)
    example = "'%d.%m.%Y' for 31.01.2020, '%m/%d/%Y' for 01/31/2020, or no such property for 2020-01-31"
    found = _by_pattern(_written(pattern), pattern)
    if found is None or found.date() != _SAMPLE.date():
        raise ValueError(f"format: expected how a day is written, {example}; got {pattern!r}")
    iso = _by_pattern(_SAMPLE.date().isoformat(), pattern)
    if iso is not None and iso.date() != _SAMPLE.date():
        raise ValueError(
            f"format: expected no pattern that reads 2001-02-03 as another day than 3 February, got {pattern!r}; write "
            "the days differently in the table"
        )


def require_references(fields: list[Timed]) -> None:
    """Check that what columns are measured from are other columns of days.

    Raises:
        ValueError: One is not there, holds no days, or is the column itself.
    """
    known = {field.name: field for field in fields}
    for field in fields:
        if field.since is None or index_date(field.since) is not None:
            continue
        other, said = (
            known.get(field.since),
            f"column {field.name!r}: retinaVae:since: expected a day such as 2020-01-01",
        )
        days = [name for name, known_field in known.items() if known_field.type in DATE_TYPES and name != field.name]
        if other is None or other is field:
            hint = did_you_mean(field.since, days)
            raise ValueError(f"{said} or another column of the type date out of {days}, got {field.since!r}{hint}")
        if other.type not in DATE_TYPES or other.role == "identifier":
            raise ValueError(
                f"{said} or another column of the type date out of {days}, got {field.since!r} of the type "
                f"{other.type!r}; if it holds days, say type: date there"
            )


def _iso(text: str) -> datetime | None:
    if not _ISO.fullmatch(text):
        return None
    day, _, time = text.upper().replace("T", " ").partition(" ")
    padded = "-".join(part.zfill(2) for part in day.split("-"))
    if time:
        padded += f"T{time if time[1:2].isdigit() else '0' + time}"
    try:
        return datetime.fromisoformat(padded)
    except ValueError:
        return None


def _by_pattern(text: str, pattern: str) -> datetime | None:
    # A pattern that is none, such as one that ends in %, is a ValueError, or one of re, too.
    try:
        return datetime.strptime(text, pattern)
    except (ValueError, re.error):
        return None


def _written(pattern: str) -> str:
    try:
        return _SAMPLE.strftime(pattern)
    except ValueError:
        return ""
