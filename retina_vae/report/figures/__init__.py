"""The paper's figures, one module each; every function takes tables and returns a matplotlib figure."""

from retina_vae.report.figures.figure2 import figure2
from retina_vae.report.figures.figure3 import figure3
from retina_vae.report.figures.figure4 import figure4
from retina_vae.report.figures.figure5 import figure5
from retina_vae.report.figures.figure6 import cluster_panel, figure6
from retina_vae.report.figures.points import PatientMap, patient_map
from retina_vae.report.figures.saving import png_bytes, save_figure, svg_bytes

__all__ = [
    "PatientMap",
    "cluster_panel",
    "figure2",
    "figure3",
    "figure4",
    "figure5",
    "figure6",
    "patient_map",
    "png_bytes",
    "save_figure",
    "svg_bytes",
]
