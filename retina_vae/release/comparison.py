"""The release of a comparison of two runs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from retina_vae.compare.comparison import Agreement, Comparison, PatientCounts
from retina_vae.compare.correspondence import Correspondence, Pair, large_parts
from retina_vae.compare.measures import Measure
from retina_vae.compare.runs import FinishedRun
from retina_vae.release.cells import is_few, suppressed_groups
from retina_vae.release.suppression import suppressed
from retina_vae.release.words import FOOTNOTE

__all__ = ["release_comparison", "release_correspondence"]

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

_DIGITS = 2
_EXACT = ("patients", "clusters", "replicas", "groups_found")


def release_comparison(comparison: Comparison, a: FinishedRun, b: FinishedRun) -> Comparison:
    """Leave out numbers of few patients, by the stricter of what both runs call few.

    Agreements, which are fractions of numbers of patients, are rounded. Means over clusters are left out where the run
    has a cluster whose size is not shown.

    Args:
        comparison: Of run A beside run B.
        a: Run A.
        b: Run B.
    """
    floor = max(run.settings.small_cell_floor for run in (a, b))
    if floor <= 1:
        return comparison
    found = comparison.correspondence
    whole = [not suppressed_groups(np.unique(run.clusters, return_counts=True)[1], floor).any() for run in (a, b)]
    return replace(
        comparison,
        footnote=FOOTNOTE.format(floor=floor),
        patients=_patients(comparison.patients, floor),
        agreement=[
            Agreement(own.clustering, round(own.ari, _DIGITS), round(own.ami, _DIGITS)) for own in comparison.agreement
        ],
        correspondence=None if found is None else release_correspondence(found, floor),
        measures=[_measure(own, whole) for own in comparison.measures],
    )


def _patients(counts: PatientCounts, floor: int) -> PatientCounts:
    parts = ("both", "only_a", "only_b", "ambiguous_a", "ambiguous_b")
    # Each follows from the others and the numbers of patients of the runs, which are known.
    few = any(is_few(getattr(counts, name) or 0, floor) for name in parts)
    shown: dict[str, Any] = {name: None if few and getattr(counts, name) else getattr(counts, name) for name in parts}
    by_content, both = counts.by_content or 0, counts.both or 0
    few_named = any(is_few(part, floor) for part in (by_content, both - by_content))
    # Those with equal values are some of those who are in one run alone, and the others follow.
    coincident = counts.coincident or 0
    few_alike = any(is_few(part, floor) for part in (coincident, (counts.only_a or 0) - coincident))
    return replace(
        counts,
        **shown,
        renamed=_amount(counts.renamed, floor),
        differing={name: _amount(count, floor) for name, count in counts.differing.items()},
        by_content=None if by_content and (few or few_named) else counts.by_content,
        coincident=None if few_alike else counts.coincident,
    )


def _amount(count: int | None, floor: int) -> int | None:
    return None if is_few(count or 0, floor) else count


def _measure(measure: Measure, whole: list[bool]) -> Measure:
    if measure.name in _EXACT:
        return measure
    values = []
    for value, shown in zip((measure.a, measure.b), whole, strict=True):
        of_clusters = "jaccard" in measure.name
        values.append(None if value is None or (of_clusters and not shown) else value)
    if "jaccard" in measure.name or "agreement" in measure.name:
        values = [None if value is None else round(value, _DIGITS) for value in values]
    return Measure(measure.name, *values)


class _Hidden(NamedTuple):
    """Which counts are not shown, and of which clusters neither the size in both runs nor who is in one run alone."""

    counts: BoolArray
    a: BoolArray
    b: BoolArray


def release_correspondence(found: Correspondence, floor: int) -> Correspondence:
    """Leave out numbers of few patients, others from which they would follow, and all shares of them."""
    counts = np.array(found.counts, dtype=np.int64)
    alone_a, alone_b = (np.array(own, dtype=np.int64) for own in (found.alone_a, found.alone_b))
    numbers_a, numbers_b = np.array(found.clusters_a), np.array(found.clusters_b)
    hidden = _hidden(counts, alone_a, alone_b, floor)
    return replace(
        found,
        counts=[_shown(row, mask) for row, mask in zip(counts, hidden.counts, strict=True)],
        alone_a=_shown(alone_a, hidden.a),
        alone_b=_shown(alone_b, hidden.b),
        pairs=[_pair(pair, found, hidden) for pair in found.pairs],
        kept=round(found.kept, _DIGITS),
        splits=large_parts(counts, numbers_a, numbers_b, hidden.counts | hidden.a[:, None]),
        merges=large_parts(counts.T, numbers_b, numbers_a, (hidden.counts | hidden.b).T),
    )


def _hidden(counts: IntArray, only_a: IntArray, only_b: IntArray, floor: int) -> _Hidden:
    """What is not shown; nothing of a cluster whose size in its own run is not.

    The patients of one run alone are one more column and one more row, so that the sums are the sizes of the clusters
    in their own runs, which a reader knows.
    """
    width, height = int(only_a.any()), int(only_b.any())
    table = np.zeros(np.add(counts.shape, (height, width)), dtype=np.int64)
    table[: len(counts), : counts.shape[1]] = counts
    table[: len(counts), counts.shape[1] :] = np.repeat(only_a[:, None], width, axis=1)
    table[len(counts) :, : counts.shape[1]] = np.repeat(only_b[None], height, axis=0)
    few = [int(is_few(own.sum(), floor)) for own in (only_b, only_a)]
    rows = np.append(suppressed_groups(counts.sum(axis=1) + only_a, floor), [few[0]] * height).astype(np.bool_)
    columns = np.append(suppressed_groups(counts.sum(axis=0) + only_b, floor), [few[1]] * width).astype(np.bool_)
    whole = rows[:, None] | columns
    mask = whole | suppressed(table, floor, ~rows, ~columns, whole)
    gone_a = mask[: len(counts), counts.shape[1] :].any(axis=1)
    gone_b = mask[len(counts) :, : counts.shape[1]].any(axis=0)
    hidden_a, hidden_b = rows[: len(counts)] | gone_a, columns[: counts.shape[1]] | gone_b
    return _Hidden(mask[: len(counts), : counts.shape[1]], hidden_a, hidden_b)


def _pair(pair: Pair, found: Correspondence, hidden: _Hidden) -> Pair:
    row = None if pair.a is None else found.clusters_a.index(pair.a)
    column = None if pair.b is None else found.clusters_b.index(pair.b)
    size_a = None if row is None or hidden.a[row] else pair.size_a
    size_b = None if column is None or hidden.b[column] else pair.size_b
    if row is None or column is None:
        return replace(pair, size_a=size_a, size_b=size_b)
    shared = None if hidden.counts[row, column] else pair.shared
    known = None not in (shared, size_a, size_b)
    return replace(pair, size_a=size_a, size_b=size_b, shared=shared, jaccard=pair.jaccard if known else None)


def _shown(counts: IntArray, hidden: BoolArray) -> list[int | None]:
    return [None if gone else int(count) for count, gone in zip(counts, hidden, strict=True)]
