"""From the parameters of the estimator to the configuration of a run, and back."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from retina_vae.config import Configuration
from retina_vae.config_files import parse_configuration
from retina_vae.errors import ConfigurationError

__all__ = [
    "SECTIONS",
    "configuration_of",
    "parameters_of",
    "require_interval",
    "require_patients",
    "require_percentile",
    "seed_of",
    "threads_of",
]

SECTIONS = ("vae", "held_out", "latent", "latent_structure", "clusters")
"""The sections of a configuration that a fit reads."""

_KEYS = {
    "n_clusters": ("clusters", "k"),
    "method": ("clusters", "method"),
    "latent_dim": ("clusters", "latent_dim"),
    "replicas": ("vae", "replicas"),
    "epochs": ("vae", "epochs"),
    "likelihood": ("vae", "likelihood"),
}
"""The key of a configuration that each parameter is."""

_SEEDED = SECTIONS
"""Sections with a seed of their own."""

_LARGEST_SEED = 2**31 - 1


def configuration_of(parameters: Mapping[str, Any]) -> Configuration:
    """The configuration that the estimator's parameters stand for.

    Args:
        parameters: As from ``get_params``.

    Raises:
        ConfigurationError: A value is none that its key takes, or a key of ``settings`` is that of a parameter.
    """
    values = _sections(parameters["settings"])
    for name, (section, key) in _KEYS.items():
        if key in values[section]:
            raise ConfigurationError(
                f"settings: expected {section}.{key} as the parameter {name}, got it among the settings."
            )
        values[section][key] = _plain(parameters[name])
    if "latent_dims" in values["vae"]:
        raise ConfigurationError("settings: expected vae.latent_dims as the parameter latent_dim, got it among them.")
    dimension = values["clusters"]["latent_dim"]
    values["vae"]["latent_dims"] = "auto" if dimension == "auto" else [dimension]
    seed = seed_of(parameters["random_state"])
    if seed is not None:
        for section in _SEEDED:
            values[section]["seed"] = seed
    return parse_configuration({**values, "device": parameters["device"]}, "RetinaVAE")


def parameters_of(settings: Configuration) -> dict[str, Any]:
    """The parameters by which :func:`configuration_of` gives what a fit reads of these settings."""
    values = {name: settings.model_dump(mode="json", exclude_defaults=True).get(name, {}) for name in SECTIONS}
    found = {name: getattr(getattr(settings, section), key) for name, (section, key) in _KEYS.items()}
    used = {*_KEYS.values(), ("vae", "latent_dims")}
    rest = {
        section: {key: value for key, value in keys.items() if (section, key) not in used}
        for section, keys in values.items()
    }
    given = {section: keys for section, keys in rest.items() if keys}
    return found | {"device": settings.device, "settings": given or None}


def _sections(settings: Any) -> dict[str, dict[str, Any]]:
    """The settings section by section, each there, as copies."""
    given = {} if settings is None else settings
    if not isinstance(given, Mapping) or not all(isinstance(own, Mapping) for own in given.values()):
        raise ConfigurationError(
            f"settings: expected sections {list(SECTIONS)}, each with keys and values, got {settings!r}."
        )
    others = [name for name in given if name not in SECTIONS]
    if others:
        raise ConfigurationError(
            f"settings: expected the sections {list(SECTIONS)}, which are all that a fit reads, got {others}."
        )
    return {name: dict(given.get(name, {})) for name in SECTIONS}


def seed_of(random_state: Any) -> int | None:
    """One number for all streams; None, which is the fixed seeds of the settings, where none is given.

    Raises:
        ConfigurationError: It is neither a whole number nor a generator.
    """
    if random_state is None:
        return None
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(_LARGEST_SEED))
    if not _is_whole(random_state):
        raise ConfigurationError(
            f"random_state: expected None, a whole number or a numpy RandomState, got {random_state!r}."
        )
    return int(random_state)


def threads_of(n_jobs: Any) -> int:
    """CPU threads: None means one, -1 all, -2 all but one.

    Raises:
        ConfigurationError: It is no whole number, or 0.
    """
    if n_jobs is None:
        return 1
    if not _is_whole(n_jobs) or n_jobs == 0:
        raise ConfigurationError(f"n_jobs: expected None or a whole number other than 0, got {n_jobs!r}.")
    return int(n_jobs) if n_jobs > 0 else max(1, (os.cpu_count() or 1) + 1 + int(n_jobs))


def require_patients(n_samples: Any) -> None:
    """Refuse what is no number of patients.

    Raises:
        ConfigurationError: It is none.
    """
    if not _is_whole(n_samples) or n_samples < 1:
        raise ConfigurationError(f"n_samples: expected a whole number from 1 on, got {n_samples!r}.")


def require_interval(interval: Any) -> None:
    """Refuse what is neither None nor a probability.

    Raises:
        ConfigurationError: It is neither.
    """
    if interval is not None and not (_is_number(interval) and 0 < interval < 1):
        raise ConfigurationError(f"interval: expected None or a number between 0 and 1, got {interval!r}.")


def require_percentile(unlike_below: Any) -> None:
    """Refuse what is no part of a hundred.

    Raises:
        ConfigurationError: It is none.
    """
    if not _is_number(unlike_below) or not 0 <= unlike_below <= 100:
        raise ConfigurationError(f"unlike_below: expected a number from 0 to 100, got {unlike_below!r}.")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _plain(value: Any) -> Any:
    """A number of numpy, such as a grid of parameters holds, as Python's."""
    return value.item() if isinstance(value, np.generic) else value
