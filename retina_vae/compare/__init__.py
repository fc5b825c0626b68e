"""Beside the chain: two finished runs held against each other."""

from retina_vae.compare.comparison import Comparison, compare_runs
from retina_vae.compare.formats import print_sections, to_json, to_markdown
from retina_vae.compare.layout import Section, lay_out
from retina_vae.compare.runs import FinishedRun, open_run

__all__ = [
    "Comparison",
    "FinishedRun",
    "Section",
    "compare_runs",
    "lay_out",
    "open_run",
    "print_sections",
    "to_json",
    "to_markdown",
]
