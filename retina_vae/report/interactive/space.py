"""The latent space as the page's script draws it: points, axes, labels, and what they can be coloured by."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.colors import to_hex
from numpy.typing import NDArray

from retina_vae.cohort import Column
from retina_vae.report.figures.distributions import PICTURES
from retina_vae.report.figures.space import LatentSpace, latent_space
from retina_vae.report.figures.style import GREY, Look, category_label, cluster_look
from retina_vae.report.interactive.arrays import pack, quantize
from retina_vae.report.interactive.points import ShownPoints, shown_points
from retina_vae.report.nouns import items_in_text
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import NumberFormat
from retina_vae.words import NOT_OBSERVED

__all__ = ["space_payload"]

FloatArray = NDArray[np.float64]

_SCALE_STOPS = 9
# Its end is too faint on white.
_SCALE_END = 0.95
_MISSING_GROUP = {"label": NOT_OBSERVED, "colour": GREY, "symbol": "circle-open", "missing": True}


def space_payload(tables: RunTables) -> dict[str, Any] | None:
    """Points and axes of the view, as plain JSON; nothing where no point may be shown.

    At most three dimensions are shown, of more the principal components as in the still picture; ``projection`` takes
    a code there. Coordinates and values are whole steps of their range.

    Who is selected is counted in the browser. Where small cells are hidden the points are nobody, and the page has no
    column of them: only their number by cluster and outcome is told, in whole multiples of the fewest.
    """
    shown = shown_points(tables)
    if not len(shown.codes):
        return None
    centers = shown.centers.to_numpy(dtype=np.float64)
    space, item = latent_space(shown.codes, centers), tables.configuration.source.item
    points = np.column_stack([space.points, *_height(space)])
    limits = np.array([*space.limits, *([(-0.05, 1.05)] if space.dimensions == 1 else [])])
    return {
        "axes": list(space.labels),
        "limits": limits.round(6).tolist(),
        "sides": _sides(space),
        "view": list(space.view),
        "projection": _projection(shown.codes, centers),
        "points": quantize(points, limits[:, 0], limits[:, 1]),
        "items": f"{item}s",
        "clusters": _clusters(tables, shown, space),
        "cluster": pack(shown.cluster),
        "colourings": list(_colourings(tables, shown)),
        "unknown": items_in_text("not shown: too few patients", item) if shown.stand_ins else NOT_OBSERVED,
        "scale": [to_hex(mpl.colormaps["cividis"](x)) for x in np.linspace(0, _SCALE_END, _SCALE_STOPS)],
        "note": items_in_text(_note(tables, shown, space), item),
        "stand_ins": shown.stand_ins,
        "fewest": tables.gate.fewest,
        "mark": tables.gate.mark,
        "selecting": items_in_text(_selecting(tables), item) if shown.stand_ins else "",
    }


def _height(space: LatentSpace) -> list[FloatArray]:
    """The height of points in one dimension, which means nothing: even spacing keeps neighbours apart."""
    steps: FloatArray = np.arange(len(space.points), dtype=np.float64) * 0.6180339887498949
    return [steps % 1.0] if space.dimensions == 1 else []


def _sides(space: LatentSpace) -> list[float]:
    """Side lengths of the box as in the still picture: true to scale, but none shorter than 0.6 of the longest."""
    spans = np.array([high - low for low, high in space.limits])
    sides: list[float] = np.maximum(spans / spans.max(), 0.6).round(3).tolist()
    return sides


def _projection(codes: FloatArray, centers: FloatArray) -> dict[str, Any]:
    """What the axes show of a code z: ``offset + matrix z``; seen from where the map puts 0 and the unit vectors."""
    units = np.vstack([np.zeros(codes.shape[1]), np.eye(codes.shape[1])])
    placed = latent_space(codes, units).centers
    return {"offset": placed[0].tolist(), "matrix": (placed[1:] - placed[0]).T.tolist()}


def _clusters(tables: RunTables, shown: ShownPoints, space: LatentSpace) -> list[dict[str, Any]]:
    """Number, size as text (empty where it is not shown), description, look and place of each cluster's label."""
    texts = dict(zip(tables.descriptions["cluster"], tables.descriptions["description"], strict=True))
    sizes = {int(str(number)): size for number, size in tables.sizes.sort_index().items()}
    places = dict(zip(shown.centers.index, space.centers.round(6).tolist(), strict=True))
    return [
        {
            "number": number,
            "size": "" if pd.isna(size) else f"{size:,.0f}",
            "description": str(texts[number]),
            "center": places.get(number),
            **_seen(cluster_look(position)),
        }
        for position, (number, size) in enumerate(sizes.items())
    ]


def _seen(look: Look) -> dict[str, str]:
    """Colour and symbol, which are those of the look on paper."""
    return {"colour": look.colour, "symbol": look.symbol}


def _colourings(tables: RunTables, shown: ShownPoints) -> Iterator[dict[str, Any]]:
    """What the points can be coloured by beside the cluster: the outcome, and every other column."""
    for known in shown.known:
        column, values = known.column, known.values
        if known.category:
            label = f"{category_label(column, known.category)} (share of the cluster)"
            yield _numbers(f"{column.name}: {known.category}", label, "%", values, NumberFormat(0), ends=(0.0, 100.0))
        elif column.numeric:
            label = f"{column.label} (mean of the cluster)" if known.of_cluster else column.label
            logarithmic = PICTURES[column.kind_of.picture].logarithmic
            form = tables.formats[column.name]
            yield _numbers(column.name, label, column.unit or "", values, form, logarithmic=logarithmic)
        elif known.groups:
            alone = known.groups.categories_of(NOT_OBSERVED) == [""]
            yield _groups(column, values, known.groups.looks, NOT_OBSERVED if alone else "") | {"outcome": True}
        else:
            looks = {name: cluster_look(place) for place, name in enumerate(column.categories)}
            yield _groups(column, values, looks, told=column.kind_of.described(column.categories))


def _groups(
    column: Column,
    values: pd.Series,
    looks: Mapping[str, Look],
    missing: str = "",
    told: Collection[str] | None = None,
) -> dict[str, Any]:
    """One group per name of a look; those without a name are one, unless there is a name for the ``missing``.

    Shares are given of the groups that are ``told``, by default of all.
    """
    codes = pd.Index(list(looks)).get_indexer(pd.Index(values.astype(object)))
    groups: list[dict[str, Any]] = [
        {"label": name, "missing": name == missing, "told": told is None or name in told} | _seen(look)
        for name, look in looks.items()
    ]
    if (codes < 0).any():
        groups.append(_MISSING_GROUP)
    codes = np.where(codes < 0, len(groups) - 1, codes)
    return {"key": column.name, "label": column.label, "groups": groups, "codes": pack(codes)}


def _numbers(
    key: str,
    label: str,
    unit: str,
    values: pd.Series,
    form: NumberFormat,
    *,
    ends: tuple[float, float] | None = None,
    logarithmic: bool = False,
) -> dict[str, Any]:
    """Steps between the ends of a scale, which are by default those of the values; ``ticks`` are its labels.

    On a logarithmic scale the steps are those of the logarithms; a column that has a 0 is on a linear one.
    """
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    low, high = ends or ((0.0, 0.0) if np.isnan(numbers).all() else (np.nanmin(numbers), np.nanmax(numbers)))
    bent = bool(logarithmic and low > 0)
    middle = float(np.sqrt(low * high)) if bent else (low + high) / 2
    about = {"key": key, "label": label, "unit": unit, "low": float(low), "high": float(high), "logarithmic": bent}
    about |= {"decimals": form.decimals, "whole": bool(form.whole)}
    scaled = (np.log(own) for own in (numbers, low, high)) if bent else (numbers, low, high)
    return about | {"ticks": [form(float(end)) for end in (low, middle, high)], "steps": quantize(*scaled)}


def _selecting(tables: RunTables) -> str:
    """Why so little is said of a region whose points are nobody."""
    fewest, outcome = tables.gate.fewest, " and outcome" if tables.schema.outcome else ""
    return (
        f"The points are no patients, so only their number by cluster{outcome} is told, rounded down to whole "
        f"multiples of {fewest}, and none below {fewest}. What the patients of a cluster have stands on its card."
    )


def _note(tables: RunTables, shown: ShownPoints, space: LatentSpace) -> str:
    """What a reader must know of points and axes."""
    count = len(shown.codes)
    outcome = f" and one category of {tables.schema.outcome.label}" if tables.schema.outcome else ""
    parts = []
    if shown.stand_ins:
        parts.append(
            f"The points are no patients. They are drawn from the normal distributions of groups of at least "
            f"{tables.gate.fewest} patients of one cluster{outcome}; smaller groups are left out."
        )
    if not shown.stand_ins and count < shown.total:
        parts.append(f"{count:,} of {shown.total:,} patients are shown.")
    if space.labels[0].startswith("PC"):
        parts.append("PC: principal component of the codes, with its share of their variance.")
    if space.dimensions == 1:
        parts.append("The height means nothing; it keeps points apart.")
    return " ".join(parts)
