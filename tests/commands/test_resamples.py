"""``retina-vae resamples`` on a small run, and what ``stability`` makes of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from retina_vae.commands.resamples import app
from retina_vae.commands.resamples_gather import app as gather
from retina_vae.commands.stability import app as stability
from retina_vae.errors import ConfigurationError, InputError, NonFiniteLossError
from retina_vae.files import read_table
from retina_vae.latent import Codes
from retina_vae.latent.resampled import ResampledCodes, write_resampled
from retina_vae.resamples import SCHEMES
from tests.assign.runs import TYPED, make_run

SHORT = {"objective": "importance_weighted", "epochs": 3, "refit_epochs": 1, "batch_size": 30}


@pytest.fixture
def folder(tmp_path: Path, simulated_patients: pd.DataFrame) -> Path:
    patients = simulated_patients.iloc[::50].reset_index(drop=True)
    folder = make_run(tmp_path, patients, TYPED | SHORT, "importance", "draws")
    change(folder, "stability", {"bootstraps": 3, "retrained": 3, "n_init": 1})
    return folder


def change(folder: Path, section: str, keys: dict) -> None:
    path = folder / "config.yaml"
    values = yaml.safe_load(path.read_text())
    values[section] = values.get(section, {}) | keys
    path.write_text(yaml.safe_dump(values))


def call(folder: Path, command=app, *arguments: str):
    return CliRunner().invoke(command, ["--config", str(folder / "config.yaml"), *arguments], catch_exceptions=False)


def resampled(folder: Path) -> ResampledCodes:
    ids = pd.read_parquet(folder / "cohort/patients.parquet")["patient_id"].tolist()
    return ResampledCodes.read(folder / "latent/resamples.parquet", ids)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_resample_has_codes_of_all_patients_and_says_whom_it_drew(folder: Path, scheme: str) -> None:
    change(folder, "stability", {"scheme": scheme})
    result = call(folder)
    found, patients = resampled(folder), 60
    assert found.codes.mean.shape == (3, patients, 2)
    assert np.isfinite(found.codes.mean).all()
    sums = {"bootstrap": patients, "subset": patients // 2, "noise": patients}
    assert (found.times.sum(axis=1) == sums[scheme]).all()
    assert found.times.max() == 1 if scheme != "bootstrap" else found.times.max() > 1
    assert f"3 resamples ({scheme}) of 60 patients" in result.stderr
    assert not any(name in result.stderr for name in pd.read_parquet(folder / "cohort/patients.parquet")["patient_id"])


def test_the_same_seed_gives_the_same_bytes(folder: Path) -> None:
    call(folder)
    first = (folder / "latent/resamples.parquet").read_bytes()
    call(folder)
    assert (folder / "latent/resamples.parquet").read_bytes() == first


def test_one_more_resample_leaves_the_others(folder: Path) -> None:
    """A change of their number goes on from the same patients and starts; groups round in single precision."""
    call(folder)
    first = resampled(folder)
    change(folder, "stability", {"retrained": 4})
    call(folder)
    more = resampled(folder)
    np.testing.assert_array_equal(more.times[:3], first.times)
    np.testing.assert_allclose(more.codes.mean[:3], first.codes.mean, atol=1e-3)


def test_stability_judges_the_whole_method_beside_the_model_held_fixed(folder: Path) -> None:
    call(folder)
    result = call(folder, stability)
    retrained, bootstrap = (read_table(folder / "clusters" / f"{name}.csv") for name in ("retrained", "bootstrap"))
    assert retrained.columns.tolist() == bootstrap.columns.tolist()
    assert retrained["cluster"].tolist() == bootstrap["cluster"].tolist()
    assert retrained["resamples"].max() == 3
    held = (retrained["jaccard_mean"] >= 0.75).sum()
    assert f"{held} when the model is trained again on them" in result.stderr
    first = (folder / "clusters/retrained.csv").read_bytes()
    call(folder, stability, "--threads", "3")
    assert (folder / "clusters/retrained.csv").read_bytes() == first


def test_a_run_without_training_on_resamples_says_so(folder: Path) -> None:
    change(folder, "stability", {"retrained": 0})
    with pytest.raises(ConfigurationError, match="at least 1 resample"):
        call(folder)
    result = call(folder, stability)
    assert read_table(folder / "clusters/retrained.csv")["resamples"].eq(0).all()
    assert "training on them was not asked for" in result.stderr


def test_resamples_of_another_configuration_are_an_error(folder: Path) -> None:
    with pytest.raises(InputError, match=r"resamples\.parquet: expected a file that the step resamples makes"):
        call(folder, stability)
    mean = np.zeros((2, 60, 2), np.float32)
    ids = pd.read_parquet(folder / "cohort/patients.parquet")["patient_id"].tolist()
    other = Codes(mean, mean, mean[:, None])
    write_resampled(folder / "latent/resamples.parquet", [other], np.ones((2, 60), np.int64), ids)
    with pytest.raises(InputError, match=r"expected the codes of stability\.retrained = 3 resamples, got 2"):
        call(folder, stability)


def test_a_training_that_diverges_says_that_it_was_on_a_resample(folder: Path) -> None:
    change(folder, "vae", {"learning_rate": 1e30})
    with pytest.raises(NonFiniteLossError, match=r"training on resamples.* Or set stability.retrained to 0"):
        call(folder)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_chunks_together_are_the_bytes_of_one_job(folder: Path, scheme: str) -> None:
    change(folder, "vae", {"replicas_per_pass": 2})
    change(folder, "stability", {"scheme": scheme, "chunks": 2})
    call(folder)
    path = folder / "latent/resamples.parquet"
    alone = path.read_bytes()
    path.unlink()
    said = call(folder, app, "--chunk", "2/2").stderr
    assert "resamples: chunk 2 of 2: replicas 3 to 3\n" in said
    with pytest.raises(InputError, match=r"resamples/chunk-1/model\.json"):
        call(folder, gather)
    call(folder, app, "--chunk", "1/2")
    assert not path.exists()
    call(folder, gather)
    assert path.read_bytes() == alone


def test_a_chunk_without_a_resample_is_gathered_with_the_others(folder: Path) -> None:
    change(folder, "stability", {"chunks": 2})
    call(folder)
    alone = (folder / "latent/resamples.parquet").read_bytes()
    said = [call(folder, app, "--chunk", f"{number}/2").stderr for number in (1, 2)]
    assert "chunk 2 of 2 has no replica: 3 are trained in one pass" in said[1]
    call(folder, gather)
    assert (folder / "latent/resamples.parquet").read_bytes() == alone
