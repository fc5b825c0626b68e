"""Every file of a run, once: where it lies, what a row of it stands for, its columns, and the step that makes it.

A module per stage. The workflow's rules, the commands, the release of small cells, ``docs/architecture.md`` and the
tests read this list. A study adds its own (:attr:`retina_vae.studies.study.Study.artefacts`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from retina_vae.artefacts.base import AS_IT_IS, NEVER, RELEASED, Artefact, every_model
from retina_vae.artefacts.clusters import CLUSTERS
from retina_vae.artefacts.cohort import COHORT
from retina_vae.artefacts.description import DESCRIPTION
from retina_vae.artefacts.evaluation import EVALUATION
from retina_vae.artefacts.latent import LATENT
from retina_vae.artefacts.release import RELEASE
from retina_vae.artefacts.report import REPORT
from retina_vae.artefacts.vae import VAE

if TYPE_CHECKING:
    from retina_vae.config import Configuration

__all__ = [
    "ARTEFACTS",
    "AS_IT_IS",
    "NEVER",
    "RELEASED",
    "Artefact",
    "artefacts_of",
    "declared_columns",
    "released_path",
]

_ONCE = (RELEASED, "factors")
"""Steps that make an artefact of every model at once."""

_AFTER_RELEASE = (RELEASED, "report", "manifest")

ARTEFACTS: tuple[Artefact, ...] = (
    *(*COHORT, *VAE, *EVALUATION, *LATENT),
    *(*CLUSTERS, *DESCRIPTION, *RELEASE, *REPORT),
)
"""What a run of the engine is made of, in the order of the chain."""


def artefacts_of(configuration: Configuration) -> tuple[Artefact, ...]:
    """What a run is made of, with what its study adds, and with what of both the gate releases."""
    study = configuration.own_study
    declared = ARTEFACTS if study is None else (*ARTEFACTS, *study.artefacts)
    made = [own for artefact in declared for own in _of_one_step(artefact, configuration)]
    return (*made, *(own for artefact in made for own in _released(artefact, configuration)))


def declared_columns(path: str) -> list[str]:
    """Names of the columns of an artefact of the engine.

    Raises:
        KeyError: None of this path is declared.
    """
    for artefact in ARTEFACTS:
        if artefact.path == path:
            return artefact.column_names
    raise KeyError(path)


def released_path(path: str) -> str:
    """Where the released form of an artefact lies, below the run's folder."""
    return f"{RELEASED}/{path}"


def _of_one_step(artefact: Artefact, configuration: Configuration) -> Iterator[Artefact]:
    """The artefact; of a step that runs once for all models, one for each of them."""
    if artefact.step not in _ONCE:
        yield artefact
        return
    for path in artefact.paths(configuration):
        yield replace(artefact, path=path, models=every_model)


def _released(artefact: Artefact, configuration: Configuration) -> Iterator[Artefact]:
    """The released forms of an artefact, one for each of its models."""
    if artefact.release == NEVER or artefact.step in _AFTER_RELEASE:
        return
    for path in artefact.paths(configuration):
        yield replace(artefact, path=released_path(path), step=RELEASED, release=AS_IT_IS, models=every_model)
