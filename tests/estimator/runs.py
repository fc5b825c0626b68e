"""A small run by the workflow's commands, one after the other in this process."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch
import yaml
from typer.testing import CliRunner

from retina_vae.cli import app
from tests.clinic import ClinicTable
from tests.manifests import sign

SETTINGS: dict[str, Any] = {
    "vae": {"hidden_units": 24, "decoder_units": 12, "refit_epochs": 5, "batch_size": 60, "seed": 7},
    "latent": {"proposals": 32, "draws": 4, "seed": 5},
    "clusters": {"n_init": 2, "seed": 3},
    "latent_structure": {"patients": 80, "k_max": 3, "folds": 2, "seed": 2},
}
PARAMETERS: dict[str, Any] = {"latent_dim": 2, "replicas": 3, "epochs": 25, "settings": SETTINGS}
"""Of the estimator that does the same."""

_REST: dict[str, Any] = {
    "evaluation": {"draws": 4, "training_patients": 40, "coded_patients": 40},
    "choice": {"k_max": 3, "references": 2},
    "stability": {"bootstraps": 2, "retrained": 1, "n_init": 1},
}


def run_commands(
    home: Path, clinic: ClinicTable, k: int | str, *, whole: bool = False, trained: Path | None = None
) -> Path:
    """The folder of a run of the clinic's table, as far as its clusters or as far as its release, and signed.

    Args:
        home: Where the run's folder is made.
        clinic: Its table and schema.
        k: Clusters, or ``auto``.
        whole: Whether it goes as far as its release.
        trained: A run of the same table with other clusters, whose models, codes and latent structure are taken over.
    """
    home.mkdir(parents=True, exist_ok=True)
    (home / "schema.yaml").write_text(clinic.schema.to_yaml())
    values = {
        "run": "r",
        "results": str(home),
        "cohort": {"source": "table", "table": str(clinic.table), "schema": str(home / "schema.yaml")},
        **SETTINGS,
        "vae": SETTINGS["vae"] | {"latent_dims": [2], "replicas": 3, "epochs": 25},
        "clusters": SETTINGS["clusters"] | {"latent_dim": 2, "k": k},
    }
    folder = home / "r"
    if trained is None:
        folder.mkdir()
    else:
        shutil.copytree(trained, folder, ignore=shutil.ignore_patterns("release", "assignments.*", "centers.csv"))
    (folder / "config.yaml").write_text(yaml.safe_dump(values | _REST))
    steps = [("clusters",)]
    if trained is None:
        first = [("cohort",), ("vae", "--model", "d2"), ("latent", "--model", "d2"), ("latent-structure",)]
        steps = [*first, *steps]
    if whole:
        later = ("held-out", "evaluate", "factors", "resamples", "choose", "stability", "rivals", "describe", "doubt")
        steps += [("decode", "--model", "d2"), *((name,) for name in (*later, "explorer", "release"))]
    for step in steps:
        _call(folder, *step)
    return sign(folder)


def _call(folder: Path, *command: str) -> None:
    threads = torch.get_num_threads()
    result = CliRunner().invoke(app, [*command, "--config", str(folder / "config.yaml")], catch_exceptions=False)
    torch.set_num_threads(threads)
    assert result.exit_code == 0, result.stderr
