"""How much of a clustering is only a cross-table of the inputs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

from retina_vae.clusters.description.parts import Parts, parts_of
from retina_vae.cohort import CohortSchema

__all__ = ["CrossTable", "best_cross_table", "cheap_index"]

MOST_TABLES = 4096
"""Cross-tables up to which every one is looked at."""

MOST_EXACT = 50
"""Cross-tables whose index is computed, of those that are looked at together."""

_MOST_NUMBERS = 10_000
"""Beyond this the cells are numbered again without gaps, so that tables of counts stay small."""

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class CrossTable:
    """The cells of a cross-table as a partition of the patients, against the clusters.

    Attributes:
        words: Its columns and their parts; "one cell of all patients" where none says anything of the clusters.
        cells: Number of cells that hold patients.
        ami: Adjusted mutual information with the clusters.
        ari: Adjusted Rand index with the clusters.
    """

    words: str
    cells: int
    ami: float
    ari: float


def best_cross_table(
    patients: pd.DataFrame, clusters: Labels, schema: CohortSchema, most: int | None = None, seed: int = 1
) -> CrossTable:
    """The cross-table of inputs that has the largest adjusted mutual information with the clusters.

    Each input is left out, or taken in one of the ways of :func:`~retina_vae.clusters.description.parts.parts_of`: a
    column of categories as they are or one category against the others, a number in 2 to 5 parts. All combinations are
    tried where there are at most 4,096. Beyond that, the column in the way that raises the index most is added until
    none raises it, so a better table may be missed.

    The index (Vinh, Epps and Bailey 2010, adjusted for chance under fixed margins; arithmetic mean of the entropies) is
    0 on average for cells that have nothing to do with the clusters, however many there are, and 1 where cells and
    clusters are the same partition. The best of many tables is a little larger than that by chance. It is computed for
    the 50 tables that an approximation (:func:`cheap_index`) puts first, less those that a bound rules out. The best
    table is nearly always among them, but that is not proven.

    Where there are more than ``most`` patients, the tables are compared on as many of them, drawn at random; the one
    that is chosen is measured on all.

    Args:
        patients: The patient table; a value that is not observed is a part of its column.
        clusters: Cluster number of each patient, shape (patients,).
        schema: Its schema; only the inputs are looked at.
        most: Patients that the tables are compared on at most; all by default.
        seed: Of their choice.
    """
    labels = np.unique(clusters, return_inverse=True)[1]
    ways = [parts_of(patients[column.name], column, labels) for column in schema.inputs]
    if most is None or len(labels) <= most:
        chosen, ami = _search(ways, labels)
    else:
        rows = np.sort(np.random.default_rng(seed).choice(len(labels), most, replace=False))
        whole = {parts.of(rows): parts for own in ways for parts in own}
        found, ami = _search([[some for some, parts in whole.items() if parts in own] for own in ways], labels[rows])
        chosen = tuple(whole[some] for some in found)
        if chosen:
            ami = float(adjusted_mutual_info_score(labels, _cells(chosen)))
    if ami <= 0:
        return CrossTable("one cell of all patients", 1, 0.0, 0.0)
    cells, words = _cells(chosen), " × ".join(map(str, chosen))
    return CrossTable(words, len(np.unique(cells)), ami, float(adjusted_rand_score(labels, cells)))


def _search(ways: Sequence[Sequence[Parts]], labels: Labels) -> tuple[tuple[Parts, ...], float]:
    """The table with the largest index among these patients: of all tables, or one column after the other."""
    if prod(1 + len(own) for own in ways) > MOST_TABLES:
        return _forward(ways, labels)
    tables = (_chosen(table) for table in product(*([None, *own] for own in ways)))
    return _best([table for table in tables if table], labels)


def cheap_index(cells: Labels, labels: Labels) -> tuple[float, float]:
    """An approximation and an upper bound of the adjusted mutual information, from one table of counts.

    The index is (I - E) / (M - E) with the mutual information I, the mean entropy M and the expectation E of I, which
    costs about one term per patient and cluster. The approximation is (I - E) / M with E = (rows - 1) (columns - 1) /
    (2 n) (Miller 1955). The bound is I / M, because I <= M. Both are 0 where neither partition parts the patients.
    """
    width = int(labels.max()) + 1
    counts = np.bincount(cells * width + labels, minlength=(int(cells.max()) + 1) * width).reshape(-1, width)
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    mean = (_entropy(rows) + _entropy(columns)) / 2
    if mean == 0:
        return 0.0, 0.0
    information = 2 * mean - _entropy(counts.ravel())
    expected = (np.count_nonzero(rows) - 1) * (np.count_nonzero(columns) - 1) / (2 * len(labels))
    return float(information - expected) / mean, information / mean


def _best(tables: Sequence[tuple[Parts, ...]], labels: Labels) -> tuple[tuple[Parts, ...], float]:
    """The table with the largest index, of the first by the approximation; those whose bound is too low are passed."""
    best: tuple[Parts, ...] = ()
    largest, left = 0.0, MOST_EXACT
    cheap = np.array([cheap_index(_cells(table), labels) for table in tables]).reshape(-1, 2)
    for place in np.argsort(-cheap[:, 0], kind="stable"):
        if left > 0 and cheap[place, 1] > largest:
            ami, left = float(adjusted_mutual_info_score(labels, _cells(tables[place]))), left - 1
            if ami > largest:
                best, largest = tables[place], ami
    return best, largest


def _forward(ways: Sequence[Sequence[Parts]], labels: Labels) -> tuple[tuple[Parts, ...], float]:
    """Greedy forward selection."""
    chosen: tuple[Parts, ...] = ()
    ami, left = 0.0, list(ways)
    while left:
        wider, raised = _best([(*chosen, parts) for own in left for parts in own], labels)
        if raised <= ami:
            break
        chosen, ami = wider, raised
        left = [own for own in left if chosen[-1] not in own]
    # In the schema's order, as any other table.
    return tuple(parts for own in ways for parts in own if parts in chosen), ami


def _chosen(table: Iterable[Parts | None]) -> tuple[Parts, ...]:
    return tuple(parts for parts in table if parts is not None)


def _cells(table: Sequence[Parts]) -> Labels:
    """A number for the cell of each patient; cells without patients leave gaps."""
    cells, numbered = np.zeros_like(table[0].part), 1
    for parts in table:
        cells, numbered = cells * parts.count + parts.part, numbered * parts.count
        if numbered > _MOST_NUMBERS:
            cells = np.unique(cells, return_inverse=True)[1]
            numbered = int(cells.max()) + 1
    return cells


def _entropy(counts: NDArray[np.int64]) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())
