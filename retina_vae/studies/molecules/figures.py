"""Molecules drawn in rows, and how alike they are to those that they lie near."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from retina_vae.report.figures.style import FONT_SIZE, GREY, PAGE_WIDTH, line_look, new_figure, shared_style
from retina_vae.studies.molecules.depiction import depict

__all__ = ["draw_molecules", "draw_similarity"]

_ELEMENTS = {"O": "#D55E00", "N": "#0072B2", "F": "#009E73"}
"""Colours of letters (Okabe and Ito 2008); the letter says the element to who cannot tell them apart."""

_INK = "#222222"
_CELL, _TITLE, _CAPTION = 0.92, 0.3, 0.14
_LARGEST = 0.2
"""Inches of a cell, of a title, of a caption, and of a bond where the molecule has room."""

_MARGIN = 0.13
_LETTER = 0.7 / 72
"""Width of a letter in inches, for a size of one point."""

_UNITS = {"codes": "Steps as the codes are spread", "distance": "Steps evenly in all directions"}


@shared_style()
def draw_molecules(drawn: pd.DataFrame, names: Mapping[str, str], labels: Mapping[int, str] | None = None) -> Figure:
    """Rows of molecules, a block for each model.

    Args:
        drawn: One set of ``molecules/drawn.csv``.
        names: What each model is, in a few words.
        labels: What stands beside each row.
    """
    blocks = [(names[str(model)], part) for model, part in drawn.groupby("model", sort=False)]
    left = 0.55 if labels else 0.05
    across = int(drawn["place"].max())
    cell = min(_CELL, (PAGE_WIDTH - left - 0.05) / across)
    captioned = bool((drawn["caption"] != "").any())
    tall = cell * 0.86 + (_CAPTION if captioned else 0.0)
    height = sum(_TITLE + part["row"].nunique() * tall for _, part in blocks) + 0.05
    width = left + across * cell + 0.05
    figure = new_figure(width, height, constrained=False)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.set_axis_off()
    top = height
    for title, part in blocks:
        axes.text(0.05, top - 0.2, title[:1].upper() + title[1:], fontsize=FONT_SIZE + 1)
        top -= _TITLE
        for row in sorted(part["row"].unique()):
            middle = top - cell * 0.43
            if labels:
                axes.text(0.05, middle, labels.get(int(row), ""), va="center", fontsize=FONT_SIZE)
            own = part[part["row"] == row]
            for place, smiles, said in own[["place", "smiles", "caption"]].itertuples(index=False, name=None):
                x = left + (place - 0.5) * cell
                _draw_one(axes, str(smiles), x, middle, cell)
                axes.text(x, top - tall + 0.05, said, ha="center", fontsize=FONT_SIZE - 1.5, color=_INK)
            top -= tall
    return figure


def _draw_one(axes: Axes, smiles: str, x: float, y: float, cell: float) -> None:
    """One molecule with its middle at a place; a dash where there is none."""
    if not smiles:
        axes.text(x, y, "none", ha="center", va="center", fontsize=FONT_SIZE - 1, color=GREY)
        return
    own = depict(smiles)
    room = cell / 2 - _MARGIN, cell * 0.43 - _MARGIN
    bond = min(_LARGEST, *(space / half for space, half in zip(room, own.extent, strict=True) if half > 0), _LARGEST)
    lines = own.lines * bond + np.array([x, y])
    axes.add_collection(LineCollection(list(lines), colors=_INK, linewidths=0.9, capstyle="round"))
    size = (FONT_SIZE - 0.5) * min(1.0, bond / _LARGEST + 0.15)
    letter = size * _LETTER
    for label in own.labels:
        behind = len(label.text) - label.before - len(label.element)
        axes.text(
            # So that the letters of the element stand at the atom, and those of hydrogens beside it.
            x + label.x * bond + (behind - label.before) * letter / 2,
            y + label.y * bond,
            label.text,
            ha="center",
            va="center",
            fontsize=size,
            color=_ELEMENTS.get(label.element, _INK),
        )


@shared_style()
def draw_similarity(neighbours: pd.DataFrame, names: Mapping[str, str]) -> Figure:
    """Mean similarity by radius, a panel for each unit and a line for each model, over its replicas.

    Args:
        neighbours: The table ``molecules/neighbours.csv``.
        names: What each model is, in a few words.
    """
    units = [unit for unit in _UNITS if unit in set(neighbours["unit"])]
    figure = new_figure(PAGE_WIDTH, 2.7)
    panels: list[Axes] = list(np.atleast_1d(figure.subplots(1, len(units), sharey=True)))
    pairs = neighbours[neighbours["unit"] == ""]
    for axes, unit in zip(panels, units, strict=True):
        own = neighbours[neighbours["unit"] == unit]
        for position, (model, part) in enumerate(own.groupby("model", sort=False)):
            means = part.groupby("radius")[["similarity", "similarity_error"]].mean()
            look = line_look(position)
            axes.errorbar(
                means.index,
                means["similarity"],
                yerr=1.96 * means["similarity_error"],
                color=look.colour,
                marker=look.marker,
                linestyle=look.line,
                markersize=4,
                capsize=2,
                label=names[str(model)],
            )
        axes.axhline(float(pairs["similarity"].iloc[0]), color=GREY, linestyle=":", label="two molecules at random")
        axes.set(title=_UNITS[unit], xlabel="Radius", ylim=(0, 1.03))
    panels[0].set_ylabel("Tanimoto similarity to the molecule")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels))
    return figure
