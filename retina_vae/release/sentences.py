"""The release of the clusters in plain words: sentences made again, of the facts that may be said."""

from __future__ import annotations

import pandas as pd

from retina_vae.clusters.description.counts import NOT_OBSERVED
from retina_vae.clusters.description.sentences import (
    ABSENT,
    MOST,
    NEARLY,
    NEARLY_ALL,
    cluster_facts,
    cluster_sentences,
    number_decimals,
)
from retina_vae.clusters.description.table1 import table1
from retina_vae.release.context import Context
from retina_vae.release.counts import release_table1

__all__ = ["release_descriptions", "release_facts"]


def release_descriptions(table: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Make the sentences of ``clusters/descriptions.csv`` again, of released tables alone."""
    if not context.hides:
        return table
    facts = cluster_facts(context.counts, context.sizes, context.schema)
    baseline = release_table1(table1(context.patients, context.clusters, context.schema), context)
    decimals = number_decimals(context.patients, context.schema)
    return cluster_sentences(release_facts(facts, context), baseline, context.schema, decimals)


def release_facts(facts: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Leave out facts on counts that are not shown, but where these may still be any number below the floor.

    That nearly all have a category bounds how many have not; that more than half have it says little of how many.

    Args:
        facts: As from :func:`~retina_vae.clusters.description.sentences.cluster_facts`.
        context: Of the same run.
    """
    rows = [_released({str(key): value for key, value in row.items()}, context) for row in facts.to_dict("records")]
    return pd.DataFrame([row for row in rows if row is not None], columns=facts.columns)


def _released(row: dict[str, object], context: Context) -> dict[str, object] | None:
    cluster, column, category = int(str(row["cluster"])), row["column"], str(row["category"])
    withheld = context.withheld
    hidden = set(withheld.loc[(withheld["cluster"] == cluster) & (withheld["column"] == column), "category"])
    observed = _observed(context, cluster, str(column))
    if cluster in context.hidden_clusters or observed < context.floor:
        return None
    if row["fact"] == NEARLY:
        return row if not hidden or (1 - NEARLY_ALL) * observed >= context.floor else None
    if row["fact"] == ABSENT:
        return row if category not in hidden else None
    if not hidden & {category, NOT_OBSERVED}:
        return row
    most = float(str(row["share"])) > 0.5 and observed / 2 >= context.floor
    return row | {"fact": MOST, "share": float("nan")} if most else None


def _observed(context: Context, cluster: int, column: str) -> int:
    counts = context.counts
    gaps = counts[(counts["cluster"] == cluster) & (counts["column"] == column) & (counts["category"] == NOT_OBSERVED)]
    return int(context.sizes.loc[cluster]) - int(gaps["patients"].sum())
