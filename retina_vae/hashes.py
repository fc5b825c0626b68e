"""What the steps of a run wrote, by its hashes: the record of each step, and the manifest of all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from retina_vae.config import Configuration
from retina_vae.config_files import parse_configuration
from retina_vae.errors import InputError
from retina_vae.files import sha256, write_text

__all__ = [
    "RUN_FORMAT",
    "Record",
    "make_again",
    "make_run",
    "read_manifest",
    "read_record",
    "record_path",
    "require_configuration",
    "require_same",
    "write_record",
]

RUN_FORMAT = 1
"""Of the manifest, and with it of the run; a change that older versions cannot read raises it."""


def make_run(folder: Path) -> str:
    """The command that makes a run, or what of it is missing, in the words of a message."""
    config = folder / "config.yaml"
    # Without a file named, Snakemake makes the run of the default configuration.
    return f"`snakemake --cores 8{f' --configfile {config}' if config.is_file() else ''}`"


def make_again(path: Path) -> str:
    """What to do about a file of a stage that does not fit the others."""
    return f"Delete {path.parent} and run `snakemake --cores 8`."


Record = dict[str, dict[str, Any]]
"""``sha256`` and ``bytes`` of files, by their paths below the run's folder."""


def record_path(step: str, model: str | None = None) -> str:
    """Where the hashes of what a step wrote lie, below the run's folder."""
    return f"hashes/{step}.json" if model is None else f"hashes/{step}-{model}.json"


def write_record(folder: Path, files: set[Path], path: str) -> None:
    """Write down what files below ``folder`` hold, at ``path`` below it."""
    record = {file.relative_to(folder).as_posix(): _hash_of(file) for file in sorted(files)}
    write_text(json.dumps(record, indent=2) + "\n", folder / path)


def read_record(path: Path) -> Record:
    """What :func:`write_record` wrote; nothing where there is no such file.

    Raises:
        InputError: It is damaged.
    """
    values = _read_json(path) if path.is_file() else {}
    if not isinstance(values, dict):
        raise InputError(f"{path}: expected the hashes of what a step wrote. Delete it and run `snakemake --cores 8`.")
    return values


def read_manifest(folder: Path) -> dict[str, Any]:
    """What the manifest of a finished run in ``folder`` holds, its ``artefacts`` among it.

    Raises:
        InputError: It is missing or damaged, or of another version.
    """
    path = folder / "manifest.json"
    if not path.is_file():
        raise InputError(f"{path}: expected the manifest of a finished run, found none. Run {make_run(folder)}.")
    values = _read_json(path)
    if isinstance(values, dict) and values.get("format") != RUN_FORMAT:
        raise InputError(
            f"{path}: expected the manifest of a run of format {RUN_FORMAT}, got {values.get('format', 'none')}. Use "
            f"the version of retina_vae that wrote it, or run {make_run(folder)} to make the run again."
        )
    if not isinstance(values, dict) or not isinstance(values.get("artefacts"), dict):
        raise InputError(f"{path}: expected the manifest of a run. Delete it and run {make_run(folder)}.")
    return values


def require_same(path: Path, entry: dict[str, Any] | None, wrote: str) -> None:
    """Compare a file with what was recorded of it.

    Args:
        path: The file, which is there.
        entry: Its hash and size when it was written; None where none is known.
        wrote: What recorded them, for the message: "the step doubt wrote".

    Raises:
        InputError: It is another.
    """
    if entry != _hash_of(path):
        raise InputError(
            f"{path}: expected the file that {wrote}, found another: it was changed, truncated or taken from another "
            "run. Delete it and run `snakemake --cores 8`, which makes it again."
        )


def require_configuration(path: Path, settings: Configuration, recorded: Any) -> None:
    """Compare a run's configuration with that of its manifest, but for where the run lies: it may have been moved.

    Args:
        path: Of the configuration.
        settings: What it says.
        recorded: ``configuration`` in the manifest.

    Raises:
        InputError: They are not the same.
        ConfigurationError: What the manifest holds is not valid.
    """
    if not isinstance(recorded, dict):
        return
    made = parse_configuration(recorded, str(path.with_name("manifest.json")))
    if made.model_copy(update={"run": settings.run, "results": settings.results}) != settings:
        raise InputError(
            f"{path}: expected the configuration that the run's manifest.json speaks of, found another. Take the "
            "change back, or run `snakemake --cores 8` with it."
        )


def _hash_of(path: Path) -> dict[str, Any]:
    return {"sha256": sha256(path), "bytes": path.stat().st_size}


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    # Of lists within each other there may be more than Python's stack is deep.
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: expected JSON, got: {error}. Delete it and run `snakemake --cores 8`.") from None
