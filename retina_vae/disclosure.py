"""Keeping counts of few patients out of the tables and figures that others read.

Which counts these are, :mod:`retina_vae.suppression` says; here they are taken out of tables. A number that is taken
out is missing, a text becomes :data:`MARK`. Files with one row per patient are no such tables: whoever gets them sees
the patients.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.suppression import suppressed

__all__ = [
    "FOOTNOTE",
    "MARK",
    "suppress_categories",
    "suppress_differences",
    "suppress_parts",
    "suppress_profiles",
    "suppress_rules",
    "suppress_separation",
    "suppress_small_clusters",
    "suppress_tree",
    "suppressed",
    "suppressed_categories",
    "suppressed_groups",
]

MARK = "n/s"
"""What a reader sees in the place of a number that is not shown."""

FOOTNOTE = "n/s: not shown, because it counts fewer than {floor} patients or would let such a count be computed."
"""What the mark means; ``FOOTNOTE.format(floor=floor)``."""

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


def suppressed_groups(sizes: pd.Series[Any] | IntArray, floor: int) -> BoolArray:
    """Which groups' sizes are not shown, shape (groups,); the number of all patients is known.

    Of a group whose size is not shown nothing is, so that a small group looks like one that only hides it. Groups of
    equal size are treated alike, so that two tables with the groups in another order leave out the same ones.
    """
    counts = np.asarray(sizes, dtype=np.int64)
    hidden = suppressed(counts, floor)
    return (counts > 0) & (counts <= counts[hidden].max(initial=0))


def suppressed_categories(
    counts: IntArray, hidden: BoolArray, floor: int, sizes: IntArray | None = None, also: BoolArray | None = None
) -> BoolArray:
    """Which cells of a table of groups and categories are not shown, shape (groups, categories).

    The sizes of the groups and the sums of the categories are known to a reader, but for those that are themselves
    suppressed.

    Args:
        counts: Patients of each group and category.
        hidden: Groups of which nothing is shown, shape (groups,).
        floor: As in :func:`~retina_vae.suppression.suppressed`.
        sizes: Patients of each group, shape (groups,), where some have no category because it was not observed. How
            many follows from a group's size, so it is a count like the others.
        also: Cells that are not shown either, shape (groups, categories); with others from which they would follow.
    """
    rest = np.zeros(len(counts), dtype=np.int64) if sizes is None else sizes - counts.sum(axis=1)
    cells = np.column_stack([counts, rest]) if rest.any() else counts
    known = ~suppressed(cells.sum(axis=0), floor)
    whole = np.broadcast_to(hidden[:, None], cells.shape).copy()
    if also is not None:
        whole[:, : counts.shape[1]] |= also
    return suppressed(cells, floor, ~hidden, known, whole)[:, : counts.shape[1]]


def suppress_small_clusters(
    table: pd.DataFrame, sizes: pd.Series[Any], floor: int, columns: Sequence[str]
) -> pd.DataFrame:
    """Take ``columns`` out of the rows of clusters whose size is not shown.

    Args:
        table: With a column ``cluster``.
        sizes: Patients of every cluster, by its number.
        floor: As in :func:`~retina_vae.suppression.suppressed`.
        columns: What would tell of few patients.
    """
    hidden = sizes.index[suppressed_groups(sizes, floor)]
    return _without(table, table["cluster"].isin(hidden).to_numpy(), columns)


def suppress_parts(table: pd.DataFrame, sizes: pd.Series[Any], floor: int, part: str) -> pd.DataFrame:
    """Take out the number of patients of each cluster of whom something is true, where they or the others are few.

    Args:
        table: One row per cluster, with ``cluster`` and ``part``.
        sizes: Patients of every cluster, by its number.
        floor: As in :func:`~retina_vae.suppression.suppressed`.
        part: The column of the number, such as ``doubtful``; its sum over the clusters may be known.
    """
    size, inside = sizes.loc[table["cluster"]], table[part].to_numpy(dtype=np.int64)
    counts = np.column_stack([inside, size.to_numpy(dtype=np.int64) - inside])
    mask = suppressed_categories(counts, suppressed_groups(size, floor), floor)
    return _without(table, mask[:, 0], [part])


def suppress_categories(table: pd.DataFrame, withheld: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Take ``columns`` out of the rows that speak of a category whose count is not shown.

    Args:
        table: With ``cluster`` and ``column``. With ``category`` its rows speak of this category, without of all.
        withheld: ``cluster, column, category`` of every count that is not shown
            (:func:`retina_vae.clusters.description.counts.withheld_counts`); of those who are not observed, an empty
            category.
        columns: What the count could be computed from.
    """
    keys = ["cluster", "column", *(["category"] if "category" in table else [])]
    rows = pd.MultiIndex.from_frame(table[keys]).isin(pd.MultiIndex.from_frame(withheld[keys]))
    return _without(table, rows, columns)


def suppress_profiles(table: pd.DataFrame, withheld: pd.DataFrame, sizes: pd.Series[Any], floor: int) -> pd.DataFrame:
    """Take out of the clusters' profiles what tells of few patients.

    These are the shares of counts that are not shown; what is said of clusters whose size is not; quantiles beyond
    which fewer than ``floor`` of the cluster's patients lie; numbers of fewer patients than the floor; and the medoid,
    who is one patient. Where the number of those who are not observed is not shown, neither is what it follows from:
    the number of the others, and shares of them with their standardised difference. That of means weighs both groups
    alike, whatever their numbers.
    """
    if floor <= 1:
        return table
    said, level = ["inside", "outside"], pd.to_numeric(table["statistic"].str.extract(r"^q(\d\d)$")[0]) / 100
    here, everywhere = _unknown_gaps(table, withheld, sizes, floor)
    share = (table["statistic"] == "share").to_numpy()
    tails = (np.minimum(level, 1 - level) * table["observed"] < floor).to_numpy()
    few = {name: ~share & table[name].between(1, floor - 1).to_numpy() for name in ("observed", "observed_outside")}
    for rows, columns in (
        (tails, said),
        (few["observed"], ["inside", "standardized_difference"]),
        (few["observed_outside"], ["outside", "standardized_difference"]),
        (here, ["observed", "observed_outside"]),
        (everywhere, ["observed_outside"]),
        (here & share, [*said, "standardized_difference"]),
        (everywhere & share, ["outside", "standardized_difference"]),
        (np.ones(len(table), dtype=np.bool_), ["medoid"]),
    ):
        table = _without(table, rows, columns)
    said = [*said, "standardized_difference"]
    table = suppress_categories(table, withheld[withheld["category"] != ""], said)
    return suppress_small_clusters(table, sizes, floor, [*said, "observed", "observed_outside"])


def suppress_differences(
    table: pd.DataFrame, withheld: pd.DataFrame, sizes: pd.Series[Any], floor: int
) -> pd.DataFrame:
    """Take out of the clusters' tests what tells of few patients.

    These are the tests of columns of which counts in this cluster are not shown, of fewer patients than the floor, and
    of clusters whose size is not shown. A statistic with its effect size tells how many patients were compared, so it
    is taken out where that is not shown.

    Args:
        table: ``cluster, column, observed, observed_outside, statistic, p_value, q_value, effect_size``.
        withheld: As in :func:`suppress_categories`.
        sizes: Patients of every cluster, by its number.
        floor: As in :func:`~retina_vae.suppression.suppressed`.
    """
    if floor <= 1:
        return table
    tests = ["statistic", "p_value", "q_value", "effect_size"]
    here, everywhere = _unknown_gaps(table, withheld, sizes, floor)
    few = table[["observed", "observed_outside"]].apply(lambda own: own.between(1, floor - 1)).any(axis=1).to_numpy()
    shown = _without(table, here | everywhere | few, tests)
    shown = _without(_without(shown, here, ["observed"]), here | everywhere, ["observed_outside"])
    shown = suppress_categories(shown, withheld, tests)
    return suppress_small_clusters(shown, sizes, floor, [*tests, "observed", "observed_outside"])


def suppress_separation(table: pd.DataFrame, withheld: pd.DataFrame, sizes: pd.Series[Any], floor: int) -> pd.DataFrame:
    """Take out of the separation of outcomes what tells of few patients.

    Which categories were too few to be distinguished follows from their counts, and of how many patients the outcome is
    observed from the number of the others.

    Args:
        table: ``outcome, cluster`` (0 for all patients), ``patients, classes, auc, auc_low, auc_high, note``.
        withheld: As in :func:`suppress_categories`.
        sizes: Patients of every cluster, by its number.
        floor: As in :func:`~retina_vae.suppression.suppressed`.
    """
    if floor <= 1:
        return table
    told = ["classes", "auc", "auc_low", "auc_high", "note"]
    missing = int(sizes.sum()) - table["patients"]
    shown = _without(table, ((table["cluster"] == 0) & missing.between(1, floor - 1)).to_numpy(), ["patients"])
    shown = suppress_categories(shown.assign(column=shown["outcome"]), withheld, told)
    shown = suppress_categories(shown, withheld[withheld["category"] == ""], ["patients"]).drop(columns="column")
    return suppress_small_clusters(shown, sizes, floor, ["patients", *told])


def _unknown_gaps(
    table: pd.DataFrame, withheld: pd.DataFrame, sizes: pd.Series[Any], floor: int
) -> tuple[BoolArray, BoolArray]:
    """Rows of whose column the number not observed is not shown in this cluster, and rows where it is not in all.

    Args:
        table: ``cluster, column, observed, observed_outside`` with the true numbers.
        withheld: As in :func:`suppress_categories`.
        sizes: Patients of every cluster, by its number.
        floor: As in :func:`~retina_vae.suppression.suppressed`.
    """
    keys = ["cluster", "column"]
    gaps = withheld.loc[withheld["category"] == "", keys]
    here = pd.MultiIndex.from_frame(table[keys]).isin(pd.MultiIndex.from_frame(gaps))
    observed = table["observed"] + table["observed_outside"]
    missing = int(sizes.sum()) - observed
    return here, (missing.between(1, floor - 1) | observed.between(1, floor - 1)).to_numpy(dtype=np.bool_)


def suppress_rules(table: pd.DataFrame, withheld: pd.DataFrame, sizes: pd.Series[Any], floor: int) -> pd.DataFrame:
    """Take out of the clusters' rules what tells of few patients.

    Precision and recall say how many patients of the cluster a rule holds for, how many others, and how many of the
    cluster it misses; with few of one of these, both are taken out. The same is done to a rule of a single condition
    where the cluster has counts that are not shown, of which the rule may be one.

    Args:
        table: ``cluster, rule, conditions, patients, precision, recall``.
        withheld: As in :func:`suppress_categories`.
        sizes: Patients of every cluster, by its number.
        floor: As in :func:`~retina_vae.suppression.suppressed`.
    """
    if floor <= 1:
        return table
    held = table["patients"].to_numpy(dtype=np.float64, na_value=np.nan)
    hits = np.rint(table["precision"].to_numpy(dtype=np.float64) * held)
    missed = table["cluster"].map(sizes).to_numpy(dtype=np.float64) - hits
    few = np.logical_or.reduce([(part > 0) & (part < floor) for part in (held, hits, held - hits, missed)])
    single = (table["conditions"] == 1).fillna(False) & table["cluster"].isin(withheld["cluster"])
    shown = _without(table, few | single.to_numpy(dtype=np.bool_), ["precision", "recall"])
    shown = _without(shown, (held > 0) & (held < floor), ["patients"])
    return suppress_small_clusters(shown, sizes, floor, ["rule", "conditions", "patients", "precision", "recall"])


def suppress_tree(table: pd.DataFrame, floor: int) -> pd.DataFrame:
    """Take the sizes of few patients, and the numbers that two clusters share, out of the clustering tree.

    The sizes of a partition into k clusters are known twice: as those of its clusters, and as those of the parents of
    the next partition's. A cluster whose size is not shown keeps one row, without a parent, and is no one's parent. A
    pair that shares no patient gets a row where that is needed to hide how many another shares.

    Args:
        table: ``replica, k, cluster, size, parent, patients, share``, as
            :func:`retina_vae.clusters.clustering_tree.clustering_tree` makes it.
        floor: As in :func:`~retina_vae.suppression.suppressed`.
    """
    if floor <= 1:
        return table
    parts = []
    for _, tree in table.groupby("replica", sort=False):
        before = np.zeros(1, dtype=np.bool_)
        for k, edges in tree.groupby("k"):
            sizes = edges.drop_duplicates("cluster").set_index("cluster")["size"]
            hidden = np.zeros(int(str(k)), dtype=np.bool_)
            hidden[sizes.index.to_numpy() - 1] = suppressed_groups(sizes, floor)
            parts.append(edges if k == 1 else _suppressed_edges(edges, sizes, hidden, before, floor))
            before = hidden
    return pd.concat(parts, ignore_index=True)


def _suppressed_edges(
    edges: pd.DataFrame, sizes: pd.Series[Any], hidden: BoolArray, before: BoolArray, floor: int
) -> pd.DataFrame:
    """One partition's edges without those of few patients."""
    counts = np.zeros((len(hidden), len(before)), dtype=np.int64)
    own, parent = (edges[name].to_numpy(dtype=np.int64) - 1 for name in ("cluster", "parent"))
    counts[own, parent] = edges["patients"].to_numpy(dtype=np.int64)
    whole = hidden[:, None] | before[None]
    mask = suppressed(counts, floor, ~hidden, ~before, whole)
    own, parent = np.nonzero(((counts > 0) | mask) & ~whole)
    pairs = pd.DataFrame({"cluster": own + 1, "parent": parent + 1, "patients": counts[own, parent]})
    pairs = _without(pairs, mask[own, parent], ["patients"])
    # A cluster of which no pair is shown has a row still.
    shown = sizes.rename_axis("cluster").reset_index().merge(pairs, how="left", on="cluster")
    shown = _without(shown, hidden[shown["cluster"].to_numpy() - 1], ["size"])
    shown = shown.assign(
        replica=edges["replica"].iloc[0], k=edges["k"].iloc[0], share=shown["patients"] / shown["size"]
    )
    return shown[edges.columns].astype({"size": "Int64", "parent": "Int64", "patients": "Int64", "share": float})


def _without(table: pd.DataFrame, rows: BoolArray, columns: Sequence[str]) -> pd.DataFrame:
    """The table without the values of ``rows`` in ``columns``; unchanged where there are none."""
    if not rows.any():
        return table
    return table.assign(**{name: _taken_out(table[name], rows) for name in columns})


def _taken_out(values: pd.Series[Any], rows: BoolArray) -> pd.Series[Any]:
    if pd.api.types.is_integer_dtype(values) or pd.api.types.is_bool_dtype(values):
        return values.astype("boolean" if pd.api.types.is_bool_dtype(values) else "Int64").mask(rows)
    return values.mask(rows, np.nan if pd.api.types.is_float_dtype(values) else MARK)
