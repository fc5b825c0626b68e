"""The sections on what the clusters are made of, who is in doubt, and how other clusterings agree."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from retina_vae.cohort.schema import TESTED_ROLES
from retina_vae.report.sections import Table
from retina_vae.report.stability import overall_stability
from retina_vae.report.tables import RunTables
from retina_vae.report.verdict import separation_in_words
from retina_vae.report.wording import amount, cross_table_in_words, number, percent
from retina_vae.words import MARK, amount_of, enumerated

__all__ = [
    "doubt_table",
    "held_out_caption",
    "held_out_table",
    "most_entropy",
    "separation_table",
    "stability_table",
    "structure_sentences",
    "variants_in_words",
    "variants_table",
]

_SEPARATION = (
    "How well the inputs tell the outcome within each cluster is measured with logistic regressions, cross-validated; "
    "the last table has them. A cluster holds other outcomes than the cohort, so its AUC is not to be held against the "
    "cohort's, but against that of one regression of all patients on the same patients."
)


def structure_sentences(tables: RunTables) -> list[str]:
    """How much of the clustering a cross-table of the inputs and a shallow tree give back."""
    if tables.undivided:
        return ["One cluster holds all patients: there is no division that a table or a tree could give back."]
    table, cells = (tables.meaning.measure(f"cross_table_{name}") for name in ("ami", "cells"))
    sentences = []
    if table is not None and cells is not None:
        sentences.append(
            "The table of the inputs that comes nearest to the clusters is the "
            f"{cross_table_in_words(table['detail'])}, with {cells['value']:.0f} cells. Its adjusted mutual "
            f"information with them is {table['value']:.2f}: 1 if the clusters were nothing but that, 0 if they had no "
            "more to do with it than chance. A high value means that no model is needed to make these groups."
        )
    accuracy, leaves = tables.meaning.measure("tree_accuracy"), tables.meaning.measure("tree_leaves")
    if accuracy is not None and leaves is not None:
        sentences.append(
            f"A decision tree of {leaves['value']:.0f} leaves, no deeper than "
            f"{tables.configuration.description.conditions} conditions, names the cluster of "
            f"{percent(accuracy['value'])} of the patients that it was not made from. Its rules stand on the cards; "
            "what they miss, no short rule says."
        )
    if tables.schema.outcome is None:
        return sentences
    return [*sentences, f"{_SEPARATION} {separation_in_words(tables) or 'It could not be measured here.'}"]


def held_out_table(tables: RunTables) -> Table:
    """Tests of the columns that the model did not see: outcomes, columns held out, and sites.

    Where all p and q lie below a thousandth they have no columns: :func:`held_out_caption` says so once.
    """
    found = _honest_tests(tables)
    told = not _all_small(found)
    heads = ["Cluster", "Column", "Role", "Test", *(["p", "q (false discovery rate)"] if told else []), "Effect size"]
    rows = [
        [
            str(row["cluster"]),
            tables.schema[row["column"]].label,
            _ROLES[row["role"]],
            row["test"],
            *([_small(row["p_value"]), _small(row["q_value"])] if told else []),
            f"{number(row['effect_size'], 2)} ({row['effect']})",
        ]
        for row in found.to_dict("records")
    ]
    return Table([], heads, rows)


def held_out_caption(tables: RunTables) -> str:
    """What stands above the table of these tests."""
    said = "Columns that the model did not see, tested: each cluster against all other patients"
    small = "; every p and q (false discovery rate) is below 0.001"
    return f"{said}{small if _all_small(_honest_tests(tables)) else ''}"


def _honest_tests(tables: RunTables) -> pd.DataFrame:
    found = tables.meaning.differences
    return found[found["role"].isin(TESTED_ROLES) & ~found["descriptive"].astype(bool) & found["p_value"].notna()]


def _all_small(found: pd.DataFrame) -> bool:
    return len(found) > 1 and bool((found[["p_value", "q_value"]] < _SMALLEST).all(axis=None))


_SMALLEST = 0.001
_ROLES = {"outcome": "outcome", "held_out": "held out", "site": "site"}


def _small(p: float) -> str:
    return "< 0.001" if p < _SMALLEST else f"{p:.3f}"


def separation_table(tables: RunTables) -> Table:
    """Cross-validated AUC of every outcome in every cluster, and in all patients."""
    heads = ["Outcome", "Cluster", "Patients", "Categories", "AUC", "95 % interval", "Note"]
    rows = [_separation_row(tables, row) for row in tables.meaning.separation.to_dict("records")]
    return Table([], heads, rows)


def _separation_row(tables: RunTables, row: Mapping[Hashable, Any]) -> list[str]:
    measured = not math.isnan(row["auc"])
    interval = f"{row['auc_low']:.3f} to {row['auc_high']:.3f}" if measured else _told(math.nan, tables, 3)
    return [
        tables.schema[str(row["outcome"])].label,
        "all" if row["cluster"] == 0 else str(row["cluster"]),
        amount(row["patients"]),
        _told(row["classes"], tables, 0),
        _told(row["auc"], tables, 3),
        interval,
        "" if pd.isna(row["note"]) else str(row["note"]),
    ]


def _told(value: float, tables: RunTables, decimals: int) -> str:
    return tables.gate.mark if math.isnan(value) else number(value, decimals)


def most_entropy(tables: RunTables) -> float:
    """Entropy in nats of a patient who belongs to all clusters alike."""
    return math.log(tables.configuration.clusters.number)


def doubt_table(tables: RunTables) -> Table:
    """Sureness of every cluster, and the cluster that its patients are most often mistaken for."""
    heads = ["Cluster", "Patients", "Mean probability", "Mean entropy (nats)", "Doubtful", "Nearest in doubt"]
    rows = [
        [
            str(row["cluster"]),
            amount(tables.sizes[row["cluster"]]),
            _shown(row["mean_probability"], row, tables),
            _shown(row["mean_entropy"], row, tables),
            amount(row["doubtful"]),
            _neighbour(row, tables),
        ]
        for row in tables.doubt.clusters.to_dict("records")
    ]
    return Table([], heads, rows)


def _shown(value: float, row: Mapping[Hashable, Any], tables: RunTables) -> str:
    """A mean of a cluster's patients, or the mark where nothing is said of the cluster."""
    return MARK if pd.isna(tables.sizes[row["cluster"]]) else number(value, 2)


def _neighbour(row: Mapping[Hashable, Any], tables: RunTables) -> str:
    if pd.isna(tables.sizes[row["cluster"]]):
        return MARK
    share = row["neighbour_probability"]
    return "–" if math.isnan(row["neighbour"]) else f"{row['neighbour']:.0f} ({percent(share)})"


def variants_table(tables: RunTables) -> Table:
    """Agreement with the clusterings that are not other replicas, which the section before shows."""
    kept = tables.stability.variants
    kept = kept[kept["kind"] != "replica"]
    rows = [
        [_variant(str(name), str(kind), tables), number(ari, 2)]
        for name, kind, ari in kept[["variant", "kind", "ari"]].itertuples(index=False)
    ]
    return Table([], ["Clustering", "ARI with the reported one"], rows)


def variants_in_words(tables: RunTables) -> str:
    """What the reported clusters are held against, as far as this run has it."""
    kinds = set(tables.stability.variants["kind"])
    said = {
        "consensus": "what all replicas have in common",
        "latent_dimension": "those of models with other latent dimensions",
        "points": "those of the other kind of points",
    }
    return enumerated([words for kind, words in said.items() if kind in kinds])


def _variant(name: str, kind: str, tables: RunTables) -> str:
    """A clustering as a reader calls it."""
    if kind == "points":
        return f"{tables.clustering.finder} on the {name}"
    found = _OTHER_DIMENSION.fullmatch(name) if kind == "latent_dimension" else None
    return name if found is None else f"{amount_of(int(found[1]), 'latent dimension')}, replica {found[2]}"


_OTHER_DIMENSION = re.compile(r"latent dimension (\d+), replica (\d+)")


def stability_table(tables: RunTables) -> Table:
    """Every cluster's similarity with its best match, by what was changed; what the verdict is on comes first."""
    stability = tables.stability
    matches = stability.matches.groupby(["cluster", "kind"])["jaccard"].mean().unstack("kind")
    shares = stability.retrained if stability.trained_on else stability.bootstrap
    joined = overall_stability(tables).join(shares.set_index("cluster")[["recovered", "dissolved"]]).join(matches)
    parts = {"recovered": "Recovered", "dissolved": "Dissolved"}
    fixed, seeds = {"fixed": "Resamples, model held fixed"}, {"replicas": "Other replicas"}
    trained = {"retrained": "Trained again on resamples"}
    shown = trained | parts | seeds | fixed if stability.trained_on else fixed | parts | seeds
    kinds = {"latent_dimension": "Other dimensions", "points": "Other points", "consensus": "Consensus"}
    shown |= {kind: head for kind, head in kinds.items() if kind in matches.columns}
    rows = []
    for cluster, row in joined.to_dict("index").items():
        hidden = row["verdict"] == MARK
        measured = [
            MARK if hidden else _percent(row[name]) if name in parts else number(row[name], 2) for name in shown
        ]
        rows.append([str(cluster), *measured, row["verdict"]])
    return Table([], ["Cluster", *shown.values(), "Verdict"], rows)


def _percent(share: float) -> str:
    return "–" if math.isnan(share) else percent(share)
