"""``retina-vae held-out`` on few patients: what it writes, what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from typer.testing import CliRunner

from retina_vae.commands.held_out import app
from retina_vae.errors import ConfigurationError
from retina_vae.files import write_table, write_text
from retina_vae.held_out import HeldOutTables
from tests.clinic import clinic_patients, clinic_schema

SHORT = {"epochs": 3, "refit_epochs": 0, "hidden_units": 8, "decoder_units": 4}


def make_cohort(home: Path, patients: int, **sections: Any) -> Path:
    values = {
        "run": "r",
        "results": str(home),
        "cohort": {"source": "table", "table": "t.csv", "schema": "t.yaml"},
        "held_out": {"draws": 8, "latent_dims": [1, 2]},
        **sections,
    }
    write_text(yaml.safe_dump(values), home / "r" / "config.yaml")
    write_table(clinic_patients(patients, outcome=True)[0], home / "r" / "cohort" / "patients.parquet")
    write_text(clinic_schema(outcome=True).to_yaml(), home / "r" / "cohort" / "schema.yaml")
    return home / "r"


def call(folder: Path):
    threads = torch.get_num_threads()
    try:
        return CliRunner().invoke(app, ["--config", str(folder / "config.yaml")], catch_exceptions=False)
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("objective", ["elbo", "supervised"])
def test_with_fewer_patients_than_folds_each_is_one_whatever_the_model_learns(tmp_path: Path, objective: str) -> None:
    folder = make_cohort(tmp_path, 4, vae={**SHORT, "objective": objective})
    result = call(folder)
    table = pd.read_csv(folder / "vae/held_out.csv")
    patients = pd.read_parquet(folder / "vae/held_out_patients.parquet")
    assert table["latent_dim"].tolist() == [1, 2]
    assert table["chosen"].sum() == 1
    assert (table[["folds", "patients"]] == 4).all(axis=None)
    assert sorted(patients["fold"]) == [0, 1, 2, 3]
    own = table.loc[table["chosen"], "log_density"].iloc[0]
    np.testing.assert_allclose(patients["log_density"].mean(), own)
    assert "4 folds" in result.stderr


def test_a_model_without_a_density_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    point = {"posterior": "point", "objective": "autoencoder", "kl_weight": 0.0, "latent_dims": [2]}
    folder = make_cohort(tmp_path, 4, vae={**SHORT, **point}, latent={"correction": "none"})
    with pytest.raises(ConfigurationError, match="expected a run that chooses its latent dimension"):
        call(folder)
    assert not (folder / "vae").exists()


def test_the_tables_say_which_dimension_was_chosen_whatever_their_order() -> None:
    dimensions = pd.DataFrame({"latent_dim": [1, 4, 2], "chosen": [False, True, False]})
    assert HeldOutTables(dimensions, pd.DataFrame()).latent_dim == 4
