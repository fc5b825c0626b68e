"""The cohort that the paper published, as two NumPy arrays."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.cohort.table import validate_patients
from retina_vae.errors import InputError
from retina_vae.files import sha256
from retina_vae.studies.macular.schema import MACULAR

__all__ = ["ENVIRONMENT_VARIABLE", "PUBLISHED_FILES", "published_folder", "read_published"]

ENVIRONMENT_VARIABLE = "RETINA_VAE_PUBLISHED"

PUBLISHED_FILES = {
    "macSpectrum_stack.npy": "9d744b139b1f4d8ce61f4c386d3e3dbc9954d0cad99710f70fa6771fa52d7a75",
    "macSpectrum_labels.npy": "e8d301a8238181d226ea805afa9dba2844a5d13a98c8220e56adc329bb20a056",
}
"""Name and SHA-256 of each file of the paper's data release."""

_SHAPES = {"macSpectrum_stack.npy": (3000, 6), "macSpectrum_labels.npy": (3000,)}
_ORIGIN = (
    "The files are the paper's data release, in the GitHub repository VeryVeryGoodNews/retina-VAE "
    "(commit 185d841). Put both into one folder and name it with cohort.folder or with the "
    f"environment variable {ENVIRONMENT_VARIABLE}; data/README.md says more."
)


def published_folder(configured: str | None) -> Path:
    """The folder of the arrays: the environment variable where it is set, else the configured one."""
    return Path(os.environ.get(ENVIRONMENT_VARIABLE) or configured or "data/published")


def read_published(folder: Path) -> pd.DataFrame:
    """Read the paper's 3,000 patients, after their shape and SHA-256 have been checked.

    Returns:
        The validated table, its columns as :data:`~retina_vae.studies.macular.schema.MACULAR` has them.

    Raises:
        InputError: A file is missing or is not the array of the paper.
    """
    stack = _read(folder / "macSpectrum_stack.npy")
    labels = _read(folder / "macSpectrum_labels.npy")
    table = {
        MACULAR.identifier: pd.Series([f"P{number:04d}" for number in range(1, len(labels) + 1)], dtype="str"),
        "disease": _decode(labels, MACULAR["disease"].categories),
    }
    for position, column in enumerate(MACULAR.inputs):
        codes = stack[:, position]
        table[column.name] = pd.Series(codes) if column.numeric else _decode(codes, column.categories)
    return validate_patients(pd.DataFrame(table), MACULAR, str(folder))


def _read(path: Path) -> NDArray[np.float64]:
    if not path.is_file():
        raise InputError(f"{path}: expected the published array, but there is no such file. {_ORIGIN}")
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{path}: expected a NumPy array, got: {error}. {_ORIGIN}") from None
    expected = _SHAPES[path.name]
    if array.shape != expected:
        raise InputError(f"{path}: expected an array of shape {expected}, got {array.shape}. {_ORIGIN}")
    digest = sha256(path)
    if digest != PUBLISHED_FILES[path.name]:
        raise InputError(f"{path}: expected SHA-256 {PUBLISHED_FILES[path.name]}, got {digest}. {_ORIGIN}")
    return array.astype(np.float64)


def _decode(codes: NDArray[np.float64], categories: tuple[str, ...]) -> pd.Series:
    return pd.Series(np.array(categories)[codes.astype(int)], dtype="str")
