"""Grids of pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

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
_GAP = 0.06
"""Between pictures, in sides of one."""


_Block = tuple[str, pd.DataFrame, Mapping[int, str]]
"""A title, pictures, and what stands beside their rows."""


@shared_style()
def draw_pictures(
    pictures: pd.DataFrame, shape: ImageShape, names: Mapping[str, str], clusters: Mapping[int, str]
) -> dict[str, Figure]:
    """The figures of a run of images, by name: one for each set of the table.

    Args:
        pictures: As :func:`retina_vae.drawing.pictures.picture_table` makes it.
        shape: Of the pictures.
        names: What each model is, in a few words.
        clusters: What stands beside each cluster's row.
    """
    draw: dict[str, Callable[[pd.DataFrame], Figure]] = {
        "clusters": lambda own: _clusters(own, shape, clusters),
        "prior": lambda own: _by_model(own, shape, names),
        "reconstructions": lambda own: _reconstructions(own, shape, names),
        "paths": lambda own: _by_model(own, shape, names),
        "traversals": lambda own: _rows(own, shape),
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
    first = own.loc[(own["place"] == 1) & (own["caption"] != ""), ["row", "caption"]]
    labels = {int(row): str(text) for row, text in first.itertuples(index=False, name=None)}
    return _grid([("", own, labels)], shape)


def _grid(blocks: Sequence[_Block], shape: ImageShape, heads: Mapping[int, str] | None = None) -> Figure:
    """Blocks of rows of pictures, one below the other, each with its title and the labels of its rows."""
    labelled = any(labels for _, _, labels in blocks)
    left = _LABEL_INCHES if labelled else 0.05
    across = max(int(own["place"].max()) for _, own, _ in blocks)
    side = min((PAGE_WIDTH - left - 0.05) / (across * (1 + _GAP)), 0.62)
    tall = side * shape.height / shape.width
    titles = [bool(title) or bool(heads) for title, _, _ in blocks]
    lines = [own["row"].nunique() for _, own, _ in blocks]
    height = sum(lines) * tall * (1 + _GAP) + sum(titles) * _TITLE_INCHES + 0.08
    width = left + across * side * (1 + _GAP) + 0.05
    figure = new_figure(width, height, constrained=False)
    top = height - 0.04
    for title, own, labels in blocks:
        if title or heads:
            top -= _TITLE_INCHES
            _write_heads(figure, title, heads or {}, (left, top, side))
        for row in sorted({int(number) for number in own["row"]}):
            part = own[own["row"] == row]
            top -= tall * (1 + _GAP)
            middle = (top + tall / 2) / height
            figure.text(0.04 / width, middle, wrapped(labels.get(row, ""), 20, 3), va="center", fontsize=FONT_SIZE)
            for place, values in zip(part["place"], _values(part), strict=True):
                x = left + (place - 1) * side * (1 + _GAP)
                _place(figure, _picture(values, shape), (x / width, top / height, side / width, tall / height))
    return figure


def _write_heads(figure: Figure, title: str, heads: Mapping[int, str], at: tuple[float, float, float]) -> None:
    (left, top, side), (width, height) = at, figure.get_size_inches()
    y = (top + 0.09) / height
    if title:
        figure.text(0.04 / width, y, f"{title[0].upper()}{title[1:]}", fontsize=FONT_SIZE + 1)
    for place, text in heads.items():
        figure.text((left + (place - 1) * side * (1 + _GAP)) / width, y, text, fontsize=FONT_SIZE)


def _place(figure: Figure, picture: FloatArray, at: tuple[float, float, float, float]) -> None:
    axes = figure.add_axes(at)
    axes.set_axis_off()
    # Ink on paper: a share of 0 is white. Pixels stay pixels, whatever the resolution.
    axes.imshow(picture, cmap="gray_r" if picture.ndim == 2 else None, vmin=0, vmax=1, interpolation="nearest")


def _picture(values: FloatArray, shape: ImageShape) -> FloatArray:
    """Rows and columns, and behind them channels where there are three."""
    grid = values.reshape(shape.axes).clip(0, 1)
    return grid.transpose(1, 2, 0) if shape.channels == 3 else grid.mean(axis=0)


def _values(table: pd.DataFrame) -> FloatArray:
    columns = [name for name in table.columns if name.startswith("value_")]
    return table[columns].to_numpy(dtype=np.float64)
