"""A run whose answer, comparisons or settings of the clusters are others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from retina_vae.report.tables import RunTables


def with_answer(tables: RunTables, answer: str, k: int, **z: float) -> RunTables:
    """The answer, and comparisons of these sizes in standard errors of 0.02 nats."""
    comparisons = tables.number.comparisons.copy()
    for name, value in z.items():
        row = comparisons["comparison"] == name
        comparisons.loc[row, ["difference", "low", "high", "z"]] = [
            0.02 * value,
            0.02 * value - 0.04,
            0.02 * value + 0.04,
            value,
        ]
    structure = tables.number.structure.assign(answer=answer, k=k)
    return replace(tables, number=replace(tables.number, structure=structure, comparisons=comparisons))


def with_clusters(tables: RunTables, **changes: Any) -> RunTables:
    clusters = tables.configuration.clusters.model_copy(update=changes)
    return replace(tables, configuration=tables.configuration.model_copy(update={"clusters": clusters}))
