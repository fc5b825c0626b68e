"""The section on which coordinate of the codes carries which column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from retina_vae.clusters.description.columns import in_sentence
from retina_vae.factors.factor import RARE
from retina_vae.factors.measure import BASELINE
from retina_vae.report.models import spread
from retina_vae.report.sections import Table
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import number
from retina_vae.words import amount_of, enumerated

__all__ = ["FactorsPart", "factors_part"]

_TOLD = 0.1
"""Share of a column from which a coordinate is said to tell of it; chance alone reaches a third of it."""
_NAMELESS = 0.1
"""MIG below which coordinates are said to have no names."""
_MOST_ROWS, _MOST_NAMED = 40, 12

_MEASURES = {
    "mig": "MIG",
    "disentanglement": "Disen\u00adtangle\u00adment",
    "completeness": "Complete\u00adness",
    "informativeness": "Informa\u00adtiveness",
    "beta_vae_score": "beta-VAE score",
}


class HeatRow(NamedTuple):
    """A column: its label, the share that each coordinate tells, and its MIG as text."""

    label: str
    shares: list[float]
    mig: str


class FactorsPart(NamedTuple):
    """The section.

    Attributes:
        introduction: What the table holds.
        sentences: What it says of this run.
        coordinates: Numbers of the coordinates.
        rows: The columns that are shown.
        left_out: How many more there are.
        models: Every model and baseline, measured.
        chance: The beta-VAE score that chance reaches, as text.
        clustered: Name of the model whose codes are clustered.
    """

    introduction: str
    sentences: list[str]
    coordinates: list[int]
    rows: list[HeatRow]
    left_out: int
    models: Table
    chance: str
    clustered: str


def factors_part(tables: RunTables) -> FactorsPart:
    """What the run measured of its coordinates."""
    own = tables.factors[tables.factors["replica"] == str(tables.reported)]
    shares = own.pivot(index="column", columns="coordinate", values="normalised")
    shares = shares.reindex(list(dict.fromkeys(own["column"])))
    gaps = own.drop_duplicates("column").set_index("column")["mig"]
    shown = shares.loc[_strongest(shares)]
    measured = tables.disentanglement
    columns = int(measured["columns"].max())
    return FactorsPart(
        introduction=_introduction(tables, int(measured["patients"].iloc[0])),
        sentences=list(_sentences(tables, shares)),
        coordinates=[int(name) for name in shares.columns],
        rows=[
            HeatRow(tables.schema[str(name)].label, [float(share) for share in row], _two(float(gaps[name])))
            for name, row in zip(shown.index, shown.to_numpy(), strict=True)
        ],
        left_out=len(shares) - len(shown),
        models=_models(tables),
        chance=number(1 / columns, 2) if columns > 1 else "",
        clustered=tables.clustered,
    )


def _strongest(shares: pd.DataFrame) -> pd.Index:
    """The columns that the coordinates tell most of, in their order, at most ``_MOST_ROWS``."""
    most = shares.max(axis=1).nlargest(_MOST_ROWS).index
    return shares.index[shares.index.isin(most)]


def _introduction(tables: RunTables, patients: int) -> str:
    dimensions = tables.configuration.latent_dim
    some = f"{patients:,} patients" + (" drawn at random" if patients < tables.account.patients else "")
    replica = f" under replica {tables.reported}, the reported one" if len(tables.replicas) > 1 else ""
    source = tables.configuration.source
    measured = f" Columns are here what is known of a patient beside the {source.parts}, which nobody reads one by one."
    return (
        f"The code of a patient is {amount_of(dimensions, 'number')}, its coordinates. How much each of them tells of "
        f"each column, in {some}{replica}: 0 is nothing, 1 is all that there is to know (mutual information as a share "
        f"of its largest possible value).{measured if source.made_of_parts else ''}"
    )


def _sentences(tables: RunTables, shares: pd.DataFrame) -> Iterator[str]:
    if shares.shape[1] > 1:
        yield from _division(tables, shares)
    told = shares.max(axis=1)
    if (told < _TOLD).any():
        yield f"No coordinate tells a tenth of {_named(tables, told.index[told < _TOLD])}."
    missing = [column.name for column in tables.schema.inputs if column.name not in shares.index]
    if missing:
        hidden = ", or not shown" if tables.gate.hides else ""
        yield f"Not measured{hidden}, for want of two groups of {RARE} patients: {_named(tables, missing)}."
    if shares.shape[1] > 1:
        yield from _judged(tables)
        yield _axes(tables)


def _division(tables: RunTables, shares: pd.DataFrame) -> Iterator[str]:
    """Which columns one coordinate tells, and which several share."""
    ordered = shares.to_numpy().copy()
    ordered.sort(axis=1)
    told = ordered[:, -1] >= _TOLD
    alone = told & (ordered[:, -1] >= 2 * ordered[:, -2])
    if alone.any():
        best = shares[alone].idxmax(axis=1)
        parts = [f"coordinate {coordinate} of {_named(tables, own.index)}" for coordinate, own in best.groupby(best)]
        yield f"One coordinate tells at least twice as much as any other: {enumerated(parts)}."
    if (told & ~alone).any():
        yield f"Several coordinates share {_named(tables, shares.index[told & ~alone])}."


def _judged(tables: RunTables) -> Iterator[str]:
    """The clustered model against principal components."""
    own = tables.disentanglement[tables.disentanglement["model"] == tables.clustered]
    replicas, baseline = own.loc[own["replica"] != BASELINE, "mig"], own.loc[own["replica"] == BASELINE, "mig"]
    if replicas.isna().all() or baseline.isna().all():
        return
    middle, known = float(replicas.median()), float(baseline.iloc[0])
    several = f", the median of {len(replicas)} replicas" if len(replicas) > 1 else ""
    than = "better" if middle > known else "no better"
    yield (
        f"The best coordinate of a column leads the next by {_two(middle)} of what there is to know (MIG{several}); "
        f"principal components by {_two(known)}. So the columns are {than} divided among these coordinates than among "
        "those."
    )
    if middle < _NAMELESS:
        yield "Do not give these coordinates names: hardly any column is that of one coordinate."


def _axes(tables: RunTables) -> str:
    """What holds the coordinates to their axes."""
    vae = tables.configuration.vae
    if vae.posterior == "full":
        return (
            "The model would describe the patients as well with its codes turned (their covariance is full), so that "
            "which coordinate carries what is chance, and may be another in each replica."
        )
    if vae.posterior == "point":
        return "Nothing holds the coordinates of an autoencoder to any axes: each training finds others."
    if vae.objective == "beta_tc":
        return "The training pressed the coordinates to be independent of each other (total correlation)."
    return "The training asked for coordinates that are independent within a patient, not for one column each."


def _models(tables: RunTables) -> Table:
    rows: list[list[str]] = []
    beside: dict[tuple[str, ...], list[str]] = {}
    for name in tables.configuration.models:
        own = tables.disentanglement[tables.disentanglement["model"] == name]
        replicas, baseline = own[own["replica"] != BASELINE], own[own["replica"] == BASELINE]
        dimensions = str(tables.configuration.model(name).latent_dim)
        rows.append([_name(tables, name), dimensions, str(len(replicas)), *_cells(replicas)])
        beside.setdefault((dimensions, *_cells(baseline)), []).append(name)
    for (dimensions, *cells), names in beside.items():
        rows.append([f"PCA, for {enumerated(names)}", dimensions, "", *cells])
    return Table([], ["Model", "Coor\u00addinates", "Repli\u00adcas", *_MEASURES.values()], rows)


def _name(tables: RunTables, name: str) -> str:
    return f"{name}\n(clustered)" if name == tables.clustered else name


def _cells(measured: pd.DataFrame) -> list[str]:
    return [spread(measured[name].astype(float), _two) for name in _MEASURES]


def _two(value: float) -> str:
    return "–" if pd.isna(value) else number(value, 2)


def _named(tables: RunTables, names: Sequence[str] | pd.Index) -> str:
    words = [in_sentence(tables.schema[str(name)]) for name in names]
    if len(words) > _MOST_NAMED:
        return f"{', '.join(words[:_MOST_NAMED])} and {amount_of(len(words) - _MOST_NAMED, 'more column')}"
    return enumerated(words)
