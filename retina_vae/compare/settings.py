"""What was set differently in two runs, and what they were made by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from retina_vae.compare.runs import FinishedRun

__all__ = ["Difference", "differences", "flatten", "provenance_differences", "setting_differences"]

# How a run is called and where it lies does not decide its results.
_NAMES = ("run", "results")
# The seconds differ from run to run; the configuration and its seeds are compared by themselves.
_NOT_PROVENANCE = ("run", "configuration", "seeds", "seconds", "artefacts")


@dataclass(frozen=True)
class Difference:
    """A key with the value that each run has for it, as a list of one; an empty list where a run has no such key."""

    key: str
    a: list[Any]
    b: list[Any]


def setting_differences(a: FinishedRun, b: FinishedRun) -> list[Difference]:
    """The keys of the configurations that differ, with every default spelled out."""
    first, second = (run.settings.model_dump(mode="json", exclude=set(_NAMES)) for run in (a, b))
    return differences(first, second)


def provenance_differences(a: FinishedRun, b: FinishedRun) -> list[Difference]:
    """Versions, commit, machine, devices and inputs that differ."""
    first, second = (
        {key: value for key, value in manifest.items() if key not in _NOT_PROVENANCE}
        for manifest in (a.manifest, b.manifest)
    )
    return differences(first, second)


def differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[Difference]:
    """The flattened keys whose values differ or that only one has, in the order of ``a``, then of ``b``."""
    first, second = ({key: [value] for key, value in flatten(values)} for values in (a, b))
    return [
        Difference(key, first.get(key, []), second.get(key, []))
        for key in first | second
        if first.get(key) != second.get(key)
    ]


def flatten(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of nested mappings by their dotted keys; a list is a leaf.

    >>> dict(flatten({"vae": {"dims": [2, 3], "seed": 1}, "family": {}}))
    {'vae.dims': [2, 3], 'vae.seed': 1}
    """
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
