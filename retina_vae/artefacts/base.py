"""What an artefact is: a file of a run, as it is declared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retina_vae.config import Configuration

__all__ = ["AS_IT_IS", "NEVER", "RELEASED", "Artefact", "every_model", "plain_models"]

NEVER = "never"
"""Not released: it holds a row per patient, or what a patient can be made from."""

AS_IT_IS = "as it is"
"""Released unchanged: it counts no patients."""

RELEASED = "release"
"""The step that releases what others may read, and its folder: an artefact lies there under its own path."""


def _always(configuration: Configuration) -> bool:
    return True


def every_model(configuration: Configuration) -> list[str]:
    """Names of all models of a run."""
    return configuration.models


def plain_models(configuration: Configuration) -> list[str]:
    """Names of the models of ``vae.latent_dims``, without the family."""
    return configuration.plain_models


@dataclass(frozen=True)
class Artefact:
    """A file of a run.

    Attributes:
        path: Below ``results/<run>/``, and its name everywhere; ``{model}`` stands for a model.
        step: The step that makes it.
        row: What a row stands for; empty where there are no rows.
        columns: Each as ``name`` or ``name: meaning, unit``; ``<j>`` in a name stands for a number or a name. Of a file
            without rows one sentence that says what it is.
        release: :data:`NEVER`, :data:`AS_IT_IS`, or the rule of the gate that takes small cells out of it.
        models: The models that it is made of, where its path names one.
        when: Whether a run of this configuration has it.
        optional: Whether its step may find that there is nothing to write; no rule waits for it.
    """

    path: str
    step: str
    row: str
    columns: tuple[str, ...]
    release: str
    models: Callable[[Configuration], list[str]] = every_model
    when: Callable[[Configuration], bool] = _always
    optional: bool = False

    @property
    def column_names(self) -> list[str]:
        """Names of its columns, without their meanings."""
        return [text.partition(": ")[0] for text in self.columns]

    @property
    def of_model(self) -> bool:
        """Whether there is one for each of its models."""
        return "{model}" in self.path

    def paths(self, configuration: Configuration) -> list[str]:
        """Where a run has it, below its folder; nothing where the run has none."""
        if not self.when(configuration):
            return []
        return [self.path.format(model=name) for name in self.models(configuration)] if self.of_model else [self.path]
