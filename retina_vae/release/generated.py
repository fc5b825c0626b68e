"""The release of how generated patients differ from the cohort: margins and two-way tables of it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import Column
from retina_vae.release.cells import without
from retina_vae.release.context import Context
from retina_vae.release.suppression import suppressed

__all__ = ["release_generated_check", "release_interpolation"]

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

_CORRELATION, _SHARE = "correlation", "share "


def release_generated_check(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Leave out of the check what says how many patients of the cohort have a category, or two of them, if few do.

    The correlation of two categories gives, with their shares, the number of patients who have both. So a pair of
    columns is a two-way table of counts, with those who lack one of them, and its suppressed cells take their
    correlations with them; of a pair with the outcome, whose table the summary has, all are left out. The correlation
    of a number with a category that few have speaks of these few. Where a statistic of the cohort is left out, so are
    its difference from the generated patients and the error.

    Args:
        table: ``column, statistic, generated, cohort, standard_error, z``.
        context: Of the same run.
    """
    if not context.hides:
        return table
    counted = {column.name: _Counted.of(column, context) for column in context.schema.columns}
    known = set(_known_statistics(counted, context))
    rows = [(str(name), str(what)) in known for name, what in table[["column", "statistic"]].itertuples(index=False)]
    return without(table, ~np.array(rows, dtype=np.bool_), ["cohort", "standard_error", "z"])


def release_interpolation(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Leave out the line between two patients' codes, from which both could be decoded."""
    return table.iloc[:0] if context.hides else table


class _Counted:
    """What a two-way table counts of one column: its categories, the rest, and who is not observed."""

    def __init__(self, categories: tuple[str, ...], codes: IntArray, numeric: bool, floor: int) -> None:
        self.categories, self.codes, self.numeric, self.floor = categories, codes, numeric, floor
        self.width = len(categories) + 2
        self.hidden = suppressed(np.bincount(codes, minlength=self.width), floor)

    @classmethod
    def of(cls, column: Column, context: Context) -> _Counted:
        """The column in all patients."""
        values = column.kind_of.codes(context.patients[column.name], column.categories)
        categories = column.kind_of.counted(column.categories)
        groups = column.kind_of.counted_group(values)
        codes = np.where(np.isnan(values), len(categories) + 1, np.where(np.isnan(groups), len(categories), groups))
        return cls(tuple(categories), codes.astype(np.int64), column.numeric, context.floor)

    @property
    def gaps(self) -> bool:
        """Whether anybody lacks the column."""
        return bool((self.codes == self.width - 1).any())

    @property
    def gaps_hidden(self) -> bool:
        """Whether how many are not observed is not shown, so that no exact mean or share may be."""
        return bool(self.hidden[-1])

    def share_shown(self, place: int) -> bool:
        """Whether the share of a category may be shown."""
        return not (self.hidden[place] or self.gaps_hidden)

    def together(self, other: _Counted) -> BoolArray:
        """Which cells of the two-way table with another column are not shown."""
        cells = np.zeros((self.width, other.width), dtype=np.int64)
        np.add.at(cells, (self.codes, other.codes), 1)
        whole = self.hidden[:, None] | other.hidden
        return whole | suppressed(cells, self.floor, ~self.hidden, ~other.hidden, whole)


def _known_statistics(counted: dict[str, _Counted], context: Context) -> Iterator[tuple[str, str]]:
    """Column and statistic of everything that may be shown."""
    for name, own in counted.items():
        if own.numeric and not own.gaps_hidden:
            yield from ((name, "mean"), (name, "standard deviation"))
        yield from ((name, f"{_SHARE}{said}") for place, said in enumerate(own.categories) if own.share_shown(place))
    outcomes = {column.name for column in context.schema.outcomes}
    for (first, a), (second, b) in combinations(counted.items(), 2):
        if not {first, second} & outcomes:
            yield from ((f"{first}:{second}", what) for what in _known_correlations(a, b))


def _known_correlations(a: _Counted, b: _Counted) -> Iterator[str]:
    hidden = a.together(b)
    # A correlation is that of the patients who have both.
    if (a.gaps and hidden[-1].any()) or (b.gaps and hidden[:, -1].any()):
        return
    numbers = [([""] if own.numeric else []) + list(own.categories) for own in (a, b)]
    for one in numbers[0]:
        for other in numbers[1]:
            places = [own.categories.index(said) if said else -1 for own, said in ((a, one), (b, other))]
            if places[0] >= 0 and places[1] >= 0:
                shown = not hidden[places[0], places[1]]
            else:
                shown = all(own.share_shown(place) for own, place in ((a, places[0]), (b, places[1])) if place >= 0)
            if shown:
                yield " ".join(filter(None, [_CORRELATION, ", ".join(filter(None, [one, other]))]))
