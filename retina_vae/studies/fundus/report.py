"""What the study adds to the report: pictures, classifiers beside their limit, what not to conclude."""

from __future__ import annotations

from pathlib import Path

from retina_vae.config import Configuration
from retina_vae.drawing.pages import drawn_pages
from retina_vae.report.study import StudyPages

__all__ = ["study_pages"]

_LIMITS = [
    "The eyes are simulated and their images are drawings: nothing here says how well anything works on photographs, "
    "and the diagnosis is drawn from a formula.",
    "The factors are independent in these eyes. In patients pigmentation, age and lesions go together, and a "
    "coordinate of a code may then carry what they have in common.",
]


def study_pages(folder: Path, configuration: Configuration) -> StudyPages:
    """The study's words on the run in ``folder``, and its pictures.

    Raises:
        InputError: A table of the run is unreadable.
    """
    own = StudyPages(
        limits=_LIMITS,
        methods=[
            "The inputs are the pixels of drawn fundus images, in red, green and blue; the tables hold the numbers "
            "that each image was drawn from, which the model does not see."
        ],
        subtitle="A run of schematic fundus images, whose pixels the model reads.",
    )
    return drawn_pages(folder, configuration, own)
