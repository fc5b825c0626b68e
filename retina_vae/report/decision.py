"""The first lines of the report: what was found, which clusters to use, and what says as much without them."""

from __future__ import annotations

from dataclasses import dataclass

from retina_vae.clusters.description.columns import in_sentence
from retina_vae.report.answer import (
    HEADLINES,
    answer_in_words,
    found_number,
    number_in_words,
    reached_answer,
)
from retina_vae.report.names import cluster_names
from retina_vae.report.rivals import preferred
from retina_vae.report.stability import overall_stability
from retina_vae.report.tables import RunTables
from retina_vae.report.wording import Badge, badge, cross_table_in_words

__all__ = ["Decision", "Use", "decide"]

_THE_SAME = 0.8
"""Adjusted Rand index, or adjusted mutual information, from which two partitions are said to be nearly the same."""

_USES = {
    "stable": "Use",
    "doubtful": "Read with care",
    "unstable": "Do not use",
    "unknown": "Not measured",
}


@dataclass(frozen=True)
class Use:
    """What to do with some clusters: their numbers and names."""

    words: str
    badge: Badge
    clusters: list[tuple[int, str]]


@dataclass(frozen=True)
class Decision:
    """The verdict as a decision.

    Attributes:
        headline: The answer in a few words.
        action: What to do, in a sentence.
        same: What says as much as the clusters, where something does; it stands first.
        answer: The answer with its numbers.
        number: Whether the number of clusters is supported, and what to run instead.
        caution: What holds for every cluster, whatever its stability; may be empty.
        uses: Which clusters to use, to read with care, and not to use.
    """

    headline: str
    action: str
    same: list[str]
    answer: str
    number: str
    caution: str
    uses: list[Use]


def decide(tables: RunTables) -> Decision:
    """What an analyst should do with the clusters of a run."""
    answer = reached_answer(tables)
    same, uses = ([], []) if tables.undivided else (_same(tables), _uses(tables))
    return Decision(
        headline=HEADLINES[answer],
        action=_action(tables, answer, [use.badge.kind for use in uses]),
        same=same,
        answer=answer_in_words(tables),
        number=number_in_words(tables),
        caution="" if tables.undivided else _caution(tables, answer),
        uses=[] if answer == "nothing" else uses,
    )


_CAUTIONS = {
    "groups": "As a provisional division, by how well they are found again:",
    "continuum": "As divisions of the continuum, by how well they are found again:",
    "groups of parts": "As provisional groups, by how well they are found again:",
    "undecided": "As provisional groups, by how well they are found again:",
    "nothing": "",
}


def _caution(tables: RunTables, answer: str) -> str:
    """What stands above the clusters; nothing where they are as many as the groups."""
    as_many = answer == "groups" and tables.configuration.clusters.number == found_number(tables)
    return "" if as_many else _CAUTIONS[answer]


def _action(tables: RunTables, answer: str, kinds: list[str]) -> str:
    """What to do next; of groups that are not as many as the clusters, the number to run.

    Args:
        tables: Of the run.
        answer: As :func:`~retina_vae.report.answer.reached_answer` gives it.
        kinds: Of the badges of the uses that some clusters have.
    """
    k, found = tables.configuration.clusters.number, found_number(tables)
    if answer == "groups" and k != found:
        return (
            f"Run again with clusters.k: {found}. Until then read the clusters below as parts of the groups, or as "
            "several of them together."
            if k > 1
            else f"Run again with clusters.k: {found}."
        )
    if tables.undivided:
        return _UNDIVIDED[answer]
    if answer == "groups":
        return _by_use(kinds)
    return _nothing(kinds) if answer == "nothing" else _ACTIONS[answer]


def _nothing(kinds: list[str]) -> str:
    """What to do with cuts through one cloud, some of which may be found again."""
    however = ", however well they are found again" if "stable" in kinds else ""
    return f"Do not use these clusters as groups of patients{however}. Describe the cohort as one."


def _by_use(kinds: list[str]) -> str:
    """What to do with clusters that are as many as the groups, by the uses that some of them have."""
    if kinds == ["stable"]:
        return "Work with these clusters: every one is found again."
    if "stable" not in kinds:
        return "Use none of these clusters yet: they are as many as the groups, but none is found again well enough."
    care = ", read those under Read with care with their cards open" if "doubtful" in kinds else ""
    leave = ", and leave those under Do not use" if "unstable" in kinds else ""
    return f"Work with the clusters under Use{care}{leave}."


_ACTIONS = {
    "groups of parts": "Call the clusters provisional, and look whether what is known of the patients of each differs.",
    "continuum": "Read the clusters as grades along a continuum, not as kinds of patients, or use a score instead.",
    "undecided": "Call the clusters provisional, and add patients or columns in which the groups would differ.",
}
_UNDIVIDED = {
    "groups of parts": "Describe the cohort as one group.",
    "groups": "Describe the cohort as one group.",
    "continuum": "Use a score along the continuum, or ask for as many grades as you need with clusters.k.",
    "nothing": "Describe the cohort as one group.",
    "undecided": "Describe the cohort as one group, and add patients or columns in which groups would differ.",
}


def _uses(tables: RunTables) -> list[Use]:
    names = cluster_names(tables)
    looks = overall_stability(tables)["verdict"].map(badge)
    uses = []
    for kind, words in _USES.items():
        alike = looks.index[[look.kind == kind for look in looks]].tolist()
        if alike:
            uses.append(Use(words, Badge(words, kind), [(number, names.get(number, "")) for number in alike]))
    return uses


def _same(tables: RunTables) -> list[str]:
    """Outcomes and cross-tables that give nearly the same groups, and simpler methods that are as good as the model."""
    sentences = [_outcome(tables, column.name) for column in tables.schema.outcomes if not column.numeric]
    table = tables.meaning.measure("cross_table_ami")
    if table is not None and table["value"] >= _THE_SAME:
        sentences.append(
            f"The clusters are nearly the {cross_table_in_words(table['detail'])} (adjusted mutual information "
            f"{table['value']:.2f}): it can be used in their place, without a model."
        )
    return [sentence for sentence in [*sentences, *preferred(tables)] if sentence]


def _outcome(tables: RunTables, name: str) -> str:
    column = tables.schema[name]
    found = tables.cohort.outcomes.set_index("outcome").to_dict("index").get(name)
    if found is None or found["ari"] < _THE_SAME:
        return ""
    return (
        f"The {len(tables.sizes)} clusters are nearly the {found['categories']} categories of the outcome "
        f"({in_sentence(column)}; adjusted Rand index {found['ari']:.2f}), which the model has not seen."
    )
