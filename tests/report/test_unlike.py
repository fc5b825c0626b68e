"""What the page says of patients of other tables."""

from dataclasses import replace

import numpy as np
import pandas as pd

from retina_vae.artefacts import declared_columns
from retina_vae.report import RunTables
from retina_vae.report.environment import report_environment
from retina_vae.report.explained import how_to_read
from retina_vae.report.files import files_beside
from retina_vae.report.html import _sections
from retina_vae.report.study import StudyPages
from retina_vae.report.unlike import unlike_part

ROW = {
    **{"table": "north", "score": "expected_likelihood", "unlike": "small", "weights": "ensemble", "samples": 8},
    **{"like": "patients of later.csv", "patients_like": 1200, "patients_unlike": 80},
    **{"auroc": 0.914, "auroc_low": 0.9, "auroc_high": 0.93, "fpr_at_95": 0.25, "words": "log of the mean likelihood"},
}


def with_unlike(tables: RunTables, *rows: dict[str, object]) -> RunTables:
    return replace(tables, unlike=pd.DataFrame(rows, columns=declared_columns("evaluation/unlike.csv")))


def test_each_table_has_a_sentence_and_each_score_a_row(tables: RunTables) -> None:
    other = ROW | {"score": "deviation", "words": "standard deviation", "auroc": 0.5, "auroc_low": 0.4}
    low = {"table": "south", "auroc": 0.55}
    part = unlike_part(with_unlike(tables, ROW, other, ROW | low, other | low))
    assert part is not None
    assert part.introduction == "Patients of other tables against patients of later.csv, by the replicas."
    assert part.sentences[0] == (
        "north: 80 patients, who are told well from 1,200 like the cohort. One of them is less probable to the model "
        "than one of these in 91\N{NO-BREAK SPACE}% of all pairs; to flag 95 in 100 of them 25\N{NO-BREAK SPACE}% of "
        "these would be flagged as well."
    ).replace("\N{NO-BREAK SPACE}", part.sentences[0][part.sentences[0].index("91") + 2])
    assert "south: 80 patients, who are hardly told" in part.sentences[1]
    assert part.table.heads == ["Score", "north", "south", "In the file"]
    assert [row[0] for row in part.table.rows] == ["log of the mean likelihood", "standard deviation"]
    assert part.table.rows[0][1] == "0.91\n[0.90,\N{NO-BREAK SPACE}0.93]"
    assert not part.hidden


def test_training_patients_on_the_other_side_are_warned_of(tables: RunTables) -> None:
    part = unlike_part(with_unlike(tables, ROW | {"like": "training patients"}))
    assert part is not None
    assert "the areas are too high. Name a table" in part.introduction


def test_of_few_patients_nothing_is_said(tables: RunTables) -> None:
    few = ROW | dict.fromkeys(["auroc", "auroc_low", "auroc_high", "fpr_at_95", "patients_unlike"], np.nan)
    part = unlike_part(with_unlike(tables, few))
    assert part is not None
    assert part.sentences[0].startswith("north: too few patients to be shown")
    assert (part.table.rows[0][1], part.hidden) == (tables.gate.mark, True)


def test_the_page_has_the_section_of_a_run_that_was_asked(tables: RunTables) -> None:
    asked = with_unlike(tables, ROW)
    anchors = [section.anchor for section in _sections(asked, StudyPages())]
    assert anchors[anchors.index("unlike") - 1 : anchors.index("unlike") + 2] == ["models", "unlike", "limits"]
    filled = report_environment().get_template("unlike.html.j2").render(unlike=unlike_part(asked), footnote="")
    assert "release/evaluation/unlike.csv" in filled
    assert "80 patients, who are told well" in filled
    assert ("../release/evaluation/unlike.csv", "how well patients of other tables are told from the cohort") in (
        files_beside(asked, [])
    )
    assert how_to_read("unlike")
    assert unlike_part(tables) is None
    assert "unlike" not in [section.anchor for section in _sections(tables, StudyPages())]
