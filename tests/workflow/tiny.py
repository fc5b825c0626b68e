"""A configuration whose whole workflow takes seconds, and Snakemake on it as a user runs it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.workflow import forks

ROOT = Path(__file__).parents[2]
TINY = {
    "run": "tiny",
    "study": "macular",
    "cohort": {"patients_per_group": 40},
    "vae": {
        "latent_dims": [2, 3],
        "replicas": 2,
        "comparison_replicas": 2,
        "hidden_units": 16,
        "epochs": 40,
        "batch_size": 40,
    },
    "family": {
        "plain": {"latent_dim": 2, "changes": {"kl_weight": 0.0}},
        "flat": {"latent_dim": 2, "changes": {"likelihood": "typed", "input_scaling": "by_kind", "kl_weight": 1.0}},
    },
    "evaluation": {"patients_per_group": 50, "draws": 5},
    "latent_structure": {"patients": 60, "folds": 2, "k_max": 2},
    "choice": {"k_max": 3, "references": 2, "sample": 60},
    "stability": {"bootstraps": 3, "retrained": 2, "n_init": 1},
    "latent": {"draws": 3, "proposals": 64},
    "clusters": {"k": 5, "n_init": 1},
}


def command(results: Path, values: dict[str, Any], *arguments: str) -> list[str]:
    results.mkdir(parents=True, exist_ok=True)
    path = results / "given.yaml"
    # As a person writes it: YAML's dumper alone would quote the key `on`.
    path.write_text(yaml.safe_dump({"results": str(results)} | values).replace("'on':", "on:"))
    return [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", str(path), *arguments]


def snakemake(results: Path, values: dict[str, Any], *arguments: str) -> subprocess.CompletedProcess[str]:
    """What it does where its jobs and itself are forks."""
    return forks.run(command(results, values, *arguments))
