"""Commands as a user runs them, in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest
import torch

from retina_vae.cli import main

Command = Callable[..., tuple[int, str]]
"""From the words behind ``retina-vae`` to the exit code and what was said on standard error."""


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Command]:
    """Runs a command; torch has as many threads afterwards as before."""
    threads = torch.get_num_threads()

    def run(*words: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["retina-vae", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            main()
        return int(stop.value.code or 0), capsys.readouterr().err

    yield run
    torch.set_num_threads(threads)
