"""Words by which a draft recognises what a column holds; all in small letters."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

__all__ = [
    "ascending",
    "finding_of",
    "looks_like_date",
    "looks_like_identifier",
    "looks_like_outcome",
    "may_be_structural",
    "probably_missing",
    "probably_missing_number",
]

_ABSENT_PRESENT = (
    *(("no", "yes"), ("n", "y"), ("absent", "present"), ("false", "true"), ("0", "1"), ("negative", "positive")),
    *(("unchecked", "checked"), ("nein", "ja"), ("non", "oui"), ("sí", "no")[::-1], ("si", "no")[::-1]),
)
"""Pairs of which the second is the finding."""

_SCALES = tuple(
    scale.split(", ")
    for scale in (
        "none, no, absent, minimal, trace, mild, moderate, severe, very severe",
        "very low, low, medium, intermediate, moderate, high, very high",
        "never, rarely, seldom, sometimes, occasionally, regularly, often, frequently, usually, always",
        "never, light, occasional, moderate, regular, heavy",
        "none, rare, some, occasional, frequent, constant",
        "none, some, marked",
        "very poor, poor, fair, good, very good, excellent",
        "strongly disagree, disagree, neutral, agree, strongly agree",
        "very small, small, medium, large, very large",
        "normal, mild, moderate, severe",
        "normal, borderline, abnormal",
        "normal, slightly elevated, elevated, highly elevated",
        "keine, leicht, mittel, schwer, sehr schwer",
        "niedrig, mittel, hoch",
        "nie, selten, manchmal, oft, immer",
    )
)
"""Words in ascending order; a column has some of one line, which may be cut to their first four letters or more."""

_SHORTEST = 4

_GRADES = re.compile(
    r"(grade|grad|stage|stadium|class|klasse|level|degree|step|quartile|quintile|tertile|nyha|asa|ecog|ckd|gold|g|t|n)?"
    r"[\s._-]*(class|stage|grade)?\s*(\d{1,2}|[ivx]{1,4})"
)
"""Grades by number or Roman numeral, such as "grade 2", "II", "NYHA III", "T4"."""

_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10}

_BAND = re.compile(r"(<=?|>=?|≤|≥|under|over|up to)?\s*(\d+(?:\.\d+)?)\s*(?:(?:-|–|to|bis)\s*(\d+(?:\.\d+)?)|(\+))?")
"""Ranges of a number, such as "<30", "30-39", "40+"."""
_UNIT_BEHIND = re.compile(r"(?<=[\d+])\s*[^\W\d_]+\.?$")
"""A unit behind a range, such as "6-11 yrs", "12+ years"."""

_MISSING = {
    *(
        "na",
        "n/a",
        "n.a.",
        "nan",
        "nil",
        "null",
        "missing",
        "not available",
        "not done",
        "not recorded",
        "unk",
        "unknown",
    ),
    *("nd", "n.d.", "n.d", "k.a.", "k. a.", "unbekannt", ".", "..", "?", "??", "-", "--", "---", "*"),
    *("#n/a", "#null!", "<na>", "none recorded", "not known", "not applicable", "refused", "not reported"),
    *("entfällt", "nicht zutreffend"),
}
_STRUCTURAL = {"n/a", "n.a.", "n. a.", "not applicable", "entfällt", "nicht zutreffend"}
_MISSING_NUMBERS = {text for digits in ("9", "99", "999", "9999", "99999") for text in (f"-{digits}", digits)} | {"-1"}

_IDENTIFIER = re.compile(
    r"(.*[\s._-])?(id|ids|pid|mrn|uid|uuid|guid|identifier|pseudonym|pat_?id|patient_?id|patient_?(no|nr|number)|"
    r"subject_?id|subject|case_?(no|nr|number)|record_?(no|number)|study_?(no|number)|patient|usubjid|caseid|patid|subjid)"
)

_OUTCOME = re.compile(
    r"death|dead|died|mortality|surviv|outcome|event|censor|follow[ _.-]?up|futime|fu[ _.-]?(time|days|years)|relapse|"
    r"recurrence|progression|readmi|remission|diagnos"
)
"""Names of what happens to patients later, or of what somebody has concluded from the other columns."""

_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?",
        r"\d{4}/\d{1,2}/\d{1,2}",
        r"\d{1,2}[./-]\d{1,2}[./-](\d{2}|\d{4})( \d{1,2}:\d{2}(:\d{2})?)?",
        r"\d{4}\.\d{1,2}\.\d{1,2}",
        r"\d{1,2}[ -]?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ -]?(\d{2}|\d{4})"
        r"( \d{1,2}:\d{2}(:\d{2})?)?",
    )
)


def finding_of(values: Collection[str]) -> tuple[str, str] | None:
    """Of two values the one without and the one with the finding, where the words say which; None where not.

    >>> finding_of(["Yes", "No"]), finding_of(["F", "M"])
    (('No', 'Yes'), None)
    """
    plain = {value.casefold(): value for value in values}
    for absent, present in _ABSENT_PRESENT:
        if set(plain) == {absent, present}:
            return plain[absent], plain[present]
    return None


def ascending(values: Collection[str]) -> list[str] | None:
    """The values in ascending order where they are three or more grades, degrees or ranges; None where not.

    >>> ascending(["severe", "None", "mild"]), ascending(["II", "I", "III"]), ascending(["40+", "<30", "30-39"])
    (['None', 'mild', 'severe'], ['I', 'II', 'III'], ['<30', '30-39', '40+'])
    >>> ascending(["type 1", "type 2", "type 3"])
    """
    plain = {value.casefold(): value for value in values}
    if len(plain) < 3 or len(plain) < len(values):
        return None
    for scale in _SCALES:
        places = [_place(word, scale) for word in plain]
        if None not in places and len(set(places)) == len(places):
            return [plain[word] for _, word in sorted(zip(places, plain, strict=True))]
    keys = _grades(list(plain)) or _bands(list(plain))
    if keys is None or len(set(keys)) < len(keys):
        return None
    return [plain[word] for _, word in sorted(zip(keys, plain, strict=True))]


def _place(word: str, scale: Sequence[str]) -> int | None:
    """Where a word, or the beginning of just one, stands on a scale."""
    if word in scale:
        return scale.index(word)
    begun = [place for place, whole in enumerate(scale) if len(word) >= _SHORTEST and whole.startswith(word)]
    return begun[0] if len(begun) == 1 else None


def _grades(words: Sequence[str]) -> list[float] | None:
    """Number of each grade, where all are grades of one scale that is no plain number."""
    found = [_GRADES.fullmatch(word) for word in words]
    matches = [match for match in found if match is not None]
    if len(matches) < len(words) or len({match.group(1, 2) for match in matches}) > 1:
        return None
    digits = [match[3] for match in matches]
    if all(word == number for word, number in zip(words, digits, strict=True)) and digits[0].isdecimal():
        return None
    if any(not number.isdecimal() and number not in _ROMAN for number in digits):
        return None
    return [float(number) if number.isdecimal() else float(_ROMAN[number]) for number in digits]


def _bands(words: Sequence[str]) -> list[float] | None:
    """Where each range lies; there must be a range with two ends among them, or an open end on either side."""
    units = {match[0] for word in words if (match := _UNIT_BEHIND.search(word))}
    if len({unit.strip(" .") for unit in units}) == 1 and all(_UNIT_BEHIND.search(word) for word in words):
        words = [_UNIT_BEHIND.sub("", word) for word in words]
    found = [_BAND.fullmatch(word) for word in words]
    matches = [match for match in found if match is not None]
    if len(matches) < len(words) or not any(match[3] for match in matches):
        return None
    return [float(match[2]) - (0.5 if match[1] in ("<", "<=", "≤", "under", "up to") else 0.0) for match in matches]


def probably_missing(value: str) -> bool:
    """Whether a text among others usually stands for a missing value."""
    return value.casefold() in _MISSING


def may_be_structural(value: str) -> bool:
    """Whether a text for a missing value may also say that there could be none.

    >>> may_be_structural("N/A"), may_be_structural("unknown")
    (True, False)
    """
    return value.casefold() in _STRUCTURAL


def probably_missing_number(value: str) -> bool:
    """Whether a number usually stands for a missing value, if it is far from the others."""
    return value in _MISSING_NUMBERS


def looks_like_identifier(name: str) -> bool:
    """Whether a column of this name usually tells patients apart.

    >>> [looks_like_identifier(name) for name in ("patient_id", "MRN", "Record ID", "width")]
    [True, True, True, False]
    """
    return _IDENTIFIER.fullmatch(name.strip().casefold()) is not None


def looks_like_outcome(name: str) -> bool:
    """Whether a column of this name usually is what clusters are tested on, rather than made from.

    >>> [looks_like_outcome(name) for name in ("death", "Follow-up (days)", "relapse", "age")]
    [True, True, True, False]
    """
    return _OUTCOME.search(name.casefold()) is not None


def looks_like_date(value: str) -> bool:
    """Whether a text is a day, with or without a time.

    >>> [looks_like_date(value) for value in ("2020-01-31", "31.1.2020", "1/31/20", "31 Jan 2020", "12-3", "5.1")]
    [True, True, True, True, False, False]
    """
    return any(pattern.fullmatch(value) for pattern in _DATES)
