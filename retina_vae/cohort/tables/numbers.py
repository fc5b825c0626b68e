"""Numbers as they stand in cells, in any country's way."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["Limits", "Notation", "parse_limits", "parse_numbers", "whole_number_texts", "without_limit_sign"]

FloatArray = NDArray[np.float64]

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_GROUPED = r"[+-]?\d{{1,3}}({group}\d{{3}})+({decimal}\d*)?"
_BARE = re.compile(r"^[^\d.,+-]*|[^\d.,]*$")
_LIMIT = re.compile(r"\s*(<=|>=|[<>≤≥])\s*(.*)", re.DOTALL)
_WHOLE = re.compile(r"([+-]?)0*(\d+)(\.0*)?", re.ASCII)


class Notation(NamedTuple):
    """How a number is written, in the words of a Table Schema.

    Attributes:
        decimal: The decimal sign, a point or a comma.
        group: What stands between groups of three digits, if anything.
        bare: Whether nothing stands around the number, such as a unit or %.
        point: Whether a number with a point is one, too, because the format itself stores numbers.
    """

    decimal: str = "."
    group: str | None = None
    bare: bool = True
    point: bool = False

    def number(self, text: str) -> float:
        """The number that a text is; NaN where it is none, or no finite one.

        >>> Notation().number("1.5"), Notation(",", ".").number("1.234,5"), Notation(bare=False).number("45 %")
        (1.5, 1234.5, 45.0)
        >>> Notation().number("1_000"), Notation().number("inf"), Notation(",").number("1.234")
        (nan, nan, nan)
        """
        if _LIMIT.match(text):
            # What stands around a number may be left out, what makes it a limit may not.
            return float("nan")
        plain = text if self.bare else _BARE.sub("", text)
        if self.point and _NUMBER.fullmatch(plain) and not (self.group == "." and "." in plain):
            return _finite(plain)
        if self.group is not None and self.group in plain:
            grouped = _GROUPED.format(group=re.escape(self.group), decimal=re.escape(self.decimal))
            if not re.fullmatch(grouped, plain):
                return float("nan")
            plain = plain.replace(self.group, "")
        if self.decimal == ",":
            if "." in plain:
                return float("nan")
            plain = plain.replace(",", ".")
        return _finite(plain) if _NUMBER.fullmatch(plain) else float("nan")


def _finite(text: str) -> float:
    number = float(text)
    return number if np.isfinite(number) else float("nan")


def parse_numbers(texts: pd.Series, notation: Notation) -> FloatArray:
    """The number that each text is, shape (patients,); NaN where it is none."""
    places, different = pd.factorize(texts)
    known = np.array([notation.number(str(text)) for text in different] + [np.nan])
    return known[places]


class Limits(NamedTuple):
    """Numbers of which some are limits that the measured ones lie beyond.

    Attributes:
        numbers: NaN where a text is none, shape (patients,).
        sides: -1 where the measured number lies below, 1 where it lies above, else 0, shape (patients,).
    """

    numbers: FloatArray
    sides: NDArray[np.int8]


def parse_limits(texts: pd.Series, notation: Notation) -> Limits:
    """The number that each text is or has behind ``<``, ``>``, ``<=``, ``>=`` and the like.

    Whether a measured number may be the limit itself makes no difference to its likelihood.

    >>> parse_limits(pd.Series(["<0.1", "0.2", ">= 200", "< x"]), Notation())
    Limits(numbers=array([1.e-01, 2.e-01, 2.e+02,    nan]), sides=array([-1,  0,  1,  0], dtype=int8))
    """
    places, different = pd.factorize(texts)
    parsed = [_limit(str(text), notation) for text in different]
    numbers = np.array([number for number, _ in parsed] + [np.nan])
    sides = np.array([side for _, side in parsed] + [0], dtype=np.int8)
    return Limits(numbers[places], sides[places])


def without_limit_sign(text: str) -> str:
    """The text of a limit's number; another text as it is.

    >>> without_limit_sign("< 0,1"), without_limit_sign("0,2")
    ('0,1', '0,2')
    """
    found = _LIMIT.fullmatch(text)
    return text if found is None else found[2]


def _limit(text: str, notation: Notation) -> tuple[float, int]:
    found = _LIMIT.fullmatch(text)
    if found is None:
        return notation.number(text), 0
    number = notation.number(found[2])
    return number, 0 if np.isnan(number) else -1 if found[1] in ("<", "<=", "≤") else 1


def whole_number_texts(texts: Iterable[str]) -> dict[str, str]:
    """From each text that is a whole number, however it is written, to its digits; others are left out.

    >>> whole_number_texts(["01", "1.0", "-2", "1.5", "x"])
    {'01': '1', '1.0': '1', '-2': '-2'}
    """
    found = {text: _WHOLE.fullmatch(text) for text in texts}
    return {text: match[1].replace("+", "") + match[2] for text, match in found.items() if match}
