"""IDX files as their specification has them, and everything that is none."""

from __future__ import annotations

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest

from retina_vae.errors import InputError
from retina_vae.images import Expected, find_idx, read_images, read_labels

# Two pictures of 2 x 3 pixels, written out byte by byte.
PICTURES = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3, *range(12)])
LABELS = bytes([0, 0, 8, 1, 0, 0, 0, 2, 7, 0])
ORIGIN = "They come from the registry."


def file_of(folder: Path, content: bytes) -> Path:
    path = folder / "pictures"
    path.write_bytes(content)
    return path


def head(kind: int, *sizes: int) -> bytes:
    return bytes([0, 0, kind, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes)


def test_the_last_dimension_runs_fastest(tmp_path: Path) -> None:
    images = read_images(file_of(tmp_path, PICTURES))
    assert images.dtype == np.uint8
    assert images.tolist() == [[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]]


def test_channels_are_a_dimension_of_their_own(tmp_path: Path) -> None:
    images = read_images(file_of(tmp_path, head(8, 1, 3, 2, 2) + bytes(range(12))))
    assert images.shape == (1, 3, 2, 2)
    assert images[0, 2].tolist() == [[8, 9], [10, 11]]


def test_labels_are_one_number_for_each_picture(tmp_path: Path) -> None:
    assert read_labels(file_of(tmp_path, LABELS), 2).tolist() == [7, 0]


@pytest.mark.parametrize("level", [1, 9])
def test_a_packed_file_is_the_same_whatever_its_name_and_has_the_hash_of_its_content(
    tmp_path: Path, level: int
) -> None:
    expected = Expected(sha256=hashlib.sha256(PICTURES).hexdigest())
    packed = file_of(tmp_path, gzip.compress(PICTURES, level))
    assert read_images(packed, expected).tobytes() == bytes(range(12))
    assert read_images(file_of(tmp_path, PICTURES), expected).tobytes() == bytes(range(12))


def test_a_file_is_found_under_its_name_before_its_packed_one(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a", tmp_path / "a.gz"
    assert find_idx(tmp_path, "a") == plain
    packed.touch()
    assert find_idx(tmp_path, "a") == packed
    plain.touch()
    assert find_idx(tmp_path, "a") == plain


PACKED = gzip.compress(PICTURES)
FAULTS = {
    "empty": (b"", "which begins with the bytes 00 00 08, found an empty file"),
    "no IDX": (b"\x89PNG\r\n", "begins with the bytes 00 00 08, found 89 50 4e 47"),
    "of floats": (head(13, 1, 2, 2) + bytes(16), r"whole numbers of one byte .*found 4-byte fractions \(type 0d\)"),
    "of labels": (LABELS, "with 3 or 4 dimensions, found 1"),
    "without sizes": (PICTURES[:10], "expected 16 bytes of sizes, found 10"),
    "without pictures": (head(8, 0, 2, 3), "at least one .*found none"),
    "without pixels": (head(8, 2, 0, 3), "at least one .*found none"),
    "too large to be true": (head(8, 2**32 - 1, 2**32 - 1, 2**32 - 1), "at most .*found 7"),
    "of too large pictures": (head(8, 1, 2, 2000) + bytes(4000), "at most 1,024 pixels"),
    "of too many channels": (head(8, 1, 5, 2, 2) + bytes(20), "at most 4 channels"),
    "cut off": (PICTURES[:-5], r"expected 12 bytes behind its head \(2 x 2 x 3\), found 7: the file was cut off"),
    "too long": (PICTURES + b"!", "expected 12 bytes behind its head .*found more"),
    "packed and cut off": (PACKED[:-12], "whole if it is packed by gzip, found"),
    "packed and damaged": (PACKED[:20] + bytes([PACKED[20] ^ 255]) + PACKED[21:], "packed by gzip, found"),
    "packed with another sum": (PACKED[:-8] + bytes(8), "packed by gzip, found"),
    "packed rubbish": (b"\x1f\x8bxyz", "packed by gzip, found"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_is_no_file_of_pictures_is_refused_with_what_to_do(tmp_path: Path, fault: str) -> None:
    content, message = FAULTS[fault]
    with pytest.raises(InputError, match=rf"pictures: (?=expected).*{message}"):
        read_images(file_of(tmp_path, content), Expected(ORIGIN))


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        (Expected(ORIGIN, sha256="0" * 64), "expected SHA-256 0{64} of the unpacked content, found [0-9a-f]{64}"),
        (Expected(ORIGIN, shape=(28, 28)), "expected pictures of 28 x 28 pixels, found 2 x 3"),
        (Expected(ORIGIN, maximum=8), r"picture 2: expected levels from 0 to 8, found 11\."),
        (Expected(ORIGIN, maximum=1), r"picture 1: expected levels from 0 to 1, found 5 \(1 more like it\)"),
    ],
)
def test_another_file_than_expected_is_refused(tmp_path: Path, expected: Expected, message: str) -> None:
    with pytest.raises(InputError, match=rf"{message}.*They come from the registry"):
        read_images(file_of(tmp_path, PICTURES), expected)


def test_missing_files_say_where_they_come_from(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere: expected an IDX file of pictures .*no such file\. They come from"):
        read_images(tmp_path / "nowhere", Expected(ORIGIN))
    with pytest.raises(InputError, match="found a folder"):
        read_images(tmp_path, Expected(ORIGIN))


@pytest.mark.parametrize(
    ("count", "expected", "message"),
    [
        (3, Expected(ORIGIN), "expected a label for each of 3 pictures, found 2"),
        (1, Expected(ORIGIN), "expected a label for each of 1 pictures, found 2"),
        (2, Expected(ORIGIN, maximum=6), "label 1: expected numbers from 0 to 6, found 7"),
    ],
)
def test_labels_of_other_pictures_are_refused(tmp_path: Path, count: int, expected: Expected, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_labels(file_of(tmp_path, LABELS), count, expected)
