"""Words in a row, words after a number, and words that several parts of the package share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

__all__ = [
    "ALL_PATIENTS",
    "MARK",
    "NOT_OBSERVED",
    "amount_of",
    "as_sentence",
    "closest",
    "did_you_mean",
    "enumerated",
    "noun_after",
]

MARK = "n/s"
"""What a reader sees in the place of a number or a text that is not shown."""

ALL_PATIENTS = "all patients"
"""The one group of patients without an outcome."""

NOT_OBSERVED = "not observed"
"""The group of the patients whose outcome is missing."""

_LONGEST = 200
"""Letters of a word that are compared with others."""


def enumerated(words: Sequence[str], last: str = "and") -> str:
    """Words in a row, the last one after ``last``; empty where there are none.

    >>> enumerated(["a"]), enumerated(["a", "b"]), enumerated(["a", "b", "c"], "or"), enumerated([])
    ('a', 'a and b', 'a, b or c', '')
    """
    *first, final = words or [""]
    return f"{', '.join(first)} {last} {final}" if first else final


def as_sentence(text: str) -> str:
    """The text with a capital at its beginning, and the rest as it is.

    >>> as_sentence("age of CRP"), as_sentence("")
    ('Age of CRP', '')
    """
    return text[:1].upper() + text[1:]


def amount_of(count: int, noun: str, plural: str | None = None) -> str:
    """A number and what there are so many of.

    Args:
        count: How many.
        noun: What one of them is called.
        plural: What several are called; the noun with an ``s`` without it.

    >>> amount_of(1, "patient"), amount_of(0, "patient"), amount_of(2, "latent dimension")
    ('1 patient', '0 patients', '2 latent dimensions')
    """
    return f"{count} {noun_after(count, noun, plural)}"


def noun_after(count: float, noun: str, plural: str | None = None) -> str:
    """The noun as it stands after a number that is written in a way of its own, or not shown (NaN).

    >>> noun_after(1, "epoch"), noun_after(1000, "epoch"), noun_after(2, "leaf", "leaves")
    ('epoch', 'epochs', 'leaves')
    """
    if count == 1:
        return noun
    return f"{noun}s" if plural is None else plural


def closest(word: str, known: Iterable[str], most: int = 1) -> list[str]:
    """The known words that somebody who wrote ``word`` may have meant, the likeliest first.

    >>> closest("elbbo", ["elbo", "supervised"]), closest("Epochs", ["epochs"]), closest("x", ["epochs"])
    (['elbo'], ['epochs'], [])
    """
    by_small = {own.lower(): own for own in known}
    return [by_small[found] for found in get_close_matches(word[:_LONGEST].lower(), by_small, most)]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message about a word that is none of those that are known: what was meant, or a full stop.

    >>> did_you_mean("elbbo", ["elbo", "supervised"]), did_you_mean("x", ["elbo"])
    ("; did you mean 'elbo'?", '.')
    """
    return "".join(f"; did you mean {own!r}?" for own in closest(word, known)) or "."
