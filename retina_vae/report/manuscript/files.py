"""The files beside the report that an author takes away."""

from __future__ import annotations

import pandas as pd

from retina_vae.report.checklist import checklist_of, checklist_table
from retina_vae.report.manuscript.latex import to_latex
from retina_vae.report.manuscript.methods import methods_markdown, methods_of
from retina_vae.report.manuscript.tables import manuscript_tables
from retina_vae.report.manuscript.word import to_word
from retina_vae.report.nouns import renamed_in_text
from retina_vae.report.study import StudyPages
from retina_vae.report.tables import RunTables

__all__ = ["takeaway_files"]


def takeaway_files(tables: RunTables, pages: StudyPages) -> dict[str, pd.DataFrame | str | bytes | None]:
    """Tables for Word and LaTeX, the methods and the checklist, by their paths below the run's folder."""
    methods, noun = methods_markdown(methods_of(tables, pages)), tables.configuration.source.called
    shown, title = manuscript_tables(tables), f"Clusters of the run {tables.configuration.run}"
    return {
        "report/tables.docx": to_word(shown, title),
        "report/tables.tex": to_latex(shown, title),
        "report/methods.md": methods if noun is None else renamed_in_text(methods, noun),
        "report/checklist.csv": checklist_table(checklist_of(tables)),
    }
