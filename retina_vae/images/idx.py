"""Pictures and their labels from IDX files, LeCun's format of MNIST (http://yann.lecun.com/exdb/mnist/).

Two zero bytes, a byte for the type (8: whole numbers of one byte), a byte with the number of dimensions; the size of
each dimension in four bytes, the highest first; then the numbers, the last dimension running fastest. A file may be
packed by gzip; whether it is, its first bytes say, and not its name.
"""

from __future__ import annotations

import gzip
import hashlib
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from retina_vae.errors import InputError
from retina_vae.files import require_regular_file, said_of

__all__ = ["Expected", "find_idx", "read_images", "read_labels"]

Bytes = NDArray[np.uint8]

_GZIP, _BYTE = b"\x1f\x8b", 8
_MOST_BYTES = 2**33
_MOST_SIDE, _MOST_CHANNELS, _MOST_INPUTS = 1024, 4, 16_384
_TYPES = {
    9: "signed bytes",
    11: "2-byte numbers",
    12: "4-byte numbers",
    13: "4-byte fractions",
    0x0E: "8-byte fractions",
}


class Expected(NamedTuple):
    """What a file must be, beyond its format.

    Attributes:
        origin: A sentence for a message: where the file comes from, what to do.
        sha256: Of the unpacked content, in hexadecimal; None where any will do.
        shape: Of one picture, ``(height, width)`` or ``(channels, height, width)``; None where any will do.
        maximum: The highest level of a pixel, or the highest label; None where any will do.
    """

    origin: str = "Check the file."
    sha256: str | None = None
    shape: tuple[int, ...] | None = None
    maximum: int | None = None


ANY = Expected()
"""Whatever is in the format."""


def find_idx(folder: Path, name: str) -> Path:
    """Where a file lies: under its name or packed, under ``<name>.gz``; under its name where there is neither."""
    packed = folder / f"{name}.gz"
    return packed if packed.is_file() and not (folder / name).exists() else folder / name


def read_images(path: Path, expected: Expected = ANY) -> Bytes:
    """Pictures of one file.

    Args:
        path: Of the IDX file, packed or not.
        expected: What it must be.

    Returns:
        Levels of the pixels, shape (pictures, height, width), or (pictures, channels, height, width).

    Raises:
        InputError: The file is missing, damaged, or not what is expected.
    """
    images = _read(path, expected, dimensions=(3, 4), what="pictures (pictures x height x width)")
    _require_manageable(path, images)
    if expected.shape is not None and images.shape[1:] != expected.shape:
        raise InputError(
            f"{path}: expected pictures of {_sizes(expected.shape)} pixels, found {_sizes(images.shape[1:])}. "
            f"{expected.origin}"
        )
    _require_range(path, images, expected, "picture", "levels")
    return images


def read_labels(path: Path, pictures: int, expected: Expected = ANY) -> Bytes:
    """The labels of as many pictures, shape (pictures,).

    Raises:
        InputError: The file is missing, damaged, or not what is expected; or it holds another number of labels.
    """
    labels = _read(path, expected, dimensions=(1,), what="labels (one number for each picture)")
    if len(labels) != pictures:
        raise InputError(
            f"{path}: expected a label for each of {pictures:,} pictures, found {len(labels):,}. Both files must be "
            f"of the same pictures. {expected.origin}"
        )
    _require_range(path, labels, expected, "label", "numbers")
    return labels


def _read(path: Path, expected: Expected, dimensions: tuple[int, ...], what: str) -> Bytes:
    if not path.exists():
        raise InputError(f"{path}: expected an IDX file of {what}, but there is no such file. {expected.origin}")
    require_regular_file(path, f"an IDX file of {what}")
    try:
        with path.open("rb") as stream:
            packed = stream.read(2) == _GZIP
            stream.seek(0)
            if not packed:
                return _numbers(path, stream, expected, dimensions, what)
            with gzip.GzipFile(fileobj=stream) as unpacked:
                return _numbers(path, unpacked, expected, dimensions, what)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(
            f"{path}: expected an IDX file of {what}, whole if it is packed by gzip, found: {said_of(error)}. "
            f"{expected.origin}"
        ) from None


def _numbers(
    path: Path, stream: BinaryIO | gzip.GzipFile, expected: Expected, dimensions: tuple[int, ...], what: str
) -> Bytes:
    head = stream.read(4)
    _require_head(path, head, expected, dimensions, what)
    sizes = stream.read(4 * head[3])
    if len(sizes) < 4 * head[3]:
        raise InputError(
            f"{path}: expected {4 + 4 * head[3]} bytes of sizes, found {4 + len(sizes)}. {expected.origin}"
        )
    shape = struct.unpack(f">{head[3]}I", sizes)
    count = math.prod(shape)
    if count == 0 or count > _MOST_BYTES:
        found = "none" if count == 0 else f"{count:,} numbers"
        raise InputError(
            f"{path}: expected at least one and at most {_MOST_BYTES:,} numbers of {what}, found {found} "
            f"({_sizes(shape)}). {expected.origin}"
        )
    body = stream.read(count + 1)
    if len(body) != count:
        found = f"{len(body):,}: the file was cut off" if len(body) < count else "more"
        raise InputError(
            f"{path}: expected {count:,} bytes behind its head ({_sizes(shape)}), found {found}. {expected.origin}"
        )
    if expected.sha256 is not None:
        _require_hash(path, hashlib.sha256(head + sizes + body).hexdigest(), expected)
    return np.frombuffer(body, dtype=np.uint8).reshape(shape)


def _require_head(path: Path, head: bytes, expected: Expected, dimensions: tuple[int, ...], what: str) -> None:
    """Refuse what does not begin as an IDX file of bytes in so many dimensions."""
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in (_BYTE, *_TYPES):
        raise InputError(
            f"{path}: expected an IDX file of {what}, which begins with the bytes 00 00 08, found "
            f"{head.hex(' ') or 'an empty file'}. {expected.origin}"
        )
    if head[2] != _BYTE:
        raise InputError(
            f"{path}: expected whole numbers of one byte from 0 to 255 (type 08), found {_TYPES[head[2]]} "
            f"(type {head[2]:02x}). Write the {what} as bytes."
        )
    if head[3] not in dimensions:
        wanted = " or ".join(map(str, dimensions))
        raise InputError(
            f"{path}: expected an IDX file of {what}, with {wanted} dimensions, found {head[3]}. {expected.origin}"
        )


def _require_manageable(path: Path, images: Bytes) -> None:
    """Refuse pictures of more numbers than a table can have columns, and shapes that are none of a picture."""
    *channels, height, width = images.shape[1:]
    if max(height, width) > _MOST_SIDE or sum(channels) > _MOST_CHANNELS or math.prod(images.shape[1:]) > _MOST_INPUTS:
        raise InputError(
            f"{path}: expected pictures of at most {_MOST_SIDE:,} pixels on a side, at most {_MOST_CHANNELS} channels "
            f"and at most {_MOST_INPUTS:,} numbers, found {_sizes(images.shape[1:])}. Make the pictures smaller."
        )


def _require_hash(path: Path, found: str, expected: Expected) -> None:
    if found != expected.sha256:
        raise InputError(
            f"{path}: expected SHA-256 {expected.sha256} of the unpacked content, found {found}. {expected.origin}"
        )


def _require_range(path: Path, values: Bytes, expected: Expected, one: str, what: str) -> None:
    if expected.maximum is None or values.max() <= expected.maximum:
        return
    beyond = (values > expected.maximum).reshape(len(values), -1).any(axis=1)
    first = int(beyond.argmax())
    more = f" ({int(beyond.sum()) - 1:,} more like it)" if beyond.sum() > 1 else ""
    raise InputError(
        f"{path}: {one} {first + 1}: expected {what} from 0 to {expected.maximum}, found {values[first].max()}{more}. "
        f"{expected.origin}"
    )


def _sizes(shape: tuple[int, ...]) -> str:
    return " x ".join(f"{size:,}" for size in shape)
