from __future__ import annotations

import re
from pathlib import Path

import retina_vae.report.manuscript
from retina_vae.report.manuscript.citations import WORKS, number_citations, works_used


def test_works_are_numbered_as_they_are_cited_and_those_of_the_study_stand_last() -> None:
    texts = ["A [@hubert1985].", "B [@hennig2007; @hubert1985]."]
    assert number_citations(texts) == ["A [1].", "B [2, 1]."]
    assert [work.text for work in works_used(texts, ["Own."])] == [WORKS["hubert1985"], WORKS["hennig2007"], "Own."]
    assert [work.number for work in works_used(texts, ["Own."])] == [1, 2, 3]


def test_a_column_that_is_called_like_a_citation_is_none() -> None:
    texts = ["It read [@nobody2000], [@] and [@hubert1985; @x].", "B [@hennig2007]."]
    assert number_citations(texts) == [texts[0], "B [1]."]
    assert [work.text for work in works_used(texts)] == [WORKS["hennig2007"]]


def test_every_work_is_cited_somewhere_and_every_citation_is_of_one() -> None:
    (folder,) = retina_vae.report.manuscript.__path__
    sources = [path.read_text() for path in Path(folder).glob("*.py") if path.name != "citations.py"]
    assert set(re.findall(r"@([a-z]+\d{4})", " ".join(sources))) == set(WORKS)
