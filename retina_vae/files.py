"""Writing results so that a run killed half-way leaves no file that looks finished, and reading them again."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retina_vae.atomic import REMEDY, atomic_path
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.words import closest, enumerated

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "UNTHREADED",
    "atomic_path",
    "check_the_path",
    "escape_formula",
    "escape_formulas",
    "read_small_text",
    "read_table",
    "require_file",
    "require_regular_file",
    "require_writable",
    "said_of",
    "sha256",
    "unescape_formula",
    "write_bytes",
    "write_table",
    "write_text",
]

UNTHREADED: dict[str, Any] = {"use_threads": False, "pre_buffer": False}
"""How a Parquet file is read: where there is no memory for another thread, pyarrow waits for one for ever."""

_MOST_NAMES = 10_000
"""Names of a folder that are compared with that of a missing file."""

# Where a text starts like this, after as many apostrophes as it may have, one more goes before it.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


def require_file(path: str, key: str, what: str) -> None:
    """Check that the file that a configuration key names is there.

    Raises:
        ConfigurationError: It is not; the message names the key and ``what`` is expected.
    """
    if not Path(path).is_file():
        raise ConfigurationError(f"{key}: expected {what}, but there is no file {path}. {check_the_path(Path(path))}")


def check_the_path(path: Path) -> str:
    """What to do about a file that is missing: the folder is, too, or one of a name like it lies there."""
    with suppress(OSError, ValueError):
        if not path.parent.is_dir():
            return f"There is no folder {path.parent} either; check the path."
        there = [own for own in islice(path.parent.iterdir(), _MOST_NAMES) if not own.name.startswith(".")]
        # Endings are alike everywhere.
        stems = closest(path.stem, (own.stem for own in there), most=3)
        if like := [str(own) for stem in stems for own in sorted(there) if own.stem == stem][:3]:
            return f"Check the path: {enumerated(like)} {'is' if len(like) == 1 else 'are'} there."
    return "Check the path."


def require_regular_file(path: Path, what: str) -> None:
    """Check that a path leads to a file with an end: a pipe may wait for ever, and a device may never end.

    Args:
        path: Of the file.
        what: It should be, for the error message: "a table of patients".

    Raises:
        InputError: There is nothing, something else, or nobody knows because links lead in a circle.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise InputError(f"{path}: expected {what}, but there is no such file. {check_the_path(path)}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: expected {what}, found: {reason}. Check the path.") from None
    if not stat.S_ISREG(mode):
        found = next((words for is_kind, words in _NO_FILES if is_kind(mode)), "something else")
        raise InputError(f"{path}: expected {what} in a regular file, found {found}. Save it as a file, and name that.")


_NO_FILES: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def read_small_text(path: Path, what: str, most: int) -> str:
    """The text of a file that somebody wrote by hand, without the mark that some editors put before it.

    Args:
        path: Of the file.
        what: It should be, for the error message.
        most: Bytes that it may have.

    Raises:
        InputError: As :func:`require_regular_file`; or the file cannot be read, is larger, or is not UTF-8.
    """
    require_regular_file(path, what)
    try:
        with path.open("rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise InputError(f"{path}: expected {what} that can be read, found: {error.strerror}.") from None
    if len(data) > most:
        raise InputError(f"{path}: expected {what} of at most {most // 1024} KiB, found a larger file.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(
            f"{path}: line {line}: expected {what} in UTF-8, found other bytes. Save the file as UTF-8."
        ) from None


def require_writable(folder: Path) -> None:
    """Check, without making anything, that files can be put into ``folder``.

    Raises:
        ConfigurationError: The folder, or the nearest one above it that exists, is a file or cannot be written.
    """
    nearest = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    if not nearest.is_dir():
        raise ConfigurationError(f"{folder}: expected a folder that can be written, but {nearest} is a file. {REMEDY}")
    if not os.access(nearest, os.W_OK):
        raise ConfigurationError(f"{folder}: expected a folder that can be written, but {nearest} cannot be. {REMEDY}")


def write_text(text: str, path: Path) -> None:
    """Write a text file, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_bytes(data: bytes, path: Path) -> None:
    """Write a file, whole or not at all."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(data)


def escape_formula(text: str) -> str:
    """The text as it stands in a CSV file: with an apostrophe before what a spreadsheet would run as a formula.

    Such a text begins with =, +, -, @, one of these as a full-width character, a tab, a carriage return or a line feed
    (OWASP, "CSV injection", https://owasp.org/www-community/attacks/CSV_Injection). So that reading gives every text
    back, one that begins with apostrophes before such a sign gets one more.

    >>> escape_formula("=1+1"), escape_formula("'=1+1"), escape_formula("P1"), escape_formula("'P1'")
    ("'=1+1", "''=1+1", 'P1', "'P1'")
    """
    return f"'{text}" if _FORMULA.match(text) else text


def unescape_formula(text: str) -> str:
    """The text that :func:`escape_formula` made this of; any other text as it is.

    >>> unescape_formula("'=1+1"), unescape_formula("'P1'")
    ('=1+1', "'P1'")
    """
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def escape_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its texts and the names of its columns escaped; numbers stay as they are."""
    return _map_texts(table, escape_formula)


def _map_texts(table: pd.DataFrame, change: Callable[[str], str]) -> pd.DataFrame:
    """Change the texts of a table and the names of its columns, and leave their types."""
    import pandas as pd

    def cell(value: object) -> object:
        return change(value) if isinstance(value, str) else value

    changed = table.copy(deep=False)
    for name, values in table.items():
        if isinstance(values.dtype, pd.CategoricalDtype):
            changed[name] = values.cat.rename_categories(cell)
        elif isinstance(values.dtype, pd.StringDtype) or values.dtype == object:
            cells = [cell(value) for value in values.tolist()]
            changed[name] = pd.Series(cells, index=values.index, dtype=values.dtype)
    return changed.rename(columns=cell)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV or Parquet, by the suffix of ``path``, whole or not at all.

    In CSV, texts that a spreadsheet would run are escaped (:func:`escape_formula`).
    """
    with atomic_path(path) as temporary:
        if path.suffix == ".parquet":
            table.to_parquet(temporary, index=False)
        else:
            escape_formulas(table).to_csv(temporary, index=False, lineterminator="\n")


def read_table(path: Path, columns: list[str] | None = None, texts: Iterable[str] = ()) -> pd.DataFrame:
    """Read a CSV or Parquet table that :func:`write_table` wrote in an earlier stage.

    Args:
        path: Of the table.
        columns: That it must have.
        texts: Columns of a CSV file that hold text. Of any other column the type is guessed, so that 007 would become
            the number 7, and 18 digits beside an empty cell another number.

    Returns:
        The table. Only an empty cell of a CSV file is missing: "NA" and "None" may be the names of categories.

    Raises:
        InputError: The file is missing or unreadable, or lacks one of ``columns``.
    """
    import pandas as pd

    try:
        parquet = path.suffix == ".parquet"
        table = pd.read_parquet(path, **UNTHREADED) if parquet else _read_csv(path, texts)
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: expected a table of an earlier stage, got: {said_of(error)}. Run `snakemake --cores 8` to make "
            "it."
        ) from None
    missing = [column for column in columns or [] if column not in table.columns]
    if missing:
        raise InputError(f"{path}: expected the columns {columns}, but {missing} are missing.")
    return table


def said_of(error: Exception) -> str:
    """What an error of the system or of a library says, in one line that a terminal can show, without a full stop."""
    said = str(getattr(error, "strerror", None) or error)
    return " ".join("".join(sign if sign.isprintable() else " " for sign in said).split()).rstrip(". ")


def _read_csv(path: Path, texts: Iterable[str]) -> pd.DataFrame:
    import pandas as pd

    # Other names than those of the table's columns are passed over.
    types = {escape_formula(name): "str" for name in texts}
    return _map_texts(pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""]), unescape_formula)


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
