"""Kill a run and an assignment at random moments, continue, and compare every byte with one that nobody disturbed.

    python benchmarks/kills.py --workflow 20 --assign 20 --seed 1

A kill is SIGKILL to all processes of the command, as when the power goes. The workflow is that of a tiny configuration
(``tests/workflow/tiny.py``): it is killed after a random share of the time that the whole of it takes, started again,
and so on; it counts as continued where it ends in the same tables, figures and pages. ``assign`` of the finished run is
killed, what lies at the names of its outputs is looked at, and it is run again.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMPARED = {".csv", ".parquet", ".md", ".html", ".safetensors", ".svg", ".png", ".txt"}
"""Without the records of time and machine."""


def contents(folder: Path) -> dict[str, bytes]:
    """What a run has made, without what a killed process has left under temporary names."""
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix in COMPARED and path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if not path.name.startswith(".")}


def left_over(folder: Path) -> list[str]:
    """Temporary files, which hold half of something."""
    return [str(path.relative_to(folder)) for path in folder.rglob(".*-part*")]


def run(command: list[str], seconds: float | None = None) -> float | None:
    """Run a command, and kill it and all that it has started after so many seconds.

    Returns:
        The seconds that it took; None where it was killed.
    """
    started = time.perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            _, said = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            return None
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{said[-3000:]}")
    return time.perf_counter() - started


def snakemake(results: Path, cores: int) -> list[str]:
    """The workflow of the tiny configuration into a folder."""
    sys.path.insert(0, str(ROOT))
    from tests.workflow.tiny import TINY, command

    return [str(word) for word in command(results, TINY, "--cores", str(cores))]


def kill_workflow(folder: Path, whole: Path, kills: int, seconds: float, cores: int, rng: random.Random) -> int:
    """Kill the workflow until it was killed so often, beginning anew where it comes to its end before that.

    Returns:
        The number of files of continued runs that are not those of the undisturbed one.
    """
    done = runs = faults = 0
    expected = contents(whole / "tiny")
    while done < kills:
        results, runs = folder / f"killed-{runs}", runs + 1
        # Some five kills on the way of each run, each after another part of it.
        while done < kills and run(snakemake(results, cores), rng.uniform(0, seconds / 2)) is None:
            done += 1
            half = contents(results / "tiny") if (results / "tiny").is_dir() else {}
            wrong = [name for name, data in half.items() if data != expected.get(name, data)]
            print(f"workflow: kill {done} of {kills}, {len(half)} files there, not whole: {wrong}", flush=True)
            faults += len(wrong)
        run(snakemake(results, cores))
        found = contents(results / "tiny")
        other = [name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)]
        faults += len(other) + len(left_over(results / "tiny"))
        print(f"workflow: {len(found)} files, others: {other}, left over: {left_over(results / 'tiny')}", flush=True)
    return faults


def kill_assign(folder: Path, whole: Path, kills: int, rng: random.Random) -> int:
    """Kill ``assign`` so often, look at what it has left, and run it again.

    Returns:
        The number of faults.
    """
    import pandas as pd

    new = folder / "new.csv"
    patients = pd.concat([pd.read_parquet(whole / "tiny/cohort/patients.parquet").astype(object)] * 1000)
    patients.iloc[:, 0] = [f"N{number}" for number in range(len(patients))]
    patients.iloc[5::1000, 1] = "?"
    patients.to_csv(new, index=False)
    output, good = folder / "out/assigned.csv", folder / "good/assigned.csv"
    call = [sys.executable, "-m", "retina_vae", "assign", str(new), "--run", str(whole / "tiny"), "-o"]
    seconds, faults, done = run([*call, str(good)]) or 0.0, 0, 0
    expected = contents(good.parent)
    while done < kills:
        # Every other one late, because most of the time goes by before anything is written.
        if run([*call, str(output)], seconds * rng.uniform(0.6 if done % 2 else 0, 1)) is None:
            done += 1
            found = contents(output.parent) if output.parent.is_dir() else {}
            faults += sum(data != expected[name] for name, data in found.items())
            half = len(left_over(output.parent))
            if done % 2:
                run([*call, str(output)])
                faults += contents(output.parent) != expected or bool(left_over(output.parent))
            print(f"assign: kill {done} of {kills}, {len(found)} whole and {half} half, {faults} faults", flush=True)
        for path in output.parent.glob("assigned*"):
            path.unlink()
    return faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workflow", type=int, default=20, help="kills of the workflow")
    parser.add_argument("--assign", type=int, default=20, help="kills of assign")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--finished", type=Path, help="results of the tiny configuration that are there already")
    parser.add_argument("--seconds", type=float, default=60.0, help="that these took")
    given = parser.parse_args()
    rng = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as name:
        folder, started = Path(name), time.perf_counter()
        whole = given.finished or folder / "whole"
        seconds = run(snakemake(whole, given.cores)) if given.finished is None else given.seconds
        print(f"undisturbed: {seconds:.0f} s", flush=True)
        faults = kill_assign(folder, whole, given.assign, rng) if given.assign else 0
        if given.workflow:
            faults += kill_workflow(folder, whole, given.workflow, seconds or 0.0, given.cores, rng)
        print(f"{given.workflow} kills of the workflow, {given.assign} of assign, seed {given.seed}: {faults} faults")
        print(f"{time.perf_counter() - started:.0f} s")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
