"""What the study of terrain adds to the report: views from above, classifiers, what to cite, what not to conclude."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup
from matplotlib.figure import Figure

from retina_vae.config import Configuration
from retina_vae.drawing.pages import drawn_pages
from retina_vae.report.environment import report_environment
from retina_vae.report.pictures import raster
from retina_vae.report.study import StudyPages, StudySection
from retina_vae.studies.terrain.artefacts import FIGURE
from retina_vae.studies.terrain.figures import draw_terrains
from retina_vae.studies.terrain.views import sweep_views

__all__ = ["study_pages"]

_CITATION = (
    "Ji, T., Vuppala, S. T., Chowdhary, G. and Driggs-Campbell, K. Multi-modal anomaly detection for unstructured and "
    "uncertain environments. Conference on Robot Learning, 2020. arXiv:2012.08637. The idea and the classes; none of "
    "its data are used."
)
_LIMITS = [
    "The sweeps are simulated: rows are two straight bands of leaves, an obstacle is a disc, and no beam knows of "
    "another. How often a model is right here says nothing about how often it is right on a field.",
    "A probability is that of the simulator, in which the terrains are equally frequent. Where they are not, the model "
    "has to be told how frequent they are before its probabilities mean anything.",
]


def study_pages(folder: Path, configuration: Configuration) -> StudyPages:
    """The study's words on the run in ``folder``, and its pictures.

    Raises:
        InputError: A table of the run is unreadable.
    """
    figure = draw_terrains(configuration.cohort.seed)
    own = StudyPages(
        sections=[_terrains(figure)],
        figures={FIGURE: figure},
        limits=_LIMITS,
        citation=[_CITATION],
        methods=["The inputs are the ranges of a LiDAR's beams; the tables hold measures of these and of the scene."],
        subtitle="A run of simulated LiDAR sweeps between two crop rows, whose beams the model reads.",
    )
    return drawn_pages(folder, configuration, own, sweep_views())


def _terrains(figure: Figure) -> StudySection:
    alternative = (
        "Four views from above: the robot, its beams, their returns, the rows, and an obstacle in two of them."
    )
    html = (
        report_environment("retina_vae.studies.terrain")
        .get_template("terrains.html.j2")
        .render(figure=raster(figure, alternative))
    )
    return StudySection("terrains", "The terrains", Markup(html), after="clusters")
