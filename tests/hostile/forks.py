"""Commands in processes of their own that are killed at a named moment, or may not have all that they ask for.

One process imports what is heavy and runs nothing; each command is a fork of it, which takes milliseconds instead of
the seconds in which an interpreter gets ready. That process is this file as a script, and :class:`Forks` speaks to it.
"""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]

LONGEST = 60
"""Seconds after which a command counts as hanging; none takes a tenth of it, but the machine may be busy."""


class Ended(NamedTuple):
    """How a command ended: its exit code, or the negative number of the signal; and what it said."""

    code: int
    said: str


class Forks:
    """Speaks to the process that is forked."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, *arguments: object, **limits: Any) -> Ended:
        """Run a command.

        Args:
            *arguments: Of ``retina-vae``.
            **limits: ``kill``, a moment (``fsync``, ``rename`` or ``renamed``) and how often it has come before;
                ``file_size`` and ``memory``, bytes that it may write into one file, and of memory beside what it has;
                ``as_user``, without the rights of root.
        """
        return self.run_all([arguments], **limits)[0]

    def run_all(self, commands: list[tuple[object, ...]], **limits: Any) -> list[Ended]:
        """Run commands at the same time."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = {"commands": [list(map(str, arguments)) for arguments in commands], "limits": limits}
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        return [Ended(*found) for found in json.loads(self._process.stdout.readline())]


@contextmanager
def forks() -> Iterator[Forks]:
    """Start the process that is forked."""
    call = [sys.executable, "-m", "tests.hostile.forks"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
    with subprocess.Popen(
        call, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield Forks(process)
        finally:
            process.kill()


def _serve() -> None:
    import torch

    import retina_vae.assign
    import retina_vae.cohort
    import retina_vae.commands.training
    import retina_vae.latent.encode
    import retina_vae.vae
    import retina_vae.vae.memory  # noqa: F401
    from retina_vae.cli import main

    torch.set_num_threads(1)
    for line in sys.stdin:
        asked = json.loads(line)
        begun = [_begin(main, arguments, asked["limits"]) for arguments in asked["commands"]]
        print(json.dumps([_end(*each) for each in begun]), flush=True)


def _begin(main: Callable[[], None], arguments: list[str], limits: dict[str, Any]) -> tuple[int, int]:
    """Fork, and run a command there; the number of the process and the end of the pipe in which it speaks."""
    reading, writing = os.pipe()
    number = os.fork()
    if number:
        os.close(writing)
        return number, reading
    os.close(reading)
    os.dup2(writing, 1)
    os.dup2(writing, 2)
    signal.alarm(LONGEST)
    import faulthandler

    faulthandler.dump_traceback_later(15)
    sys.argv = ["retina-vae", *arguments]
    try:
        _limit(**limits)
        main()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 0
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 1
    else:
        code = 0
    sys.stderr.flush()
    sys.stdout.flush()
    os._exit(code)


def _end(number: int, reading: int) -> tuple[int, str]:
    with os.fdopen(reading, encoding="utf-8", errors="replace") as stream:
        said = stream.read()
    _, status = os.waitpid(number, 0)
    return os.waitstatus_to_exitcode(status), said


def _limit(
    kill: tuple[str, int] | None = None,
    file_size: int | None = None,
    memory: int | None = None,
    as_user: bool = False,
) -> None:
    if kill is not None:
        _kill_at(*kill)
    if file_size is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, resource.RLIM_INFINITY))
    if memory is not None:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + memory, resource.RLIM_INFINITY))
    if as_user and os.geteuid() == 0:
        _without_capabilities()


def _kill_at(moment: str, before: int) -> None:
    """End this process, as if the power went, at a moment that has come ``before`` times."""
    module, name = {"fsync": (os, "fsync"), "rename": (Path, "replace"), "renamed": (Path, "replace")}[moment]
    call, left = getattr(module, name), before

    def last(*arguments: Any) -> Any:
        nonlocal left
        if left == 0 and moment != "renamed":
            os.kill(os.getpid(), signal.SIGKILL)
        value = call(*arguments)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return value

    setattr(module, name, last)


def _without_capabilities() -> None:
    """Let the permissions of files bind root, too: capset(2), version 3, with nothing in any set."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()) != 0:
        raise OSError(ctypes.get_errno(), "capset")


if __name__ == "__main__":
    _serve()
