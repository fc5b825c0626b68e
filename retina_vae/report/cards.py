"""One card per cluster: who is in it, whether it holds, what tells it from the others."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from retina_vae.clusters.hennig import verdict
from retina_vae.cohort import Column
from retina_vae.disclosure import MARK
from retina_vae.report.figures.style import disease_looks
from retina_vae.report.tables import RunTables
from retina_vae.report.verdict import overall_stability
from retina_vae.report.wording import Badge, amount, badge, number, percent

__all__ = ["Card", "Profile", "Share", "cluster_cards"]

_GLYPHS = {"o": "●", "^": "▲", "s": "■", "D": "◆", "v": "▼", "P": "✚", "X": "✖", "*": "★"}


@dataclass(frozen=True)
class Share:
    """One diagnosis in a group: patients in words, share, and the look that the figures give it."""

    name: str
    text: str
    share: float
    colour: str
    glyph: str


@dataclass(frozen=True)
class Profile:
    """One line of a card's table.

    Attributes:
        label: Column, or column and category.
        inside: Share, or median and quartiles, in the cluster.
        outside: The same of all other patients.
        difference: Standardised difference.
        effect: Effect size of the column's test and its q-value; empty below the first line of a column.
        medoid: What the representative patient has.
        decoded: What the decoder says at the cluster's centre; empty where it cannot.
    """

    label: str
    inside: str
    outside: str
    difference: str
    effect: str
    medoid: str
    decoded: str


@dataclass(frozen=True)
class Card:
    """One cluster in plain words; ``facts`` are labels and texts."""

    cluster: int
    badge: Badge
    description: str
    patients: str
    diseases: list[Share]
    rule: str
    facts: list[tuple[str, str]]
    profile: list[Profile]
    decoded: bool


def cluster_cards(tables: RunTables) -> list[Card]:
    """One card per cluster that has patients, in the order of their numbers."""
    verdicts = overall_stability(tables)["verdict"]
    texts = tables.descriptions.set_index("cluster")["description"]
    rules = tables.meaning.rules
    cards = []
    for cluster in sorted(tables.sizes.index.astype(int)):
        profile = _profile(tables, cluster)
        cards.append(
            Card(
                cluster=cluster,
                badge=badge(str(verdicts.get(cluster, "not measured"))),
                description=str(texts[cluster]),
                patients=_patients(tables, cluster),
                diseases=_diseases(tables, cluster),
                rule=_rule(_row(rules, cluster) or {"rule": "", "conditions": math.nan}),
                facts=[*_stability(tables, cluster), *_doubt(tables, cluster), *_separation(tables, cluster)],
                profile=profile,
                decoded=any(line.decoded for line in profile),
            )
        )
    return cards


def _row(table: pd.DataFrame, cluster: int) -> dict[str, Any]:
    """The row of one cluster; empty where there is none."""
    own = table[table["cluster"] == cluster].to_dict("records")
    return {str(name): value for name, value in own[0].items()} if own else {}


def _patients(tables: RunTables, cluster: int) -> str:
    size = float(tables.sizes[cluster])
    return MARK if math.isnan(size) else f"{size:,.0f} ({percent(size / len(tables.patients))})"


def _diseases(tables: RunTables, cluster: int) -> list[Share]:
    """Counts of Table 1; a share whose count is not shown has neither."""
    row, size = _row(tables.table1, cluster), float(tables.sizes[cluster])
    shares = []
    for name, look in disease_looks(tables.schema).items():
        count = float(row[name.lower()])
        share = count / size if size else 0.0
        text = amount(count) if math.isnan(share) else f"{percent(share)} ({amount(count)})"
        shares.append(Share(name, text, 0.0 if math.isnan(share) else share, look.colour, _GLYPHS[look.marker]))
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
    row, own = _row(tables.stability.bootstrap, cluster), _row(tables.stability.replicas, cluster)
    facts = [("In resampled patients", f"{_judged(row['jaccard_mean'])}; {percent(row['recovered'])} recover it")]
    if not math.isnan(own["jaccard_mean"]):
        facts.append(("In other replicas", f"{_judged(own['jaccard_mean'])}; lowest {own['jaccard_min']:.2f}"))
    matches = tables.stability.matches
    matches = matches[matches["cluster"] == cluster]
    for kind, label in (("latent_dimension", "In other latent dimensions"), ("consensus", "In the consensus")):
        if len(values := matches.loc[matches["kind"] == kind, "jaccard"]):
            facts.append((label, _judged(values.mean())))
    for name, jaccard in matches.loc[matches["kind"] == "points", ["variant", "jaccard"]].itertuples(index=False):
        facts.append((f"With {tables.clustering.finder} on the {name}", _judged(jaccard)))
    return facts


def _judged(jaccard: float) -> str:
    return f"{jaccard:.2f}, {verdict(float(jaccard))}"


def _doubt(tables: RunTables, cluster: int) -> list[tuple[str, str]]:
    row = _row(tables.doubt.clusters, cluster)
    neighbour = f"cluster {int(row['neighbour'])} ({percent(row['neighbour_probability'])})"
    return [
        ("Mean probability, entropy", f"{number(row['mean_probability'], 2)}, {number(row['mean_entropy'], 2)} nats"),
        ("Doubtful patients", amount(row["doubtful"], tables.configuration.small_cell_floor)),
        ("Nearest in doubt", neighbour),
    ]


def _separation(tables: RunTables, cluster: int) -> list[tuple[str, str]]:
    row = _row(tables.meaning.separation, cluster)
    if not row:
        return []
    if math.isnan(row["auc"]):
        return [("Diagnosis within (AUC)", "–" if pd.isna(row["note"]) else str(row["note"]))]
    return [("Diagnosis within (AUC)", f"{row['auc']:.3f} ({row['auc_low']:.3f} to {row['auc_high']:.3f})")]


def _profile(tables: RunTables, cluster: int) -> list[Profile]:
    profiles, differences = tables.meaning.profiles, tables.meaning.differences
    own = profiles[profiles["cluster"] == cluster]
    tests = differences[differences["cluster"] == cluster].to_dict("records")
    effects = {str(test["column"]): _effect(test) for test in tests}
    lines: list[Profile] = []
    for column in (*tables.schema.inputs, *tables.schema.tested):
        part = own[own["column"] == column.name]
        make = _number_lines if column.numeric else _share_lines
        lines += make(column, part, effects.get(column.name, "–")) if len(part) else []
    return lines


def _effect(row: Mapping[Hashable, Any]) -> str:
    """Effect size and q-value; a q-value of the columns that made the clusters is in brackets, as no evidence."""
    if math.isnan(row["effect_size"]):
        return "–"
    q = "q < 0.001" if row["q_value"] < 0.001 else f"q = {row['q_value']:.3f}"
    return f"{number(row['effect_size'], 2)} ({q})" if row["descriptive"] else f"{number(row['effect_size'], 2)}, {q}"


def _number_lines(column: Column, part: pd.DataFrame, effect: str) -> list[Profile]:
    by = part.set_index("statistic")
    texts = {side: _quartiles(by[side]) for side in ("inside", "outside")}
    mean = by.to_dict("index")["mean"]
    medoid, decoded = (_plain(mean[name], "{:.0f}") for name in ("medoid", "decoded"))
    difference = number(mean["standardized_difference"], 2)
    label = f"{column.axis_label}: median (quartiles)"
    return [Profile(label, texts["inside"], texts["outside"], difference, effect, medoid, decoded)]


def _quartiles(values: pd.Series[float]) -> str:
    low, middle, high = (float(values[name]) for name in ("q25", "median", "q75"))
    return MARK if math.isnan(middle) else f"{middle:.0f} ({low:.0f} to {high:.0f})"


def _share_lines(column: Column, part: pd.DataFrame, effect: str) -> list[Profile]:
    """One line per category; of two categories only the second, which says that a finding is present."""
    shown = column.categories[1:] if len(column.categories) == 2 else column.categories
    rows, lines = part.set_index("category").to_dict("index"), list[Profile]()
    for category in shown:
        row = rows[category]
        finding = column.categories == ("absent", "present")
        lines.append(
            Profile(
                label=column.label if finding else f"{column.label}: {category}",
                inside=_share(row["inside"]),
                outside=_share(row["outside"]),
                difference=number(row["standardized_difference"], 2),
                effect="" if lines else effect,
                medoid="–" if math.isnan(row["medoid"]) else "yes" if row["medoid"] else "no",
                decoded=_share(row["decoded"]) if not math.isnan(row["decoded"]) else "",
            )
        )
    return lines


def _share(value: float) -> str:
    return MARK if math.isnan(value) else percent(value)


def _plain(value: float, form: str) -> str:
    return "" if math.isnan(value) else form.format(value)
