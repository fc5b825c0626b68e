"""Files that are there whole or not at all, whoever else writes them and whenever the power goes."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from retina_vae.errors import ConfigurationError

__all__ = [
    "REMEDY",
    "atomic_path",
    "exit_when_terminated",
    "is_being_written",
    "is_temporary",
    "passing_path",
    "remove_abandoned",
]

REMEDY = "Set `results` in the configuration to a folder that you can write."
"""What to do where a result cannot be written."""

_TOKEN = r"[0-9a-f]{16}"
_TEMPORARY = re.compile(rf"\..*-{_TOKEN}-part(\..*)?", re.DOTALL)

# So that a temporary name is no longer than a name may be, whatever the length of the file's own.
_LONGEST_STEM = 40


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yield the path of an empty file beside ``path``, with its suffix, that becomes ``path`` when the block ends well.

    The name is random and the file is opened exclusively, so nobody else has it: of several that write ``path`` at the
    same time the last one to end wins, with a whole file. It is on the disk before it replaces ``path``, and has the
    permissions of any new file. Where the block fails it is removed; where the process is killed, the next one that
    writes ``path`` removes it.

    Raises:
        ConfigurationError: The folder cannot be written.
    """
    with passing_path(path) as temporary:
        yield temporary
        _flush(temporary)
        temporary.replace(path)
        # Not every system can do that with a folder; the file is whole either way.
        with suppress(OSError):
            _flush(path.parent)


@contextmanager
def passing_path(path: Path) -> Iterator[Path]:
    """The same of a file that is needed for a while only: it never becomes ``path``, and is removed at the end.

    Raises:
        ConfigurationError: As :func:`atomic_path`.
    """
    with _said_of(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(path)
        with _temporary(path) as temporary:
            yield temporary


@contextmanager
def _said_of(path: Path) -> Iterator[None]:
    """Say in one sentence that a file cannot be written."""
    try:
        yield
    except OSError as error:
        raise ConfigurationError(
            f"{path}: expected a folder that can be written, got: {error.strerror or error}. {REMEDY}"
        ) from error


def is_temporary(path: Path) -> bool:
    """Whether a file has the name of one that :func:`atomic_path` yields: it may be half-written, or removed.

    >>> is_temporary(Path("a/.b-0123456789abcdef-part.csv")), is_temporary(Path("a/.b.part.csv"))
    (True, False)
    """
    return _TEMPORARY.fullmatch(path.name) is not None


@contextmanager
def exit_when_terminated() -> Iterator[None]:
    """Make SIGTERM and SIGHUP an ordinary exit (code 128 + signal), so that temporary files are removed.

    A signal that is ignored, as by nohup, stays ignored.
    """
    changed = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]
    for number in changed:
        signal.signal(number, _exit)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)


def _exit(number: int, frame: FrameType | None) -> None:
    # A second signal, as of an impatient scheduler, must not interrupt the cleaning up.
    for other in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(other, signal.SIG_IGN)
    sys.exit(128 + number)


@contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    """A new, empty file, locked for as long as it is there, and removed at the end where it still is."""
    while True:
        temporary = path.with_name(f".{path.stem[:_LONGEST_STEM]}-{secrets.token_hex(8)}-part{path.suffix}")
        # The name is known before the file is there, so that a signal at any moment finds it removed.
        try:
            descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
            try:
                # In the moment before it was locked, another process may have taken it for abandoned.
                if _hold(descriptor) and temporary.exists():
                    yield temporary
                    return
            finally:
                os.close(descriptor)
        finally:
            temporary.unlink(missing_ok=True)


def _hold(descriptor: int) -> bool:
    """Lock a file, where that can be done; False where another process has locked it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def remove_abandoned(path: Path) -> None:
    """Remove temporary files of ``path`` that nobody holds: the lock of a process ends with it, however it ends.

    :func:`atomic_path` does so before it writes; what reads or computes for long before that may do so earlier. Where
    a file system has no locks, or the folder cannot be listed, nothing is removed.
    """
    for found in _temporaries(path):
        _remove_unless_locked(found)


def is_being_written(path: Path) -> bool:
    """Whether a living process is about to put a file there; False where a file system has no locks."""
    remove_abandoned(path)
    return any(_is_locked(found) for found in _temporaries(path))


def _temporaries(path: Path) -> list[Path]:
    name = re.compile(rf"\.{re.escape(path.stem[:_LONGEST_STEM])}-{_TOKEN}-part{re.escape(path.suffix)}")
    with suppress(OSError):
        return [found for found in path.parent.iterdir() if name.fullmatch(found.name)]
    return []


def _remove_unless_locked(temporary: Path) -> None:
    with suppress(OSError):
        descriptor = os.open(temporary, os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            temporary.unlink(missing_ok=True)
        finally:
            os.close(descriptor)


def _is_locked(temporary: Path) -> bool:
    with suppress(OSError):
        descriptor = os.open(temporary, os.O_RDWR)
        try:
            return not _hold(descriptor)
        finally:
            os.close(descriptor)
    return False


def _flush(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
