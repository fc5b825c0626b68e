"""What the study adds to a run: pictures, and the supervised model beside a plain classifier."""

from __future__ import annotations

from retina_vae.classifiers.artefacts import CLASSIFIER_ARTEFACT, CLASSIFIER_STEP
from retina_vae.drawing.artefacts import IMAGE_ARTEFACTS, IMAGE_STEP

__all__ = ["ARTEFACTS", "STEPS"]

ARTEFACTS = (*IMAGE_ARTEFACTS, CLASSIFIER_ARTEFACT)
STEPS = (IMAGE_STEP, CLASSIFIER_STEP)
"""The steps that make them."""
