"""What the rows of a run are called: patients, or images where the patients are those."""

from __future__ import annotations

import re
from collections.abc import Iterable

from matplotlib.figure import Figure
from matplotlib.text import Text

__all__ = ["images_in_figures", "images_in_html", "images_in_text"]

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
_PATTERN = re.compile(r"\b(" + "|".join(re.escape(phrase) for phrase, _ in _PHRASES) + r")\b", re.IGNORECASE)

_MARKUP = re.compile(r"(<script\b.*?</script>|<style\b.*?</style>|<code\b.*?</code>|<[^>]+>)", re.DOTALL)
_SAID = re.compile(r'((?:alt|aria-label|title|data-label)=")([^"]*)(")')


def images_in_text(text: str) -> str:
    """The text with images in place of patients.

    >>> images_in_text("Patients who are doubtful; a patient's code")
    "Images that are doubtful; an image's code"
    """
    return _PATTERN.sub(_renamed, text)


def images_in_html(page: str) -> str:
    """A page whose text speaks of images, attributes that are read out among it; scripts and code stay as they are."""
    parts = _MARKUP.split(page)
    # What was split by stands at the odd places.
    parts[::2] = [images_in_text(part) for part in parts[::2]]
    parts[1::2] = [_SAID.sub(_read_out, part) for part in parts[1::2]]
    return "".join(parts)


def images_in_figures(figures: Iterable[Figure]) -> None:
    """Let the words of figures speak of images, before they are drawn."""
    for figure in figures:
        for text in figure.findobj(Text):
            if isinstance(text, Text) and (said := images_in_text(text.get_text())) != text.get_text():
                text.set_text(said)


def _read_out(found: re.Match[str]) -> str:
    return found[1] + images_in_text(found[2]) + found[3]


def _renamed(found: re.Match[str]) -> str:
    word = _WORDS[found[0].lower()]
    return word.capitalize() if found[0][0].isupper() else word
