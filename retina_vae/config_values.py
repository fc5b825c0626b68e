"""Keys and values of configuration files, before anybody asks whether they make a configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from retina_vae.config_problems import WHAT
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.yaml_files import read_yaml

__all__ = ["check_configuration_files", "merged", "merged_files", "read_values", "with_text_keys"]


def read_values(path: Path) -> dict[str, Any]:
    """The keys and values of one file; none of an empty one.

    Raises:
        ConfigurationError: It is missing, is not YAML (:func:`~retina_vae.yaml_files.read_yaml`), or holds no keys.
    """
    try:
        values = read_yaml(path, WHAT)
    except InputError as error:
        raise ConfigurationError(str(error)) from None
    if not isinstance(values, dict | None):
        raise ConfigurationError(f"{path}: expected keys and values, got {type(values).__name__}.")
    return values or {}


def check_configuration_files(paths: Iterable[str | Path]) -> None:
    """Check that files that Snakemake has read say to a person what they said to it.

    Snakemake keeps the last of keys that stand there twice, and takes 190:20:30 for a number; once it has read them,
    that is no longer seen.

    Raises:
        ConfigurationError: As :func:`read_values`; what the values are is not looked at.
    """
    for path in paths:
        read_values(Path(path))


def merged_files(paths: Iterable[Path]) -> dict[str, Any]:
    """The keys and values of files, of which each changes those of the files before it.

    Raises:
        ConfigurationError: As :func:`read_values`.
    """
    values: dict[str, Any] = {}
    for path in paths:
        values = merged(values, read_values(path))
    return values


def merged(defaults: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, within each other, and the defaults of keys of which they say nothing.

    >>> merged({"a": {"b": 1, "c": 2}}, {"a": {"b": 3}})
    {'a': {'b': 3, 'c': 2}}
    """
    whole = {**defaults, **values}
    for key, default in defaults.items():
        if isinstance(default, Mapping) and isinstance(values.get(key), Mapping):
            whole[key] = merged(default, values[key])
    return whole


def with_text_keys(values: Any) -> Any:
    """The values with the key ``on`` where YAML 1.1 has read a bare ``on`` as true."""
    if not isinstance(values, dict):
        return values
    return {"on" if key is True else key: with_text_keys(value) for key, value in values.items()}
