"""Counts that are not shown, group by group, and how they are taken out of a table.

A number that is taken out is missing, a text becomes :data:`~retina_vae.words.MARK`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.release.suppression import suppressed
from retina_vae.words import MARK

__all__ = ["hides_missing", "is_few", "rounded", "suppressed_categories", "suppressed_groups", "without"]

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


def is_few(counts: Any, floor: int) -> Any:
    """Which counts are small themselves, element by element: from 1 to ``floor - 1``.

    >>> is_few(np.array([0, 1, 10, 11]), 11)
    array([False,  True,  True, False])
    """
    return (counts > 0) & (counts < floor)


def suppressed_groups(sizes: pd.Series[Any] | IntArray, floor: int) -> BoolArray:
    """Which groups' sizes are not shown, shape (groups,); the number of all patients is known.

    Of a group whose size is not shown nothing is, so that a small group looks like one that only hides it. Groups of
    equal size are treated alike, so that two tables with the groups in another order leave out the same ones.
    """
    counts = np.asarray(sizes, dtype=np.int64)
    hidden = suppressed(counts, floor)
    return (counts > 0) & (counts <= counts[hidden].max(initial=0))


def suppressed_categories(
    counts: IntArray, hidden: BoolArray, floor: int, sizes: IntArray | None = None, also: BoolArray | None = None
) -> BoolArray:
    """Which cells of a table of groups and categories are not shown, shape (groups, categories).

    The sizes of the groups and the sums of the categories are known to a reader, but for those that are themselves
    suppressed.

    Args:
        counts: Patients of each group and category.
        hidden: Groups of which nothing is shown, shape (groups,).
        floor: As in :func:`~retina_vae.release.suppression.suppressed`.
        sizes: Patients of each group, shape (groups,), where some have no category because it was not observed. How
            many follows from a group's size, so it is a count like the others.
        also: Cells that are not shown either, shape (groups, categories); with others from which they would follow.
    """
    rest = np.zeros(len(counts), dtype=np.int64) if sizes is None else sizes - counts.sum(axis=1)
    cells = np.column_stack([counts, rest]) if rest.any() else counts
    known = ~suppressed(cells.sum(axis=0), floor)
    whole = np.broadcast_to(hidden[:, None], cells.shape).copy()
    if also is not None:
        whole[:, : counts.shape[1]] |= also
    return suppressed(cells, floor, ~hidden, known, whole)[:, : counts.shape[1]]


def hides_missing(codes: NDArray[np.float64], categories: int, floor: int) -> bool:
    """Whether how many lack a column is not shown, because the number of a category would follow from it.

    Where few are in a category, tables of counts leave out another number of the column, too; that may be this one.

    Args:
        codes: Positions of the categories, NaN where there is none, shape (patients,).
        categories: How many there are; 0 of a number.
        floor: As in :func:`~retina_vae.release.suppression.suppressed`.
    """
    if not categories:
        return False
    known = codes[~np.isnan(codes)].astype(np.int64)
    counts = np.append(np.bincount(known, minlength=categories), len(codes) - len(known))
    # Tables with and without the categories that nobody has may leave out another number.
    used = np.append(counts[:-1] > 0, True)
    return bool(suppressed(counts, floor)[-1] or suppressed(counts[used], floor)[-1])


def without(table: pd.DataFrame, rows: BoolArray | pd.Series[Any], columns: Iterable[str]) -> pd.DataFrame:
    """The table without the values of ``rows`` in ``columns``; unchanged where there are none."""
    chosen = np.asarray(rows, dtype=np.bool_)
    if not chosen.any():
        return table
    return table.assign(**{name: _taken_out(table[name], chosen) for name in columns})


def rounded(table: pd.DataFrame, columns: Sequence[str], digits: int) -> pd.DataFrame:
    """The table with fractions of patients to so many digits, from which no number of patients follows.

    A similarity or a rate to all its digits is a fraction of two whole numbers, and gives them away.
    """
    return table.assign(**{name: table[name].round(digits) for name in columns})


def _taken_out(values: pd.Series[Any], rows: BoolArray) -> pd.Series[Any]:
    if pd.api.types.is_integer_dtype(values) or pd.api.types.is_bool_dtype(values):
        return values.astype("boolean" if pd.api.types.is_bool_dtype(values) else "Int64").mask(rows)
    return values.mask(rows, np.nan if pd.api.types.is_float_dtype(values) else MARK)
