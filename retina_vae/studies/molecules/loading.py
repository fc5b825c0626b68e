"""From molecules to a cohort of sequences, and which molecules no model sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from retina_vae.cohort.schema import CohortSchema, Column
from retina_vae.cohort.sequence_shape import SequenceShape
from retina_vae.cohort_settings import CohortSettings
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.sources import Cohort
from retina_vae.studies.molecules.chemistry import PROPERTIES, measure_molecules, require_packages
from retina_vae.studies.molecules.notation import NOTATIONS, Alphabet, IntArray, Notation
from retina_vae.studies.molecules.reading import (
    Molecules,
    find_qm9,
    own_path,
    read_extract,
    read_own,
    read_qm9,
)

__all__ = [
    "IDENTIFIER",
    "READERS",
    "Split",
    "check_source",
    "load_cohort",
    "notation_of",
    "sequence_schema",
    "sequence_table",
    "split_source",
]

IDENTIFIER = "molecule"

READERS: dict[str, Callable[[CohortSettings], Molecules]] = {
    "extract": lambda settings: read_extract(),
    "qm9": lambda settings: read_qm9(),
    "file": read_own,
}
"""The sources of molecules."""

_HELD_OUT_SHARE, _MOST_HELD_OUT = 0.1, 2000
_LONGEST = 256
_DIGITS = 6


class Split(NamedTuple):
    """The molecules of a source, in canonical SMILES.

    Attributes:
        cohort: Those that the models are trained on.
        places: Where each of them stands, for messages.
        held_out: Those that no model sees.
        others: What is left where fewer are taken than there are.
        warnings: Of the reading.
    """

    cohort: list[str]
    places: list[str]
    held_out: list[str]
    others: list[str]
    warnings: tuple[str, ...]


def notation_of(settings: CohortSettings) -> Notation:
    """The notation that the settings name; SELFIES without.

    Raises:
        ConfigurationError: There is none of that name.
    """
    name = settings.notation or next(iter(NOTATIONS))
    if name not in NOTATIONS:
        raise ConfigurationError(f"cohort.notation: expected one of {list(NOTATIONS)}, got {name!r}.")
    return NOTATIONS[name]


def check_source(settings: CohortSettings) -> None:
    """Raise ConfigurationError where a package, a file or a key is missing, or a key names nothing; cheap."""
    require_packages()
    notation_of(settings)
    if settings.source == "qm9":
        find_qm9()
    if settings.source == "file":
        own_path(settings)


def split_source(settings: CohortSettings) -> Split:
    """Read the molecules of the source and draw those that no model sees, and those of the cohort, with the seed.

    A tenth of them, at most 2,000, is held out, before ``cohort.sequences`` of the others are taken: so the same
    molecules are held out, whatever that number is.

    Raises:
        ConfigurationError: RDKit or selfies is not installed.
        InputError: A line is no molecule.
    """
    require_packages()
    found = READERS[settings.source](settings)
    count = len(found.smiles)
    order = np.random.default_rng(settings.seed).permutation(count)
    held = min(round(_HELD_OUT_SHARE * count), _MOST_HELD_OUT)
    most = count if settings.sequences is None else settings.sequences
    taken, left = np.sort(order[held:][:most]), order[held:][most:]
    return Split(
        [found.smiles[place] for place in taken],
        [found.places[place] for place in taken],
        [found.smiles[place] for place in order[:held]],
        [found.smiles[place] for place in left],
        found.warnings,
    )


def load_cohort(settings: CohortSettings) -> Cohort:
    """The cohort of a source: symbols as inputs, and the properties of each molecule.

    Raises:
        InputError: A molecule cannot be written in the notation, or is too long.
    """
    split, notation = split_source(settings), notation_of(settings)
    written = [_written(smiles, place, notation) for smiles, place in zip(split.cohort, split.places, strict=True)]
    _require_short(written, split, settings.length)
    alphabet = Alphabet.of(notation, written, settings.length)
    names = [f"M{number:0{_DIGITS}d}" for number in range(1, len(written) + 1)]
    identifiers = pd.Series(names, name=IDENTIFIER, dtype="str")
    table = pd.concat(
        [identifiers, measure_molecules(split.cohort), sequence_table(alphabet.codes(written), alphabet)], axis=1
    )
    return Cohort(table, sequence_schema(alphabet), warnings=split.warnings)


def sequence_table(codes: IntArray, alphabet: Alphabet) -> pd.DataFrame:
    """The columns of the positions, from codes of shape (sequences, length)."""
    categories = pd.Index(alphabet.symbols)
    own = zip(_positions(alphabet.length), codes.T, strict=True)
    return pd.DataFrame({name: pd.Categorical.from_codes(code, categories=categories) for (name, _), code in own})


def _positions(length: int) -> list[tuple[str, str]]:
    """Name and label of each position."""
    return [(f"symbol_{place}", f"Symbol {place}") for place in range(1, length + 1)]


def sequence_schema(alphabet: Alphabet) -> CohortSchema:
    """The columns of molecules that are written in this alphabet."""
    positions = (
        Column(name=name, label=label, kind="nominal", categories=alphabet.symbols, required=True)
        for name, label in _positions(alphabet.length)
    )
    shape = SequenceShape(length=alphabet.length)
    return CohortSchema(identifier=IDENTIFIER, columns=(*PROPERTIES, *positions), sequence=shape)


def _written(smiles: str, place: str, notation: Notation) -> list[str]:
    try:
        return notation.write(smiles)
    except ValueError as error:
        raise InputError(
            f"{place}: expected a molecule that {notation.words} can write, found {smiles} ({error}). Leave it out."
        ) from None


def _require_short(written: list[list[str]], split: Split, most: int | None) -> None:
    """Refuse a molecule of more symbols than the settings allow, or than a table has room for."""
    limit = _LONGEST if most is None else most
    longest = max(range(len(written)), key=lambda place: len(written[place]))
    if len(written[longest]) > limit:
        over = sum(len(own) > limit for own in written)
        more = f" ({over - 1:,} more like it)" if over > 1 else ""
        raise InputError(
            f"{split.places[longest]}: expected a molecule of at most {limit} symbols, found {len(written[longest])} "
            f"in {split.cohort[longest]}{more}. Leave it out, or raise cohort.length."
        )
