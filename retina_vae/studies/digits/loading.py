"""From files of pictures, or from scikit-learn's, to a cohort."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retina_vae.cohort_settings import CohortSettings
from retina_vae.errors import ConfigurationError
from retina_vae.images import Expected, draw_images, find_idx, image_cohort, read_images, read_labels, round_levels
from retina_vae.sources import Cohort
from retina_vae.studies.digits.published import DIGITS, SETS, PublishedSet

__all__ = [
    "IMAGES",
    "LABELS",
    "check_folder",
    "check_small_digits",
    "folder_files",
    "load_folder",
    "load_published",
    "load_small_digits",
    "published_files",
    "require_published",
]

IMAGES, LABELS = "images.idx", "labels.idx"
"""What the files of a clinic's own pictures are called, with ``.gz`` behind where they are packed."""

_LEVELS, _SMALL_LEVELS = 255, 16
_SHAPE = (28, 28)
_OWN = (
    f"Name the folder of {IMAGES} and {LABELS} with cohort.folder; docs/digits.md says how they are written. "
    "The source 'unlabelled_images' asks for no labels."
)


def load_small_digits(settings: CohortSettings) -> Cohort:
    """The 1,797 digits of scikit-learn: 8 x 8 pixels of 17 levels (Alpaydin and Kaynak 1998).

    Raises:
        ConfigurationError: More levels are asked for than there are.
    """
    from sklearn.datasets import load_digits

    found = load_digits()
    images, labels = found.images.astype(np.uint8), found.target.astype(np.uint8)
    return _cohort(images, labels, DIGITS, _SMALL_LEVELS, settings)


def load_published(name: str, settings: CohortSettings) -> Cohort:
    """The pictures of a published set, after their hashes have been checked.

    Args:
        name: Of the set, out of :data:`~retina_vae.studies.digits.published.SETS`.
        settings: Where they lie, and how many are taken.

    Raises:
        InputError: A file is missing, damaged, or another one.
    """
    own = SETS[name]
    images_path, labels_path = published_files(name, settings)
    images = read_images(images_path, Expected(own.origin, own.images[1], _SHAPE))
    expected = Expected(own.origin, own.labels[1], maximum=len(own.names) - 1)
    return _cohort(images, read_labels(labels_path, len(images), expected), own.names, _LEVELS, settings)


def load_folder(settings: CohortSettings, labelled: bool) -> Cohort:
    """A clinic's own pictures, of any size, with labels from 0 or without.

    Raises:
        InputError: A file is missing or damaged, or there is not a label for each picture.
    """
    images_path, *labels_paths = folder_files(settings, labelled)
    images = read_images(images_path, Expected(_OWN))
    if not labels_paths:
        return _cohort(images, None, (), _LEVELS, settings)
    labels = read_labels(labels_paths[0], len(images), Expected(_OWN))
    return _cohort(images, labels, tuple(map(str, range(int(labels.max()) + 1))), _LEVELS, settings)


def published_files(name: str, settings: CohortSettings) -> list[Path]:
    """Where the pictures and the labels of a published set are looked for."""
    own = SETS[name]
    folder = own.folder if settings.folder is None else Path(settings.folder)
    return [find_idx(folder, own.images[0]), find_idx(folder, own.labels[0])]


def folder_files(settings: CohortSettings, labelled: bool) -> list[Path]:
    """Where a clinic's own pictures lie, and their labels where there are some; nothing where no folder is named."""
    if settings.folder is None:
        return []
    return [find_idx(Path(settings.folder), name) for name in ([IMAGES, LABELS] if labelled else [IMAGES])]


def require_published(name: str, settings: CohortSettings) -> None:
    """Raise ConfigurationError where a file of a published set is not there; the message says where it comes from."""
    _require_levels(settings, _LEVELS)
    own: PublishedSet = SETS[name]
    _require(published_files(name, settings), own.words, own.origin)


def check_folder(settings: CohortSettings, labelled: bool) -> None:
    """Raise ConfigurationError where no folder is named, or a file is not there."""
    _require_levels(settings, _LEVELS)
    if settings.folder is None:
        raise ConfigurationError(f"cohort.folder: expected the folder of the pictures, got nothing. {_OWN}")
    _require(folder_files(settings, labelled), "pictures with their labels" if labelled else "pictures", _OWN)


def check_small_digits(settings: CohortSettings) -> None:
    """Raise ConfigurationError where more levels are asked for than there are."""
    _require_levels(settings, _SMALL_LEVELS)


def _require(paths: list[Path], what: str, origin: str) -> None:
    for path in paths:
        if not path.is_file():
            raise ConfigurationError(f"cohort.folder: expected a file of {what}, but there is no file {path}. {origin}")


def _require_levels(settings: CohortSettings, most: int) -> None:
    if settings.levels is not None and settings.levels > most:
        raise ConfigurationError(
            f"cohort.levels: expected at most {most}, the highest level of these pictures, got {settings.levels}."
        )


def _cohort(
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8] | None,
    names: tuple[str, ...],
    maximum: int,
    settings: CohortSettings,
) -> Cohort:
    """The pictures that the settings ask for, in as many levels."""
    _require_levels(settings, maximum)
    taken = draw_images(len(images), settings.pictures, settings.seed)
    levels = maximum if settings.levels is None else settings.levels
    shown = None if labels is None else labels[taken]
    return image_cohort(round_levels(images[taken], maximum, levels), shown, names, levels)
