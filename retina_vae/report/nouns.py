"""What the rows of a run are called: patients, or images, or whatever else the source says that they are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from matplotlib.figure import Figure
from matplotlib.text import Text

__all__ = ["items_in_figures", "items_in_html", "items_in_text"]

_PATIENT = "patient"
_IMAGE = "image"

_MARKUP = re.compile(r"(<script\b.*?</script>|<style\b.*?</style>|<code\b.*?</code>|<[^>]+>)", re.DOTALL)
_SAID = re.compile(r'((?:alt|aria-label|title|data-label)=")([^"]*)(")')


def items_in_text(text: str, noun: str, called: str = _PATIENT) -> str:
    """The text with other items in place of patients.

    Args:
        text: What is said of patients.
        noun: What one item is: a regular noun, such as :attr:`retina_vae.sources.Source.item`.
        called: What the text calls one: ``patient`` or ``image``.

    >>> items_in_text("Patients who are doubtful; a patient's code", "image")
    "Images that are doubtful; an image's code"
    """
    if noun == called:
        return text
    words = _phrases(noun, called)
    pattern = re.compile(r"\b(" + "|".join(map(re.escape, words)) + r")\b", re.IGNORECASE)

    def renamed(found: re.Match[str]) -> str:
        word = words[found[0].lower()]
        return word[0].upper() + word[1:] if found[0][0].isupper() else word

    return pattern.sub(renamed, text)


def items_in_html(page: str, noun: str, called: str = _PATIENT) -> str:
    """A page that speaks of other items, attributes that are read out among it; scripts and code stay as they are.

    Arguments as of :func:`items_in_text`.
    """
    parts = _MARKUP.split(page)
    # What was split by stands at the odd places.
    parts[::2] = [items_in_text(part, noun, called) for part in parts[::2]]
    parts[1::2] = [
        _SAID.sub(lambda found: found[1] + items_in_text(found[2], noun, called) + found[3], part)
        for part in parts[1::2]
    ]
    return "".join(parts)


def items_in_figures(figures: Iterable[Figure], noun: str, called: str = _PATIENT) -> None:
    """Let the words of figures speak of other items, before they are drawn; arguments as of :func:`items_in_text`."""
    for figure in figures:
        for text in figure.findobj(Text):
            if isinstance(text, Text) and (said := items_in_text(text.get_text(), noun, called)) != text.get_text():
                text.set_text(said)


@cache
def _phrases(noun: str, called: str) -> dict[str, str]:
    """What stands in place of what, the longest first."""
    one, other = f"{_article(noun)} {noun}", f"{_article(called)} {called}"
    of_people = {f"{called}s {word}": f"{noun}s that" for word in ("whom", "who")}
    of_people |= {f"{called}s {word} whom": f"{noun}s {word} which" for word in ("of", "for", "by")}
    of_people |= {f"{called} {word}": f"{noun} that" for word in ("whom", "who")}
    of_people |= {f"{other} {word}": f"{one} that" for word in ("whom", "who")}
    plain = {f"{called}s": f"{noun}s", other: one, called: noun}
    return dict(sorted((of_people | plain).items(), key=lambda pair: -len(pair[0])))


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"
