"""What a study whose items are drawn adds to the report: their pictures, its classifiers, and its own words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from retina_vae.classifiers.artefacts import CLASSIFIERS
from retina_vae.classifiers.section import classifier_section
from retina_vae.config import Configuration
from retina_vae.drawing.artefacts import QUALITY
from retina_vae.drawing.section import Views, image_pages
from retina_vae.report.study import StudyPages
from retina_vae.run import Run

__all__ = ["drawn_pages"]


def drawn_pages(folder: Path, configuration: Configuration, own: StudyPages, views: Views | None = None) -> StudyPages:
    """A study's words on the run in ``folder`` with the sections, figures and files of what is drawn.

    Args:
        folder: Of the run.
        configuration: Of the run.
        own: What the study says; its sections and figures come first.
        views: How its items are shown, where their numbers are no picture that a person can read.

    Raises:
        InputError: A table of the run is unreadable.
    """
    settings = Run(configuration, folder / "release").dimensioned().settings
    sections, figures = image_pages(folder, settings, views)
    item = configuration.source.item
    files = [(f"../release/{QUALITY}", f"how sharp {item}s are, and how many a classifier accepts")]
    classifiers = classifier_section(folder)
    if classifiers is not None:
        sections = [*sections, classifiers]
        files.append((f"../release/{CLASSIFIERS}", "the supervised model beside a plain classifier"))
    figures = own.figures | figures
    files += [(f"figures/{name}.svg", f"{name.replace('_', ', ')}, for print") for name in figures]
    return replace(own, sections=[*own.sections, *sections], figures=figures, files=[*own.files, *files])
