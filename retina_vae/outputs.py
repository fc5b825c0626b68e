"""The file that a user names with ``-o``: where it may be, and what is said where it may not."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from retina_vae.errors import ConfigurationError
from retina_vae.words import enumerated

__all__ = ["require_output", "writing"]


def require_output(output: Path, suffixes: Sequence[str]) -> None:
    """Check where a command shall write, before it computes anything.

    A folder is not made: the name of one that is not there is misspelt more often than meant.

    Raises:
        ConfigurationError: The file ends in something else than ``suffixes``, or its folder is not there, or neither
            can be written.
    """
    if output.suffix not in suffixes:
        raise ConfigurationError(f"--output: expected a file that ends in {enumerated(suffixes, 'or')}, got {output}.")
    if found := _obstacle(output):
        raise _unwritable(output, found)


@contextmanager
def writing(output: Path) -> Iterator[None]:
    """Say of a file that cannot be written, after all, that it is the one of ``--output``.

    Raises:
        ConfigurationError: It could not be written.
    """
    try:
        yield
    except ConfigurationError as error:
        if error.__cause__ is None:
            raise
        # Its remedy, another folder of results, is none for a path from the command line.
        raise _unwritable(output, _said(error.__cause__)) from None


def _unwritable(output: Path, found: str) -> ConfigurationError:
    return ConfigurationError(f"--output: expected a file that can be written, got {output}: {found}.")


def _said(cause: BaseException) -> str:
    return str(getattr(cause, "strerror", None) or cause)


def _obstacle(output: Path) -> str:
    """Why a file cannot be written, as far as that is seen beforehand; empty where nothing is in the way."""
    folder = output.parent
    if not os.path.lexists(folder):
        return f"there is no folder {folder}"
    if not folder.is_dir():
        return f"{folder} is no folder"
    if output.is_dir():
        return "it is a folder"
    return "" if os.access(folder, os.W_OK) else f"nothing may be written into the folder {folder}"
