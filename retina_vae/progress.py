"""Showing how far long work has come: a bar on a terminal, plain lines with the time in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

__all__ = ["Advance", "counted", "progress", "silent", "stamped"]

Item = TypeVar("Item")


class Advance(Protocol):
    """Tells how many steps are done, and what to say about them."""

    def __call__(self, done: int, note: str = "") -> None:
        """Show that ``done`` steps of the total are done."""
        ...


def stamped(line: str) -> str:
    """A line for standard error, after the local time where that is a log and no terminal."""
    return line if sys.stderr.isatty() else f"{time.strftime('%Y-%m-%dT%H:%M:%S')} {line}"


def silent(done: int, note: str = "") -> None:
    """An :class:`Advance` that nobody sees."""


def counted(items: Iterable[Item], advance: Advance) -> Iterator[Item]:
    """The same items, telling after each how many there were."""
    for done, item in enumerate(items, start=1):
        yield item
        advance(done)


@contextmanager
def progress(title: str, total: int, lines: int = 10) -> Iterator[Advance]:
    """Show the progress of ``total`` steps on standard error, then the wall time.

    Args:
        title: What is done.
        total: Number of steps.
        lines: Number of plain lines where standard error is no terminal.
    """
    started = time.perf_counter()
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import Progress

        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(title, total=total)
            yield lambda done, note="": bar.update(task, completed=done, description=f"{title} {note}")
    else:
        yield _line_printer(title, total, lines, started)
    print(stamped(f"{title}: done in {time.perf_counter() - started:.1f} s"), file=sys.stderr, flush=True)


def _line_printer(title: str, total: int, lines: int, started: float) -> Advance:
    shown = 0

    def show(done: int, note: str = "") -> None:
        # A line each time that another of `lines` equal parts is done.
        nonlocal shown
        if done * lines // total > shown:
            shown = done * lines // total
            seconds = time.perf_counter() - started
            print(stamped(f"{title}: {done}/{total} {note} ({seconds:.1f} s)"), file=sys.stderr, flush=True)

    return show
