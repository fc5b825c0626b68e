"""What the report of a run of images says and shows of its pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema, Column, read_schema
from retina_vae.cohort.image_shape import ImageShape
from retina_vae.config import Configuration
from retina_vae.drawing.artefacts import PICTURES, QUALITY
from retina_vae.drawing.figures import draw_pictures
from retina_vae.drawing.models import compared_models, model_words, plane_model, traversed_models
from retina_vae.files import read_table
from retina_vae.report.environment import report_environment
from retina_vae.report.nouns import items_in_figures, items_in_html, items_in_text
from retina_vae.report.pictures import raster
from retina_vae.report.sections import Table
from retina_vae.report.study import StudySection
from retina_vae.report.wording import number, percent

__all__ = ["ImagePages", "Views", "carried_columns", "image_pages"]

ImagePages = tuple[list[StudySection], dict[str, Figure]]
"""Sections of the page, and its figures by the names of their files."""

_KINDS = {
    "data": "Images of the cohort",
    "reconstructions": "Reconstructions",
    "prior": "Drawn from the prior",
    "midpoints": "Half-way between two images of different labels",
}
_LEAST = 0.1
"""Share of a column's entropy from which a coordinate is said to carry it; chance alone reaches a third of it."""


@dataclass(frozen=True)
class Views:
    """How items are shown whose numbers are no picture that a person can read.

    Attributes:
        shape: Of a view.
        draw: From shares of the maximum, shape (items, pixels), to those of views, shape (items, pixels of a view).
        legend: What is dark and what is light, a sentence.
    """

    shape: ImageShape
    draw: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    legend: str

    def of(self, pictures: pd.DataFrame) -> pd.DataFrame:
        """The table of pictures with views in their place."""
        names = [name for name in pictures.columns if name.startswith("value_")]
        drawn = self.draw(pictures[names].to_numpy(dtype=np.float64))
        values = pd.DataFrame(drawn, pictures.index, [f"value_{place}" for place in range(1, drawn.shape[1] + 1)])
        return pd.concat([pictures.drop(columns=names), values], axis=1)


def image_pages(folder: Path, configuration: Configuration, views: Views | None = None) -> ImagePages:
    """The section of the pictures, and the figures in it.

    Args:
        folder: Of the run.
        configuration: Of the run, with its latent dimension.
        views: How the items are shown; as the pictures that they are without it.

    Raises:
        InputError: A table is missing or unreadable.
    """
    released = folder / "release"
    schema = read_schema(released / "cohort" / "schema.yaml")
    if schema.image is None or not (released / PICTURES).is_file():
        return [], {}
    pictures = read_table(released / PICTURES, ["set", "model", "row", "place", "caption"])
    pictures = pictures.assign(model=pictures["model"].fillna(""), caption=pictures["caption"].fillna(""))
    names = _names(configuration)
    if views is not None:
        pictures = views.of(pictures)
    shape = schema.image if views is None else views.shape
    carried = carried_columns(released, schema.in_words, configuration)
    figures = draw_pictures(pictures, shape, names, _cluster_words(released, schema.outcome), carried)
    # The words of this section are about images; of other items that are drawn it speaks as the source does.
    noun = configuration.source.item
    items_in_figures(figures.values(), noun, "image")
    quality = read_table(released / QUALITY).assign(model=lambda own: own["model"].fillna(""))
    html = (
        report_environment("retina_vae.drawing")
        .get_template("images.html.j2")
        .render(
            figures={name: raster(figure, _ALTERNATIVES[name]) for name, figure in figures.items()},
            names=names,
            quality=_quality_table(quality, names),
            sentences=quality_sentences(quality, names),
            plane=plane_model(configuration),
            several=len(traversed_models(configuration)) > 1,
            legend=_legend(shape) if views is None else views.legend,
        )
    )
    title, html = items_in_text("The images", noun, "image"), items_in_html(html, noun, "image")
    section = StudySection("images", title, Markup(html), after="clusters")
    return [section], {f"images_{name}": figure for name, figure in figures.items()}


def _legend(shape: ImageShape) -> str:
    return "" if shape.channels == 3 else "Dark is a high level."


def _names(configuration: Configuration) -> dict[str, str]:
    names = compared_models(configuration)
    plane = plane_model(configuration)
    every = [*names, *([plane] if plane is not None and plane not in names else [])]
    words = {name: model_words(configuration.model(name)) for name in every}
    return {name: own if own == name else f"{own} ({name})" for name, own in words.items()}


def carried_columns(released: Path, told: CohortSchema, configuration: Configuration) -> dict[tuple[str, str], str]:
    """By model and coordinate, as ``("d8", "z3")``, the column that it carries most of and how much, where it is much.

    Args:
        released: Folder of the run's released tables.
        told: The columns that tables speak of.
        configuration: Of the run, with its latent dimension.

    Raises:
        InputError: A table is unreadable.
    """
    found: dict[tuple[str, str], str] = {}
    labels = {column.name: column.label for column in told.columns}
    for model in traversed_models(configuration):
        path = released / "latent" / model / "factors.csv"
        if not path.is_file():
            continue
        replica = _drawn_replica(released, model == configuration.clustered_model)
        table = read_table(path, ["coordinate", "column", "normalised"], texts=["replica", "column"])
        own = table[(table["replica"] == replica) & (table["normalised"] >= _LEAST)]
        most = own.sort_values("normalised", ascending=False, kind="stable").drop_duplicates("coordinate")
        for place, column, share in most[["coordinate", "column", "normalised"]].itertuples(index=False, name=None):
            found[model, f"z{int(place)}"] = f"{labels.get(column, column)} {percent(float(share))}"
    return found


def _drawn_replica(released: Path, clustered: bool) -> str:
    """The one whose pictures there are: the reported one of the clustered model, the first of others."""
    if not clustered:
        return "1"
    replicas = read_table(released / "clusters" / "replicas.csv", ["replica", "reported"])
    return str(int(replicas.loc[replicas["reported"].astype(bool), "replica"].iloc[0]))


def _cluster_words(released: Path, outcome: Column | None) -> dict[int, str]:
    """Beside each cluster its size and the labels that most of its images have."""
    table = read_table(released / "clusters" / "table1.csv", ["cluster", "size"])
    sizes = dict(zip(table["cluster"].astype(int), table["size"], strict=True))
    said = {
        cluster: f"Cluster {cluster}" + ("" if math.isnan(size) else f": {size:,.0f}")
        for cluster, size in sizes.items()
    }
    if outcome is None:
        return said
    counts = read_table(released / "clusters" / "counts.csv", texts=["column", "category"])
    own = counts[(counts["column"] == outcome.name) & counts["patients"].notna()]
    for cluster, category, patients in _most_frequent(own):
        share = patients / float(sizes[cluster])
        if not math.isnan(share):
            said[cluster] += f"\n{percent(share)} are {category}"
    return said


def _most_frequent(counts: pd.DataFrame) -> Iterator[tuple[int, str, float]]:
    """Each cluster with its most frequent category, and how many have it."""
    table = counts.sort_values("patients", ascending=False, kind="stable").drop_duplicates("cluster")
    for cluster, category, patients in table[["cluster", "category", "patients"]].itertuples(index=False, name=None):
        yield int(cluster), str(category), float(patients)


_ALTERNATIVES = {
    "clusters": "A row of small images for each cluster: their mean, the decoder's picture of the centre, and images "
    "of the cluster.",
    "reconstructions": "A row of images, and below it a row of what each model makes of them.",
    "prior": "Rows of pictures that each model draws from random codes.",
    "paths": "Rows of pictures that change from one image to another, for each model.",
    "traversals": "A row of pictures for each coordinate of the code, as it moves from low to high.",
    "plane": "A square of pictures, one for each place of a plane of codes.",
}


def _quality_table(quality: pd.DataFrame, names: dict[str, str]) -> Table:
    rows = []
    for (model, kind), part in quality.groupby(["model", "pictures"], sort=False):
        who = names.get(str(model), "–")
        sharpness, accepted = (_mean(part, name) for name in ("sharpness", "accepted"))
        text = "–" if math.isnan(accepted[0]) else f"{percent(accepted[0], 1)} ± {percent(accepted[1], 1)}"
        rows.append([_KINDS[str(kind)], who, f"{number(sharpness[0], 4)} ± {number(sharpness[1], 4)}", text])
    return Table([], ["Pictures", "Model", "Variance of the Laplacian", "Accepted at 0.9"], rows)


def _mean(part: pd.DataFrame, name: str) -> tuple[float, float]:
    """Mean over the replicas, and its standard error: over the replicas, or of one that of its pictures."""
    values = part[name]
    if len(part) == 1:
        return float(values.iloc[0]), float(part[f"{name}_error"].iloc[0])
    return float(values.mean()), float(values.std(ddof=1) / math.sqrt(len(part)))


def quality_sentences(quality: pd.DataFrame, names: dict[str, str]) -> list[str]:
    """What the numbers say of this run: how blurred pictures are, and whether a KL divergence keeps midpoints apart."""
    found = {(str(key[0]), str(key[1])): part for key, part in quality.groupby(["model", "pictures"], sort=False)}
    data = _mean(found["", "data"], "sharpness")[0]
    said = []
    for model, words in names.items():
        if (model, "prior") not in found or data == 0:
            continue
        ratios = [_mean(found[model, kind], "sharpness")[0] / data for kind in ("reconstructions", "prior")]
        blurred = "blurrier than" if max(ratios) < 1 else "sharper than" if min(ratios) > 1 else "about as sharp as"
        said.append(
            f"What the {words} draws is {blurred} the images: the Laplacian varies {percent(ratios[0])} as much in "
            f"reconstructions, {percent(ratios[1])} as much in samples from the prior."
        )
    return [*said, *_midpoint_sentences(found, names)]


def _midpoint_sentences(found: dict[tuple[str, str], pd.DataFrame], names: dict[str, str]) -> list[str]:
    parts = {model: found[model, "midpoints"] for model in names if (model, "midpoints") in found}
    known = {model: own for model, own in parts.items() if own["accepted"].notna().all()}
    if not known:
        return []
    accuracy = float(next(iter(known.values()))["classifier"].iloc[0])
    shares = [f"{percent(_mean(own, 'accepted')[0], 1)} of the {names[model]}" for model, own in known.items()]
    first = (
        "Half-way between the codes of two images of different labels, a classifier (right for "
        f"{percent(accuracy, 1)} of images that it has not seen) gives a label with 0.9 or more to "
        f"{', '.join(shares)}."
    )
    return [first, *_against_autoencoder(known, names)]


def _against_autoencoder(known: dict[str, pd.DataFrame], names: dict[str, str]) -> list[str]:
    """Each other model against the first, where that is an autoencoder."""
    first, *others = known
    if not names[first].startswith("autoencoder"):
        return []
    own, error = _mean(known[first], "accepted")
    said = []
    for model in others:
        share, other = _mean(known[model], "accepted")
        difference, spread = share - own, math.hypot(error, other)
        more = "more" if difference >= 0 else "fewer"
        sure = "" if abs(difference) > 2 * spread else ", which the spread of the replicas leaves open"
        said.append(
            f"These are {abs(100 * difference):.1f} points {more} of the {names[model]} than of the autoencoder "
            f"(standard error {100 * spread:.1f}){sure}."
        )
    return said
