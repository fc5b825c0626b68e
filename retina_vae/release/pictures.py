"""What the pictures of the cohort are drawn from: bars and curves of every column, group by group."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort import Column
from retina_vae.release.cells import suppressed_categories, suppressed_groups
from retina_vae.release.context import Context
from retina_vae.release.densities import density, density_grid
from retina_vae.release.groups import Groups, groups_of, outcome_of

__all__ = ["MOST_CATEGORIES", "PICTURES", "bar_table", "count_bins", "curve_table", "shown_categories"]

FloatArray = NDArray[np.float64]

MOST_CATEGORIES = 12
"""Categories that a picture shows; of more, the rarest are one."""

BAR_COLUMNS = ["column", "group", "place", "bar", "share", "error", "hidden"]
CURVE_COLUMNS = ["column", "group", "place", "height"]


def bar_table(context: Context) -> pd.DataFrame:
    """The bars of every column.

    Returns:
        ``column, group, place`` (from 0)``, bar`` (its name)``, share`` (among the patients of the group whose value is
        known; missing where it is not shown or there are none)``, error`` (its standard error)``, hidden``.
    """
    cohort = _Cohort.of(context)
    parts = [part for column in _pictured(context) for part in PICTURES[column.kind_of.picture].bars(column, cohort)]
    return pd.DataFrame(parts, columns=BAR_COLUMNS)


def curve_table(context: Context) -> pd.DataFrame:
    """The densities of every column that has curves.

    Returns:
        ``column, group, place`` (a value of the column, or its decimal logarithm)``, height``. A group that is not
        shown, or of which fewer numbers are known than may be shown, has no rows.
    """
    cohort = _Cohort.of(context)
    parts = [PICTURES[column.kind_of.picture].curves(column, cohort) for column in _pictured(context)]
    known = [part for part in parts if part is not None]
    empty = pd.DataFrame({"column": [], "group": [], "place": pd.Series(dtype=float), "height": pd.Series(dtype=float)})
    return pd.concat(known, ignore_index=True) if known else empty[CURVE_COLUMNS]


def _pictured(context: Context) -> list[Column]:
    schema = context.schema
    return [*schema.inputs, *(column for column in schema.tested if column != schema.outcome)]


def shown_categories(values: pd.Series, column: Column) -> tuple[list[str], list[list[int]]]:
    """The categories that a picture shows, with the positions of those that each is made of.

    Categories in an order keep it, and are as many as they are; of more than twelve others the eleven most frequent
    are shown, and the rest as one.
    """
    names, positions = list(column.categories), [[place] for place in range(len(column.categories))]
    if len(names) <= MOST_CATEGORIES or column.kind_of.ordered:
        return names, positions
    counts = values.astype(object).value_counts().reindex(names, fill_value=0).to_numpy()
    kept = sorted(np.argsort(-counts, kind="stable")[: MOST_CATEGORIES - 1].tolist())
    rest = [place for place in range(len(names)) if place not in kept]
    return [*(names[place] for place in kept), f"{len(rest)} others"], [*([place] for place in kept), rest]


def count_bins(values: FloatArray, floor: int) -> list[tuple[int, float]]:
    """Lowest and highest count of each bar: at most twelve of equal width, of which the last may be open.

    The last one is open where few counts lie far above the others, or where its end would tell of fewer than ``floor``
    patients.
    """
    ordered = np.sort(values)
    far = math.ceil(float(np.quantile(ordered, 0.99))) if ordered[-1] >= MOST_CATEGORIES else int(ordered[-1])
    top = int(ordered[-1 - min(floor, len(ordered) - 1)]) if floor > 1 else far
    width = math.ceil((top + 1) / MOST_CATEGORIES)
    lows = list(range(0, top + 1, width))
    last = math.inf if ordered[-1] > top or floor > 1 else float(top)
    return [(low, float(low + width - 1)) for low in lows[:-1]] + [(lows[-1], last)]


@dataclass(frozen=True, eq=False)
class _Shares:
    """Shares of categories, their standard errors, and which are not shown, each of shape (groups, categories)."""

    share: FloatArray
    error: FloatArray
    hidden: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Cohort:
    """The patients with the groups that pictures distinguish."""

    context: Context
    groups: Groups
    outcome: NDArray[np.str_]

    @classmethod
    def of(cls, context: Context) -> _Cohort:
        """The patients of a run."""
        return cls(context, groups_of(context.patients, context.schema), outcome_of(context.patients, context.schema))

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Patients of every category of the outcome."""
        return np.array([(self.outcome == category).sum() for category in self.groups.names], dtype=np.int64)

    @property
    def shown_groups(self) -> list[str]:
        """The groups of which anything is shown."""
        few = self.groups.belongs @ suppressed_groups(self.sizes, self.context.floor) > 0
        return [name for name, hidden in zip(self.groups.order, few, strict=True) if not hidden]

    def numbers(self, column: Column, group: str) -> FloatArray:
        """The known numbers of a column in a group."""
        own = [category for category, name in self.groups.names.items() if name == group]
        values = self.context.patients.loc[np.isin(self.outcome, own), column.name]
        known = values.to_numpy(dtype=np.float64, na_value=np.nan)
        return known[~np.isnan(known)]

    def shares(self, codes: FloatArray, count: int, joined: Sequence[Sequence[int]] | None = None) -> _Shares:
        """The shares of categories in every group.

        What is left out is decided for every category of the outcome and of the column, as in the run's tables; a
        share of joined categories is left out where one of theirs is, because the others could be taken from it.

        Args:
            codes: Position of each patient's category, NaN where it is not known, shape (patients,).
            count: Number of categories.
            joined: Positions of the categories that are shown as one, one list for each share; each alone without it.
        """
        kept, belongs, floor = list(self.groups.names), self.groups.belongs, self.context.floor
        known, sizes = ~np.isnan(codes), self.sizes
        place = pd.Index(kept).get_indexer(pd.Index(self.outcome))
        counts = np.zeros((len(kept), count), dtype=np.int64)
        np.add.at(counts, (place[known], codes[known].astype(np.int64)), 1)
        mask = suppressed_categories(counts, suppressed_groups(sizes, floor), floor, sizes)
        together = np.zeros((count, count if joined is None else len(joined)), dtype=np.int64)
        for shown, positions in enumerate([[i] for i in range(count)] if joined is None else joined):
            together[list(positions), shown] = 1
        patients, unseen = belongs @ counts @ together, belongs @ mask.astype(np.int64) @ together > 0
        total = (belongs @ counts).sum(axis=1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(unseen, np.nan, patients / total)
            return _Shares(share, np.sqrt(share * (1 - share) / total), unseen)


Bar = tuple[str, str, int, str, float, float, bool]


def _rows(column: Column, names: Sequence[str], shares: _Shares, cohort: _Cohort) -> Iterator[Bar]:
    for row, group in enumerate(cohort.groups.order):
        for place, name in enumerate(names):
            values = shares.share[row, place], shares.error[row, place], bool(shares.hidden[row, place])
            yield (column.name, group, place, name, *values)


def _category_bars(column: Column, cohort: _Cohort) -> Iterator[Bar]:
    values = cohort.context.patients[column.name]
    names, positions = shown_categories(values, column)
    codes = column.kind_of.codes(values, column.categories)
    yield from _rows(column, names, cohort.shares(codes, len(column.categories), positions), cohort)


def _described_bar(column: Column, cohort: _Cohort) -> Iterator[Bar]:
    codes = column.kind_of.codes(cohort.context.patients[column.name], column.categories)
    own, name = cohort.shares(codes, len(column.categories)), column.kind_of.described(column.categories)[0]
    place = [column.categories.index(name)]
    yield from _rows(column, [name], _Shares(own.share[:, place], own.error[:, place], own.hidden[:, place]), cohort)


def _count_bars(column: Column, cohort: _Cohort) -> Iterator[Bar]:
    values = cohort.context.patients[column.name].to_numpy(dtype=np.float64, na_value=np.nan)
    known = values[~np.isnan(values)]
    if not len(known):
        return
    bins = count_bins(known, cohort.context.floor)
    edges = np.array([low for low, _ in bins], dtype=np.float64)
    codes = np.where(np.isnan(values), np.nan, np.searchsorted(edges, values, side="right") - 1.0)
    names = [_bin_name(low, high) for low, high in bins]
    yield from _rows(column, names, cohort.shares(codes, len(bins)), cohort)


def _bin_name(low: int, high: float) -> str:
    if math.isinf(high):
        return f"≥ {low:,}"
    return f"{low:,}" if low == high else f"{low:,}–{high:,.0f}"


def _share_above_0(column: Column, cohort: _Cohort) -> Iterator[Bar]:
    values = cohort.context.patients[column.name].to_numpy(dtype=np.float64, na_value=np.nan)
    codes = np.where(np.isnan(values), np.nan, (values > 0).astype(np.float64))
    own = cohort.shares(codes, 2)
    shares = _Shares(own.share[:, 1:], own.error[:, 1:], own.hidden[:, 1:])
    yield from _rows(column, ["above 0"], shares, cohort)


def _no_bars(column: Column, cohort: _Cohort) -> Iterator[Bar]:
    yield from ()


def _curves_of(column: Column, numbers: dict[str, FloatArray], floor: int) -> pd.DataFrame | None:
    shown = {name: own for name, own in numbers.items() if len(own) >= max(2, floor)}
    if not shown:
        return None
    grid = density_grid(np.concatenate(list(shown.values())), floor)
    parts = [
        pd.DataFrame({"column": column.name, "group": name, "place": grid, "height": density(own, grid, floor)})
        for name, own in shown.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _densities(column: Column, cohort: _Cohort) -> pd.DataFrame | None:
    own = {name: cohort.numbers(column, name) for name in cohort.shown_groups}
    return _curves_of(column, own, cohort.context.floor)


def _densities_of_logarithms(column: Column, cohort: _Cohort) -> pd.DataFrame | None:
    own = {name: np.log10(cohort.numbers(column, name)) for name in cohort.shown_groups}
    return _curves_of(column, own, cohort.context.floor)


def _densities_above_0(column: Column, cohort: _Cohort) -> pd.DataFrame | None:
    """Of the groups whose share above 0 is shown, with that share as the area."""
    areas = {group: share for _, group, _, _, share, _, _ in _share_above_0(column, cohort) if not math.isnan(share)}
    told = {name: cohort.numbers(column, name) for name in cohort.shown_groups if name in areas}
    logarithms = {name: np.log10(own[own > 0]) for name, own in told.items()}
    curves = _curves_of(column, logarithms, cohort.context.floor)
    return None if curves is None else curves.assign(height=curves["height"] * curves["group"].map(areas))


def _no_curves(column: Column, cohort: _Cohort) -> pd.DataFrame | None:
    return None


@dataclass(frozen=True)
class _Picture:
    """What a picture of a kind of column is drawn from."""

    bars: Callable[[Column, _Cohort], Iterator[Bar]] = _no_bars
    curves: Callable[[Column, _Cohort], pd.DataFrame | None] = _no_curves


PICTURES: dict[str, _Picture] = {
    "shares": _Picture(bars=_category_bars),
    "one_share": _Picture(bars=_described_bar),
    "density": _Picture(curves=_densities),
    "density_of_logarithm": _Picture(curves=_densities_of_logarithms),
    "zeros_and_density": _Picture(bars=_share_above_0, curves=_densities_above_0),
    "shares_of_counts": _Picture(bars=_count_bars),
}
"""By the name that a kind of column gives its own picture (:attr:`retina_vae.cohort.kinds.Kind.picture`)."""
