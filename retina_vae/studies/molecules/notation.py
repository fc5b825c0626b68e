"""Two ways to write a molecule as a sequence of symbols, and the alphabet of a cohort.

SELFIES (Krenn et al. 2020, Self-referencing embedded strings, doi:10.1088/2632-2153/aba947) has the property that every
sequence of its symbols is a molecule. SMILES (Weininger 1988) has not: a ring that is not closed or a bracket too many
is no molecule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retina_vae.cohort.sequence_shape import END
from retina_vae.studies.molecules.chemistry import canonical

__all__ = ["NOTATIONS", "Alphabet", "Notation"]

IntArray = NDArray[np.int64]

_SMILES_SYMBOL = re.compile(r"\[[^\]]+\]|Br|Cl|%\d\d|.")
"""As Schwaller et al. (2018, doi:10.1039/C8SC02339E) split SMILES: an atom in brackets is one symbol."""


@dataclass(frozen=True)
class Notation:
    """A way to write molecules.

    Attributes:
        name: As ``cohort.notation``.
        words: What it is called.
        write: From canonical SMILES to the symbols; ValueError where the notation has none for the molecule.
        read: From symbols to canonical SMILES; None where they are no molecule.
    """

    name: str
    words: str
    write: Callable[[str], list[str]]
    read: Callable[[Sequence[str]], str | None]


def _write_selfies(smiles: str) -> list[str]:
    import selfies

    try:
        return list(selfies.split_selfies(selfies.encoder(smiles)))
    except selfies.EncoderError as error:
        raise ValueError(" ".join(str(error).split())) from None


def _read_selfies(symbols: Sequence[str]) -> str | None:
    import selfies

    try:
        return canonical(selfies.decoder("".join(symbols)))
    except selfies.DecoderError:
        return None


def _write_smiles(smiles: str) -> list[str]:
    return _SMILES_SYMBOL.findall(smiles)


def _read_smiles(symbols: Sequence[str]) -> str | None:
    return canonical("".join(symbols))


NOTATIONS = {
    "selfies": Notation("selfies", "SELFIES", _write_selfies, _read_selfies),
    "smiles": Notation("smiles", "SMILES", _write_smiles, _read_smiles),
}
"""By their names in ``cohort.notation``; the first is the default."""


@dataclass(frozen=True)
class Alphabet:
    """The symbols of a cohort, :data:`~retina_vae.cohort.sequence_shape.END` the last, and its longest sequence.

    A code is a symbol's position among ``symbols``.
    """

    notation: Notation
    symbols: tuple[str, ...]
    length: int

    @classmethod
    def of(cls, notation: Notation, sequences: Iterable[Sequence[str]], length: int | None = None) -> Alphabet:
        """The symbols of these sequences in the order of their signs."""
        kept = list(sequences)
        symbols = sorted({symbol for own in kept for symbol in own})
        return cls(notation, (*symbols, END), length or max(map(len, kept)))

    @classmethod
    def of_columns(cls, notation: Notation, columns: Sequence[Any]) -> Alphabet:
        """Of the positions of a schema or an encoding, which have ``categories``."""
        return cls(notation, tuple(columns[0].categories), len(columns))

    def can_write(self, sequence: Sequence[str]) -> bool:
        """Whether :meth:`codes` takes it."""
        return set(sequence) <= set(self.symbols[:-1]) and len(sequence) <= self.length

    def codes(self, sequences: Sequence[Sequence[str]]) -> IntArray:
        """The code at each position, shape (sequences, length), the end behind each sequence.

        Raises:
            ValueError: A symbol is not in the alphabet, or a sequence is longer.
        """
        places = {symbol: place for place, symbol in enumerate(self.symbols[:-1])}
        found = np.full((len(sequences), self.length), len(self.symbols) - 1, dtype=np.int64)
        for row, own in zip(found, sequences, strict=True):
            unknown = sorted(set(own) - set(places))
            if unknown:
                raise ValueError(
                    f"expected symbols of the alphabet of {len(places)} ({' '.join(places)}), found {' '.join(unknown)}"
                )
            if len(own) > self.length:
                raise ValueError(f"expected at most {self.length} symbols, found {len(own)}")
            row[: len(own)] = [places[symbol] for symbol in own]
        return found

    def sequence(self, codes: Sequence[int]) -> list[str]:
        """The symbols up to the first end."""
        end, found = len(self.symbols) - 1, []
        for code in codes:
            if code == end:
                break
            found.append(self.symbols[code])
        return found

    def molecules(self, codes: IntArray) -> list[str | None]:
        """Canonical SMILES of each row of codes, shape (molecules, length); None where it is no molecule."""
        known: dict[bytes, str | None] = {}
        found = []
        for row in codes:
            key = row.tobytes()
            if key not in known:
                known[key] = self.notation.read(self.sequence(row.tolist()))
            found.append(known[key])
        return found
