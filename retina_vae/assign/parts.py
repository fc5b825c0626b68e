"""One of n parts of a table of new patients: which chunks are its own, whoever assigns the others, and where."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from retina_vae.assign.source import Chunk
from retina_vae.chunks import number_of_total
from retina_vae.errors import ConfigurationError, InputError

__all__ = ["WHOLE", "Part", "parse_part", "part_of", "without_part"]

_KEY = b"retina_vae.part"


class Part(NamedTuple):
    """Part ``number``, from 1, of ``total`` parts.

    The parts are consecutive ranges of whole chunks, cut by how much of the file lies before a chunk, so that no part
    needs to know how many rows the file has. A chunk is the same in every division, and so are its numbers.
    """

    number: int
    total: int

    def select(self, chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, bool]]:
        """The chunks up to the end of the part, each with whether it belongs to the part or lies before it."""
        before = 0.0
        for chunk in chunks:
            number = min(int(before * self.total) + 1, self.total)
            if number > self.number:
                return
            yield chunk, number == self.number
            before = chunk.share

    def metadata(self, source: Path) -> dict[bytes, bytes]:
        """What is written into the Parquet file of the part, by which it is put together with the others."""
        about = {"number": self.number, "total": self.total, "bytes": source.stat().st_size}
        return {_KEY: json.dumps(about).encode()}


WHOLE = Part(1, 1)
"""The whole table."""


def parse_part(text: str) -> Part:
    """The part that ``3/16`` names.

    Raises:
        ConfigurationError: It is no such text.
    """
    found = number_of_total(text, most=999_999)
    if found is None:
        raise ConfigurationError(f"--part: expected a part such as 3/16, of at least 1 and at most all, got {text!r}.")
    return Part(*found)


def part_of(path: Path, metadata: Mapping[bytes, bytes] | None) -> tuple[Part, int]:
    """The part that a Parquet file holds, and the size in bytes of the table it was made from.

    Raises:
        InputError: The file holds none.
    """
    if metadata is None or _KEY not in metadata:
        raise InputError(f"{path}: expected a part that `retina-vae assign --part` wrote, found another table.")
    try:
        about = json.loads(metadata[_KEY])
        number, total, size = (about[key] for key in ("number", "total", "bytes"))
    except (ValueError, TypeError, KeyError, RecursionError):
        number = total = size = None
    if not all(isinstance(value, int) for value in (number, total, size)) or not 1 <= number <= total:
        raise InputError(f"{path}: expected the number of a part, found a damaged one. Assign the part again.")
    return Part(number, total), size


def without_part(metadata: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """The metadata that the file of the whole table has."""
    return {key: value for key, value in metadata.items() if key != _KEY}
