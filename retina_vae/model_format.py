"""The version of the files that hold a model, for those who read them without torch too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from retina_vae.errors import InputError

__all__ = ["FORMAT", "read_model_json"]

FORMAT = 3
"""A change that older versions cannot read raises it."""


def read_model_json(path: Path) -> dict[str, Any]:
    """What ``model.json`` holds, before it is looked at.

    Raises:
        InputError: The file is missing or damaged, or of another format, which may have other fields.
    """
    again = f"delete {path.parent} and run `snakemake --cores 8` to train again."
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    # Of lists within each other there may be more than Python's stack is deep.
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            f"{path}: expected the description of a model of format {FORMAT}, got: {error}. {again.capitalize()}"
        ) from None
    if not isinstance(values, dict):
        raise InputError(f"{path}: expected the description of a model, got {type(values).__name__}; {again}")
    if isinstance(values.get("format"), int) and values["format"] != FORMAT:
        raise InputError(
            f"{path}: expected a model of format {FORMAT}, got {values['format']}. Use the version of retina_vae that "
            f"wrote it, or {again}"
        )
    return values
