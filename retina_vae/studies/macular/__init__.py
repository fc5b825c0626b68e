"""The retina-VAE paper (arXiv:1907.05195): three macular diseases, six inputs, and what it says of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from retina_vae.cohort_settings import CohortSettings
from retina_vae.sources import Cohort, SchemaMaker, Source
from retina_vae.studies.macular.artefacts import ARTEFACTS, STEPS
from retina_vae.studies.macular.defaults import DEFAULTS
from retina_vae.studies.study import Study

if TYPE_CHECKING:
    from collections.abc import Mapping

    import typer

    from retina_vae.cohort.schema import CohortSchema
    from retina_vae.config import Configuration
    from retina_vae.release.rules import Rule
    from retina_vae.report.study import StudyPages

__all__ = ["STUDY"]


def _schema() -> CohortSchema:
    from retina_vae.studies.macular.schema import MACULAR

    return MACULAR


def _load_published(settings: CohortSettings, schema: SchemaMaker | None) -> Cohort:
    from retina_vae.cohort.simulated import load_epidemiology
    from retina_vae.studies.macular.published import published_folder, read_published

    columns = _schema()
    epidemiology = load_epidemiology(Path(str(settings.epidemiology)), columns)
    return Cohort(read_published(published_folder(settings.folder)), columns, epidemiology)


def _published_files(settings: CohortSettings) -> list[Path]:
    from retina_vae.studies.macular.published import PUBLISHED_FILES, published_folder

    return [published_folder(settings.folder) / name for name in PUBLISHED_FILES]


def _commands() -> typer.Typer:
    from retina_vae.studies.macular.commands import app

    return app


def _pages(folder: Path, configuration: Configuration) -> StudyPages:
    from retina_vae.studies.macular.report import study_pages

    return study_pages(folder, configuration)


def _releases() -> Mapping[str, Rule]:
    from retina_vae.studies.macular.release import RELEASES

    return RELEASES


def _is_published(configuration: Configuration) -> bool:
    return configuration.cohort.source == "published"


STUDY = Study(
    name="macular",
    defaults=DEFAULTS,
    package=Path(__file__).parent,
    schema=_schema,
    sources={
        "published": Source(
            words="the paper's arrays",
            real=False,
            reads=("folder", "epidemiology"),
            load=_load_published,
            # The command's own message about a missing array says where to get it.
            check=lambda settings, schema: None,
            files=lambda settings: [Path(str(settings.epidemiology)), *_published_files(settings)],
        )
    },
    commands=_commands,
    pages=_pages,
    artefacts=ARTEFACTS,
    releases=_releases,
    steps=STEPS,
    reference=lambda configuration: "audit/partition.parquet" if _is_published(configuration) else None,
)
"""The study, as the engine sees it."""
