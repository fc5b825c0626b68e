"""Grids of pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from retina_vae.cohort.image_shape import ImageShape
from retina_vae.report.figures.style import FONT_SIZE, PAGE_WIDTH, new_figure, shared_style, wrapped

__all__ = ["draw_pictures"]

FloatArray = NDArray[np.float64]

_LABEL_INCHES = 1.25
_TITLE_INCHES = 0.3
_LARGEST = 0.62
"""Inches along the side of a picture."""

_PARTS = 16
_GAP = 1 / _PARTS
"""Between pictures, in sides of one."""


_Block = tuple[str, pd.DataFrame, Mapping[int, str]]
"""A title, pictures, and what stands beside their rows."""


@shared_style()
def draw_pictures(
    pictures: pd.DataFrame,
    shape: ImageShape,
    names: Mapping[str, str],
    clusters: Mapping[int, str],
    carried: Mapping[tuple[str, str], str] | None = None,
) -> dict[str, Figure]:
    """The figures of a run of images, by name: one for each set of the table.

    Args:
        pictures: As :func:`retina_vae.drawing.pictures.picture_table` makes it.
        shape: Of the pictures.
        names: What each model is, in a few words.
        clusters: What stands beside each cluster's row.
        carried: By model and caption of a coordinate, as ``("d8", "z3")``, which column it carries most of.
    """
    draw: dict[str, Callable[[pd.DataFrame], Figure]] = {
        "clusters": lambda own: _clusters(own, shape, clusters),
        "prior": lambda own: _by_model(own, shape, names),
        "reconstructions": lambda own: _reconstructions(own, shape, names),
        "paths": lambda own: _by_model(own, shape, names),
        "traversals": lambda own: _traversals(own, shape, names, carried or {}),
        "plane": lambda own: _rows(own, shape),
    }
    found = {name: pictures[pictures["set"] == name] for name in draw}
    return {name: draw[name](own) for name, own in found.items() if len(own)}


def _clusters(own: pd.DataFrame, shape: ImageShape, said: Mapping[int, str]) -> Figure:
    heads = {1: "mean", 2: "decoded", 3: "nearest to the centre"}
    labels = {int(row): said.get(int(row), f"Cluster {row}") for row in own["row"].unique()}
    return _grid([("", own, labels)], shape, heads)


def _reconstructions(own: pd.DataFrame, shape: ImageShape, names: Mapping[str, str]) -> Figure:
    models = own.drop_duplicates("row")[["row", "model"]].itertuples(index=False, name=None)
    return _grid([("", own, {int(row): names.get(str(model), "images") for row, model in models})], shape)


def _by_model(own: pd.DataFrame, shape: ImageShape, names: Mapping[str, str]) -> Figure:
    blocks: list[_Block] = [(names[str(model)], part, {}) for model, part in own.groupby("model", sort=False)]
    return _grid(blocks, shape)


def _rows(own: pd.DataFrame, shape: ImageShape) -> Figure:
    """Rows that their first picture's caption names, where it has one."""
    return _grid([("", own, _captions(own))], shape)


def _traversals(
    own: pd.DataFrame, shape: ImageShape, names: Mapping[str, str], carried: Mapping[tuple[str, str], str]
) -> Figure:
    """A block for each model; without a title where there is but one, which the text below the figure names."""
    parts = {str(model): part for model, part in own.groupby("model", sort=False)}
    blocks: list[_Block] = []
    for model, part in parts.items():
        said = {row: f"{text}\n{carried.get((model, text), '')}".rstrip() for row, text in _captions(part).items()}
        blocks.append((names[model] if len(parts) > 1 else "", part, said))
    return _grid(blocks, shape)


def _captions(own: pd.DataFrame) -> dict[int, str]:
    """What the first picture of each row is called, where it is."""
    first = own.loc[(own["place"] == 1) & (own["caption"] != ""), ["row", "caption"]]
    return {int(row): str(text) for row, text in first.itertuples(index=False, name=None)}


@dataclass(frozen=True)
class _Sheet:
    """Where pictures stand on a figure, in inches: the left edge, the sides of one, and the size of all."""

    left: float
    side: float
    tall: float
    width: float
    height: float

    @classmethod
    def of(cls, blocks: Sequence[_Block], shape: ImageShape, heads: Mapping[int, str]) -> _Sheet:
        """As large as the page is wide, but no picture larger than it needs."""
        left = _LABEL_INCHES if any(labels for _, _, labels in blocks) else 0.05
        across = max(int(own["place"].max()) for _, own, _ in blocks)
        side = min((PAGE_WIDTH - left - 0.05) / (across * (1 + _GAP)), _LARGEST)
        tall = side * shape.height / shape.width
        titles = sum(bool(title or heads) for title, _, _ in blocks)
        lines = sum(own["row"].nunique() for _, own, _ in blocks)
        height = lines * tall * (1 + _GAP) + titles * _TITLE_INCHES + 0.08
        return cls(left, side, tall, left + across * side * (1 + _GAP) + 0.05, height)

    def x(self, place: int) -> float:
        """The left edge of the pictures in this place."""
        return self.left + (place - 1) * self.side * (1 + _GAP)

    def text(self, figure: Figure, x: float, y: float, said: str, larger: int = 0, middle: bool = False) -> None:
        """Write at a place that is measured from the lower left."""
        aligned = "center" if middle else "baseline"
        figure.text(x / self.width, y / self.height, said, va=aligned, fontsize=FONT_SIZE + larger)


def _grid(blocks: Sequence[_Block], shape: ImageShape, heads: Mapping[int, str] | None = None) -> Figure:
    """Blocks of rows of pictures, one below the other, each with its title and the labels of its rows."""
    sheet = _Sheet.of(blocks, shape, heads or {})
    figure = new_figure(sheet.width, sheet.height, constrained=False)
    top = sheet.height - 0.04
    for title, own, labels in blocks:
        if title or heads:
            top -= _TITLE_INCHES
            sheet.text(figure, 0.04, top + 0.09, title[:1].upper() + title[1:], larger=1)
            for place, said in (heads or {}).items():
                sheet.text(figure, sheet.x(place), top + 0.09, said)
        rows = sorted({int(number) for number in own["row"]})
        for line, row in enumerate(rows):
            middle = top - line * sheet.tall * (1 + _GAP) - sheet.tall / 2
            lines = [wrapped(line, 20, 2) for line in labels.get(row, "").splitlines()]
            sheet.text(figure, 0.04, middle, "\n".join(lines), middle=True)
        bottom = top - len(rows) * sheet.tall * (1 + _GAP)
        _draw(figure, sheet, _canvas(own, rows, shape), top, bottom)
        top = bottom
    return figure


def _draw(figure: Figure, sheet: _Sheet, canvas: FloatArray, top: float, bottom: float) -> None:
    """All pictures of a block as one, which is drawn a hundred times as fast as each alone."""
    wide = canvas.shape[1] / canvas.shape[0] * (top - bottom)
    place = (sheet.left / sheet.width, bottom / sheet.height, wide / sheet.width, (top - bottom) / sheet.height)
    axes = figure.add_axes(place)
    axes.set_axis_off()
    # Ink on paper: a share of 0 is white. Pixels stay pixels, whatever the resolution.
    axes.imshow(canvas, cmap="gray_r" if canvas.ndim == 2 else None, vmin=0, vmax=1, interpolation="nearest")


def _canvas(own: pd.DataFrame, rows: Sequence[int], shape: ImageShape) -> FloatArray:
    """The pictures in their rows and places, with a gap to the right of each and below it; white where none is."""
    across = int(own["place"].max())
    # As many times as large that the gap is a whole number of pixels.
    larger = _PARTS // math.gcd(_PARTS, shape.height, shape.width)
    high, wide = shape.height * larger, shape.width * larger
    cell = high + high // _PARTS, wide + wide // _PARTS
    paper = 1.0 if shape.channels == 3 else 0.0
    depth = (3,) if shape.channels == 3 else ()
    canvas = np.full((len(rows) * cell[0], across * cell[1], *depth), paper)
    line = {row: number for number, row in enumerate(rows)}
    for row, place, values in zip(own["row"], own["place"], _values(own), strict=True):
        picture = _picture(values, shape).repeat(larger, axis=0).repeat(larger, axis=1)
        top, left = line[int(row)] * cell[0], (int(place) - 1) * cell[1]
        canvas[top : top + high, left : left + wide] = picture
    return canvas


def _picture(values: FloatArray, shape: ImageShape) -> FloatArray:
    """Rows and columns, and behind them channels where there are three."""
    grid = values.reshape(shape.axes).clip(0, 1)
    return grid.transpose(1, 2, 0) if shape.channels == 3 else grid.mean(axis=0)


def _values(table: pd.DataFrame) -> FloatArray:
    columns = [name for name in table.columns if name.startswith("value_")]
    return table[columns].to_numpy(dtype=np.float64)
