"""Handwritten digits, and pictures of any kind: samples, clusters against labels, a classifier beside another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from retina_vae.cohort_settings import CohortSettings
from retina_vae.sources import Cohort, SchemaMaker, Source
from retina_vae.studies.digits.artefacts import ARTEFACTS, STEPS
from retina_vae.studies.digits.defaults import DEFAULTS
from retina_vae.studies.digits.published import SETS
from retina_vae.studies.study import Study

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retina_vae.config import Configuration
    from retina_vae.release.rules import Rule
    from retina_vae.report.study import StudyPages

__all__ = ["STUDY"]

_OF_ALL = ("levels", "pictures", "seed")


def _small_digits() -> Source:
    """The digits that come with scikit-learn, for which no file is needed."""

    def load(settings: CohortSettings, schema: SchemaMaker | None) -> Cohort:
        from retina_vae.studies.digits.loading import load_small_digits

        return load_small_digits(settings)

    def check(settings: CohortSettings, schema: SchemaMaker | None) -> None:
        from retina_vae.studies.digits.loading import check_small_digits

        check_small_digits(settings)

    words = "the handwritten digits of scikit-learn, 8 x 8 pixels"
    return Source(words, real=False, reads=_OF_ALL, load=load, check=check, files=lambda settings: [], images=True)


def _published(name: str, words: str) -> Source:
    """A published set of pictures, in files whose hashes are known."""

    def load(settings: CohortSettings, schema: SchemaMaker | None) -> Cohort:
        from retina_vae.studies.digits.loading import load_published

        return load_published(name, settings)

    def check(settings: CohortSettings, schema: SchemaMaker | None) -> None:
        from retina_vae.studies.digits.loading import require_published

        require_published(name, settings)

    def files(settings: CohortSettings) -> list[Path]:
        from retina_vae.studies.digits.loading import published_files

        return published_files(name, settings)

    return Source(words, real=False, reads=("folder", *_OF_ALL), load=load, check=check, files=files, images=True)


def _folder(labelled: bool) -> Source:
    """A clinic's own pictures."""

    def load(settings: CohortSettings, schema: SchemaMaker | None) -> Cohort:
        from retina_vae.studies.digits.loading import load_folder

        return load_folder(settings, labelled)

    def check(settings: CohortSettings, schema: SchemaMaker | None) -> None:
        from retina_vae.studies.digits.loading import check_folder

        check_folder(settings, labelled)

    def files(settings: CohortSettings) -> list[Path]:
        from retina_vae.studies.digits.loading import folder_files

        return folder_files(settings, labelled)

    words = "pictures from a file"
    # They may be those of people, of whom then no picture is shown, nor what few of them are like.
    reads = ("folder", *_OF_ALL)
    return Source(words, real=True, reads=reads, load=load, check=check, files=files, images=True, labels=labelled)


def _sources() -> dict[str, Source]:
    published = {name: _published(name, own.words) for name, own in SETS.items()}
    own = {"images": _folder(labelled=True), "unlabelled_images": _folder(labelled=False)}
    return {"digits": _small_digits(), **published, **own}


def _pages(folder: Path, configuration: Configuration) -> StudyPages:
    from retina_vae.studies.digits.report import study_pages

    return study_pages(folder, configuration)


def _releases() -> Mapping[str, Rule]:
    from retina_vae.drawing.release import release_pictures

    return {"pictures": release_pictures}


STUDY = Study(
    name="digits",
    defaults=DEFAULTS,
    package=Path(__file__).parent,
    sources=_sources(),
    pages=_pages,
    releases=_releases,
    artefacts=ARTEFACTS,
    steps=STEPS,
)
"""The study, as the engine sees it."""
