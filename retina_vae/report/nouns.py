"""What the rows of a run are called: patients, or images, or what else a source calls its items."""

from __future__ import annotations

import re
from collections.abc import Iterable

from matplotlib.figure import Figure
from matplotlib.text import Text

__all__ = ["renamed_in_figures", "renamed_in_html", "renamed_in_text"]

_PHRASES = (
    ("patient's", "image's"),
    ("patients' columns", "images' columns"),
    ("patients of whom", "images of which"),
    ("patients for whom", "images for which"),
    ("patients by whom", "images by which"),
    ("patients whom", "images that"),
    ("patients who", "images that"),
    ("patient who", "image that"),
    ("patient whom", "image that"),
    ("of a patient", "of an image"),
    ("a patient", "an image"),
    ("patients", "images"),
    ("patient", "image"),
)
_WORDS = dict(_PHRASES)
_VOWELS = "aeiou"
_PATTERN = re.compile(r"\b(" + "|".join(re.escape(phrase) for phrase, _ in _PHRASES) + r")\b", re.IGNORECASE)

_MARKUP = re.compile(r"(<script\b.*?</script>|<style\b.*?</style>|<code\b.*?</code>|<[^>]+>)", re.DOTALL)
_SAID = re.compile(r'((?:alt|aria-label|title|data-label)=")([^"]*)(")')


def renamed_in_text(text: str, noun: str = "image") -> str:
    """The text with images, or items of another name with a regular plural, in place of patients.

    >>> renamed_in_text("Patients who are doubtful; a patient's code")
    "Images that are doubtful; an image's code"
    >>> renamed_in_text("A patient of 20 patients", "sequence")
    'A sequence of 20 sequences'
    """
    return _PATTERN.sub(lambda found: _renamed(found, noun), text)


def renamed_in_html(page: str, noun: str = "image") -> str:
    """A page whose text speaks of such items, attributes that are read out among it; scripts and code stay."""
    parts = _MARKUP.split(page)
    # What was split by stands at the odd places.
    parts[::2] = [renamed_in_text(part, noun) for part in parts[::2]]
    parts[1::2] = [
        _SAID.sub(lambda found: found[1] + renamed_in_text(found[2], noun) + found[3], part) for part in parts[1::2]
    ]
    return "".join(parts)


def renamed_in_figures(figures: Iterable[Figure], noun: str = "image") -> None:
    """Let the words of figures speak of such items, before they are drawn."""
    for figure in figures:
        for text in figure.findobj(Text):
            if isinstance(text, Text) and (said := renamed_in_text(text.get_text(), noun)) != text.get_text():
                text.set_text(said)


def _renamed(found: re.Match[str], noun: str) -> str:
    word = _WORDS[found[0].lower()]
    if noun != "image":
        article = "an" if noun[0] in _VOWELS else "a"
        word = word.replace("an image", f"{article} {noun}").replace("image", noun)
    return word.capitalize() if found[0][0].isupper() else word
