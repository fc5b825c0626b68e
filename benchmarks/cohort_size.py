"""What each step of a run costs at any number of patients: CPU seconds, wall seconds and peak memory.

    python benchmarks/cohort_size.py 3000 --results results/sizes
    python benchmarks/cohort_size.py 300000 --results results/sizes --steps evaluate,describe

The default run on simulated patients, with as many training steps at every size: the epochs are as many fewer as the
patients are more, from 1,000 epochs at 3,000 patients. The commands of the workflow run one after the other, as the
workflow calls them, so the wall seconds of all are those of one job at a time. With ``--steps`` the others must have
been run before.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import pandas as pd
import typer

from retina_vae.config import Configuration
from retina_vae.config_files import load_configuration, parse_configuration
from retina_vae.files import write_table, write_text

ROOT = Path(__file__).parent.parent
_PATIENTS, _EPOCHS = 3000, 1000


class Cost(NamedTuple):
    """Of one step."""

    cpu_seconds: float
    wall_seconds: float
    peak_mb: float


def configuration(patients: int, results: Path, training: float = 1.0) -> Configuration:
    """The default run with this many patients and the training steps of 3,000, times ``training``."""
    values = load_configuration(ROOT / "config/config.yaml").model_dump(mode="json")
    values |= {"run": f"patients_{patients}", "results": str(results.resolve())}
    values["cohort"] |= {"patients_per_group": patients // 3}
    values["vae"] |= {"epochs": max(1, round(_EPOCHS * _PATIENTS / patients * training))}
    return parse_configuration(values, "benchmarks/cohort_size.py")


def commands(settings: Configuration, threads: int) -> Iterator[tuple[str, list[str]]]:
    """Name and arguments of every step, in an order in which each finds what it reads."""
    many = ["--threads", str(threads)]
    dims = [f"d{dim}" for dim in settings.vae.latent_dims]
    yield "cohort", ["cohort"]
    yield from ((f"vae {model}", ["vae", "--model", model]) for model in dims)
    yield "resamples", ["resamples"]
    yield from ((f"latent {model}", ["latent", "--model", model]) for model in dims)
    yield "evaluate", ["evaluate", *many]
    yield "latent-structure", ["latent-structure", *many]
    yield "audit-rules", ["macular", "audit-rules"]
    yield "clusters", ["clusters", "--reference", str(settings.folder / "audit/partition.parquet"), *many]
    yield "choose", ["choose", *many]
    yield "stability", ["stability", *many]
    yield "doubt", ["doubt"]
    yield "explorer", ["explorer"]
    yield "describe", ["describe"]
    yield "audit", ["macular", "audit"]
    yield "release", ["release"]
    yield "report", ["report"]
    yield "manifest", ["manifest"]


def measure(arguments: list[str], log: Path) -> Cost:
    """Run a command of retina-vae and ask the system what it took.

    Raises:
        SystemExit: It failed; the log says why.
    """
    begun = time.perf_counter()
    with log.open("w") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "retina_vae", *arguments], cwd=ROOT, stdout=stream, stderr=stream
        )
        _, status, used = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{' '.join(arguments)} failed; {log} says why")
    return Cost(used.ru_utime + used.ru_stime, time.perf_counter() - begun, used.ru_maxrss / 1000)


def main(
    patients: Annotated[int, typer.Argument(help="Patients in all, a third of them of each group.")],
    results: Annotated[Path, typer.Option(help="Folder of the run.")] = Path("results/sizes"),
    steps: Annotated[str, typer.Option(help="Only these steps, by name or its first word, with commas.")] = "",
    threads: Annotated[int, typer.Option(help="Of the steps that take several.")] = 2,
    training: Annotated[float, typer.Option(help="Share of the training steps, for a look at the other steps.")] = 1.0,
) -> None:
    """Run the steps, and print and write what each took."""
    settings = configuration(patients, results, training)
    folder = settings.folder
    write_text(settings.to_yaml(), folder / "config.yaml")
    asked, rows = [step.strip() for step in steps.split(",") if step], []
    for name, arguments in commands(settings, threads):
        if not asked or name in asked or name.split()[0] in asked:
            cost = measure(
                [*arguments, "--config", str(folder / "config.yaml")], folder / f"{name.replace(' ', '-')}.log"
            )
            rows.append({"patients": patients, "step": name, **cost._asdict()})
            print(
                f"{name:<18} {cost.cpu_seconds:8.1f} s CPU {cost.wall_seconds:8.1f} s {cost.peak_mb:8.0f} MB",
                flush=True,
            )
    table = pd.DataFrame(rows).round(1)
    write_table(table, folder / "cost.csv")
    print(f"{'all':<18} {table['cpu_seconds'].sum():8.1f} s CPU {table['wall_seconds'].sum():8.1f} s")


if __name__ == "__main__":
    typer.run(main)
