"""The report's tables and cards, as plain values that the template only lays out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

import pandas as pd

from retina_vae.cohort import CohortSchema, Column
from retina_vae.config import LatentSettings
from retina_vae.report.choices import choice_rows
from retina_vae.report.figures.style import disease_looks
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import Badge, number, percent, stability_badge

__all__ = [
    "MOST_MATRIX_REPLICAS",
    "Band",
    "Card",
    "Share",
    "Table",
    "agreement_matrix",
    "cluster_cards",
    "cohort_rows",
    "plain_table",
    "probability_bands",
    "settings_rows",
    "statistic_label",
    "table1",
]

MOST_MATRIX_REPLICAS = 16
"""With more replicas the matrix of all pairs is left to its CSV file."""

_GLYPHS = {"o": "●", "^": "▲", "s": "■", "D": "◆", "v": "▼", "P": "✚", "X": "✖", "*": "★"}
_BANDS = (1.0, 0.9, 0.8, 0.5, 0.0)
_PACKAGES = ("retina_vae", "torch", "scikit-learn", "numpy", "pandas", "matplotlib")


@dataclass(frozen=True)
class Share:
    """One diagnosis in a group: count, share, and the look that the figures give it."""

    name: str
    count: int
    share: float
    colour: str
    glyph: str


@dataclass(frozen=True)
class Band:
    """Patients whose assignment probability lies in one band."""

    label: str
    count: int
    share: float


@dataclass(frozen=True)
class Card:
    """One cluster in plain words; ``numbers`` are [minimum, median, maximum] of each continuous column."""

    cluster: int
    description: str
    size: int
    share: float
    diseases: list[Share]
    numbers: list[tuple[str, str]]
    mean_probability: float
    doubtful: int
    jaccard_mean: float
    jaccard_min: float
    badge: Badge


@dataclass(frozen=True)
class Table:
    """A table with heads in one or two rows.

    Attributes:
        groups: Upper heads as (text, columns that it spans); empty where there is one row of heads.
        heads: Lower heads, one per column.
        rows: Cells as text; the first of each row is the row's head.
    """

    groups: list[tuple[str, int]]
    heads: list[str]
    rows: list[list[str]]


def settings_rows(tables: RunTables) -> list[tuple[str, str]]:
    """The settings that matter to a reader, the seeds and the versions, as label and text."""
    settings = tables.configuration
    cohort, vae, clusters = settings.cohort, settings.vae, settings.clusters
    source = f"simulated from {cohort.epidemiology}" if cohort.source == "simulated" else "the paper's published arrays"
    beside = [str(dim) for dim in vae.latent_dims if dim != clusters.latent_dim]
    also = f"; {', '.join(beside)} trained for comparison" if beside else ""
    seeds = f"training {vae.seed}, draws {settings.latent.seed}, k-means {clusters.seed}"
    return [
        ("Run", settings.run),
        ("Patients", f"{len(tables.patients):,}, {source}"),
        ("Latent dimensions", f"{clusters.latent_dim}{also}"),
        ("Replicas", f"{len(tables.replicas)}; clusters are reported of replica {tables.reported}"),
        ("Training", f"{vae.epochs:,} epochs, batches of {vae.batch_size:,}, learning rate {vae.learning_rate:g}"),
        *choice_rows(vae),
        *([("More models", ", ".join(settings.family))] if settings.family else []),
        ("Clustering", f"k-means on {clusters.on}, k = {clusters.k}, {clusters.n_init} starts"),
        ("Draws per patient", _draws(settings.latent)),
        ("Seeds", f"cohort {cohort.seed}, {seeds}" if cohort.source == "simulated" else seeds),
        ("Versions", ", ".join(_versions())),
    ]


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


def cohort_rows(tables: RunTables) -> Table:
    """The cohort in one table: per statistic the observed value of every disease with its standard error."""
    summary, schema = tables.summary, tables.schema
    rows = []
    for (name, statistic), part in summary.groupby(["column", "statistic"], sort=False):
        by_disease = part.set_index(schema.diagnosis.name if schema.diagnosis.name in part else "disease")
        cells = [_observed(by_disease, disease, str(statistic)) for disease in schema.diagnosis.categories]
        rows.append([statistic_label(schema, str(name), str(statistic)), *cells])
    return Table([], ["Statistic", *schema.diagnosis.categories], rows)


def _observed(by_disease: pd.DataFrame, disease: str, statistic: str) -> str:
    if disease not in by_disease.index:
        return "–"
    observed, error = (float(by_disease[name].loc[disease]) for name in ("observed", "standard_error"))
    if statistic.startswith("share"):
        return f"{percent(observed, 1)} ± {percent(error, 1)}"
    return f"{observed:.1f} ± {error:.1f}"


def statistic_label(schema: CohortSchema, name: str, statistic: str) -> str:
    """A statistic of one column in words, with its unit."""
    column = schema[name]
    if statistic.startswith("share "):
        return f"{column.label}: {statistic.removeprefix('share ')}"
    unit = f" ({column.unit}{'²' if statistic == 'variance' else ''})" if column.unit else ""
    return f"{column.label}: {statistic}{unit}"


def table1(tables: RunTables) -> Table:
    """Table 1 with the columns of one patient column under a common head."""
    source = tables.table1
    groups, heads, names = [("", 2)], ["Cluster", "Patients"], ["cluster", "size"]
    for column in (*tables.schema.inputs, tables.schema.diagnosis):
        own = [(name, head) for name, head in _table1_columns(column) if name in source.columns]
        if own:
            groups.append((column.axis_label, len(own)))
            names += [name for name, _ in own]
            heads += [head for _, head in own]
    rows = [[_whole(value) for value in row] for row in source[names].itertuples(index=False)]
    return Table(groups, heads, rows)


def _table1_columns(column: Column) -> list[tuple[str, str]]:
    """The names that the clusters stage gives to this column's counts or statistics, with a head for each."""
    if column.kind == "continuous":
        return [(f"{column.name}_{word}", word) for word in ("min", "median", "max")]
    if column.kind == "binary" and column.categories == ("absent", "present"):
        return [(f"{column.name}_{word}", word) for word in ("with", "without")]
    return [(category.lower(), category) for category in column.categories]


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def cluster_cards(tables: RunTables) -> list[Card]:
    """One card per cluster, in the order of their numbers."""
    key, total = tables.schema.identifier, len(tables.patients)
    joined = tables.patients.merge(tables.assignments[[key, "cluster"]], on=key, validate="one_to_one")
    texts = tables.descriptions.set_index("cluster")["description"]
    cards = []
    for row in tables.stability.sort_values("cluster").to_dict("records"):
        members = joined[joined["cluster"] == row["cluster"]]
        cards.append(
            Card(
                cluster=int(row["cluster"]),
                description=str(texts[row["cluster"]]),
                size=int(row["size"]),
                share=row["size"] / total,
                diseases=_disease_shares(members, tables.schema),
                numbers=_ranges(members, tables.schema),
                mean_probability=float(row["mean_probability"]),
                doubtful=int(row["doubtful"]),
                jaccard_mean=float(row["jaccard_mean"]),
                jaccard_min=float(row["jaccard_min"]),
                badge=stability_badge(float(row["jaccard_mean"])),
            )
        )
    return cards


def _disease_shares(members: pd.DataFrame, schema: CohortSchema) -> list[Share]:
    counts = members[schema.diagnosis.name].value_counts()
    return [
        Share(
            name,
            int(counts.get(name, 0)),
            counts.get(name, 0) / max(len(members), 1),
            look.colour,
            _GLYPHS[look.marker],
        )
        for name, look in disease_looks(schema).items()
    ]


def _ranges(members: pd.DataFrame, schema: CohortSchema) -> list[tuple[str, str]]:
    ranges = []
    for column in schema.inputs:
        if column.kind == "continuous" and len(values := members[column.name].dropna()):
            three = (values.min(), values.median(), values.max())
            ranges.append((column.axis_label, "[" + ", ".join(f"{value:.0f}" for value in three) + "]"))
    return ranges


def probability_bands(tables: RunTables) -> list[Band]:
    """How many patients lie in each band of assignment probability, from sure to unsure."""
    probability, upper, bands = tables.assignments["probability"], math.inf, []
    for lower in _BANDS:
        count = int(((probability >= lower) & (probability < upper)).sum())
        label = "1 (every draw)" if math.isinf(upper) else f"{lower:g} to below {upper:g}"
        bands.append(Band(label if lower else f"below {upper:g}", count, count / len(probability)))
        upper = lower
    return bands


def agreement_matrix(tables: RunTables) -> list[list[float]]:
    """Adjusted Rand index of every two replicas, 1 on the diagonal; empty where there are too few or too many."""
    replicas = [int(replica) for replica in tables.replicas["replica"]]
    if not 2 <= len(replicas) <= MOST_MATRIX_REPLICAS:
        return []
    pairs = {
        (int(a), int(b)): float(ari) for a, b, ari in tables.agreement[["replica_a", "replica_b", "ari"]].to_numpy()
    }
    return [[1.0 if a == b else pairs.get((a, b), pairs.get((b, a), math.nan)) for b in replicas] for a in replicas]


def plain_table(table: pd.DataFrame, heads: dict[str, str]) -> Table:
    """The columns of ``table`` that ``heads`` names, in its order, with numbers cut to three decimals."""
    names = [name for name in heads if name in table.columns]
    rows = [[_cell(value) for value in row] for row in table[names].itertuples(index=False)]
    return Table([], [heads[name] for name in names], rows)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return number(value) if isinstance(value, float) else str(value)
