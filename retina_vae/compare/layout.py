"""A comparison as sections of sentences and tables, which the terminal and Markdown only lay out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from retina_vae.clusters.hennig import DISSOLVED, RECOVERED
from retina_vae.compare.comparison import Comparison, PatientCounts
from retina_vae.compare.correspondence import LARGE_PART, Correspondence, Pair, Parts
from retina_vae.compare.measures import MEASURES, Measure
from retina_vae.compare.settings import Difference
from retina_vae.words import MARK, enumerated

__all__ = ["Section", "lay_out", "likeness"]

_NONE, _NO_KEY = "-", "(no such key)"
_COUNTS = ("patients", "clusters", "replicas", "groups_found")
_CLUSTERINGS = {"reported": "Reported clusters", "consensus": "Consensus of each run's replicas"}
# A wider table is for a machine to read.
_MOST_COLUMNS = 25


@dataclass(frozen=True)
class Section:
    """A head, sentences, a table (its first column names the row, numbers are to the right), and more sentences."""

    title: str
    before: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    after: list[str] = field(default_factory=list)


def lay_out(comparison: Comparison) -> list[Section]:
    """The sections of a comparison, in the order in which a reader wants them."""
    found = comparison.correspondence
    sections = [
        Section("Two runs compared", [f"A: {comparison.a}", f"B: {comparison.b}"]),
        _settings(comparison),
        _patients(comparison),
        *([] if found is None else [_agreement(comparison, found), _pairs(found), _counts(found)]),
        _measures(comparison),
        _number_of_clusters(comparison),
        _provenance(comparison),
    ]
    if comparison.footnote:
        sections[0].before.append(comparison.footnote)
    return sections


def _settings(comparison: Comparison) -> Section:
    if not comparison.settings:
        return Section("Settings that differ", ["None: both runs have the same configuration."])
    return Section("Settings that differ", [], ["Key", "A", "B"], _difference_rows(comparison.settings))


def _provenance(comparison: Comparison) -> Section:
    title = "What the runs were made by"
    if not comparison.provenance:
        return Section(title, ["The same versions, commit, machine, devices and inputs."])
    return Section(title, [], ["Key", "A", "B"], _difference_rows(comparison.provenance))


def _difference_rows(differences: list[Difference]) -> list[list[str]]:
    """One row per key; a member of the family that one run lacks is one row."""
    rows: dict[str, list[str]] = {}
    for one in differences:
        member = ".".join(one.key.split(".")[:2])
        if member.startswith("family.") and not (one.a and one.b):
            rows[member] = [member, _NO_KEY if not one.a else "a model", _NO_KEY if not one.b else "a model"]
        else:
            rows[one.key] = [one.key, _value(one.a), _value(one.b)]
    return list(rows.values())


def _value(values: list[Any]) -> str:
    if not values:
        return _NO_KEY
    text = values[0] if isinstance(values[0], str) else json.dumps(values[0], ensure_ascii=False)
    # Of a commit or a hash, enough to tell it from another.
    return text[:12] if re.fullmatch("[0-9a-f]{40,}", text) else text


def _patients(comparison: Comparison) -> Section:
    counts = comparison.patients
    rows = [
        ["in the run", _amount(counts.a), _amount(counts.b)],
        ["in both runs", _amount(counts.both), _amount(counts.both)],
        *_content_rows(counts),
        ["in this run alone", _amount(counts.only_a), _amount(counts.only_b)],
    ]
    return Section("Patients", [], ["Patients", "A", "B"], rows, list(_patient_sentences(comparison)))


def _content_rows(counts: PatientCounts) -> list[list[str]]:
    """Patients whom their values match, not their identifiers; nothing where there are none."""
    matched, ambiguous = _amount(counts.by_content), (_amount(counts.ambiguous_a), _amount(counts.ambiguous_b))
    return [
        *([["of them under another identifier", matched, matched]] if counts.by_content != 0 else []),
        *([["in both, but not told which", *ambiguous]] if (counts.ambiguous_a, counts.ambiguous_b) != (0, 0) else []),
    ]


def _patient_sentences(comparison: Comparison) -> Iterator[str]:
    counts = comparison.patients
    if counts.renamed != 0:
        differing = ", ".join(f"{name} in {_amount(count)}" for name, count in counts.differing.items())
        yield (
            f"Identifiers that are in both runs but do not name the same patient: {_amount(counts.renamed)}. Their "
            f"values differ: {differing}."
        )
    if counts.by_content != 0:
        yield (
            f"Matched by their values in the columns that both runs have, because their identifiers do not agree: "
            f"{_amount(counts.by_content)} patients."
        )
    if (counts.ambiguous_a, counts.ambiguous_b) != (0, 0):
        yield (
            f"Ambiguous, because several patients have the same values and are not in one cluster: "
            f"{_amount(counts.ambiguous_a)} of A and {_amount(counts.ambiguous_b)} of B; they are not compared."
        )
    if counts.coincident != 0:
        yield (
            f"{_amount(counts.coincident)} patients of A have the same values as a patient of B. Too many would by "
            "chance, because the columns do not identify patients; so nobody was matched by values alone."
        )
    for run, columns in (("A", counts.columns_only_a), ("B", counts.columns_only_b)):
        if columns:
            yield f"Only the patients of {run} have the columns {', '.join(columns)}; they were not compared."
    if counts.both == 0:
        yield "The runs have no patient in common, so only their settings and their measures are compared."


def _agreement(comparison: Comparison, found: Correspondence) -> Section:
    rows = [[_CLUSTERINGS[one.clustering], f"{one.ari:.3f}", f"{one.ami:.3f}"] for one in comparison.agreement]
    heads = ["Of the patients in both runs", "Adjusted Rand index", "Adjusted mutual information"]
    return Section(
        "Agreement of the clusters",
        ["1: the same groups; 0: no more alike than by chance."],
        heads,
        rows,
        [
            f"{100 * found.kept:.0f} % of the patients keep their cluster, when the clusters are matched as below.",
            *_own_agreement(comparison),
        ],
    )


def _own_agreement(comparison: Comparison) -> Iterator[str]:
    """What two trainings that differ in their seed alone reach, for comparison."""
    for one in comparison.measures:
        if one.name == "replica_agreement" and one.a is not None and one.b is not None:
            yield (
                "For comparison: two replicas of the same run, which differ in their seed alone, agree at a mean "
                f"adjusted Rand index of {one.a:.3f} in A and {one.b:.3f} in B."
            )


def _pairs(found: Correspondence) -> Section:
    rows = [
        [
            _cluster("A", pair.a),
            _cluster("B", pair.b),
            *(_amount(size) if number else _NONE for number, size in ((pair.a, pair.size_a), (pair.b, pair.size_b))),
            *((_amount(pair.shared), _jaccard(pair), likeness(pair)) if pair.a and pair.b else (_NONE, _NONE, "none")),
        ]
        for pair in found.pairs
    ]
    legend = (
        "The patients in both runs, matched so that as many as possible keep their cluster. The same: Jaccard "
        f"similarity {RECOVERED:g} or more; alike: above {DISSOLVED:g} (the thresholds of Hennig 2007); else different."
    )
    heads = ["Cluster of A", "Cluster of B", "Patients in A", "Patients in B", "Shared", "Jaccard", "Likeness"]
    return Section("Clusters that correspond", [legend], heads, rows, list(_changes(found)))


def _changes(found: Correspondence) -> Iterator[str]:
    """Splits, merges, and clusters without a partner, in words."""
    for words, own, other, changed in (("split into", "A", "B", found.splits), ("merged from", "B", "A", found.merges)):
        for one in changed:
            yield f"{own} {one.cluster} is {words} {_parts(one, other)}."
    rule = f"parts of {100 * LARGE_PART:.0f} % of its patients or more, or that are most of another cluster"
    if found.splits or found.merges:
        yield f"Per cent of the cluster's own patients; these are {rule}."
    else:
        yield f"No cluster is split or merged: none has two {rule}."
    for run, alone in (
        ("A", [p.a for p in found.pairs if p.b is None]),
        ("B", [p.b for p in found.pairs if p.a is None]),
    ):
        if alone:
            yield f"Without a counterpart in the other run: {', '.join(f'{run} {number}' for number in alone)}."


def _parts(one: Parts, run: str) -> str:
    return enumerated([f"{run} {number} ({100 * share:.0f} %)" for number, share in one.parts])


def _counts(found: Correspondence) -> Section:
    title = "Patients of each pair of clusters"
    if len(found.clusters_b) > _MOST_COLUMNS:
        return Section(title, ["Too wide to be shown here; --output comparison.json holds the table."])
    heads = ["", *(_cluster("B", number) for number in found.clusters_b)]
    rows = [
        [_cluster("A", number), *("." if count == 0 else _amount(count) for count in counts)]
        for number, counts in zip(found.clusters_a, found.counts, strict=True)
    ]
    return Section(title, [], heads, rows, ["A point stands for no patient."])


def _measures(comparison: Comparison) -> Section:
    rows = [
        [MEASURES[one.name], _measure(one, one.a), _measure(one, one.b), _change(one)] for one in comparison.measures
    ]
    return Section("Measures", [], ["Measure", "A", "B", "B less A"], rows)


def _measure(one: Measure, value: float | None) -> str:
    if value is None:
        return _NONE
    return f"{value:,.0f}" if one.name in _COUNTS else f"{value:.3f}"


def _change(one: Measure) -> str:
    if one.a is None or one.b is None:
        return _NONE
    change = one.b - one.a
    return f"{change:+,.0f}" if one.name in _COUNTS else f"{change:+.3f}"


def _number_of_clusters(comparison: Comparison) -> Section:
    a, b = comparison.findings_a, comparison.findings_b
    runs = (("A and B", a),) if a == b else (("A", a), ("B", b))
    sentences = [f"{run}: {own.answer or 'whether there are groups was not asked'}." for run, own in runs]
    sentences += [f"{run}, on the codes: {own.choice}" for run, own in runs if own.choice]
    return Section("What the runs say of groups and their number", sentences)


def _cluster(run: str, number: int | None) -> str:
    return _NONE if number is None else f"{run} {number}"


def _amount(count: int | None) -> str:
    return MARK if count is None else f"{count:,}"


def _jaccard(pair: Pair) -> str:
    return MARK if pair.jaccard is None else f"{pair.jaccard:.2f}"


def likeness(pair: Pair) -> str:
    """How alike two clusters that correspond are, in words."""
    if pair.jaccard is None:
        return MARK
    return "the same" if pair.jaccard >= RECOVERED else "alike" if pair.jaccard > DISSOLVED else "different"
