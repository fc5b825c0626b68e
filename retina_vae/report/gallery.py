"""The pictures of a run's model family: what is drawn, under which titles, and what each picture says."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from retina_vae.config import Configuration
from retina_vae.pictures import pictured_models
from retina_vae.report.choices import model_title
from retina_vae.report.figures import MOST_ELLIPSES, MOVES, path_ends, posteriors, supervised, traversals
from retina_vae.report.figures.decoded import left_out
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import number, percent
from retina_vae.words import MARK

__all__ = ["Exhibit", "draw_gallery", "exhibits"]

_PICTURED_REPLICA = 1
_NOBODY = "No patient is drawn here, because a code can be decoded into a patient."


@dataclass(frozen=True)
class Exhibit:
    """A picture's name, its caption, and what it shows for readers who cannot see it."""

    name: str
    caption: str
    alternative: str


def draw_gallery(tables: RunTables) -> dict[str, Figure]:
    """The pictures of the run's family by name; none where no model is pictured."""
    return {name: _draw(name, tables, titles) for name, titles in _titles(tables).items()}


def _draw(name: str, tables: RunTables, titles: dict[str, str]) -> Figure:
    models = {title: tables.decoded[model] for model, title in titles.items()}
    if name == "traversals":
        return traversals(models, _dimensions(tables, titles), tables.cohort, tables.schema)
    draw = {"posteriors": posteriors, "supervised": supervised}[name]
    return draw(models, tables.cohort, tables.schema, tables.account.patients)


def exhibits(tables: RunTables) -> list[Exhibit]:
    """The pictures of :func:`draw_gallery` in the same order, in words."""
    say = {"posteriors": _posteriors, "traversals": _traversals, "supervised": _supervised}
    return [say[name](tables, titles) for name, titles in _titles(tables).items()]


def _titles(tables: RunTables) -> dict[str, dict[str, str]]:
    """For each picture the title of each of its models, by the model's name."""
    settings = tables.configuration
    pictures = {picture: _titles_of(names, settings) for picture, names in pictured_models(settings).items()}
    if "supervised" in pictures:
        learned = {name: f"{name}: with the outcome" for name in pictures["supervised"]}
        # The clustered model is decoded where its likelihood is typed, and never saw the outcome.
        beside = tables.clustered in tables.decoded and tables.clustered not in learned
        plain = {tables.clustered: f"{tables.clustered}: without the outcome"} if beside else {}
        pictures["supervised"] = plain | learned
    return pictures


def _titles_of(names: list[str], settings: Configuration) -> dict[str, str]:
    titles = {name: model_title(settings.model(name).vae) for name in names}
    several = {title for title in titles.values() if list(titles.values()).count(title) > 1}
    return {name: f"{title} ({name})" if title in several else title for name, title in titles.items()}


def _dimensions(tables: RunTables, titles: dict[str, str]) -> pd.DataFrame:
    """The pictured replica's latent dimensions, the models called by their titles."""
    table = tables.posterior
    own = table[table["model"].isin(list(titles)) & (table["replica"] == _PICTURED_REPLICA)]
    return own.assign(model=own["model"].map(titles))


def _posteriors(tables: RunTables, titles: dict[str, str]) -> Exhibit:
    own = _dimensions(tables, titles)
    width = (own["mean_scale"] / own["aggregate_scale"]).groupby(own["model"]).mean()
    widths = ", ".join(f"{title}: {_share(float(width[title]))}" for title in titles.values())
    measured = (
        f"On average a posterior is as wide as this share of all codes together: {widths}. Near 0, codes are points, "
        f"and the training never asks what the decoder makes of the space between them; where posteriors overlap, "
        f"neighbouring codes must describe similar patients. Patients decoded from the prior differ from the cohort, "
        f"in the statistic that differs most, by this many standard errors: {_worst(tables, titles)}."
    )
    if tables.gate.hides:
        return Exhibit("posteriors", f"Posteriors. {measured} {_NOBODY}", f"No picture. {measured}")
    alternative = (
        f"The latent planes of {', '.join(titles.values())} with the patients' posteriors, and the "
        f"decoder's means along a line. Width of a posterior as a share of all codes: {widths}."
    )
    return Exhibit("posteriors", _drawn_posteriors(tables, measured), alternative)


def _drawn_posteriors(tables: RunTables, measured: str) -> str:
    """The caption of a picture of patients, around what was measured."""
    total, (first, last) = tables.account.patients, path_ends(tables.cohort, tables.schema)
    between = f"the central patients of {first} and {last}" if tables.schema.outcome else f"its {first} and its {last}"
    return (
        f"Posteriors. Each ellipse is one patient's posterior q(z | x) at one standard deviation "
        f"({min(total, MOST_ELLIPSES):,} of {total:,} patients, replica {_PICTURED_REPLICA} only); the scales of the "
        f"panels differ, and the prior's dashed circles are their common measure. {measured} Below the planes, the "
        f"decoder's means along the line between {between} (pale: moves by less than {MOVES:g}; of a column with more "
        f"than two categories, the one that moves most).{left_out(tables.schema)}"
    )


def _worst(tables: RunTables, titles: dict[str, str]) -> str:
    largest = {title: tables.decoded[name].generated_check["z"].abs().max() for name, title in titles.items()}
    return ", ".join(f"{title}: {number(float(z), 1)}" for title, z in largest.items())


def _share(width: float) -> str:
    return f"below {percent(0.001, 1)}" if 0 < width < 0.001 else percent(width)


def _traversals(tables: RunTables, titles: dict[str, str]) -> Exhibit:
    own = _dimensions(tables, titles)
    active = own.groupby("model")["active"]
    counts = ", ".join(
        f"{int(active.sum()[title])} of {int(active.count()[title])} ({title})" for title in titles.values()
    )
    reach = max(float(tables.decoded[name].traversals["deviation"].max()) for name in titles)
    caption = (
        f"Traversals. What the decoder says when one coordinate moves up to {reach:g} standard deviations to both "
        f"sides of the mean of all codes and the others stay there, under replica {_PICTURED_REPLICA} only; the "
        f"dimensions stand in the order of their KL divergence, which is their price in the objective, and lines "
        f"that move by less than {MOVES:g} are pale. Active are {counts}; the posterior means of the "
        f"others (grey) hardly differ between patients (variance at most 0.01), so that they tell next to nothing."
        f"{left_out(tables.schema)}"
    )
    return Exhibit("traversals", caption, f"What each latent dimension changes in the patients. Active are {counts}.")


def _supervised(tables: RunTables, titles: dict[str, str]) -> Exhibit:
    outcome = tables.schema.outcome.label if tables.schema.outcome else "outcome"
    names = [name for name in titles if tables.configuration.model(name).vae.objective == "supervised"]
    beside = ", ".join(name for name in titles if name not in names)
    table = tables.evaluation
    told = table[table["model"].isin(names) & (table["replica"] == _PICTURED_REPLICA)].to_dict("records")
    shares = " ".join(_accuracy(row) for row in told)
    caption = (
        f"Supervised. The posterior means of the patients by {outcome}, in a model that learned it too "
        f"({', '.join(names)}, replica {_PICTURED_REPLICA} only)"
        f"{f', beside {beside}, the clustered model, which did not' if beside else ''}; each panel has its own axes, "
        f"seen from the side that keeps its categories apart. {shares}"
    )
    if tables.gate.hides:
        caption = f"{caption} {_NOBODY}"
    return Exhibit("supervised", caption, f"The latent space by {outcome}. {shares}")


def _accuracy(row: Mapping[Hashable, Any]) -> str:
    right = MARK if math.isnan(row["outcome_accuracy"]) else percent(row["outcome_accuracy"], 1)
    told = f"Asked for the outcome of {row['measured_on']}, {row['model']} is right in {right}"
    if math.isnan(row["outcome_limit"]):
        return f"{told}."
    return (
        f"{told}, and the most probable outcome under the exact density in {percent(row['outcome_limit'], 1)}: "
        "patients of different outcomes can look alike in these columns."
    )
