from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from retina_vae.config import Configuration, parse_configuration
from retina_vae.report.study import StudyPages
from retina_vae.studies.macular.report import study_pages


def configuration(source: str = "simulated") -> Configuration:
    return parse_configuration({"study": "macular", "cohort": {"source": source}}, "test")


def write_claims(folder: Path, **texts: str) -> Path:
    claim = {"claim": 1, "statement": "s", "verdict": "does not hold", "measured": "m", "how": "h"} | texts
    (folder / "release" / "audit").mkdir(parents=True)
    pd.DataFrame([claim]).to_csv(folder / "release" / "audit" / "claims.csv", index=False)
    return folder


def test_a_run_without_audit_has_no_claims(tmp_path: Path) -> None:
    pages = study_pages(tmp_path, configuration())
    assert pages.sections == []
    assert pages.files == []


def test_claims_and_the_agreement_with_the_paper_are_a_section(tmp_path: Path) -> None:
    folder = write_claims(tmp_path)
    (alone,) = study_pages(folder, configuration()).sections
    assert "does not hold" in alone.html
    assert "partition" not in alone.html
    paper = pd.DataFrame({"replica": ["1", "consensus"], "ari_paper": [0.71, 0.84], "ari_other_replicas": [0.7, 0.8]})
    paper.to_csv(folder / "release" / "audit" / "agreement.csv", index=False)
    (section,) = study_pages(folder, configuration()).sections
    assert (section.anchor, section.after) == ("claims", "agreement")
    assert "0.840" in section.html


def test_texts_of_the_claims_are_escaped(tmp_path: Path) -> None:
    evil = "<script>alert('x')</script> & more"
    (section,) = study_pages(write_claims(tmp_path, statement=evil, measured=evil), configuration()).sections
    assert "<script>" not in section.html
    assert section.html.count("&lt;script&gt;") == 2


@pytest.mark.parametrize(
    ("source", "words"), [("simulated", "reports 14 clusters"), ("published", "not the 14 clusters that it reports")]
)
def test_the_papers_number_stands_beside_the_groups(tmp_path: Path, source: str, words: str) -> None:
    pages = study_pages(tmp_path, configuration(source))
    assert words in " ".join(pages.verdict)
    assert bool(pages.limits) is (source == "published")


def test_the_paper_is_cited_and_its_figures_are_named(tmp_path: Path) -> None:
    pages: StudyPages = study_pages(tmp_path, configuration())
    assert "arXiv:1907.05195" in pages.citation[0]
    assert {"columns", "training", "space", "outcome", "panels"} == set(pages.captions)
