"""Which characters the bytes of a text file are."""

from __future__ import annotations

import codecs

from retina_vae.errors import InputError

__all__ = ["decode"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)
_SAVE_AS = "Save the table as CSV in UTF-8 (in a spreadsheet: 'CSV UTF-8')."


def decode(data: bytes, source: str) -> tuple[str, str]:
    """The text of a file, and the name of its encoding.

    UTF-8 and UTF-16 are recognised for certain. Bytes that are neither are taken for Windows-1252, or for Latin-1 where
    it has no such character, unless other lines of the file are UTF-8.

    Raises:
        InputError: The file is no text, or mixes encodings.
    """
    for mark, codec, name in _MARKS:
        if data.startswith(mark):
            return _strict(data.removeprefix(mark), codec, name, source), name
    wide = _wide(data)
    if wide is not None:
        return _strict(data, wide, "UTF-16", source), "UTF-16"
    if b"\0" in data:
        raise InputError(f"{source}: expected a text file, found bytes that are none. {_SAVE_AS}")
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        _require_one_encoding(data, source)
    try:
        return data.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "Latin-1"


def _strict(data: bytes, codec: str, name: str, source: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        line = data[: error.start].decode(codec, "ignore").count("\n") + 1
        raise InputError(
            f"{source}: expected {name} throughout, found other bytes in line {line}. {_SAVE_AS}"
        ) from None


def _wide(data: bytes) -> str | None:
    """The UTF-16 of a file without a mark: every other byte of its ASCII characters is 0."""
    start = data[:1000]
    if len(start) < 4 or len(data) % 2:
        return None
    if start[1::2].count(0) > len(start) / 4 and start[::2].count(0) == 0:
        return "utf-16-le"
    return "utf-16-be" if start[::2].count(0) > len(start) / 4 and start[1::2].count(0) == 0 else None


def _require_one_encoding(data: bytes, source: str) -> None:
    """Refuse a file of which some lines are UTF-8 beyond ASCII and others are no UTF-8."""
    utf8, other = 0, 0
    for number, line in enumerate(data.splitlines(), start=1):
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
