"""How a configuration is read from files and checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from retina_vae.config import Configuration
from retina_vae.config_problems import WHAT, Places, describe_problems, no_places, place_of, places_in_files
from retina_vae.config_values import merged, merged_files, read_values, with_text_keys
from retina_vae.errors import ConfigurationError
from retina_vae.studies import STUDIES, find_study, unknown_study
from retina_vae.yaml_files import KeyPath, read_yaml_lines

__all__ = ["check_sources", "load_configuration", "load_merged", "parse_configuration"]


def parse_configuration(values: dict[str, Any], source: str, places: Places = no_places) -> Configuration:
    """Validate configuration values.

    Args:
        values: Nested keys and values, as read from YAML.
        source: Where the values come from, for the error message.
        places: Where each key stands there, for the error message.

    Raises:
        ConfigurationError: A key is unknown, or a value has the wrong type or lies out of range.
    """
    values = with_text_keys(values)
    study = values.get("study")
    if isinstance(study, str) and study not in STUDIES:
        raise ConfigurationError(f"{source}: {place_of(('study',), places())}{unknown_study(study)}")
    try:
        configuration = Configuration.model_validate(_with_defaults(values))
    except ValidationError as error:
        raise ConfigurationError(
            f"{source}: the configuration is not valid.\n{describe_problems(error, Configuration, places())}\n"
            "  config/README.md explains every key and the values that it takes."
        ) from None
    if configuration.vae.latent_dims != "auto":
        configuration = configuration.dimensioned(configuration.latent_dim)
    try:
        configuration.source  # noqa: B018
    except ConfigurationError as error:
        raise ConfigurationError(f"{source}: {place_of(('cohort', 'source'), places())}{error}") from None
    return configuration


def check_sources(configuration: Configuration) -> None:
    """Check that the files that the run is made from are there; cheap, for before anything is computed.

    Raises:
        ConfigurationError: A key is missing, or names no file.
    """
    study = configuration.own_study
    configuration.source.check(configuration.found_cohort, None if study is None else study.schema)
    configuration.unlike.check()


def load_configuration(path: Path) -> Configuration:
    """Read and validate a configuration file.

    Raises:
        ConfigurationError: The file is missing, is not YAML (:func:`~retina_vae.yaml_files.read_yaml`), or not valid.
    """

    def lines() -> dict[KeyPath, str]:
        return {key: f"line {line}: " for key, line in read_yaml_lines(path, WHAT).items()}

    return parse_configuration(read_values(path), str(path), lines)


def load_merged(paths: Sequence[Path], default: Path) -> Configuration:
    """The configuration that Snakemake makes of files: each changes keys of those before it.

    Args:
        paths: As for ``snakemake --configfile``.
        default: Whose keys they change where none of them says who the patients are; not read where it is missing.

    Raises:
        ConfigurationError: A file cannot be read, or what comes of them is not valid; file and line are named.
    """
    files, values = list(paths), merged_files(paths)
    if "cohort" not in values and default.is_file():
        files = [default, *files]
        values = merged_files(files)
    return parse_configuration(values, ", ".join(map(str, paths)), lambda: places_in_files(files, values))


def _with_defaults(values: dict[str, Any]) -> dict[str, Any]:
    """The values, and where they say nothing those of their study."""
    name = values.get("study")
    return merged(find_study(name).defaults, values) if isinstance(name, str) else values
