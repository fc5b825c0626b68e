"""Terms are linked once in a section, never inside tags, and the guide is that of the documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from retina_vae.report.explained import Term, explain, glossary, how_to_read, reading_guide, terms_used
from retina_vae.report.html import _SECTIONS

TERMS = [Term(("adjusted Rand index", "ARI"), "Agreement <of> two."), Term(("replica", "replicas"), "Again.")]


def text_of(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


def test_the_first_occurrence_alone_becomes_a_link() -> None:
    found = explain("<p>Two replicas, a replica, an ARI and the adjusted Rand index.</p>", TERMS)
    assert found.count('href="#term-replica"') == 1
    assert found.count('href="#term-adjusted-rand-index"') == 1
    assert '>replicas</a>, a replica, an <a class="term"' in found
    assert text_of(found) == "Two replicas, a replica, an ARI and the adjusted Rand index."


@pytest.mark.parametrize(
    "html",
    [
        '<img alt="a replica">',
        "<h3>The replica</h3>",
        '<a href="x">replica</a>',
        "<code>replica</code>",
        "<svg><text>replica</text></svg>",
        "<p>replicated, subreplica, replica-wise</p>",
    ],
)
def test_tags_headings_links_code_and_parts_of_words_are_left_alone(html: str) -> None:
    assert explain(html, TERMS) == html


def test_meanings_are_escaped() -> None:
    assert 'data-tip="Agreement &lt;of&gt; two."' in explain("<p>ARI</p>", TERMS)


def test_a_table_adds_its_abbreviations_and_only_terms_that_are_used_are_listed() -> None:
    terms = glossary({"ABC": "A being called."})
    used = terms_used(explain("<p>ABC in a resample</p>", terms), terms)
    assert [term.forms[0] for term in used] == ["ABC", "resample"]


def test_every_term_has_an_address_of_its_own() -> None:
    terms = glossary()
    assert len({term.anchor for term in terms}) == len(terms)
    forms = [form for term in terms for form in term.forms]
    assert len(set(forms)) == len(forms)


def test_the_guide_is_on_sections_that_are_there() -> None:
    assert set(reading_guide()) <= {anchor for anchor, _ in _SECTIONS}
    assert how_to_read("nowhere") == ""
    assert how_to_read("run").startswith("<p>")


def test_the_guide_is_what_the_documentation_says() -> None:
    """Word for word, in the section of the same title."""
    text = (Path(__file__).parents[2] / "docs" / "reading-a-report.md").read_text(encoding="utf-8")
    sections = {part.split("\n", 1)[0]: " ".join(part.split()) for part in text.split("\n## ")}
    titles = dict(_SECTIONS)
    for anchor, said in reading_guide().items():
        assert " ".join(said.split()) in sections[titles[anchor]], anchor
