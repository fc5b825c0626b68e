"""Words of the page explained where they stand: how to read a section, and terms of a glossary with tooltips."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files

import yaml
from markdown_it import MarkdownIt
from markupsafe import Markup

__all__ = ["Term", "explain", "glossary", "how_to_read", "reading_guide", "terms_used"]

_TAG = re.compile(r"(<[^>]*>)")
_NAME = re.compile(r"</?([a-z0-9]+)", re.IGNORECASE)
# Inside these a link would be wrong or out of place.
_CLOSED = frozenset({"a", "button", "code", "h1", "h2", "h3", "label", "legend", "option", "script", "summary", "svg"})


@dataclass(frozen=True)
class Term:
    """A term of the glossary.

    Attributes:
        forms: How it stands in a text; the first is its name.
        meaning: In a sentence.
    """

    forms: tuple[str, ...]
    meaning: str

    @property
    def anchor(self) -> str:
        """Its address in the page."""
        return "term-" + re.sub(r"[^a-z0-9]+", "-", self.forms[0].lower()).strip("-")


def glossary(added: Mapping[str, str] | None = None) -> list[Term]:
    """The terms of the page, in the order of their names.

    Args:
        added: Terms of a study or a table, such as abbreviations of its categories, and what each means.
    """
    terms = [*_own_terms(), *(Term((name,), meaning) for name, meaning in (added or {}).items())]
    return sorted(terms, key=lambda term: term.forms[0].lower())


def explain(html: str, terms: Sequence[Term]) -> Markup:
    """A section's HTML with the first occurrence of each term made a link to the glossary that shows its meaning.

    Tags are left alone, and so are headings, links, code and what is drawn. A term counts as a whole word.
    """
    if not terms:
        return Markup(html)
    by_form = {form: term for term in terms for form in term.forms}
    longest = sorted(by_form, key=len, reverse=True)
    pattern = re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, longest)) + r")(?![\w-])")
    seen: set[str] = set()

    def linked(match: re.Match[str]) -> str:
        term = by_form[match.group(1)]
        if term.anchor in seen:
            return match.group(0)
        seen.add(term.anchor)
        return f'<a class="term" href="#{term.anchor}" data-tip="{escape(term.meaning)}">{match.group(0)}</a>'

    # The text is the templates' output, which is escaped already.
    return Markup("".join(pattern.sub(linked, part) if open_ else part for part, open_ in _parts(html)))


def terms_used(html: str, terms: Sequence[Term]) -> list[Term]:
    """The terms to which a link of the page leads."""
    return [term for term in terms if f'href="#{term.anchor}"' in html]


def how_to_read(anchor: str) -> Markup:
    """How to read the section with this anchor, as HTML; empty where the guide has nothing on it."""
    text = reading_guide().get(anchor, "")
    # The guide is the package's own, without HTML in it.
    return Markup(MarkdownIt("commonmark", {"html": False}).render(text)) if text else Markup("")


@cache
def reading_guide() -> dict[str, str]:
    """What the guide says of each section, by its anchor, as Markdown."""
    parts = re.split(r"^## (\w+)\n", _text("reading.md"), flags=re.MULTILINE)
    return {anchor: text.strip() for anchor, text in zip(parts[1::2], parts[2::2], strict=True)}


@cache
def _own_terms() -> tuple[Term, ...]:
    entries = yaml.safe_load(_text("glossary.yaml"))
    return tuple(Term(tuple(map(str, forms)), str(meaning)) for forms, meaning in entries)


def _parts(html: str) -> list[tuple[str, bool]]:
    """Tags and texts in a row, and whether terms of a text may become links."""
    parts, closed = [], 0
    for part in _TAG.split(html):
        tag = _NAME.match(part)
        if tag and tag.group(1).lower() in _CLOSED:
            closed += -1 if part.startswith("</") else 1
        parts.append((part, not tag and not part.startswith("<") and closed == 0))
    return parts


def _text(name: str) -> str:
    return (files("retina_vae.report") / name).read_text(encoding="utf-8")
