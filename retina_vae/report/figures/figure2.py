"""Figure 2: how the cohort looks, disease by disease."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import SubplotSpec
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema, Column
from retina_vae.disclosure import MARK, suppressed_categories, suppressed_groups
from retina_vae.report.figures.style import (
    FONT_SIZE,
    GREY,
    PAGE_WIDTH,
    category_label,
    disease_looks,
    letters,
    new_figure,
    shared_style,
)

__all__ = ["density", "figure2", "proportions"]

FloatArray = NDArray[np.float64]

_DISEASES_PER_ROW = 3


def proportions(patients: pd.DataFrame, schema: CohortSchema, column: Column, *, floor: int = 0) -> pd.DataFrame:
    """Share of every category of ``column`` within every disease.

    Args:
        patients: The patient table.
        schema: Its schema.
        column: The categorical or binary column.
        floor: Shares that tell of fewer patients than this are missing, with others from which they would follow
            (:func:`retina_vae.suppression.suppressed`); so is everything of a disease of few patients.

    Returns:
        One row per disease and category: ``disease, category, n, share, standard_error``; ``n`` counts the
        patients of the disease whose value is known, the standard error is sqrt(p (1 - p) / n).
    """
    rows = []
    for disease in schema.diagnosis.categories:
        values = patients.loc[patients[schema.diagnosis.name] == disease, column.name].dropna()
        n = len(values)
        for category in column.categories:
            share = float((values == category).mean()) if n else math.nan
            error = math.sqrt(share * (1 - share) / n) if n else math.nan
            rows.append({"disease": disease, "category": category, "n": n, "share": share, "standard_error": error})
    shares = pd.DataFrame(rows)
    return shares if floor <= 1 else _suppressed(shares, patients, schema, floor)


def _suppressed(shares: pd.DataFrame, patients: pd.DataFrame, schema: CohortSchema, floor: int) -> pd.DataFrame:
    """The shares without those that tell of few patients."""
    sizes, hidden = _disease_sizes(patients, schema, floor)
    counts = (shares["share"] * shares["n"]).fillna(0).round().to_numpy(dtype=np.int64).reshape(len(sizes), -1)
    mask = suppressed_categories(counts, hidden, floor, sizes.to_numpy().astype(np.int64)).ravel()
    values = {name: shares[name].mask(mask) for name in ("share", "standard_error")}
    return shares.assign(n=shares["n"].astype("Int64").mask(np.repeat(hidden, counts.shape[1])), **values)


def _disease_sizes(
    patients: pd.DataFrame, schema: CohortSchema, floor: int
) -> tuple[pd.Series[int], NDArray[np.bool_]]:
    """Patients of every disease, and of which diseases nothing is shown."""
    counts = patients[schema.diagnosis.name].astype(object).value_counts()
    sizes = counts.reindex(list(schema.diagnosis.categories), fill_value=0)
    return sizes, suppressed_groups(sizes, floor)


def density(values: FloatArray, grid: FloatArray) -> FloatArray:
    """Gaussian kernel density of ``values`` on ``grid``, with Silverman's bandwidth, per unit of ``values``.

    The values are counted into 1,024 bins first, so that the cost does not grow with the cohort.
    """
    spread = min(values.std(ddof=1), float(np.subtract(*np.percentile(values, [75, 25]))) / 1.349)
    bandwidth = 0.9 * (spread if spread > 0 else 1.0) * len(values) ** -0.2
    counts, edges = np.histogram(values, bins=1024)
    middles = (edges[:-1] + edges[1:]) / 2
    kernels = np.exp(-0.5 * ((grid[:, None] - middles) / bandwidth) ** 2) / (bandwidth * math.sqrt(2 * math.pi))
    return kernels @ (counts / len(values))


@shared_style()
def figure2(patients: pd.DataFrame, schema: CohortSchema, *, floor: int = 0) -> Figure:
    """Draw the categorical columns (one panel per disease), the binary columns and the continuous columns.

    Args:
        patients: The patient table.
        schema: Names, categories and units of its columns.
        floor: In the place of a bar that tells of fewer patients than this, or lets another be computed, stands a
            hatched note. From 2 on, the densities end where fewer than ``floor`` patients are left.
    """
    categorical, binary, continuous = (_of_kind(schema, kind) for kind in ("categorical", "binary", "continuous"))
    wide = [*([binary] if binary else []), *([column] for column in continuous)]
    rows_each = math.ceil(len(schema.diagnosis.categories) / _DISEASES_PER_ROW)
    rows = len(categorical) * rows_each + math.ceil(len(wide) / 2)
    figure = new_figure(PAGE_WIDTH, 2.5 * rows)
    grid = figure.add_gridspec(rows, 6)
    names = letters()
    for position, column in enumerate(categorical):
        lines = range(position * rows_each, (position + 1) * rows_each)
        cells = [grid[line, place : place + 2] for line in lines for place in (0, 2, 4)]
        _categorical_panels(cells, patients, schema, column, names, floor)
    for position, columns in enumerate(wide):
        line, place = len(categorical) * rows_each + position // 2, 3 * (position % 2)
        axes = figure.add_subplot(grid[line, place : place + 3])
        draw = _continuous_panel if columns[0].kind == "continuous" else _binary_panel
        draw(axes, patients, schema, columns, floor)
        axes.set_title(f"({next(names)})  {axes.get_title(loc='left')}")
    return figure


def _of_kind(schema: CohortSchema, kind: str) -> list[Column]:
    return [column for column in schema.inputs if column.kind == kind]


def _categorical_panels(
    cells: list[SubplotSpec],
    patients: pd.DataFrame,
    schema: CohortSchema,
    column: Column,
    names: Iterator[str],
    floor: int,
) -> None:
    shares, first = proportions(patients, schema, column, floor=floor), None
    highest = float((shares["share"] + shares["standard_error"]).max())
    top = 1.12 * (1.0 if math.isnan(highest) else highest)
    for position, (disease, look) in enumerate(disease_looks(schema).items()):
        axes = _figure_of(cells[position]).add_subplot(cells[position], sharey=first)
        first = first or axes
        part = shares[shares["disease"] == disease]
        places = np.arange(len(part), dtype=float)
        _bars(axes, places, part, look.colour, 0.7)
        _notes(axes, places, part, 0.7, top, floor)
        axes.set_xticks(range(len(part)), list(part["category"]), rotation=30, ha="right", rotation_mode="anchor")
        axes.set_ylim(0, top)
        axes.set_title(f"({next(names)})  {disease}, n = {_amount(part['n'].iloc[0])}")
        leftmost = position % _DISEASES_PER_ROW == 0
        _percent_axis(axes, f"{column.label}: share of patients" if leftmost else "")
        axes.tick_params(labelleft=leftmost)


def _figure_of(cell: SubplotSpec) -> Figure:
    figure = getattr(cell.get_gridspec(), "figure", None)
    assert isinstance(figure, Figure)
    return figure


def _binary_panel(axes: Axes, patients: pd.DataFrame, schema: CohortSchema, columns: list[Column], floor: int) -> None:
    looks = disease_looks(schema)
    width = 0.8 / len(looks)
    tables = [proportions(patients, schema, column, floor=floor) for column in columns]
    present = pd.concat([t[t["category"] == c.categories[1]] for t, c in zip(tables, columns, strict=True)])
    for position, (disease, look) in enumerate(looks.items()):
        places = np.arange(len(columns), dtype=float) + (position - (len(looks) - 1) / 2) * width
        own = present[present["disease"] == disease]
        _bars(
            axes,
            places,
            own,
            look.colour,
            width * 0.92,
            label=disease,
        )
        _notes(axes, places, own, width * 0.92, 1.14, floor)
    axes.set_xticks(range(len(columns)), [_present_label(column) for column in columns])
    axes.set_ylim(0, 1.14)
    axes.set_yticks(np.arange(0, 1.01, 0.2))
    axes.set_title("Findings")
    _percent_axis(axes, "Share of patients")
    axes.legend(ncols=len(looks), loc="upper left", handlelength=1, columnspacing=1, borderaxespad=0)


def _present_label(column: Column) -> str:
    """The label alone where the other category is plain absence, else label and category; long labels in two lines."""
    text = category_label(column, column.categories[1])
    return text.replace(" ", "\n", 1) if len(text) > 12 else text


def _bars(
    axes: Axes, places: FloatArray, shares: pd.DataFrame, colour: str, width: float, label: str | None = None
) -> None:
    errors = shares["standard_error"].to_numpy()
    style = {"elinewidth": 0.8, "capsize": 1.8, "capthick": 0.8, "ecolor": "#333333"}
    axes.bar(places, shares["share"], width, color=colour, yerr=errors, error_kw=style, label=label)


def _notes(axes: Axes, places: FloatArray, shares: pd.DataFrame, width: float, top: float, floor: int) -> None:
    """In the place of each bar that is not shown, a hatched box of one height and the mark."""
    if floor <= 1:
        return
    for place in places[shares["share"].isna().to_numpy()]:
        axes.bar(place, 0.05 * top, width, color="none", edgecolor=GREY, hatch="//////", linewidth=0.5)
        axes.text(place, 0.06 * top, MARK, ha="center", va="bottom", rotation=90, color="#333333", size=FONT_SIZE - 2)


def _amount(count: float) -> str:
    return MARK if pd.isna(count) else f"{count:,}"


def _percent_axis(axes: Axes, label: str) -> None:
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol="\N{NO-BREAK SPACE}%"))
    axes.set_ylabel(label)
    axes.grid(True, axis="y")


def _continuous_panel(
    axes: Axes, patients: pd.DataFrame, schema: CohortSchema, columns: list[Column], floor: int
) -> None:
    (column,) = columns
    known = patients[[schema.diagnosis.name, column.name]].dropna()
    values = known[column.name].to_numpy(dtype=float)
    grid = _grid(values, floor)
    _, hidden = _disease_sizes(patients, schema, floor)
    for (disease, look), unseen in zip(disease_looks(schema).items(), hidden, strict=True):
        own = values[(known[schema.diagnosis.name] == disease).to_numpy()]
        if len(own) < max(2, floor) or unseen:
            continue
        height = density(own, grid)
        axes.plot(grid, height, color=look.colour, linestyle=look.line, label=f"{disease} (n = {len(own):,})")
        peak = int(height.argmax())
        axes.annotate(
            disease,
            (grid[peak], height[peak]),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            color=look.colour,
            weight="bold",
        )
    axes.set(xlim=(grid[0], grid[-1]), xlabel=column.axis_label, ylabel=f"Density per {_singular(column.unit)}")
    axes.set_ylim(0, axes.get_ylim()[1] * 1.05)
    axes.set_title(f"{column.label}")
    axes.grid(True)


def _grid(values: FloatArray, floor: int) -> FloatArray:
    """Where densities are drawn; with a floor, no end tells of the few patients beyond it."""
    if floor <= 1:
        margin = 0.15 * max(np.ptp(values), 1.0) if len(values) else 1.0
        return np.linspace(values.min() - margin, values.max() + margin, 512)
    beyond = min(floor, (len(values) - 1) // 2)
    low, high = np.sort(values)[[beyond, -1 - beyond]]
    ticks = MaxNLocator(12).tick_values(low, high)
    return np.linspace(ticks[0], ticks[-1], 512)


def _singular(unit: str | None) -> str:
    if not unit:
        return "unit"
    return unit[:-1] if unit.endswith("s") and len(unit) > 2 else unit
