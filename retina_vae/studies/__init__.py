"""What belongs to one study, and to nothing else; the engine finds a study by its name, here."""

from __future__ import annotations

from importlib import import_module

from retina_vae.errors import ConfigurationError
from retina_vae.studies.study import Study
from retina_vae.words import did_you_mean

__all__ = ["STUDIES", "Study", "find_study", "unknown_study"]

STUDIES = ("macular", "digits", "fundus", "molecules", "terrain")
"""Every study, by the name of its package, which has its ``STUDY``."""


def find_study(name: str) -> Study:
    """The study of this name.

    Raises:
        ConfigurationError: There is none.
    """
    if name not in STUDIES:
        raise ConfigurationError(unknown_study(name))
    study: Study = import_module(f"retina_vae.studies.{name}").STUDY
    return study


def unknown_study(name: str) -> str:
    """What a message says of a name that no study has."""
    return (
        f"study: expected one of {list(STUDIES)}, or no such key for a table, got {name!r}{did_you_mean(name, STUDIES)}"
    )
