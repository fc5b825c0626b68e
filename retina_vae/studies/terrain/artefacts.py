"""What the study adds to a run: views from above, and the supervised model beside a plain classifier."""

from __future__ import annotations

from retina_vae.artefacts import AS_IT_IS, Artefact
from retina_vae.classifiers.artefacts import CLASSIFIER_ARTEFACT, CLASSIFIER_STEP
from retina_vae.drawing.artefacts import IMAGE_ARTEFACTS, IMAGE_STEP

__all__ = ["ARTEFACTS", "FIGURE", "STEPS"]

FIGURE = "terrains"
"""The figure with one sweep of each terrain."""

ARTEFACTS = (
    *IMAGE_ARTEFACTS,
    CLASSIFIER_ARTEFACT,
    *(
        Artefact(f"report/figures/{FIGURE}.{suffix}", "report", "", ("One sweep of each terrain.",), AS_IT_IS)
        for suffix in ("svg", "png")
    ),
)
STEPS = (IMAGE_STEP, CLASSIFIER_STEP)
"""The steps that make them."""
