"""A comparison as a page: two runs side by side, in one HTML file without anything from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from retina_vae.compare.comparison import Comparison
from retina_vae.compare.correspondence import Correspondence, Pair
from retina_vae.compare.layout import Section, lay_out, likeness
from retina_vae.report.decision import Use, decide
from retina_vae.report.environment import report_environment
from retina_vae.report.interactive.page import content_security_policy
from retina_vae.report.names import cluster_names
from retina_vae.report.sections import Table
from retina_vae.report.stability import overall_stability
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import Badge, amount, badge
from retina_vae.words import MARK

__all__ = ["HeatCell", "NamedPair", "Side", "comparison_page", "heat_map", "named_pairs", "side"]

_TITLE = "Two runs compared"
# Told by other means on the page than by a table of texts.
_SHOWN_OTHERWISE = (_TITLE, "Clusters that correspond", "Patients of each pair of clusters")


@dataclass(frozen=True)
class Cluster:
    """A cluster as its own run calls it; ``patients`` is empty where the page does not say how many."""

    number: int
    name: str
    patients: str
    badge: Badge


@dataclass(frozen=True)
class Side:
    """One of the two runs.

    Attributes:
        letter: "A" or "B".
        run: Its name.
        folder: Where it lies.
        headline: Its answer in a few words.
        action: What to do, in a sentence.
        answer: The answer with its numbers.
        number: Whether its number of clusters is supported.
        uses: Which of its clusters to use.
        clusters: Its clusters by their numbers.
    """

    letter: str
    run: str
    folder: str
    headline: str
    action: str
    answer: str
    number: str
    uses: list[Use]
    clusters: dict[int, Cluster]


@dataclass(frozen=True)
class NamedPair:
    """Two clusters that correspond, of which one may be missing, with what they share as text."""

    a: Cluster | None
    b: Cluster | None
    shared: str
    jaccard: str
    likeness: str


@dataclass(frozen=True)
class HeatCell:
    """A number of patients as text, and their share of the row's, for the colour; NaN where nothing is said."""

    text: str
    share: float


def comparison_page(comparison: Comparison, a: RunTables, b: RunTables) -> str:
    """The page.

    Args:
        comparison: As it was released.
        a: The released tables of run A.
        b: Those of run B.
    """
    # The run that hides less may show a size that the other one hides.
    sized = a.gate.fewest == b.gate.fewest
    sides = side("A", comparison.a, a, sized), side("B", comparison.b, b, sized)
    found = comparison.correspondence
    sections = [own for own in lay_out(comparison) if own.title not in _SHOWN_OTHERWISE]
    script = (files("retina_vae.report") / "scripts" / "takeaway.js").read_text(encoding="utf-8")
    return (
        report_environment("retina_vae.compare")
        .get_template("comparison.html.j2")
        .render(
            title=_TITLE,
            sides=sides,
            footnote=comparison.footnote,
            summary=_summary(comparison),
            pairs=[] if found is None else named_pairs(found.pairs, *sides),
            changes=_after(comparison, "Clusters that correspond"),
            legend=_before(comparison, "Clusters that correspond"),
            matrix=None if found is None else heat_map(found),
            found=found,
            sections=[(own, _table(own)) for own in sections],
            policy=content_security_policy([script]),
            # The package's own script.
            script=Markup(f"<script>{script}</script>"),
        )
    )


def side(letter: str, folder: str, tables: RunTables, sized: bool = True) -> Side:
    """What a run says of itself; of its clusters how many patients they have, where they are ``sized``."""
    decision, verdicts = decide(tables), overall_stability(tables)["verdict"]
    names = cluster_names(tables)
    clusters = {}
    for number, size in zip(tables.sizes.index.astype(int), tables.sizes, strict=True):
        patients = amount(float(size)) if sized else ""
        clusters[number] = Cluster(number, names[number], patients, badge(str(verdicts[number])))
    return Side(
        letter=letter,
        run=tables.configuration.run,
        folder=folder,
        headline=decision.headline,
        action=decision.action,
        answer=decision.answer,
        number=decision.number,
        uses=decision.uses,
        clusters=clusters,
    )


def named_pairs(pairs: Sequence[Pair], a: Side, b: Side) -> list[NamedPair]:
    """The clusters that correspond, under the names that their runs give them."""
    return [
        NamedPair(
            a=None if pair.a is None else a.clusters[pair.a],
            b=None if pair.b is None else b.clusters[pair.b],
            shared="–" if pair.a is None or pair.b is None else _amount(pair.shared),
            jaccard="–" if pair.a is None or pair.b is None else _jaccard(pair.jaccard),
            likeness="no counterpart" if pair.a is None or pair.b is None else likeness(pair),
        )
        for pair in pairs
    ]


def heat_map(found: Correspondence) -> list[list[HeatCell]]:
    """Patients of each pair of clusters: a row per cluster of A, coloured by the share of the row's patients."""
    rows = []
    for counts in found.counts:
        known = sum(count for count in counts if count is not None)
        # A share of a sum with a part that is not shown would tell of it.
        whole = known if None not in counts and known else None
        rows.append([_heat_cell(count, whole) for count in counts])
    return rows


def _heat_cell(count: int | None, whole: int | None) -> HeatCell:
    share = float("nan") if count is None or whole is None else count / whole
    return HeatCell("·" if count == 0 else _amount(count), share)


def _amount(count: int | None) -> str:
    return MARK if count is None else f"{count:,}"


def _jaccard(value: float | None) -> str:
    return MARK if value is None else f"{value:.2f}"


def _summary(comparison: Comparison) -> list[str]:
    """What a reader wants to know first: whether the patients are the same, and whether the clusters are."""
    counts, found = comparison.patients, comparison.correspondence
    if found is None:
        return [
            "The runs have no patient in common, so their clusters cannot be held against each other; what each run "
            "says and measures stands side by side."
        ]
    both = f"{_amount(counts.both)} patients are in both runs ({counts.a:,} in A, {counts.b:,} in B)."
    reported = comparison.agreement[0]
    same = (
        f"On them the reported clusters agree at an adjusted Rand index of {reported.ari:.2f} (1: the same groups, 0: "
        f"as by chance); {100 * found.kept:.0f}\N{NO-BREAK SPACE}% of them keep their cluster."
    )
    return [both, same]


def _section(comparison: Comparison, title: str) -> Section | None:
    return next((own for own in lay_out(comparison) if own.title == title), None)


def _before(comparison: Comparison, title: str) -> list[str]:
    own = _section(comparison, title)
    return [] if own is None else own.before


def _after(comparison: Comparison, title: str) -> list[str]:
    own = _section(comparison, title)
    return [] if own is None else own.after


def _table(section: Section) -> Any:
    """The section's table for the macros of the report; None where it has none."""
    return Table([], section.heads, section.rows) if section.heads else None
