"""Finished runs of some simulated patients, made without models."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from retina_vae.files import write_table, write_text
from retina_vae.studies.macular.schema import MACULAR
from tests.manifests import sign

MANIFEST = {
    "run": "r",
    "versions": {"retina_vae": "0.1.0", "torch": "2.13.0"},
    "git_commit": {"commit": "a" * 40, "changed": False},
    "devices": {"d2": "cpu"},
    "inputs": {"data/epidemiology.yaml": "b" * 64},
    "seconds": {"vae-d2": 12.5},
    "seeds": {"cohort": 1},
}


def write_run(
    folder: Path,
    patients: pd.DataFrame,
    clusters: np.ndarray,
    consensus: np.ndarray | None = None,
    manifest: dict[str, Any] = MANIFEST,
    **changes: Any,
) -> Path:
    """The folder of a run; ``changes`` are sections of the configuration."""
    settings = {
        "run": folder.name,
        "study": "macular",
        "results": str(folder.parent),
        "cohort": {"patients_per_group": 300},
    }
    settings |= {"vae": {"latent_dims": [2]}, "clusters": {"latent_dim": 2, "k": 6}} | changes
    write_text(yaml.safe_dump(settings), folder / "config.yaml")
    write_text(MACULAR.to_yaml(), folder / "cohort/schema.yaml")
    write_table(patients, folder / "cohort/patients.parquet")
    labels = {"cluster": clusters, "consensus_cluster": clusters if consensus is None else consensus}
    write_table(pd.DataFrame({"patient_id": patients["patient_id"], **labels}), folder / "clusters/assignments.parquet")
    tables = {
        "replicas": pd.DataFrame({"replica": [1, 2, 3], "reported": [True, False, False]}),
        "agreement": pd.DataFrame({"replica_a": [1, 1, 2], "replica_b": [2, 3, 3], "ari": [0.6, 0.7, 0.8]}),
        "stability": pd.DataFrame({"cluster": [1, 2], "jaccard_mean": [0.9, 0.5]}),
    }
    for name, table in tables.items():
        write_table(table, folder / f"clusters/{name}.csv")
    return sign(folder, **manifest)


def write_measures(folder: Path, distance: list[float], sentence: str, k: int) -> None:
    """The tables that a run may lack."""
    evaluation = pd.DataFrame({"model": ["d2"] * len(distance), "distance": distance})
    evaluation["log_evidence"] = -7.0 - evaluation["distance"]
    other = evaluation.assign(model="d3", distance=99.0)
    write_table(pd.concat([other, evaluation]), folder / "evaluation/evaluation.csv")
    write_text(f"{sentence}\n", folder / "clusters/choice.txt")
    found = {"answer": "groups", "k": k, "patients": 60, "folds": 3, "seed": 1}
    write_table(pd.DataFrame([found]), folder / "clusters/latent_structure.csv")
    write_table(pd.DataFrame({"cluster": [1, 2], "jaccard_mean": [0.8, 0.6]}), folder / "clusters/bootstrap.csv")
    write_table(pd.DataFrame({"cluster": [1, 2], "jaccard_mean": [0.7, 0.4]}), folder / "clusters/retrained.csv")
    sign(folder, **MANIFEST)


@pytest.fixture(scope="session")
def patients(simulated_patients: pd.DataFrame) -> pd.DataFrame:
    return simulated_patients.iloc[::10].reset_index(drop=True)


@pytest.fixture(scope="session")
def clusters(patients: pd.DataFrame) -> np.ndarray:
    """Six clusters of at least 20 patients."""
    polyps, drusen = ((patients[name] == "present").to_numpy() for name in ("polyps", "drusen"))
    return np.select([polyps, drusen], [1, 3], 5) + (patients["sex"] == "female").to_numpy()


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """Writes a run of the given name into the test's own folder."""
    return lambda name, *arguments, **changes: write_run(tmp_path / "results" / name, *arguments, **changes)
