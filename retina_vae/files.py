"""Writing results so that a run killed half-way leaves no file that looks finished."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from retina_vae.errors import ConfigurationError, InputError

__all__ = ["atomic_path", "read_table", "require_file", "require_writable", "sha256", "write_table", "write_text"]


_REMEDY = "Set `results` in the configuration to a folder that you can write."


def require_file(path: str, key: str, what: str) -> None:
    """Check that the file that a configuration key names is there.

    Raises:
        ConfigurationError: It is not; the message names the key and ``what`` is expected.
    """
    if not Path(path).is_file():
        raise ConfigurationError(f"{key}: expected {what}, but there is no file {path}. Mend the path.")


def require_writable(folder: Path) -> None:
    """Check, without making anything, that files can be put into ``folder``.

    Raises:
        ConfigurationError: The folder, or the nearest one above it that exists, is a file or cannot be written.
    """
    nearest = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    if not nearest.is_dir():
        raise ConfigurationError(f"{folder}: expected a folder that can be written, but {nearest} is a file. {_REMEDY}")
    if not os.access(nearest, os.W_OK):
        raise ConfigurationError(f"{folder}: expected a folder that can be written, but {nearest} cannot be. {_REMEDY}")


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` and rename it to ``path`` when the block ends well.

    Raises:
        ConfigurationError: The folder cannot be written.
    """
    temporary = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise ConfigurationError(
            f"{path}: expected a folder that can be written, got: {error.strerror or error}. {_REMEDY}"
        ) from error
    finally:
        if temporary.parent.is_dir():
            temporary.unlink(missing_ok=True)


def write_text(text: str, path: Path) -> None:
    """Write a text file, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV or Parquet, by the suffix of ``path``, whole or not at all."""
    with atomic_path(path) as temporary:
        if path.suffix == ".parquet":
            table.to_parquet(temporary, index=False)
        else:
            table.to_csv(temporary, index=False, lineterminator="\n")


def read_table(path: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Read a CSV or Parquet table that an earlier stage wrote.

    Raises:
        InputError: The file is missing or unreadable, or lacks one of ``columns``.
    """
    try:
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: expected a table of an earlier stage, got: {error}. Run `snakemake --cores 8` to make it."
        ) from None
    missing = [column for column in columns or [] if column not in table.columns]
    if missing:
        raise InputError(f"{path}: expected the columns {columns}, but {missing} are missing.")
    return table


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
