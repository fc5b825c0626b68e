"""One card per cluster: who is in it, whether it holds, what distinguishes it from the others."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from retina_vae.clusters.description.group_counts import group_counts
from retina_vae.clusters.hennig import verdict
from retina_vae.report.figures.groups import PatientGroups
from retina_vae.report.profile_lines import Profile, profile_lines
from retina_vae.report.stability import overall_stability
from retina_vae.report.tables import RunTables
from retina_vae.report.why import Why, why_cluster
from retina_vae.report.wording import Badge, amount, badge, number, percent
from retina_vae.words import MARK, NOT_OBSERVED, noun_after

__all__ = ["Card", "Share", "cluster_cards", "outcome_shares"]


@dataclass(frozen=True)
class Share:
    """One outcome in a cluster: patients in words, share, and the look that the figures give it."""

    name: str
    text: str
    share: float
    colour: str
    glyph: str


@dataclass(frozen=True)
class Card:
    """One cluster in plain words; ``facts`` are labels and texts, and ``outcome`` is empty where there is none.

    ``typical`` and ``decoded`` say whether the profile has a typical patient, and what the decoder says at the centre;
    ``why`` is what speaks for the cluster.
    """

    cluster: int
    badge: Badge
    description: str
    patients: str
    outcome: list[Share]
    rule: str
    facts: list[tuple[str, str]]
    profile: list[Profile]
    typical: bool
    decoded: bool
    why: Why | None = None


def cluster_cards(tables: RunTables) -> list[Card]:
    """One card per cluster that has patients, in the order of their numbers."""
    verdicts = overall_stability(tables)["verdict"]
    texts = tables.descriptions.set_index("cluster")["description"]
    rules, outcomes = tables.meaning.rules, outcome_shares(tables)
    cards = []
    for cluster in sorted(tables.sizes.index.astype(int)):
        profile = profile_lines(tables, cluster)
        cards.append(
            Card(
                cluster=cluster,
                badge=badge(str(verdicts.get(cluster, "not measured"))),
                description=str(texts[cluster]),
                patients=_patients(tables, cluster),
                outcome=outcomes.get(cluster, []),
                rule=_rule(_row(rules, cluster) or {"rule": "", "conditions": math.nan}),
                facts=_facts(tables, cluster),
                profile=profile,
                typical=any(line.medoid not in ("", "–") for line in profile),
                decoded=any(line.decoded for line in profile),
                why=why_cluster(tables, cluster),
            )
        )
    return cards


def _facts(tables: RunTables, cluster: int) -> list[tuple[str, str]]:
    """Stability, doubt and outcomes; of one cluster of all patients the last alone, the others being certain.

    Nothing is known of a cluster whose size is not shown.
    """
    if pd.isna(tables.sizes[cluster]):
        return []
    separation = _separation(tables, cluster)
    return separation if tables.undivided else [*_stability(tables, cluster), *_doubt(tables, cluster), *separation]


def _row(table: pd.DataFrame, cluster: int) -> dict[str, Any]:
    """The row of one cluster; empty where there is none."""
    own = table[table["cluster"] == cluster].to_dict("records")
    return {str(name): value for name, value in own[0].items()} if own else {}


def _patients(tables: RunTables, cluster: int) -> str:
    size = float(tables.sizes[cluster])
    share = "" if math.isnan(size) else f" ({percent(size / tables.account.patients)})"
    return f"{amount(size)} {noun_after(size, 'patient')}{share}"


def outcome_shares(tables: RunTables) -> dict[int, list[Share]]:
    """The shares of the outcome in every cluster; nothing where there is no outcome."""
    groups = tables.cohort.groups
    if not groups.several:
        return {}
    counts = group_counts(tables.sizes, tables.counts, tables.schema)
    rows = {int(str(cluster)): row for cluster, row in counts.outcome.to_dict("index").items()}
    return {cluster: _shares(groups, row, counts.sizes.loc[cluster]) for cluster, row in rows.items()}


def _shares(groups: PatientGroups, counts: Mapping[Hashable, Any], size: float) -> list[Share]:
    """One share per group; one whose number is not shown, or a number of whose categories is not, has neither."""
    shares = []
    for name, look in groups.looks.items():
        parts = [counts.get(category, 0) for category in groups.categories_of(name)]
        count = math.nan if any(pd.isna(part) for part in parts) or pd.isna(size) else float(sum(parts))
        if name == NOT_OBSERVED and count == 0:
            continue
        share = count / size if size else 0.0
        text = amount(count) if math.isnan(share) else f"{percent(share)} ({amount(count)})"
        shares.append(Share(name, text, 0.0 if math.isnan(share) else share, look.colour, look.glyph))
    return shares


def _rule(row: dict[str, Any]) -> str:
    if pd.isna(row["conditions"]):
        return MARK if row["rule"] == MARK else "no short rule finds it"
    if pd.isna(row["precision"]):
        return str(row["rule"])
    return (
        f"{row['rule']} ({percent(row['precision'])} of such patients are in this cluster, and "
        f"{percent(row['recall'])} of its patients are such)"
    )


def _stability(tables: RunTables, cluster: int) -> list[tuple[str, str]]:
    """Mean Jaccard similarities with the best match, by what was changed."""
    fixed, own = _row(tables.stability.bootstrap, cluster), _row(tables.stability.replicas, cluster)
    facts = _trained_again(tables, cluster)
    if not math.isnan(own["jaccard_mean"]):
        facts.append(("In other replicas", f"{_judged(own['jaccard_mean'])}; lowest {own['jaccard_min']:.2f}"))
    facts.append(("In resampled patients, model held fixed", _recovered(fixed)))
    matches = tables.stability.matches
    matches = matches[matches["cluster"] == cluster]
    for kind, label in (("latent_dimension", "In other latent dimensions"), ("consensus", "In the consensus")):
        if len(values := matches.loc[matches["kind"] == kind, "jaccard"]):
            facts.append((label, _judged(values.mean())))
    for name, jaccard in matches.loc[matches["kind"] == "points", ["variant", "jaccard"]].itertuples(index=False):
        facts.append((f"With {tables.clustering.finder} on the {name}", _judged(jaccard)))
    return facts


def _trained_again(tables: RunTables, cluster: int) -> list[tuple[str, str]]:
    """What the whole method finds of the cluster on resamples; nothing where it was not applied to any."""
    if not tables.stability.trained_on:
        return []
    return [("Model trained again on resampled patients", _recovered(_row(tables.stability.retrained, cluster)))]


def _recovered(row: dict[str, Any]) -> str:
    """A mean similarity over resamples, and in how many of those that hold a patient of the cluster it is recovered."""
    if not row["resamples"]:
        return "not measured"
    count = round(row["recovered"] * row["resamples"])
    return f"{_judged(row['jaccard_mean'])}; {count} of {row['resamples']} {'recovers' if count == 1 else 'recover'} it"


def _judged(jaccard: float) -> str:
    return f"{jaccard:.2f}, {verdict(float(jaccard))}"


def _doubt(tables: RunTables, cluster: int) -> list[tuple[str, str]]:
    row = _row(tables.doubt.clusters, cluster)
    neighbour = f"cluster {int(row['neighbour'])} ({percent(row['neighbour_probability'])})"
    return [
        ("Mean probability, entropy", f"{number(row['mean_probability'], 2)}, {number(row['mean_entropy'], 2)} nats"),
        ("Doubtful patients", amount(row["doubtful"])),
        ("Nearest in doubt", neighbour),
    ]


def _separation(tables: RunTables, cluster: int) -> list[tuple[str, str]]:
    """How well the inputs distinguish each outcome's categories among the cluster's patients."""
    table = tables.meaning.separation
    facts = []
    for row in table[table["cluster"] == cluster].to_dict("records"):
        outcome = tables.schema[str(row["outcome"])].label
        label = f"{outcome[:1].upper()}{outcome[1:]} within (AUC)"
        if math.isnan(row["auc"]):
            facts.append((label, tables.gate.mark if pd.isna(row["note"]) else str(row["note"])))
        else:
            facts.append((label, f"{row['auc']:.3f} ({row['auc_low']:.3f} to {row['auc_high']:.3f})"))
    return facts
