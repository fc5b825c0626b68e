"""The command line on hostile files, in this process: how it ended, and what it left behind."""

import contextlib
import io
import os
import sys
from collections import Counter
from pathlib import Path
from unittest.mock import patch

from retina_vae.atomic import is_temporary
from retina_vae.cli import main

EXAMPLES = int(os.environ.get("HOSTILE_EXAMPLES", "200"))
"""Files that each test makes; the benchmarks ask for more."""

ENDINGS: Counter[str] = Counter()
"""How often each command ended with each code."""

LONGEST_MESSAGE = 20_000


def require_good_ending(command: str, *arguments: object, folder: Path, makes: tuple[Path, ...]) -> int:
    """Run a command; it ends well or with one clear error, and what it makes is there whole or not at all.

    Returns:
        The exit code, 0 or 2.
    """
    said, shown = io.StringIO(), io.StringIO()
    code: object = None
    with (
        patch.object(sys, "argv", ["retina-vae", command, *map(str, arguments)]),
        contextlib.redirect_stderr(said),
        contextlib.redirect_stdout(shown),
    ):
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
    assert code in (0, 2), f"{command} ended with {code}: {said.getvalue()[-500:]}"
    ENDINGS[f"{command}: exit code {code}"] += 1
    message = said.getvalue()
    if os.environ.get("HOSTILE_MESSAGES"):
        with Path(os.environ["HOSTILE_MESSAGES"]).open("a") as stream:
            stream.write(f"{command} {code} {message!r}\n")
    if code == 2:
        assert message.startswith("Error: ") or "Error: " in message.splitlines()[-1], message[-500:]
        assert "Traceback" not in message
    assert len(message) < LONGEST_MESSAGE, f"a message of {len(message)} characters: {message[:500]}"
    assert [path.is_file() for path in makes] == [code == 0] * len(makes), f"{command} ended with {code}: {message}"
    assert not [path for path in folder.rglob("*") if is_temporary(path)]
    return int(code)
