"""What was done, and on whom: the flow of patients, missing values, settings, seeds and versions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from retina_vae.config import LatentSettings
from retina_vae.report.choices import choice_rows
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import amount
from retina_vae.words import enumerated

__all__ = ["Step", "flow", "settings_rows"]

_PACKAGES = ("retina_vae", "torch", "scikit-learn", "numpy", "pandas", "matplotlib")


@dataclass(frozen=True)
class Step:
    """One station of the patients: how many, what happened, and what more is to say."""

    count: str
    what: str
    more: str


def flow(tables: RunTables) -> list[Step]:
    """The patients from their source to their clusters."""
    schema, settings = tables.schema, tables.configuration
    patients, floor = tables.patients, settings.small_cell_floor
    counts = patients[schema.diagnosis.name].value_counts()
    parts = [f"{amount(counts.get(name, 0), floor)} {name}" for name in schema.diagnosis.categories]
    source = "simulated from published statistics" if settings.cohort.source == "simulated" else "the paper's arrays"
    doubtful = int((tables.doubt.patients["probability"] < settings.clusters.doubtful_below).sum())
    sizes, bound = tables.sizes.dropna(), settings.clusters.doubtful_below
    dimension = settings.clusters.latent_dim
    return [
        Step(f"{len(patients):,}", f"patients, {source}", enumerated(parts)),
        Step(f"{len(patients):,}", f"encoded in {dimension} latent dimension{'s'[: dimension != 1]}", _missing(tables)),
        Step(
            f"{len(patients):,}",
            f"put into {len(tables.sizes)} clusters",
            f"of {sizes.min():,.0f} to {sizes.max():,.0f} patients",
        ),
        Step(
            amount(doubtful, floor),
            "of them in doubt",
            f"with a probability below {bound:g} of belonging to their cluster",
        ),
    ]


def _missing(tables: RunTables) -> str:
    """Missing values by column; no patient is left out because of one."""
    columns = [*tables.schema.inputs, tables.schema.diagnosis]
    counts = {column.label: int(tables.patients[column.name].isna().sum()) for column in columns}
    floor = tables.configuration.small_cell_floor
    missing = [f"{label} in {amount(count, floor)}" for label, count in counts.items() if count]
    if missing:
        return f"values are missing: {enumerated(missing)}"
    return f"none left out; no value of {enumerated([column.label for column in columns])} is missing"


def settings_rows(tables: RunTables) -> list[tuple[str, str]]:
    """The settings that matter to a reader, the seeds and the versions, as label and text."""
    settings = tables.configuration
    cohort, vae, clusters = settings.cohort, settings.vae, settings.clusters
    source = f"simulated from {cohort.epidemiology}" if cohort.source == "simulated" else "the paper's published arrays"
    beside = [str(dim) for dim in vae.latent_dims if dim != clusters.latent_dim]
    also = f"; {', '.join(beside)} trained for comparison" if beside else ""
    return [
        ("Run", settings.run),
        ("Patients", f"{len(tables.patients):,}, {source}"),
        ("Latent dimensions", f"{clusters.latent_dim}{also}"),
        ("Replicas", f"{len(tables.replicas)}; clusters are reported of replica {tables.reported}"),
        ("Training", f"{vae.epochs:,} epochs, batches of {vae.batch_size:,}, learning rate {vae.learning_rate:g}"),
        *choice_rows(vae),
        *([("More models", ", ".join(settings.family))] if settings.family else []),
        ("Clustering", f"{tables.clustering.name} on {clusters.on}, k = {clusters.k}, {clusters.n_init} starts"),
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
        "number of clusters": settings.choice.seed,
        "resamples": settings.stability.seed,
        "folds": settings.description.seed,
    }
    if settings.cohort.source != "simulated":
        del seeds["cohort"]
    return ", ".join(f"{name} {seed}" for name, seed in seeds.items())


def _draws(latent: LatentSettings) -> str:
    if latent.correction == "none":
        return f"{latent.draws}"
    return f"{latent.draws}, from p(z | x) by importance weights on {latent.proposals} draws from q(z | x)"


def _versions() -> Iterator[str]:
    for name in _PACKAGES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            continue
