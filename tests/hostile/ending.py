"""The command line on hostile files, in this process: how it ended, and what it left behind."""

import contextlib
import io
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import typer
from hypothesis import HealthCheck, Phase, settings

from retina_vae.atomic import is_temporary
from retina_vae.cli import app, main
from retina_vae.errors import RetinaVaeError

MANY = int(os.environ.get("HOSTILE_EXAMPLES", "0"))
"""Examples that each test makes, where the benchmark asks for more than the suite does; it names the seed, too."""

ENDINGS: Counter[str] = Counter()
"""How often each command ended with each code."""

LONGEST_MESSAGE = 20_000

LONGEST = 10
"""Seconds of the processor that a command may take."""


def hostile(examples: int) -> settings:
    """The same examples each time, none of which may be waited for; the machine may be busy with others."""
    return settings(
        max_examples=MANY or examples,
        # Of a few the smallest that fails is looked for; of many all are made.
        phases=(Phase.generate,) if MANY else tuple(Phase),
        derandomize=not MANY,
        database=None,
        deadline=timedelta(minutes=2),
        suppress_health_check=list(HealthCheck),
    )


@cache
def _commands() -> Callable[..., Any]:
    """The command line put together once, which takes longer than most commands."""
    return typer.main.get_command(app)


def require_good_ending(command: str, *arguments: object, folder: Path, makes: tuple[Path, ...]) -> int:
    """Run a command; it ends well or with one clear error, and what it makes is there whole or not at all.

    Returns:
        The exit code: 0; 2; or 3, where some rows were refused and the others are written.
    """
    said, shown = io.StringIO(), io.StringIO()
    code: object = None
    started = time.process_time()
    with (
        patch.object(sys, "argv", ["retina-vae", command, *map(str, arguments)]),
        patch("retina_vae.cli.app", _commands()),
        contextlib.redirect_stderr(said),
        contextlib.redirect_stdout(shown),
    ):
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
    message = said.getvalue()
    assert time.process_time() - started < LONGEST, f"{command} took {time.process_time() - started:.1f} s"
    assert code in (0, 2, 3), f"{command} ended with {code}: {message[-500:]}"
    _count(command, f"exit code {code}", message)
    if code == 2:
        assert message.startswith("Error: ") or "Error: " in message, message[-500:]
        assert message.count("Error: ") == 1, message[-500:]
    require_good_message(message)
    assert all(sign.isprintable() or sign == "\n" for sign in message), repr(message[-500:])
    assert [path.is_file() for path in makes] == [code != 2] * len(makes), f"{command} ended with {code}: {message}"
    assert not [path for path in folder.rglob("*") if is_temporary(path)]
    return int(code)


def require_one_error(name: str, call: Callable[[], Any]) -> Any:
    """What a function returns, or None where it raised an error of the house with a good message."""
    started = time.process_time()
    try:
        value, message = call(), None
    except RetinaVaeError as error:
        value, message = None, str(error)
    assert time.process_time() - started < LONGEST, f"{name} took {time.process_time() - started:.1f} s"
    _count(name, "good" if message is None else "error", message or "")
    require_good_message(message or "")
    return value


def require_good_message(message: str) -> None:
    """A message fits on a screen or two, shows no innards of Python, and can be printed."""
    assert "Traceback" not in message
    assert "object at 0x" not in message
    assert len(message) < LONGEST_MESSAGE, f"a message of {len(message)} characters: {message[:500]}"
    message.encode("utf-8")


def _count(name: str, ending: str, message: str) -> None:
    ENDINGS[f"{name}: {ending}"] += 1
    if os.environ.get("HOSTILE_MESSAGES"):
        with Path(os.environ["HOSTILE_MESSAGES"]).open("a", encoding="utf-8") as stream:
            stream.write(f"{name} {ending} {message!r}\n")
