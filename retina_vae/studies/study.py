"""What a study hands over to the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retina_vae.sources import Source

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import typer
    from numpy.typing import NDArray

    from retina_vae.artefacts import Artefact
    from retina_vae.cohort.schema import CohortSchema
    from retina_vae.config import Configuration
    from retina_vae.release.rules import Rule
    from retina_vae.report.study import StudyPages
    from retina_vae.steps import Step

__all__ = ["Study"]


@dataclass(frozen=True)
class Study:
    """A study: data, settings, tables and words of its own around the engine.

    Its rules, where it has some, stand in ``workflow/rules/<name>.smk``. Its functions import what is heavy.

    Attributes:
        name: As ``study`` in a configuration, and as its package.
        defaults: The keys of a configuration that have another default in this study, nested as in the file.
        package: Its folder in the package; files of the defaults that are not where a run is started are taken from it.
        schema: Its columns, where its patients always have the same.
        sources: Ways to get patients beside those that every run has, by name.
        commands: Its commands, which stand below its name on the command line.
        pages: From a run's folder and configuration to what it adds to the report.
        artefacts: What its rules add to a finished run; each declares how it is released.
        releases: The rules of the gate that take small cells out of these artefacts, by the names that they declare.
        steps: The steps that make them; a rule of each stands in its file of rules.
        label_probabilities: From a configuration and its patients to p(outcome) of each, shape (patients, categories),
            by what it knows of how it simulates them: of all that decides it, or of what a model sees; None where a
            source has no such probabilities.
        reference: Path below a run's folder of a known partition that the clusters are numbered by; None without one.
    """

    name: str
    defaults: Mapping[str, Any] = field(default_factory=dict)
    package: Path | None = None
    schema: Callable[[], CohortSchema] | None = None
    sources: Mapping[str, Source] = field(default_factory=dict)
    commands: Callable[[], typer.Typer] | None = None
    pages: Callable[[Path, Configuration], StudyPages] | None = None
    artefacts: tuple[Artefact, ...] = ()
    releases: Callable[[], Mapping[str, Rule]] = lambda: {}
    steps: tuple[Step, ...] = ()
    label_probabilities: Callable[[Configuration, pd.DataFrame], NDArray[np.float64] | None] | None = None
    reference: Callable[[Configuration], str | None] = lambda configuration: None
