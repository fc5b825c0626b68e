from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from markupsafe import escape

from retina_vae.config import Configuration
from retina_vae.config_files import parse_configuration
from retina_vae.report.study import StudyPages
from retina_vae.studies.macular.audit.claims import CLAIM_COLUMNS
from retina_vae.studies.macular.audit.printed import printed_table
from retina_vae.studies.macular.report import study_pages


def configuration(source: str = "simulated") -> Configuration:
    return parse_configuration({"study": "macular", "cohort": {"source": source}}, "test")


def write_claims(folder: Path, *claims: dict[str, Any], **texts: str) -> Path:
    claim = {"claim": 1, "statement": "s", "verdict": "does not hold", "miss": "m", "held": 1, "tested": 8}
    claim |= {"measured": "m", "paper_verdict": "holds", "paper_miss": "", "paper_measured": "p"}
    claim |= {"figure": "f", "value": 1.0, "how": "h"}
    audit = folder / "release" / "audit"
    audit.mkdir(parents=True)
    table = pd.DataFrame([claim | texts | own for own in claims or ({},)])
    table[list(CLAIM_COLUMNS)].to_csv(audit / "claims.csv", index=False)
    return folder


def write_released(folder: Path, name: str, table: pd.DataFrame) -> None:
    path = folder / "release" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False)


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
    assert ">0.84<" in section.html


def test_texts_of_the_claims_are_escaped(tmp_path: Path) -> None:
    evil = "<script>alert('x')</script> & more"
    (section,) = study_pages(write_claims(tmp_path, statement=evil, measured=evil), configuration()).sections
    assert "<script>" not in section.html
    # The statement once, what was measured once; both tables have the number of the claim alone in common.
    assert section.html.count("&lt;script&gt;") == 2


def test_the_section_leads_with_how_many_claims_hold_and_says_by_how_much_others_miss(tmp_path: Path) -> None:
    folder = write_claims(
        tmp_path,
        {
            "claim": 1,
            "verdict": "undecided",
            "miss": "3-D minus 4-D -0.1",
            "tested": 0,
            "paper_verdict": "cannot be tested",
        },
        {"claim": 3, "miss": "4 of 14 clusters mix them", "paper_verdict": "does not hold", "paper_miss": "1 mixes"},
        {"claim": 4, "verdict": "does not apply", "miss": "there are 3", "tested": 0},
        {"claim": 5, "verdict": "holds", "miss": "", "held": 7},
    )
    (section,) = study_pages(folder, configuration("published")).sections
    assert (
        "Of the paper&#39;s 4 claims 1 holds, 1 does not hold, 1 is undecided and 1 does not apply in this "
        "run&#39;s clusters."
    ) in section.html
    assert (
        "In the paper&#39;s own clusters of these patients 2 hold, 1 does not hold and 1 cannot be tested."
    ) in section.html
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", section.html.split("<details>")[0])
    assert cells == [
        *("s", "undecided: 3-D minus 4-D −0.1", "cannot be tested"),
        *("s", "does not hold (it does in 1 of 8 replicas): 4 of 14 clusters mix them", "does not hold: 1 mixes"),
        *("s", "does not apply: there are 3", "holds"),
        *("s", "holds (in 7 of 8 replicas)", "holds"),
    ]
    assert section.html.index("<details>") < section.html.index("Measured in this run")


def test_of_other_patients_the_papers_clusters_are_said_to_be_untested(tmp_path: Path) -> None:
    (section,) = study_pages(write_claims(tmp_path, paper_verdict="cannot be tested"), configuration()).sections
    assert "are of the patients that it published; a run on those tests them, too." in section.html


def test_area_under_the_curve_and_claim_are_reconciled_in_the_same_words_in_both_places(tmp_path: Path) -> None:
    folder = write_claims(tmp_path, {"claim": 7, "figure": "lowest balanced accuracy", "value": 0.5874})
    assert len(study_pages(folder, configuration()).structure) == 1
    measures = {"measure": ["tree_ari", "within_auc"], "outcome": ["", "disease"], "value": [0.9, 0.98223]}
    write_released(folder, "clusters/structure.csv", pd.DataFrame(measures))
    pages = study_pages(folder, configuration())
    sentence = pages.structure[-1]
    assert sentence.startswith(
        "The mean AUC within the clusters (0.982) and claim 7 (does not hold: the lowest balanced accuracy is 0.587) "
        "measure different things"
    )
    assert str(escape(sentence)) in pages.sections[0].html


def test_table_1_stands_beside_that_of_the_run_with_misprints_marked(tmp_path: Path) -> None:
    folder = write_claims(tmp_path)
    matches = {"row": range(1, 15), "cluster": [3, *[None] * 13], "jaccard": [0.5, *[None] * 13]}
    write_released(folder, "audit/matches.csv", pd.DataFrame(matches))
    run = dict.fromkeys(printed_table().columns, 7.0) | {"age_max": 80.2, "asian": None, "cluster": 3}
    write_released(folder, "clusters/table1.csv", pd.DataFrame([run]))
    (section,) = study_pages(folder, configuration()).sections
    body = section.html.split(">Whose</th>")[1]
    rows = [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in body.split("<tr>")[1:]]
    assert ">Subretinal haemorrhage with</th>" in body
    assert len(rows) == 28
    assert rows[0][:7] == ["1", "as printed", "", "249", "249", "0", "0"]
    assert rows[1][:6] == ["1", "cluster 3", "0.50", "7", "n/s", "7"]
    assert "81" in rows[1]
    assert rows[3][:4] == ["2", "no cluster", "–", "–"]
    marked = {(row[0], cell) for row in rows for cell in row if cell.endswith("†")}
    assert marked == {("1", "56 †"), ("1", "189 †"), ("1", "60 †"), ("3", "0 †"), ("11", "75 †")}
    assert "row 3, other: 26, not 0" in section.html


@pytest.mark.parametrize(
    ("source", "words"), [("simulated", "reports 14 clusters"), ("published", "not the 14 clusters that it reports")]
)
def test_the_papers_number_stands_beside_the_groups(tmp_path: Path, source: str, words: str) -> None:
    pages = study_pages(tmp_path, configuration(source))
    assert words in " ".join(pages.verdict)
    assert bool(pages.limits) is (source == "published")


def test_the_papers_number_is_not_held_against_patients_of_other_statistics(tmp_path: Path) -> None:
    own = configuration()
    cohort = own.cohort.model_copy(update={"epidemiology": "three-names-one-group.yaml"})
    assert study_pages(tmp_path, own.model_copy(update={"cohort": cohort})).verdict == []


def test_the_paper_is_cited_and_its_figures_are_named(tmp_path: Path) -> None:
    pages: StudyPages = study_pages(tmp_path, configuration())
    assert "arXiv:1907.05195" in pages.citation[0]
    assert {"columns", "training", "space", "outcome", "panels"} == set(pages.captions)
