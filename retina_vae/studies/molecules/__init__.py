"""Molecules, as sequences of symbols: new ones near a given one, from the prior, and along a property."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from retina_vae.cohort_settings import CohortSettings
from retina_vae.sources import Cohort, SchemaMaker, Source
from retina_vae.studies.molecules.artefacts import ARTEFACTS, STEPS
from retina_vae.studies.molecules.defaults import DEFAULTS
from retina_vae.studies.study import Study

if TYPE_CHECKING:
    import typer

    from retina_vae.config import Configuration
    from retina_vae.report.study import StudyPages

__all__ = ["STUDY"]

_OF_ALL = ("notation", "sequences", "length", "seed")


def _load(settings: CohortSettings, schema: SchemaMaker | None) -> Cohort:
    from retina_vae.studies.molecules.loading import load_cohort

    return load_cohort(settings)


def _check(settings: CohortSettings, schema: SchemaMaker | None) -> None:
    from retina_vae.studies.molecules.loading import check_source

    check_source(settings)


def _files(settings: CohortSettings) -> list[Path]:
    from retina_vae.studies.molecules.reading import EXTRACT, find_qm9

    if settings.source == "qm9":
        return find_qm9()
    if settings.source == "extract":
        return [EXTRACT]
    return [] if settings.file is None else [Path(settings.file)]


def _source(words: str, *reads: str) -> Source:
    return Source(
        words,
        real=False,
        reads=(*reads, *_OF_ALL),
        load=_load,
        check=_check,
        files=_files,
        sequences=True,
        noun="molecule",
    )


def _pages(folder: Path, configuration: Configuration) -> StudyPages:
    from retina_vae.studies.molecules.report import study_pages

    return study_pages(folder, configuration)


def _commands() -> typer.Typer:
    from retina_vae.studies.molecules.commands import app

    return app


STUDY = Study(
    name="molecules",
    defaults=DEFAULTS,
    package=Path(__file__).parent,
    sources={
        "extract": _source("from an extract of QM9"),
        "qm9": _source("of up to nine heavy atoms, from QM9"),
        "file": _source("from a file", "file"),
    },
    commands=_commands,
    pages=_pages,
    artefacts=ARTEFACTS,
    steps=STEPS,
)
"""The study, as the engine sees it."""
