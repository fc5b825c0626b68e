"""Snakemake and the commands of its jobs as forks of one process, which spares most of what a run of seconds takes.

An interpreter gets ready for seconds before it works for less than one, and a run of the workflow starts two dozen. So
one process imports what they import and runs nothing, and each command that :func:`run` calls, with each job of it, is
a fork of that one: a process of its own, with its own memory, files, folder and environment. Where the start of the
process is the point, or Snakemake is killed with its jobs, tests call `subprocess` instead.

That process is this file as a script.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import select
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

ROOT = Path(__file__).parents[2]
# By the modules that Python runs in their place.
PROGRAMS = {"snakemake": "snakemake", "retina_vae": "retina-vae"}
# What functions, ours and of others, import when they are called.
_LATE = (
    *("docx", "docutils.core", "hypothesis.strategies", "jsonschema", "matplotlib.pyplot", "pandera.strategies"),
    *("pyarrow.dataset", "pyarrow.pandas_compat", "requests", "sklearn.cluster", "sklearn.pipeline"),
)
VARIABLE = "RETINA_VAE_TEST_FORKS"

# Without `site` it is ready in hundredths of a second. No answer: what it called was killed.
CALLER = f"""#!{sys.executable} -SE
import json, os, socket, sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect(os.environ["{VARIABLE}"])
    asked = [os.path.basename(sys.argv[0]), sys.argv[1:], os.getcwd(), dict(os.environ)]
    socket.send_fds(server, [b"x"], [0, 1, 2])
    server.sendall(json.dumps(asked).encode())
    server.shutdown(socket.SHUT_WR)
    sys.exit(int(server.recv(10) or 137))
"""


def run(command: list[str], cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """What ``python -m snakemake`` or ``python -m retina_vae`` does; ``env`` is the environment without the forks."""
    python, option, module, *arguments = command
    assert (python, option) == (sys.executable, "-m")
    environment = dict(os.environ if env is None else env)
    folder = _start()
    environment |= {"PATH": f"{folder}{os.pathsep}{environment['PATH']}", VARIABLE: f"{folder}/socket"}
    return subprocess.run([PROGRAMS[module], *arguments], cwd=cwd, env=environment, capture_output=True, text=True)


@cache
def _start() -> str:
    """Start the process that is forked; the folder of its socket, and of two programs that call it."""
    folder = tempfile.mkdtemp(prefix="forks-")
    for name in PROGRAMS.values():
        program = Path(folder) / name
        program.write_text(CALLER)
        program.chmod(0o755)
    call = [sys.executable, "-m", "tests.workflow.forks", f"{folder}/socket"]
    # Arrow's other memory has a thread that gives it back, which a fork is without.
    environment = os.environ | {"OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
    # It ends with its standard input, so with this process at the latest.
    server = subprocess.Popen(call, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"
    atexit.register(server.communicate)
    return folder


class _Server(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    """It ends with its standard input, which the tests hold open."""

    request_queue_size = 50
    max_children = 200

    def service_actions(self) -> None:
        super().service_actions()
        if select.select([sys.stdin], [], [], 0)[0]:
            shutil.rmtree(Path(str(self.server_address)).parent)
            os._exit(0)


class _Fork(socketserver.BaseRequestHandler):
    """What one call does, in a fork of its own."""

    mains: ClassVar[dict[str, Callable[[], object]]] = {}

    def handle(self) -> None:
        _, files, _, _ = socket.recv_fds(self.request, 1, 3)
        with self.request.makefile("rb") as stream:
            name, arguments, folder, environment = json.load(stream)
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.argv = [name, *arguments]
        code = _exit_code(self.mains[name])
        self.request.sendall(str(code).encode())
        os._exit(code)


def _exit_code(main: Callable[[], object]) -> int:
    """Run a program, as Python does."""
    code: Any
    try:
        code = main()
    except SystemExit as stop:
        code = stop.code
    except BaseException:
        traceback.print_exc()
        code = 1
    if isinstance(code, str):
        print(code, file=sys.stderr)
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    sys.stdout.flush()
    sys.stderr.flush()
    return int(code or 0)


def _import_all() -> dict[str, Callable[[], object]]:
    """Import what the programs import while they work; the main function of each."""
    import retina_vae

    for module in pkgutil.walk_packages(retina_vae.__path__, "retina_vae."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in _LATE:
        importlib.import_module(name)
    from snakemake.cli import main as snakemake

    from retina_vae.cli import main as retina_vae_main

    return {"snakemake": snakemake, "retina-vae": retina_vae_main}


def _serve(path: str) -> None:
    _Fork.mains = _import_all()
    assert threading.active_count() == 1, "a fork has but the thread that made it"
    # Else every fork looks through all that was imported for what it may forget, and so makes a copy of it.
    gc.collect()
    gc.freeze()
    with _Server(path, _Fork) as server:
        print("ready", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    _serve(sys.argv[1])
