"""Provenance: what a run was made from, and by what."""

from __future__ import annotations

import csv
import json
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import retina_vae
from retina_vae.config import Configuration
from retina_vae.files import sha256
from retina_vae.hashes import RUN_FORMAT
from retina_vae.run import Run

__all__ = ["describe_run", "step_seconds"]

PACKAGES = ("torch", "scikit-learn", "numpy", "pandas", "scipy", "matplotlib", "snakemake", "pyarrow", "safetensors")


def describe_run(run: Run, inputs: list[Path]) -> dict[str, Any]:
    """The manifest of a finished run.

    Args:
        run: All of whose steps are done.
        inputs: Files that the run read and did not make.

    Returns:
        Format, configuration, seeds, versions, commit, machine, device of each model, SHA-256 of the inputs, SHA-256
        and size of every artefact, and the wall seconds of each step as the workflow measured them.

    Raises:
        InputError: An artefact is missing, or another than its step wrote.
    """
    settings = run.settings
    return {
        "format": RUN_FORMAT,
        "run": settings.run,
        "configuration": settings.model_dump(mode="json"),
        "seeds": _seeds(settings),
        "versions": {"retina_vae": retina_vae.__version__, "python": platform.python_version()} | _versions(),
        "git_commit": _git_commit(),
        "machine": {"system": platform.system(), "release": platform.release(), "processor": platform.machine()},
        "devices": _devices(run),
        "inputs": {str(path): sha256(path) for path in inputs},
        "artefacts": run.checked(),
        "seconds": step_seconds(run.folder / "benchmarks"),
    }


def _seeds(settings: Configuration) -> dict[str, Any]:

    def consecutive(first: int, name: str) -> list[int]:
        return list(range(first, first + settings.replicas_of(name)))

    return {
        "cohort": settings.cohort.seed if settings.source.simulated else None,
        "vae": {name: consecutive(settings.vae_of(name).seed, name) for name in settings.models},
        "evaluation": settings.evaluation.seed,
        "latent": {name: consecutive(settings.latent.seed, name) for name in settings.plain_models},
        "clusters": settings.clusters.seed,
    }


def _versions() -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found


def _git_commit() -> dict[str, Any] | None:
    """The commit of the source, and whether tracked files differ from it; None outside a git checkout."""
    folder = Path(retina_vae.__file__).parent

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(folder), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    try:
        return {"commit": git("rev-parse", "HEAD"), "changed": bool(git("status", "--porcelain", "-uno"))}
    except (OSError, subprocess.CalledProcessError):
        return None


def _devices(run: Run) -> dict[str, str]:
    """Where each model was trained."""
    models = {name: run.verified("vae/{model}/model.json", name) for name in run.settings.models}
    return {name: json.loads(path.read_text(encoding="utf-8"))["device"] for name, path in models.items()}


def step_seconds(folder: Path) -> dict[str, float]:
    """Wall seconds per step, from the benchmark tables that the workflow writes."""
    seconds = {}
    for path in sorted(folder.glob("*.tsv")):
        with path.open(encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream, delimiter="\t"))
        if rows:
            seconds[path.stem] = float(rows[-1]["s"])
    return seconds
