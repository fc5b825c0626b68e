"""The training loss of every latent dimension, with its spread over replicas."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from retina_vae.report.figures.labels import apart
from retina_vae.report.figures.style import PAGE_WIDTH, Look, cluster_look, new_figure, shared_style
from retina_vae.words import amount_of

__all__ = ["loss_bands", "settled_limits", "training", "whole_limits"]

_ROOM = 20


def loss_bands(history: pd.DataFrame) -> pd.DataFrame:
    """Median, lowest and highest loss over the replicas.

    Args:
        history: ``replica, epoch, loss`` and others, one row per replica and epoch.

    Returns:
        One row per epoch, indexed by it: ``median, low, high``, means per patient.
    """
    losses = history.groupby("epoch")["loss"]
    return pd.DataFrame({"median": losses.median(), "low": losses.min(), "high": losses.max()})


def settled_limits(bands: Mapping[int, pd.DataFrame]) -> tuple[float, float]:
    """Limits of an axis on which the second half of the training fills the lower two thirds.

    Binary cross-entropy on raw codes starts hundreds above its end; an axis that shows the start hides
    every difference at the end.
    """
    low = min(float(_second_half(band)["low"].min()) for band in bands.values())
    # One replica that went astray must not squash the others.
    calm = pd.concat([_second_half(band) for band in _calm(bands).values()])
    middle, high = float(calm["median"].max()), float(calm["high"].max())
    high = min(high, low + 3 * max(middle - low, 1e-3 * abs(middle)))
    span = (high - low) or 1.0
    return low - 0.1 * span, high + 0.5 * span


def whole_limits(bands: Mapping[int, pd.DataFrame]) -> tuple[float, float]:
    """Limits of an axis that holds the whole training, but for what would squash all the rest.

    The first epochs may be many powers of ten above what follows, and so may be a dimension or a replica that went
    astray. Where a loss is more than ten times as far out as the end, the axis reaches as far above its lower end as 20
    times the way that the medians still go after the first hundredth of the training, or that the settled part takes.
    """
    low, settled = settled_limits(bands)
    early = {name: min(max(1, len(band) // 100), len(band) - 1) for name, band in bands.items()}
    started = max(float(band["median"].iloc[early[name]]) for name, band in _calm(bands).items())
    highest = max(float(band["high"].max()) for band in bands.values())
    end = max(1.0, min(abs(float(band["median"].iloc[-1])) for band in bands.values()))
    high = highest if highest <= 10 * end else min(highest, low + _ROOM * max(started - low, settled - low))
    return low, high + 0.03 * (high - low)


def _second_half(band: pd.DataFrame) -> pd.DataFrame:
    return band.iloc[len(band) // 2 :]


def _calm(bands: Mapping[int, pd.DataFrame]) -> Mapping[int, pd.DataFrame]:
    """The dimensions whose loss is of the order of the lowest one; all where none is."""
    low = min(float(_second_half(band)["low"].min()) for band in bands.values())
    order = low + abs(low)
    return {name: band for name, band in bands.items() if _second_half(band)["median"].median() <= order} or bands


@shared_style()
def training(histories: Mapping[int, pd.DataFrame], unit: str = "") -> Figure:
    """Draw the loss over the epochs: the whole training on the left, the settled part enlarged on the right.

    Args:
        histories: The training history of every latent dimension.
        unit: Unit of the loss, where it has one.
    """
    bands = {dimension: loss_bands(history) for dimension, history in sorted(histories.items())}
    replicas = {dimension: history["replica"].nunique() for dimension, history in histories.items()}
    looks = {dimension: cluster_look(position) for position, dimension in enumerate(bands)}
    figure = new_figure(PAGE_WIDTH, 3.0)
    whole, settled = figure.subplots(1, 2, width_ratios=[1, 1.5])
    for axes in (whole, settled):
        for dimension, band in bands.items():
            _draw_band(axes, band, looks[dimension], _name(dimension, replicas[dimension]))
        axes.set_xlim(1, max(2, *(int(band.index.max()) for band in bands.values())))
        axes.set_xlabel("Epoch")
        axes.grid(True)
    measure = f"{unit}, mean per patient" if unit else "mean per patient"
    whole.set(xscale="log", xlabel="Epoch (log scale)", ylabel=f"Training loss ({measure})")
    whole.set_ylim(*whole_limits(bands))
    whole.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    whole.set_title("(a)  The whole training")
    beyond = _mark_beyond(whole, bands, looks)
    handles, _ = whole.get_legend_handles_labels()
    whole.legend(handles=[*handles, *beyond], title="Latent dimensions", alignment="left", loc="upper right")
    settled.set_title("(b)  The same, loss axis enlarged")
    settled.set_ylim(*settled_limits(bands))
    settled.xaxis.set_major_formatter(whole.xaxis.get_major_formatter())
    settled.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
    settled.yaxis.set_major_locator(MaxNLocator(6))
    for axes in (whole, settled):
        _label_losses(axes)
    _label_ends(settled, bands, looks)
    return figure


def _mark_beyond(axes: Axes, bands: Mapping[int, pd.DataFrame], looks: Mapping[int, Look]) -> list[Line2D]:
    """A triangle at the upper edge where losses of a dimension leave the axis, and what the legend says of them."""
    _, top = axes.get_ylim()
    above = {dimension: band[band["high"] > top] for dimension, band in bands.items()}
    highest = [float(band["high"].max()) for band in above.values() if len(band)]
    for dimension, band in above.items():
        if len(band):
            (mark,) = axes.plot(
                [band.index[0]], [top], color=looks[dimension].colour, marker="^", markersize=5, zorder=5
            )
            mark.set_clip_on(False)
    if not highest:
        return []
    label = f"above the axis,\nup to {_number_of_axis(max(highest))}"
    return [Line2D([], [], color="#333333", marker="^", markersize=5, linestyle="none", label=label)]


def _label_losses(axes: Axes) -> None:
    """Numbers with separators, all with as many decimals as the finest of them needs."""
    ticks = axes.get_yticks()
    decimals = next((d for d in range(6) if np.allclose(ticks, np.round(ticks, d), rtol=0, atol=1e-3 * 10.0**-d)), 6)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _number_of_axis(value, decimals)))


def _number_of_axis(value: float, decimals: int = 0) -> str:
    text = f"{value:,.{decimals}f}" if abs(value) < 1e6 else f"{value:.0e}".replace("e+", "e")
    return text.replace("-", "\N{MINUS SIGN}")


def _name(dimension: int, replicas: int) -> str:
    return f"{dimension} ({amount_of(replicas, 'replica')})"


def _draw_band(axes: Axes, band: pd.DataFrame, look: Look, label: str) -> None:
    axes.fill_between(band.index, band["low"], band["high"], color=look.colour, alpha=0.2, linewidth=0)
    axes.plot(band.index, band["median"], color=look.colour, linestyle=look.line, linewidth=1.2, label=label)


def _label_ends(axes: Axes, bands: Mapping[int, pd.DataFrame], looks: Mapping[int, Look]) -> None:
    """Write each last loss to the right of its curve; labels that would touch are moved apart."""
    low, high = axes.get_ylim()
    ends = {dimension: band.iloc[-1] for dimension, band in bands.items()}
    edges = {dimension: min(max(float(end["median"]), low), high) for dimension, end in ends.items()}
    order = sorted(edges, key=lambda dimension: edges[dimension])
    places = apart([edges[d] for d in order], [0.16 * (high - low)] * len(order), low)
    for dimension, place in zip(order, places, strict=True):
        middle, least, most = (_number(float(ends[dimension][name])) for name in ("median", "low", "high"))
        colour = looks[dimension].colour
        axes.annotate(
            f"{dimension}-D: {middle}\n[{least}, {most}]",
            xy=(1.0, edges[dimension]),
            xytext=(1.05, place),
            xycoords=("axes fraction", "data"),
            textcoords=("axes fraction", "data"),
            color=colour,
            va="center",
            arrowprops={
                "arrowstyle": "-",
                "color": colour,
                "linewidth": 0.6,
                "shrinkA": 0,
                "shrinkB": 0,
                "relpos": (0, 0.5),
            },
            annotation_clip=False,
        )


def _number(value: float) -> str:
    text = f"{value:.2f}" if abs(value) < 1e5 else f"{value:.1e}"
    return text.replace("-", "\N{MINUS SIGN}")
