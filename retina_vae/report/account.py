"""What was done, and on whom: the flow of patients, missing values, settings, seeds and versions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from retina_vae.clusters.description.columns import in_sentence
from retina_vae.config import LatentSettings
from retina_vae.report.choices import choice_rows
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import amount, clusters_in_words, percent
from retina_vae.words import MARK, NOT_OBSERVED, amount_of, enumerated, noun_after

__all__ = ["Step", "flow", "settings_rows"]

_PACKAGES = ("retina_vae", "torch", "scikit-learn", "numpy", "pandas", "matplotlib")
_MOST_NAMED = 6


@dataclass(frozen=True)
class Step:
    """One station of the patients: how many, what happened, and what more is to say."""

    count: str
    what: str
    more: str


def flow(tables: RunTables) -> list[Step]:
    """The patients from their source to their clusters."""
    settings, account = tables.configuration, tables.account
    total, bound = f"{account.patients:,}", settings.clusters.doubtful_below
    sizes, dimension = tables.sizes.dropna(), settings.latent_dim
    spread = f"of {sizes.min():,.0f} to {sizes.max():,.0f} patients" if len(sizes) else ""
    steps = [
        Step(total, f"patients, {tables.origin.words}", _outcomes(tables)),
        Step(total, f"encoded in {amount_of(dimension, 'latent dimension')}", _missing(tables)),
        Step(total, f"put into {clusters_in_words(len(tables.sizes))}", "" if tables.undivided else spread),
        Step(
            amount(account.doubtful),
            "of them in doubt",
            f"with a probability below {bound:g} of belonging to their cluster",
        ),
    ]
    if account.refused == 0:
        return steps
    rows = amount(account.refused)
    refused = Step(
        rows, f"{noun_after(account.refused, 'row')} refused", "that do not fit the schema; cohort/refused.csv says why"
    )
    return [refused, *steps]


def _outcomes(tables: RunTables) -> str:
    """Patients by outcome, as far as their numbers are shown."""
    groups, sizes = tables.cohort.groups, tables.cohort.sizes
    if not groups.several:
        return ""
    parts = [f"{amount(sizes[name])} {name}" for name in groups.looks if name != NOT_OBSERVED or sizes[name] != 0]
    return f"{groups.title}: {enumerated(parts)}"


def _missing(tables: RunTables) -> str:
    """Missing values by column; no patient is left out because of one. Numbers that are not shown stand last."""
    labels = {column.name: in_sentence(column) for column in tables.schema.columns}
    missing = tables.cohort.columns["missing"]
    some = missing[missing != 0].sort_values(ascending=False, kind="stable", na_position="last")
    if some.empty:
        return "none left out; no value is missing"
    words = [f"{labels[str(name)]} in {_part(count, tables)}" for name, count in some.iloc[:_MOST_NAMED].items()]
    rest = len(some) - _MOST_NAMED
    words += [amount_of(rest, "other column")] if rest > 0 else []
    return f"none left out; values are missing: {enumerated(words)}"


def _part(count: float, tables: RunTables) -> str:
    """A number of patients out of all, where it is shown."""
    return MARK if math.isnan(count) else f"{count:,.0f} ({percent(count / tables.account.patients)})"


def settings_rows(tables: RunTables) -> list[tuple[str, str]]:
    """The settings that matter to a reader, the seeds and the versions, as label and text."""
    settings = tables.configuration
    vae, clusters = tables.vae, settings.clusters
    beside = [str(dim) for dim in settings.latent_dims if dim != settings.latent_dim]
    also = f"; {enumerated(beside)} trained for comparison" if beside else ""
    if vae.latent_dims == "auto":
        also = ", chosen by how unseen patients are described"
    return [
        ("Run", settings.run),
        ("Patients", f"{tables.account.patients:,}, {tables.origin.words}"),
        ("Latent dimensions", f"{settings.latent_dim}{also}"),
        ("Replicas", f"{len(tables.replicas)}; clusters are reported of replica {tables.reported}"),
        ("Training", f"{vae.epochs:,} epochs, batches of {vae.batch_size:,}, learning rate {vae.learning_rate:g}"),
        *choice_rows(vae),
        *([("More models", ", ".join(settings.family))] if settings.family else []),
        ("Clustering", f"{tables.clustering.name} on {clusters.on}, k = {clusters.number}, {clusters.n_init} starts"),
        *_drawn_rows(tables),
        ("Draws per patient", _draws(settings.latent)),
        ("Seeds", _seeds(tables)),
        ("Versions", ", ".join(_versions())),
    ]


def _drawn_rows(tables: RunTables) -> list[tuple[str, str]]:
    """Of how many patients, drawn at random, a large cohort's evidence comes; nothing of a cohort that is no larger."""
    settings = tables.configuration
    steps = {
        "groups or a continuum": settings.latent_structure.patients,
        "centres of the clusters, their resamples and other clusterings": settings.clusters.patients,
        "criteria on the codes": settings.choice.patients,
        "cross-tables and regressions on outcomes": settings.description.patients,
    }
    drawn = [f"{what}: {most:,}" for what, most in steps.items() if most < tables.account.patients]
    return [("Patients drawn at random for", "; ".join(drawn))] if drawn else []


def _seeds(tables: RunTables) -> str:
    settings = tables.configuration
    seeds = {
        "cohort": settings.cohort.seed,
        "training": settings.vae.seed,
        "draws": settings.latent.seed,
        tables.clustering.name: settings.clusters.seed,
        "groups or a continuum": settings.latent_structure.seed,
        "criteria on the codes": settings.choice.seed,
        "resamples": settings.stability.seed,
        "folds": settings.description.seed,
    }
    if not tables.origin.simulated:
        del seeds["cohort"]
    return ", ".join(f"{name} {seed}" for name, seed in seeds.items())


def _draws(latent: LatentSettings) -> str:
    if latent.correction == "none":
        return f"{latent.draws}"
    return (
        f"{latent.draws}, from p(z | x) by importance weights on {latent.proposals} draws from q(z | x) and wider ones"
    )


def _versions() -> Iterator[str]:
    for name in _PACKAGES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            continue
