"""What was done, and on whom: the flow of patients, missing values, settings, seeds and versions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import numpy as np

from retina_vae.config import LatentSettings
from retina_vae.disclosure import MARK, suppressed
from retina_vae.report.choices import choice_rows
from retina_vae.report.figures.groups import NOT_OBSERVED, patient_groups
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import amount, clusters_in_words, percent
from retina_vae.words import enumerated

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
    settings, total = tables.configuration, f"{len(tables.patients):,}"
    floor, bound = settings.small_cell_floor, settings.clusters.doubtful_below
    doubtful = int((tables.doubt.patients["probability"] < bound).sum())
    sizes, dimension = tables.sizes.dropna(), settings.clusters.latent_dim
    spread = f"of {sizes.min():,.0f} to {sizes.max():,.0f} patients" if len(sizes) else ""
    steps = [
        Step(total, f"patients, {tables.origin.words}", _outcomes(tables)),
        Step(total, f"encoded in {dimension} latent dimension{'s'[: dimension != 1]}", _missing(tables)),
        Step(total, f"put into {clusters_in_words(len(tables.sizes))}", "" if tables.undivided else spread),
        Step(
            amount(doubtful, floor),
            "of them in doubt",
            f"with a probability below {bound:g} of belonging to their cluster",
        ),
    ]
    if not tables.refused:
        return steps
    rows = amount(tables.refused, floor)
    refused = Step(rows, f"row{'s'[: rows != '1']} refused", "that do not fit the schema; cohort/refused.csv says why")
    return [refused, *steps]


def _outcomes(tables: RunTables) -> str:
    """Patients by outcome, as far as their numbers are shown."""
    groups = patient_groups(tables.patients, tables.schema)
    if not groups.several:
        return ""
    group = groups.of_patients(tables.patients)
    counts = np.array([(group == name).sum() for name in groups.looks], dtype=np.int64)
    hidden = suppressed(counts, tables.configuration.small_cell_floor)
    parts = [
        f"{MARK if hide else f'{count:,}'} {name}"
        for name, count, hide in zip(groups.looks, counts, hidden, strict=True)
        if count or name != NOT_OBSERVED
    ]
    return f"{groups.title}: {enumerated(parts)}"


def _missing(tables: RunTables) -> str:
    """Missing values by column; no patient is left out because of one."""
    columns, total = tables.schema.columns, len(tables.patients)
    counts = [(column.label, int(tables.patients[column.name].isna().sum())) for column in columns]
    missing = sorted([own for own in counts if own[1]], key=lambda own: -own[1])
    if not missing:
        return "none left out; no value is missing"
    floor = tables.configuration.small_cell_floor
    words = [f"{label} in {_part(count, total, floor)}" for label, count in missing[:_MOST_NAMED]]
    rest = len(missing) - _MOST_NAMED
    words += [f"{rest} other column{'s'[: rest != 1]}"] if rest > 0 else []
    return f"none left out; values are missing: {enumerated(words)}"


def _part(count: int, total: int, floor: int) -> str:
    """A number of patients out of all, unless it or the rest tells of few."""
    few = suppressed(np.array([count, total - count]), floor).any()
    return MARK if few else f"{count:,} ({percent(count / total)})"


def settings_rows(tables: RunTables) -> list[tuple[str, str]]:
    """The settings that matter to a reader, the seeds and the versions, as label and text."""
    settings = tables.configuration
    vae, clusters = settings.vae, settings.clusters
    beside = [str(dim) for dim in vae.latent_dims if dim != clusters.latent_dim]
    also = f"; {', '.join(beside)} trained for comparison" if beside else ""
    return [
        ("Run", settings.run),
        ("Patients", f"{len(tables.patients):,}, {tables.origin.words}"),
        ("Latent dimensions", f"{clusters.latent_dim}{also}"),
        ("Replicas", f"{len(tables.replicas)}; clusters are reported of replica {tables.reported}"),
        ("Training", f"{vae.epochs:,} epochs, batches of {vae.batch_size:,}, learning rate {vae.learning_rate:g}"),
        *choice_rows(vae),
        *([("More models", ", ".join(settings.family))] if settings.family else []),
        ("Clustering", f"{tables.clustering.name} on {clusters.on}, k = {clusters.number}, {clusters.n_init} starts"),
        ("Draws per patient", _draws(settings.latent)),
        ("Seeds", _seeds(tables)),
        ("Versions", ", ".join(_versions())),
    ]


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
