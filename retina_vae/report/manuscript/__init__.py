"""What an author takes away for a manuscript: tables for Word and LaTeX, and a paragraph on the methods."""

from retina_vae.report.manuscript.citations import Work, works_used
from retina_vae.report.manuscript.latex import to_latex
from retina_vae.report.manuscript.methods import Methods, methods_markdown, methods_of
from retina_vae.report.manuscript.tables import ManuscriptTable, manuscript_tables
from retina_vae.report.manuscript.word import to_word

__all__ = [
    "ManuscriptTable",
    "Methods",
    "Work",
    "manuscript_tables",
    "methods_markdown",
    "methods_of",
    "to_latex",
    "to_word",
    "works_used",
]
