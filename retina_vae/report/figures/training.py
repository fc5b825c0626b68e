"""The training loss of every latent dimension, with its spread over replicas."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from retina_vae.report.figures.labels import apart
from retina_vae.report.figures.style import PAGE_WIDTH, Look, cluster_look, new_figure, shared_style
from retina_vae.words import amount_of

__all__ = ["loss_bands", "settled_limits", "training"]


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
    halves = {dimension: band.iloc[len(band) // 2 :] for dimension, band in bands.items()}
    low = min(float(half["low"].min()) for half in halves.values())
    # A dimension or one replica that went astray must not squash the others.
    calm = pd.concat(
        [half for half in halves.values() if half["median"].median() <= low + abs(low)] or [*halves.values()]
    )
    middle, high = float(calm["median"].max()), float(calm["high"].max())
    high = min(high, low + 3 * max(middle - low, 1e-3 * abs(middle)))
    span = (high - low) or 1.0
    return low - 0.1 * span, high + 0.5 * span


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
        axes.set_xlim(1, max(int(band.index.max()) for band in bands.values()))
        axes.set_xlabel("Epoch")
        axes.grid(True)
    measure = f"{unit}, mean per patient" if unit else "mean per patient"
    whole.set(xscale="log", xlabel="Epoch (log scale)", ylabel=f"Training loss ({measure})")
    _bend_long_axis(whole, bands)
    whole.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    whole.set_title("(a)  The whole training")
    whole.legend(title="Latent dimensions", alignment="left")
    settled.set_title("(b)  The same, loss axis enlarged")
    settled.set_ylim(*settled_limits(bands))
    settled.xaxis.set_major_formatter(whole.xaxis.get_major_formatter())
    settled.xaxis.set_major_locator(MaxNLocator(6, integer=True, steps=[1, 2, 5, 10]))
    settled.yaxis.set_major_locator(MaxNLocator(6))
    _label_ends(settled, bands, looks)
    return figure


def _bend_long_axis(axes: Axes, bands: Mapping[int, pd.DataFrame]) -> None:
    """A first epoch that is many times as far out as the end is would leave a linear axis empty."""
    highest = max(float(band["high"].max()) for band in bands.values())
    end = max(1.0, min(abs(float(band["median"].iloc[-1])) for band in bands.values()))
    if highest <= 10 * end:
        return
    threshold = math.ceil(math.log10(end))
    decades = range(threshold, math.ceil(math.log10(highest)) + 1)
    axes.set_yscale("symlog", linthresh=10.0**threshold)
    axes.set_yticks([-(10.0**threshold), 0.0, *(10.0**decade for decade in decades[:: max(1, len(decades) // 5)])])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _number_of_axis(value)))
    axes.set_ylim(bottom=-1.3 * 10.0**threshold)
    axes.minorticks_off()


def _number_of_axis(value: float) -> str:
    text = f"{value:,.0f}" if abs(value) < 1e6 else f"{value:.0e}"
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
