"""What a run of a changed configuration would replace: the finished run that has its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from retina_vae.config import Configuration
from retina_vae.config_files import parse_configuration
from retina_vae.config_problems import shown
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.hashes import read_manifest

__all__ = ["changed_keys", "replacement_warning"]

_DECIDE_NO_RESULT = {"run", "results", "device", "vae.chunks", "stability.chunks"}
"""Where a run lies and what it is computed on."""

_MOST_KEYS = 20
"""Changed keys that a warning lists."""


def replacement_warning(configuration: Configuration) -> str | None:
    """What to know before a run is made: a finished one of its name had another configuration, and will be replaced.

    Returns:
        The keys that differ, and how to keep both; None where there is nothing to replace.
    """
    made = _finished(configuration.folder)
    if made is None:
        return None
    changed = changed_keys(made, configuration.model_dump(mode="json"))
    if not changed:
        return None
    lines = [f"  {key}: {before} there, {now} now" for key, before, now in changed[:_MOST_KEYS]]
    more = [f"  and {len(changed) - _MOST_KEYS} more"] if len(changed) > _MOST_KEYS else []
    return "\n".join(
        [
            f"{configuration.folder} holds a finished run of another configuration; what depends on these keys is made "
            "again and replaces its results:",
            *lines,
            *more,
            "  To keep both, give this one another name: `run: other-name` in the configuration, or "
            "`snakemake --config run=other-name`.",
        ]
    )


def changed_keys(made: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The keys by which the results of two configurations differ, with both values as a message shows them.

    Args:
        made: Every key spelled out, nested as in the file.
        now: The same.
    """
    before, after = dict(_leaves(made)), dict(_leaves(now))
    keys = [key for key in {**after, **before} if key not in _DECIDE_NO_RESULT]
    return [
        (key, _said(before, key), _said(after, key))
        for key in keys
        if before.get(key, _NOTHING) != after.get(key, _NOTHING)
    ]


_NOTHING = object()


def _said(values: Mapping[str, Any], key: str) -> str:
    return shown(values[key]) if key in values else "nothing"


def _leaves(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _finished(folder: Path) -> Mapping[str, Any] | None:
    """The configuration of the finished run in a folder; None where there is none, or it cannot be read."""
    if not (folder / "manifest.json").is_file():
        return None
    try:
        found = read_manifest(folder).get("configuration")
    except InputError:
        # Damaged, or of another version, which the run that is about to start makes again.
        return None
    if not isinstance(found, dict):
        return None
    try:
        # With the defaults of keys that there were not when it was made.
        return parse_configuration(found, str(folder)).model_dump(mode="json")
    except ConfigurationError:
        return found
