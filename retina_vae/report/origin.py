"""Where the patients come from, in the words of the report."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from retina_vae.config import Configuration

__all__ = ["Origin", "origin_of"]


@dataclass(frozen=True)
class Origin:
    """Where the patients come from.

    Attributes:
        words: What follows "patients, ".
        real: Whether they are people.
        simulated: Whether they were drawn from known groups.
    """

    words: str
    real: bool
    simulated: bool


def origin_of(configuration: Configuration) -> Origin:
    """The origin of a run's patients; of a table its name, without the folder, which is nobody's business."""
    source, table = configuration.source, configuration.cohort.table
    words = source.words if table is None or source.simulated else f"from the table {Path(table).name}"
    return Origin(words, source.real, source.simulated)
