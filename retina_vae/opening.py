"""Opening a run: one that is being made, or a finished one, wherever it has been moved to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from retina_vae.config import Configuration
from retina_vae.config_files import load_configuration
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.files import check_the_path
from retina_vae.hashes import Record, make_run, read_manifest, require_configuration, require_same
from retina_vae.model_format import read_model_json
from retina_vae.run import Run

__all__ = ["load_run", "open_run"]


def open_run(path: Path) -> Run:
    """A run, for a step of it or for what asks its models; it need not be finished.

    Args:
        path: Its configuration, which says where its folder is; or that folder, ``results/<run>``, wherever it lies.

    Raises:
        InputError: The folder is none of a run.
        ConfigurationError: The configuration is missing or not valid.
    """
    missing = not os.path.lexists(path)
    if path.is_dir() or (missing and path.suffix not in (".yaml", ".yml", ".json")):
        _require_run_folder(path)
        return Run(load_configuration(path / "config.yaml"), path)
    settings = load_configuration(path)
    return Run(settings, settings.folder)


def load_run(folder: Path, needed: Callable[[Configuration], Iterable[str]] | None = None) -> Run:
    """Open a finished run, wherever it has been moved to, and compare its files with its manifest.

    Args:
        folder: ``results/<run>``.
        needed: From the configuration to the files below ``folder`` that are looked at; all of them without it.

    Raises:
        InputError: The folder is none of a run, of another version, or lacks a file, or one is another than the run
            wrote, its configuration among them; the message names it.
        ConfigurationError: The run's configuration is not valid.
    """
    _require_run_folder(folder)
    settings = _finished_settings(folder)
    manifest = read_manifest(folder)
    require_configuration(folder / "config.yaml", settings, manifest.get("configuration"))
    recorded: Record = manifest["artefacts"]
    names = list(recorded) if needed is None else list(needed(settings))
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise InputError(
            f"{folder}: expected a finished run, but {missing} missing. Run {make_run(folder)} to the end."
        )
    for name in names:
        require_same(folder / name, recorded.get(name), "the run's manifest.json speaks of")
    return Run(settings, folder, recorded, {folder / name for name in names}).numbered()


def _require_run_folder(folder: Path) -> None:
    """Refuse what is no folder of a run, before anything in it is looked for.

    Raises:
        InputError: There is no such folder, or it has no configuration.
    """
    if not os.path.lexists(folder):
        raise InputError(
            f"{folder}: expected the folder of a run, results/<run>, but there is none. {check_the_path(folder)}"
        )
    if not (folder / "config.yaml").is_file():
        raise InputError(f"{folder}: expected the folder of a run with its config.yaml. Name another, results/<run>.")


def _finished_settings(folder: Path) -> Configuration:
    try:
        return load_configuration(folder / "config.yaml")
    except ConfigurationError:
        # Another version called some keys otherwise; that its models are of another format says so more clearly.
        for path in sorted((folder / "vae").glob("*/model.json")):
            read_model_json(path)
        raise
