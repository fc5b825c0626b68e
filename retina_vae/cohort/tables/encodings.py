"""Which characters the bytes of a text file are."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from functools import partial
from io import SEEK_END, BytesIO
from typing import BinaryIO, NamedTuple

from retina_vae.errors import InputError

__all__ = ["Encoding", "decode", "recognise_encoding"]

_BLOCK = 2**20
"""Bytes that are looked at together."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_SAVE_AS = "Save the table as CSV in UTF-8 (in a spreadsheet: 'CSV UTF-8')."


class Encoding(NamedTuple):
    """How the characters of a text file are stored.

    Attributes:
        codec: Python's name of it.
        name: What messages call it.
        mark: Bytes of the mark at the start of the file, which is no part of the text.
    """

    codec: str
    name: str
    mark: int = 0


def decode(data: bytes, source: str) -> tuple[str, str]:
    """The text of a file, and the name of its encoding.

    Raises:
        InputError: As :func:`recognise_encoding`, or what follows a mark of UTF-8 or UTF-16 is none.
    """
    encoding = recognise_encoding(BytesIO(data), source)
    body = data[encoding.mark :]
    try:
        return body.decode(encoding.codec), encoding.name
    except UnicodeDecodeError as error:
        line = body[: error.start].decode(encoding.codec, "ignore").count("\n") + 1
        raise InputError(
            f"{source}: expected {encoding.name} throughout, found other bytes in line {line}. {_SAVE_AS}"
        ) from None


def recognise_encoding(stream: BinaryIO, source: str) -> Encoding:
    """The encoding of a file of any size, read in blocks.

    UTF-8 and UTF-16 are recognised for certain. Bytes that are neither are taken for Windows-1252, or for Latin-1 where
    it has no such character, unless other lines of the file are UTF-8. What follows a mark of UTF-8 or UTF-16 is taken
    at its word.

    Raises:
        InputError: The file is no text, or mixes encodings.
    """
    size = stream.seek(0, SEEK_END)
    stream.seek(0)
    head = stream.read(1000)
    for mark, codec, name in _MARKS:
        if head.startswith(mark):
            return Encoding(codec, name, len(mark))
    wide = _wide(head, size)
    if wide is not None:
        return Encoding(wide, "UTF-16")
    stream.seek(0)
    if any(b"\0" in block for block in _blocks(stream)):
        raise InputError(f"{source}: expected a text file, found bytes that are none. {_SAVE_AS}")
    if _fits(stream, "utf-8"):
        return Encoding("utf-8", "UTF-8")
    stream.seek(0)
    _require_one_encoding((line for ended in stream for line in ended.splitlines()), source)
    return Encoding("cp1252", "Windows-1252") if _fits(stream, "cp1252") else Encoding("latin-1", "Latin-1")


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    return iter(partial(stream.read, _BLOCK), b"")


def _fits(stream: BinaryIO, codec: str) -> bool:
    stream.seek(0)
    try:
        for _ in codecs.iterdecode(_blocks(stream), codec):
            pass
    except UnicodeDecodeError:
        return False
    return True


def _wide(start: bytes, size: int) -> str | None:
    """The UTF-16 of a file without a mark: every other byte of its ASCII characters is 0."""
    if len(start) < 4 or size % 2:
        return None
    if start[1::2].count(0) > len(start) / 4 and start[::2].count(0) == 0:
        return "utf-16-le"
    return "utf-16-be" if start[::2].count(0) > len(start) / 4 and start[1::2].count(0) == 0 else None


def _require_one_encoding(lines: Iterable[bytes], source: str) -> None:
    """Refuse a file of which some lines are UTF-8 beyond ASCII and others are no UTF-8."""
    utf8, other = 0, 0
    for number, line in enumerate(lines, start=1):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            utf8 = utf8 or number
        except UnicodeDecodeError:
            other = other or number
        if utf8 and other:
            raise InputError(
                f"{source}: expected one encoding, found UTF-8 in line {utf8} (row {utf8 - 1}) and another in line "
                f"{other} (row {other - 1}). {_SAVE_AS}"
            )
