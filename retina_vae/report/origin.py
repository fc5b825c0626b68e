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


_SIMULATED = Origin("simulated from published statistics", real=False, simulated=True)


def origin_of(configuration: Configuration) -> Origin:
    """The origin of a run's patients; of a table its name, without the folder, which is nobody's business."""
    found = _source(configuration)
    table = getattr(configuration.cohort, "table", None)
    return Origin(f"from the table {Path(table).name}", found.real, found.simulated) if table else found


def _source(configuration: Configuration) -> Origin:
    source = getattr(configuration, "source", None)
    if source is not None:
        return Origin(source.words, source.real, source.simulated)
    name = str(configuration.cohort.source)
    return _SIMULATED if name == "simulated" else Origin("from a table", real=name == "table", simulated=False)
