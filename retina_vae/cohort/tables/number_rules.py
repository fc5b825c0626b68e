"""Rules for columns of numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from retina_vae.cohort.table_schema import DECIDE
from retina_vae.cohort.tables.evidence import (
    FEW_INTEGERS,
    MOST_COUNTED,
    MOSTLY,
    NUMBER_KINDS,
    SKEWED,
    ZEROS,
    Evidence,
    Proposal,
    plain_categories,
)
from retina_vae.cohort.tables.frequencies import jumps
from retina_vae.cohort.tables.numbers import FloatArray
from retina_vae.faults import quoted

__all__ = [
    "codes",
    "few_numbers",
    "jumping",
    "limits",
    "number",
    "numbered",
    "open_notation",
    "percentage",
    "words_among_numbers",
]


_PATIENTS_OF_EACH = 3
"""Patients of each size, on average, from which few numbers may be grades."""
_MOST_CODES, _JUMPS = 100, 2.0
"""Most different numbers that may be codes, and how far their frequencies are then from one peak."""
_FAR_FROM_ZERO = 10.0
"""Median from which numbers that are about symmetric and reach down to 0 or 1 are no counts."""
_AS_FREQUENT = 0.2
"""Share of the patients in the upper third of the numbers, from which these are as frequent as the others."""


def open_notation(evidence: Evidence) -> Proposal | None:
    """A comma that may be a decimal comma, and may not."""
    if evidence.written is not None:
        return None
    why = (
        "Numbers with a comma before three digits, which may be 1.234 or 1234. Say decimalChar: ',' or groupChar: ',', "
        f"and the kind: {NUMBER_KINDS}."
    )
    return Proposal("input", DECIDE, why, "number")


def limits(evidence: Evidence) -> Proposal | None:
    """Numbers of which some are known by a limit of detection alone, such as ``<0.1``."""
    numbers = evidence.limits.numbers
    if not evidence.beyond or np.isnan(numbers).any():
        return None
    texts = evidence.known[evidence.limits.sides != 0].value_counts()
    shown = f", most often {quoted(str(texts.index[0]))}" if texts.iloc[0] > 1 else ""
    found = f"{evidence.beyond} of {len(numbers)} values are limits of detection{shown}"
    if (numbers == np.rint(numbers)).all() and len(evidence.counts) <= FEW_INTEGERS:
        why = (
            f"Few whole numbers, and {found}. Kinds to choose from: ordinal if they are grades or counts of which the "
            "highest are put together; continuous or positive with retinaVae:censored: true, without `categories`."
        )
        return Proposal("input", DECIDE, why, "string", {"categories": plain_categories(evidence.values)})
    written = {**(evidence.written or {}), "censored": True}
    if (numbers == 0).mean() >= ZEROS:
        why = (
            f"{found}, and {(numbers == 0).mean():.0%} are exactly 0. Kinds to choose from: continuous; positive, if 0 "
            "stands for a limit, which the table should say then. No other kind knows limits."
        )
        return Proposal("input", DECIDE, why, "number", written)
    skewed = numbers.min() > 0 and _skewness(numbers) > max(SKEWED, abs(_skewness(np.log(numbers))))
    kind, which = ("positive", "numbers above 0 with a long tail") if skewed else ("continuous", "numbers")
    # Limits cut off the tail by which a long one is known.
    hint = "; if they are concentrations or the like, say positive" if not skewed and numbers.min() > 0 else ""
    return Proposal("input", kind, f"{which}; {found}{hint}", "number", written)


def percentage(evidence: Evidence) -> Proposal | None:
    """Numbers from 0 to 100 with a sign or a name that says per cent."""
    name = evidence.name.casefold()
    marked = evidence.written is not None and evidence.written.get("unit") == "%"
    named = any(word in name for word in ("%", "percent", "pct", "prozent"))
    if not evidence.numeric or evidence.finite.min() < 0 or evidence.finite.max() > 100 or not (marked or named):
        return None
    why = (
        "A percentage, which no kind bounds at both ends. Kinds to choose from: continuous if few patients are near 0 "
        "or 100, positive if most are near 0, zero_inflated if many are exactly 0."
    )
    return Proposal("input", DECIDE, why, "number", {**(evidence.written or {}), "unit": "%"})


def codes(evidence: Evidence) -> Proposal | None:
    """Whole numbers of few values: nominal, ordinal and count look the same."""
    if not evidence.whole or evidence.coded or len(evidence.values) > FEW_INTEGERS:
        return None
    why = (
        f"{len(evidence.values)} different whole numbers. Kinds to choose from: nominal if they are codes, ordinal if "
        "they are grades, count if they count something, level if they are points out of a maximum (constraints: "
        "maximum), continuous if they measure something (the numbers do not use `categories`)."
    )
    return Proposal("input", DECIDE, why, "integer", {"categories": plain_categories(evidence.values)})


def few_numbers(evidence: Evidence) -> Proposal | None:
    """Numbers with fractions, of few sizes that many patients have: grades look like rounded measurements."""
    different = np.unique(evidence.finite)
    few = len(different) <= FEW_INTEGERS and len(evidence.known) >= _PATIENTS_OF_EACH * len(different)
    if not evidence.numeric or evidence.whole or not few:
        return None
    why = (
        f"{len(different)} different numbers. Kinds to choose from: ordinal if they are grades, continuous, positive "
        "or zero_inflated if they measure something (the numbers do not use `categories`)."
    )
    listed = [text for _, text in sorted(zip(evidence.numbers_of_texts, evidence.counts, strict=True))]
    properties = {"categories": plain_categories(listed)} if len(listed) == len(different) else {}
    return Proposal("input", DECIDE, why, "number", {**(evidence.written or {}), **properties})


def numbered(evidence: Evidence) -> Proposal | None:
    """Whole numbers from 0 or 1 on that do not lie mostly at the low end: numbers of groups look like ages and scores.

    There are no holes between them, or they are few enough to be codes.
    """
    if not _from_the_beginning(evidence):
        return None
    different, last = len(np.unique(evidence.finite)), float(evidence.finite.max())
    length = last - float(evidence.finite.min()) + 1
    if different <= FEW_INTEGERS or (different < length and different > _MOST_CODES):
        return None
    if float((evidence.finite > last - length / 3).mean()) < _AS_FREQUENT and _piled_up(evidence.finite):
        return None
    why = (
        f"{different} whole numbers up to {last:.0f} that are not mostly low, as counts are: ages, scores, months, or "
        "numbers of groups. Kinds to choose from: continuous for an age, level for a score out of a maximum "
        "(constraints: maximum), ordinal for few grades, nominal for few groups (or ignore it), count if they count "
        "something."
    )
    return Proposal("input", DECIDE, why, "integer")


def jumping(evidence: Evidence) -> Proposal | None:
    """Whole numbers from 0 or 1 on whose frequencies jump from one to the next: numbers of institutions, or codes."""
    if not _from_the_beginning(evidence):
        return None
    different = len(np.unique(evidence.finite))
    if not FEW_INTEGERS < different <= _MOST_CODES or jumps(evidence.finite) < _JUMPS:
        return None
    why = (
        f"{different} different whole numbers, some far more frequent than their neighbours, as codes or numbers of "
        "institutions are. Kinds to choose from: nominal if they are codes (or ignore it), count if they count "
        "something, continuous if they measure something."
    )
    return Proposal("input", DECIDE, why, "integer")


def _from_the_beginning(evidence: Evidence) -> bool:
    """Whether there are whole numbers from 0 or 1 on and nothing else."""
    return evidence.whole and not evidence.coded and evidence.finite.min() in (0, 1)


def number(evidence: Evidence) -> Proposal | None:
    """Nothing but numbers, of more than a few values."""
    if not evidence.numeric or evidence.coded:
        return None
    numbers, written = evidence.finite, evidence.written or {}
    zeros = float((numbers == 0).mean())
    kind, why = "continuous", "whole numbers; if they count something, say count" if evidence.whole else "numbers"
    counted = evidence.whole and 0 <= numbers.min() <= 1 and numbers.max() <= MOST_COUNTED and _piled_up(numbers)
    if numbers.min() >= 0 and zeros >= ZEROS and not counted:
        kind, why = "zero_inflated", f"{zeros:.0%} are exactly 0, the others above"
    elif counted:
        kind, why = "count", "whole numbers from 0 or 1 on, of many sizes; if they measure something, say continuous"
    elif numbers.min() > 0 and _skewness(numbers) > max(SKEWED, abs(_skewness(np.log(numbers)))):
        kind, why = "positive", f"numbers above 0 with a long tail (skewness {_skewness(numbers):.1f})"
    return Proposal("input", kind, why, "integer" if evidence.whole and kind == "count" else "number", dict(written))


def _piled_up(numbers: FloatArray) -> bool:
    """Whether numbers from 0 or 1 on lie mostly at the low end, as those of what is counted do, and ages do not."""
    return bool(np.median(numbers) < _FAR_FROM_ZERO) or _skewness(numbers) > SKEWED


def words_among_numbers(evidence: Evidence) -> Proposal | None:
    """Mostly numbers; of the words only those that several patients have are shown."""
    known = evidence.limits.numbers if evidence.beyond else evidence.numbers
    if (~np.isnan(known)).sum() < MOSTLY * len(evidence.known) or evidence.coded:
        return None
    words = pd.Series(evidence.known[np.isnan(known)]).value_counts()
    often = [f"{quoted(word)} ({number} times)" for word, number in words.items() if number > 1][:10]
    once = int((words == 1).sum())
    shown = ", ".join(often + ([f"{once} that occur once"] if once else []))
    why = (
        f"Words among numbers: {shown}. If they stand for a missing value, run again with --missing, or put them under "
        f"missingValues; else correct them in the table. Then say the kind: {NUMBER_KINDS}."
    )
    censored = {"censored": True} if evidence.beyond else {}
    return Proposal("input", DECIDE, why, "number", {**(evidence.written or {}), **censored})


def _skewness(numbers: FloatArray) -> float:
    """The third standardised moment, which no unit changes: in one in which the cube of no number is too large."""
    largest = float(np.abs(numbers).max())
    scaled = numbers / largest if largest > 0 else numbers
    centered = scaled - scaled.mean()
    spread = float(np.sqrt((centered**2).mean()))
    return float((centered**3).mean()) / spread**3 if spread > 0 else 0.0
