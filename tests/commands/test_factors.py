"""The step that measures coordinates, on models that were not trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from retina_vae.cohort import fit_encoding
from retina_vae.factors import column_factors, information
from retina_vae.files import write_table, write_text
from retina_vae.latent.encode import encode_patients, patient_features
from retina_vae.studies.macular.schema import MACULAR
from retina_vae.vae import ModelDescription, build_model, replica_generators, save_model
from tests.manifests import sign

from .conftest import Command


@pytest.fixture
def run_folder(tmp_path: Path, simulated_patients: pd.DataFrame) -> Path:
    """A run of 300 patients with two replicas of d2 and an autoencoder, none of them trained."""
    patients = simulated_patients.iloc[::10].reset_index(drop=True)
    vae = {"latent_dims": [2], "replicas": 2, "hidden_units": 8, "likelihood": "typed", "input_scaling": "by_kind"}
    family = {"plain": {"latent_dim": 3, "changes": {"objective": "autoencoder", "posterior": "point", "kl_weight": 0}}}
    settings = {"run": "r", "study": "macular", "results": str(tmp_path), "vae": vae, "family": family}
    settings |= {"clusters": {"latent_dim": 2, "k": 3}}
    folder = tmp_path / "r"
    write_text(yaml.safe_dump(settings), folder / "config.yaml")
    write_table(patients, folder / "cohort" / "patients.parquet")
    write_text(MACULAR.to_yaml(), folder / "cohort" / "schema.yaml")
    for name, seeds, dimensions, posterior in (("d2", (1, 2), 2, "diagonal"), ("plain", (1,), 3, "point")):
        description = ModelDescription(
            replicas=len(seeds),
            seeds=seeds,
            hidden_units=8,
            decoder_units=8,
            latent_dim=dimensions,
            encoding=fit_encoding(patients, MACULAR, "by_kind"),
            likelihood="typed",
            posterior=posterior,
            device="cpu",
        )
        model = build_model(description)
        model.initialize("glorot_uniform", replica_generators(seeds))
        save_model(model, description, folder / "vae" / name)
        codes = encode_patients(model, patient_features(description.encoding, patients)).mean.double().numpy()
        np.save(folder / f"{name}.npy", codes)
    sign(folder)
    return folder


def test_every_model_is_measured_beside_principal_components(
    run_folder: Path, simulated_patients: pd.DataFrame, command: Command
) -> None:
    code, said = command("factors", "--run", run_folder)
    assert code == 0, said
    assert "factors: 2 models against 6 columns of 300 patients" in said
    patients = simulated_patients.iloc[::10].reset_index(drop=True)
    known = column_factors(patients, MACULAR)
    for name, replicas in (("d2", ["1", "2"]), ("plain", ["1"])):
        measured = pd.read_csv(run_folder / f"latent/{name}/disentanglement.csv", dtype={"replica": str})
        assert measured["replica"].tolist() == [*replicas, "pca"]
        assert measured[["patients", "columns"]].to_numpy().tolist() == [[300, 6]] * len(measured)
        assert measured.notna().all(axis=None)
        factors = pd.read_csv(run_folder / f"latent/{name}/factors.csv", dtype={"replica": str})
        own = factors[factors["replica"] == replicas[-1]]
        codes = np.load(run_folder / f"{name}.npy")
        expected = information(codes[len(replicas) - 1].T, known)
        np.testing.assert_allclose(own["mutual_information"], expected.nats.T.ravel())
        np.testing.assert_allclose(own["normalised"], expected.normalised.T.ravel())
        assert measured["mig"].iloc[-2] == pytest.approx(expected.gap.mean())
        assert own["column"].tolist()[:: codes.shape[1]] == [column.name for column in MACULAR.inputs]
