"""What a column probably holds, judged by its cells; what they cannot tell is left to decide.

The rules stand in :data:`RULES`, first come first served, and their thresholds in ``evidence``;
``docs/your-own-cohort.md`` explains them. No rule knows what a study is about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from retina_vae.cohort.table_schema import DECIDE
from retina_vae.cohort.tables.category_rules import labelled, ordered, spellings, texts, two_values
from retina_vae.cohort.tables.date_rules import dates
from retina_vae.cohort.tables.evidence import (
    FEW_INTEGERS,
    FEW_TEXTS,
    NUMBER_KINDS,
    UNIQUE_FROM,
    Evidence,
    Proposal,
    plain_categories,
    type_of,
)
from retina_vae.cohort.tables.number_rules import (
    codes,
    few_numbers,
    jumping,
    limits,
    number,
    numbered,
    open_notation,
    percentage,
    words_among_numbers,
)
from retina_vae.cohort.tables.words import (
    looks_like_date,
    looks_like_identifier,
    may_be_structural,
    probably_missing,
    probably_missing_number,
)
from retina_vae.faults import quoted

__all__ = ["NUMBER_RULES", "RULES", "propose"]

_CHARACTERS, _WORDS = 25, 2
"""Mean numbers of characters and words up to which texts that all differ may be identifiers."""

Rule = Callable[[Evidence], Proposal | None]


def propose(evidence: Evidence, suggestion: Proposal | None = None, *, numbers: bool = False) -> Proposal:
    """What the first rule says that says anything.

    Args:
        evidence: The column's cells.
        suggestion: What it is by somebody who knows, such as a data dictionary. It is followed, unless there is nothing
            to learn from the column.
        numbers: Whether it is known that the values are numbers, and no codes.
    """
    if suggestion is not None and suggestion.role != "input":
        return suggestion
    judged = NUMBER_RULES if numbers else RULES
    rules = judged if suggestion is None else (_empty, _constant)
    found = next((proposal for rule in rules if (proposal := rule(evidence)) is not None), suggestion)
    return _free_text(evidence) if found is None else found


def _empty(evidence: Evidence) -> Proposal | None:
    return Proposal("ignore", None, "no patient has a value") if evidence.known.empty else None


def _constant(evidence: Evidence) -> Proposal | None:
    if len(evidence.counts) > 1:
        return None
    if len(evidence.known) < evidence.rows:
        return Proposal(
            "ignore", None, "one value and gaps; if an empty cell means no, write no in the table, and it is binary"
        )
    return Proposal("ignore", None, "every patient has the same value")


def _identifier(evidence: Evidence) -> Proposal | None:
    complete = evidence.unique and len(evidence.known) == evidence.rows
    fractions = evidence.numeric and not evidence.whole
    if not complete or fractions or evidence.beyond:
        return None
    if looks_like_identifier(evidence.name):
        return Proposal("identifier", None, "every patient has another value, and the name says so", "string")
    if not evidence.numeric and _short(evidence.known) and not all(map(looks_like_date, evidence.counts)):
        return Proposal(DECIDE, None, "Every patient has another text. Roles to choose from: identifier, ignore.")
    if evidence.whole and evidence.rows >= UNIQUE_FROM:
        return Proposal(
            *(DECIDE, DECIDE),
            "Every patient has another whole number. Roles to choose from: identifier, ignore; input, if it is a "
            "measurement, of the kind continuous, positive or count.",
            "integer",
        )
    return None


def _short(texts: pd.Series) -> bool:
    return bool(texts.str.len().mean() <= _CHARACTERS and texts.str.count(" ").mean() + 1 <= _WORDS)


def _stands_for_missing(evidence: Evidence) -> Proposal | None:
    """Texts, or numbers far from all others, that usually stand for a missing value."""
    suspects = [text for text in evidence.counts if probably_missing(text)]
    if not suspects and len(evidence.finite) > 2:
        suspects = [text for text in evidence.counts if probably_missing_number(text) and _far(evidence, text)]
    if not suspects:
        return None
    others = [text for text in evidence.values if text not in suspects]
    shown = ", ".join(f"{quoted(text)} ({evidence.counts[text]} times)" for text in suspects)
    numbers = _numbers_but(evidence, suspects)
    why = (
        f"Probably a missing value: {shown}. Run again with --missing, or put it under missingValues, and say the "
        f"kind: {NUMBER_KINDS if numbers else 'binary, nominal or ordinal'}."
    )
    if structural := [text for text in suspects if may_be_structural(text)]:
        why += (
            f" If {' or '.join(map(quoted, structural))} says that the value does not exist for these patients, put it "
            "under retinaVae:notApplicable of this field instead."
        )
    few = len(others) <= FEW_TEXTS and not numbers
    said: dict[str, Any] = {"categories": plain_categories(others)} if few else {}
    said |= {"censored": True} if numbers and evidence.beyond else {}
    return Proposal("input", DECIDE, why, type_of(evidence), said)


def _free_text(evidence: Evidence) -> Proposal:
    why = (
        f"{len(evidence.counts)} different texts among {len(evidence.known)} patients: free text, identifiers or very "
        "many categories. Roles to choose from: ignore; identifier; or group them into categories in the table."
    )
    return Proposal(DECIDE, None, why)


RULES: tuple[Rule, ...] = (
    *(_empty, _constant, labelled, _identifier, dates, _stands_for_missing, open_notation, limits, two_values),
    *(spellings, ordered, percentage, codes, few_numbers, numbered, jumping, number, words_among_numbers, texts),
)

"""What is asked of a column, in this order."""

NUMBER_RULES: tuple[Rule, ...] = (
    _empty,
    _constant,
    _stands_for_missing,
    open_notation,
    limits,
    percentage,
    number,
    words_among_numbers,
)
"""What is asked of a column that is known to hold numbers."""


def _numbers_but(evidence: Evidence, suspects: Sequence[str]) -> bool:
    """Whether all but the suspects are numbers, and of more than a few values."""
    others = ~evidence.known.isin(suspects).to_numpy()
    numbers = (evidence.limits.numbers if evidence.beyond else evidence.numbers)[others]
    return bool(others.any()) and not np.isnan(numbers).any() and len(np.unique(numbers)) > FEW_INTEGERS


def _far(evidence: Evidence, text: str) -> bool:
    """Whether a number lies alone: negative where no other is, or above all others by more than they spread."""
    number = float(text)
    others = evidence.finite[evidence.finite != number]
    if others.size == 0:
        return False
    others = others[~np.isin(others, [-1, -9, -99, -999, -9999, -99999])] if number < 0 else others
    if others.size == 0:
        return False
    return bool((number < 0 <= others.min()) or number - others.max() > max(np.ptp(others), 1.0))
