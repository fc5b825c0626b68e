"""The pictures of a run, one module each, from tables to a matplotlib figure."""

from retina_vae.report.figures.all_clusters import all_clusters
from retina_vae.report.figures.by_outcome import by_outcome
from retina_vae.report.figures.choice import choice
from retina_vae.report.figures.columns import columns
from retina_vae.report.figures.coverage import coverage_curves
from retina_vae.report.figures.decoded import MOVES
from retina_vae.report.figures.latent_structure import latent_structure
from retina_vae.report.figures.panels import cluster_panel, panels
from retina_vae.report.figures.points import PatientMap, patient_map
from retina_vae.report.figures.posteriors import MOST_ELLIPSES, path_ends, posteriors
from retina_vae.report.figures.saving import png_bytes, save_figure, svg_bytes
from retina_vae.report.figures.supervised import supervised
from retina_vae.report.figures.training import training
from retina_vae.report.figures.traversals import traversals
from retina_vae.report.figures.tree import tree

__all__ = [
    "MOST_ELLIPSES",
    "MOVES",
    "PatientMap",
    "all_clusters",
    "by_outcome",
    "choice",
    "cluster_panel",
    "columns",
    "coverage_curves",
    "latent_structure",
    "panels",
    "path_ends",
    "patient_map",
    "png_bytes",
    "posteriors",
    "save_figure",
    "supervised",
    "svg_bytes",
    "training",
    "traversals",
    "tree",
]
