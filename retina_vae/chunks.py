"""Chunks: the replicas of a model, divided among jobs that need not run on one machine.

Replicas that are trained in one pass round their numbers together: in single precision, another number of them in the
pass changes last digits. So a chunk holds whole passes, and chunks change no byte of what is gathered.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from retina_vae.errors import ConfigurationError

if TYPE_CHECKING:
    from retina_vae.config import Configuration

__all__ = ["Chunk", "chunk_parts", "model_chunks", "number_of_total", "resample_chunks"]


class Chunk(NamedTuple):
    """One of several jobs that divide a work: ``number`` from 1 to ``total``.

    >>> Chunk.parse("2/3")
    Chunk(number=2, total=3)
    """

    number: int
    total: int

    @classmethod
    def parse(cls, text: str) -> Chunk:
        """The chunk that ``number/total`` names.

        Raises:
            ConfigurationError: It names none.
        """
        found = number_of_total(text, most=9999)
        if found is None:
            raise ConfigurationError(f"--chunk: expected a chunk and how many there are, such as 2/3, got {text!r}.")
        return cls(*found)

    @property
    def name(self) -> str:
        """What its files are called until they are gathered."""
        return f"chunk-{self.number}"


def number_of_total(text: str, most: int) -> tuple[int, int] | None:
    """The numbers of a text such as ``2/3``, the first from 1 to the second, that to ``most``; None of another text."""
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)
    number, total = (int(part) for part in found.groups()) if found else (0, 0)
    return (number, total) if 1 <= number <= total <= most else None


def chunk_parts(replicas: int, per_pass: int, chunks: int) -> list[slice]:
    """The replicas of each chunk: whole passes in their order, as evenly as they come.

    >>> chunk_parts(10, 4, 2)
    [slice(0, 8, None), slice(8, 10, None)]

    Args:
        replicas: How many there are.
        per_pass: How many are trained in one pass; the last may have fewer.
        chunks: Into how many to divide; where there are fewer passes, the last ones hold no replica.
    """
    passes = -(-replicas // per_pass)
    some, more = divmod(passes, chunks)
    ends = [min((some * done + min(done, more)) * per_pass, replicas) for done in range(chunks + 1)]
    return [slice(start, stop) for start, stop in pairwise(ends)]


def model_chunks(settings: Configuration, model: str) -> int:
    """How many jobs train the replicas of a model: as many as asked for that may have one.

    Where the number of replicas in a pass is left to the job, some of them may find that others have all passes.
    """
    return _used(settings.vae.chunks, settings.replicas_of(model), settings.vae_of(model).replicas_per_pass)


def resample_chunks(settings: Configuration) -> int:
    """How many jobs train the clustered model on resamples; as :func:`model_chunks`."""
    return _used(settings.stability.chunks, settings.stability.retrained, settings.vae.replicas_per_pass)


def _used(asked: int, replicas: int, per_pass: int | None) -> int:
    return max(1, min(asked, -(-replicas // (per_pass or 1))))
