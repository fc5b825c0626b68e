"""Rules for columns of categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from retina_vae.cohort.table_schema import DECIDE, Category
from retina_vae.cohort.tables.evidence import (
    FEW_TEXTS,
    MANY_TEXTS,
    Evidence,
    Proposal,
    plain_categories,
    type_of,
)
from retina_vae.cohort.tables.words import ascending, finding_of
from retina_vae.faults import quoted

__all__ = ["labelled", "labelled_categories", "ordered", "spellings", "texts", "two_values"]


def labelled(evidence: Evidence) -> Proposal | None:
    """Values that the file itself explains."""
    if not evidence.labels or not set(evidence.counts) <= set(evidence.labels):
        return None
    return labelled_categories(evidence.labels, "the file has a label for each value", type_of(evidence))


def two_values(evidence: Evidence) -> Proposal | None:
    """Two texts or whole numbers; a finding where the words say which of them is one."""
    if len(evidence.values) != 2 or (evidence.numeric and not evidence.whole):
        return None
    pair = finding_of(evidence.values)
    if pair is None:
        return _binary(evidence, evidence.values, None, "two values")
    return _binary(evidence, list(pair), pair[1], f"two values, of which {quoted(pair[1])} is the finding")


def _binary(evidence: Evidence, values: Sequence[str], finding: str | None, why: str) -> Proposal:
    return Proposal(
        "input", "binary", why, type_of(evidence), {"categories": plain_categories(values), "finding": finding}
    )


def spellings(evidence: Evidence) -> Proposal | None:
    """The same word in small and in capital letters."""
    if evidence.numeric or len(evidence.counts) > MANY_TEXTS:
        return None
    small = pd.Series(list(evidence.counts)).str.casefold()
    twice = [text for text, double in zip(evidence.counts, small.duplicated(keep=False), strict=True) if double]
    if not twice or evidence.unique:
        return None
    why = (
        f"Spelled in several ways: {', '.join(map(quoted, sorted(twice, key=str.casefold)[:10]))}. Make them one in "
        "the table and run again, or give them the same kind: binary, nominal or ordinal."
    )
    return Proposal("input", DECIDE, why, "string", {"categories": plain_categories(evidence.values)})


def ordered(evidence: Evidence) -> Proposal | None:
    """Words of a scale, grades, or ranges of a number."""
    order = None if evidence.numeric or len(evidence.counts) > FEW_TEXTS else ascending(list(evidence.counts))
    if order is None:
        return None
    return Proposal("input", "ordinal", "words in an order", "string", _ordered_properties(plain_categories(order)))


def texts(evidence: Evidence) -> Proposal | None:
    """Few texts, each of several patients."""
    different, patients = len(evidence.counts), len(evidence.known)
    few = different <= FEW_TEXTS and patients >= 3 * different
    if not few and not (different <= MANY_TEXTS and patients >= 10 * different):
        return None
    return Proposal(
        "input", "nominal", f"{different} texts", "string", {"categories": plain_categories(evidence.values)}
    )


def labelled_categories(labels: Mapping[str, str], why: str, kind_of_cells: str) -> Proposal:
    """Categories with labels: two, in an order, or neither."""
    labels = _different(labels)
    listed = [Category(value=value, label=label) for value, label in labels.items()]
    if len(listed) < 2:
        return Proposal("ignore", None, "only one value has a label")
    pair = finding_of(list(labels.values()))
    if len(listed) == 2:
        ordered = sorted(listed, key=lambda category: pair is not None and category.label == pair[1])
        said = {"categories": tuple(ordered), "finding": None if pair is None else pair[1]}
        return Proposal("input", "binary", why, kind_of_cells, said)
    order = ascending(list(labels.values()))
    if order is not None:
        listed.sort(key=lambda category: order.index(category.label))
        why = f"{why}; they are in an order"
        return Proposal("input", "ordinal", why, kind_of_cells, _ordered_properties(tuple(listed)))
    return Proposal("input", "nominal", why, kind_of_cells, {"categories": tuple(listed)})


def _ordered_properties(categories: tuple[Category, ...]) -> dict[str, Any]:
    return {"categories": categories, "categories_ordered": True}


def _different(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels, with the value behind those that several values have."""
    shared = pd.Series(list(labels.values())).duplicated(keep=False)
    return {
        value: f"{label} ({value})" if double else label
        for (value, label), double in zip(labels.items(), shared, strict=True)
    }
