"""Thousands of hostile tables, configurations and artefacts, by the strategies of ``tests/hostile``.

    python benchmarks/fuzz.py --tables 10000 --configurations 2000 --artefacts 400

Each file goes through the commands that read it, which must end well or with one clear error (exit code 2), within ten
seconds, and leave nothing half-written. They are made in blocks, each in a process of its own with a seed of its own,
so that a process that is ended by the system names its block; ``--first-seed`` makes other files. With ``HOSTILE_RUN``,
the folder of a finished run, the report of damaged copies of it is written, too.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
KINDS = {"tables": 2, "configurations": 3, "artefacts": 3 if "HOSTILE_RUN" in os.environ else 2}
"""How many tests of ``tests/hostile/test_<kind>.py`` make examples, which share the number that is asked for."""

MEMORY = 12 * 2**30
"""Bytes of address space of a process."""


class Block(NamedTuple):
    """What became of the files of one seed."""

    seed: int
    passed: bool
    endings: Counter[str]
    said: str


def run_block(kind: str, examples: int, seed: int, timeout: float) -> Block:
    """Let the tests of a kind make ``examples`` each."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", f"--hypothesis-seed={seed}"]
    with tempfile.NamedTemporaryFile(suffix=".json") as endings:
        made = {"HOSTILE_EXAMPLES": str(examples), "HOSTILE_ENDINGS": endings.name, "OMP_NUM_THREADS": "1"}
        call = ["prlimit", f"--as={MEMORY}", *command, f"tests/hostile/test_{kind}.py"]
        result = subprocess.run(
            call, cwd=ROOT, env=os.environ | made, capture_output=True, text=True, timeout=timeout, check=False
        )
        text = Path(endings.name).read_text(encoding="utf-8")
    counted: Counter[str] = Counter(json.loads(text or "{}"))
    return Block(seed, result.returncode == 0, counted, result.stdout + result.stderr)


def fuzz(kind: str, total: int, block: int, first_seed: int) -> int:
    """Make ``total`` files of a kind, and say how they ended.

    Returns:
        The number of blocks with a fault.
    """
    each = -(-min(block, total) // KINDS[kind])
    blocks = -(-total // (each * KINDS[kind]))
    endings: Counter[str] = Counter()
    faults, started = 0, time.perf_counter()
    for seed in range(first_seed, first_seed + blocks):
        found = run_block(kind, each, seed, timeout=60 + 12.0 * block)
        endings += found.endings
        if not found.passed:
            faults += 1
            print(f"{kind}, seed {seed}:\n{found.said[-6000:]}", flush=True)
        done = (seed - first_seed + 1) * each * KINDS[kind]
        print(f"{kind}: {done} of {total}, {faults} blocks with a fault", file=sys.stderr, flush=True)
    print(f"{kind}: {blocks * each * KINDS[kind]} files in {time.perf_counter() - started:.0f} s, {faults} faults")
    for ending, count in sorted(endings.items()):
        print(f"  {ending}: {count}", flush=True)
    return faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for kind in KINDS:
        parser.add_argument(f"--{kind}", type=int, default=0, help=f"number of {kind}")
    parser.add_argument("--block", type=int, default=500, help="files of one process")
    parser.add_argument("--first-seed", type=int, default=1)
    given = parser.parse_args()
    faults = [fuzz(kind, getattr(given, kind), given.block, given.first_seed) for kind in KINDS if getattr(given, kind)]
    sys.exit(1 if any(faults) else 0)


if __name__ == "__main__":
    main()
