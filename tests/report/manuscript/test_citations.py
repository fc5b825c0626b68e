from __future__ import annotations

import re
from pathlib import Path

import pytest

import retina_vae.report.manuscript
from retina_vae.report.manuscript.citations import WORKS, number_citations, works_used


def test_works_are_numbered_as_they_are_cited_and_those_of_the_study_stand_last() -> None:
    texts = ["A [@hubert1985].", "B [@hennig2007; @hubert1985]."]
    assert number_citations(texts) == ["A [1].", "B [2, 1]."]
    assert [work.text for work in works_used(texts, ["Own."])] == [WORKS["hubert1985"], WORKS["hennig2007"], "Own."]
    assert [work.number for work in works_used(texts, ["Own."])] == [1, 2, 3]


def test_a_work_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(KeyError, match="nobody2000"):
        works_used(["[@nobody2000]"])


def test_every_work_is_cited_somewhere_and_every_citation_is_of_one() -> None:
    (folder,) = retina_vae.report.manuscript.__path__
    sources = [path.read_text() for path in Path(folder).glob("*.py") if path.name != "citations.py"]
    assert set(re.findall(r"@([a-z]+\d{4})", " ".join(sources))) == set(WORKS)
