"""The paper's figures and the pictures of the models, one module each, from tables to a matplotlib figure."""

from retina_vae.report.figures.choice import choice
from retina_vae.report.figures.decoded import MOVES
from retina_vae.report.figures.figure2 import figure2
from retina_vae.report.figures.figure3 import figure3
from retina_vae.report.figures.figure4 import figure4
from retina_vae.report.figures.figure5 import figure5
from retina_vae.report.figures.figure6 import cluster_panel, figure6
from retina_vae.report.figures.points import PatientMap, patient_map, stand_in_map
from retina_vae.report.figures.posteriors import MOST_ELLIPSES, path_ends, posteriors
from retina_vae.report.figures.saving import png_bytes, save_figure, svg_bytes
from retina_vae.report.figures.supervised import supervised
from retina_vae.report.figures.traversals import traversals
from retina_vae.report.figures.tree import tree

__all__ = [
    "MOST_ELLIPSES",
    "MOVES",
    "PatientMap",
    "choice",
    "cluster_panel",
    "figure2",
    "figure3",
    "figure4",
    "figure5",
    "figure6",
    "path_ends",
    "patient_map",
    "png_bytes",
    "posteriors",
    "save_figure",
    "stand_in_map",
    "supervised",
    "svg_bytes",
    "traversals",
    "tree",
]
