import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retina_vae.assign import TrainedRun, load_run
from retina_vae.errors import InputError, RetinaVaeError
from retina_vae.model_format import FORMAT
from tests.assign.clinic import CLINIC_TABLE, GAPS, clinic_patients
from tests.manifests import sign


def test_known_patients_have_the_runs_clusters(either: TrainedRun, request: pytest.FixtureRequest):
    name = "typed" if either.scorer.description.has_density else "paper"
    folder = request.getfixturevalue(f"{name}_folder")
    table, own = pd.read_parquet(folder / "clusters" / "assignments.parquet"), either.known.scores
    assert (own.cluster + 1 == table["cluster"]).all()


def test_shares_of_the_runs_draws_scatter_about_the_integrated_probabilities(paper: TrainedRun, paper_folder: Path):
    table, own = pd.read_parquet(paper_folder / "clusters" / "assignments.parquet"), paper.known.scores
    chosen = own.probability[np.arange(len(table)), own.cluster]
    error = np.sqrt(np.maximum(chosen * (1 - chosen), 0.25 / 16) / 16)
    assert (np.abs(chosen - table["draw_share"]) < 6 * error).all()


def test_noise_is_at_least_as_many_points_as_the_run_draws(either: TrainedRun):
    assert either.scorer.noise.shape == (1, 2, 512 if either.scorer.description.has_density else 256, 1)
    assert either.scorer.model.replicas == 1


def test_known_patients_are_found_by_identifier_and_inputs(typed: TrainedRun, training: pd.DataFrame):
    some = training.iloc[[5, 3, 9]].reset_index(drop=True)
    some.loc[1, "age"] += 1e-12
    some.loc[2, "age"] += 1e-3
    features = typed.scorer.description.encoding.encode(some)
    assert typed.known.find(some["patient_id"], features).tolist() == [5, 3, -2]
    assert typed.known.find(pd.Series(["new"] * 3, dtype=object), features).tolist() == [-1, -1, -1]


def test_known_patients_with_gaps_are_equal_where_the_same_values_are_missing(
    clinic: TrainedRun, clinic_training: pd.DataFrame
):
    encoding = clinic.scorer.description.encoding
    some = clinic_training.iloc[:40].reset_index(drop=True)
    assert some[GAPS].isna().any(axis=1).sum() > 20
    assert clinic.known.find(some["record"], encoding.encode(some)).tolist() == list(range(40))
    lost, gained = some.copy(), some.copy()
    known = some["visits"].notna()
    lost.loc[known, "visits"] = np.nan
    gained["visits"] = gained["visits"].fillna(2.0)
    assert (clinic.known.find(lost["record"], encoding.encode(lost)) == np.where(known, -2, range(40))).all()
    assert (clinic.known.find(gained["record"], encoding.encode(gained)) == np.where(known, range(40), -2)).all()


def test_gaps_are_those_of_the_training_cohort_and_observed_counts_columns(clinic: TrainedRun, typed: TrainedRun):
    assert (clinic.gaps, typed.gaps) == (set(GAPS), frozenset())
    patients = clinic_patients(100, seed=3, missing=0.4)
    features = clinic.scorer.description.encoding.encode(patients)
    assert (clinic.observed(features) == 8 - patients[GAPS].isna().sum(axis=1)).all()
    assert (typed.observed(typed.known.features) == 6).all()


def remove(name: str) -> Callable[[Path], None]:
    return lambda folder: shutil.rmtree(folder / name) if (folder / name).is_dir() else (folder / name).unlink()


def change_format(folder: Path) -> None:
    path = folder / "vae" / "d2" / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 1}))


def change_format_and_keys(folder: Path) -> None:
    change_format(folder)
    path = folder / "config.yaml"
    path.write_text(path.read_text() + "an_older_key: 1\n")


def report_no_replica(folder: Path) -> None:
    path = folder / "clusters" / "replicas.csv"
    path.write_text(path.read_text().replace("True", "False"))


def report_another_replica(folder: Path) -> None:
    for name in ("replicas", "centers"):
        path = folder / "clusters" / f"{name}.csv"
        table = pd.read_csv(path)
        table["replica"] += 7
        table.to_csv(path, index=False)


def drop_center(folder: Path) -> None:
    path = folder / "clusters" / "centers.csv"
    table = pd.read_csv(path)
    table[table["cluster"] != 2].to_csv(path, index=False)


def shuffle_assignments(folder: Path) -> None:
    path = folder / "clusters" / "assignments.parquet"
    pd.read_parquet(path).iloc[::-1].to_parquet(path, index=False)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (remove("config.yaml"), "expected the folder of a run"),
        (remove("clusters"), "expected a finished run, but .*clusters/replicas.csv"),
        (remove("latent"), "expected a finished run, but .*codes.parquet"),
        (remove("cohort/patients.parquet"), "expected a finished run, but .*patients.parquet"),
        (remove("vae/d2/weights.safetensors"), "expected a finished run, but .*weights.safetensors"),
        (change_format, f"expected a model of format {FORMAT}, got 1"),
        (change_format_and_keys, f"expected a model of format {FORMAT}, got 1"),
        (report_no_replica, "expected one reported replica"),
        (report_another_replica, "expected a replica from 1 to 2"),
        (drop_center, "expected the centres of 3 clusters"),
        (shuffle_assignments, "expected the patients of the cohort in their order"),
    ],
)
def test_a_run_that_is_not_whole_is_refused(
    tmp_path: Path, typed_folder: Path, damage: Callable[[Path], None], message: str
):
    folder = tmp_path / "r"
    shutil.copytree(typed_folder, folder)
    damage(folder)
    # As a run would have written it; that a file was changed afterwards is said before anything else.
    sign(folder)
    with pytest.raises(RetinaVaeError, match=message) as error:
        load_run(folder)
    assert str(folder) in str(error.value)


@pytest.mark.parametrize(
    "name",
    [
        "cohort/patients.parquet",
        "vae/d2/weights.safetensors",
        "vae/d2/model.json",
        "latent/d2/codes.parquet",
        "clusters/centers.csv",
        "clusters/replicas.csv",
        "clusters/assignments.parquet",
    ],
)
def test_a_file_that_was_changed_is_named(tmp_path: Path, typed_folder: Path, name: str):
    """One flipped bit, the half of a file, and the file of another run: none gives other clusters in silence."""
    folder = tmp_path / "r"
    shutil.copytree(typed_folder, folder)
    path = folder / name
    whole = path.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for changed in (bytes(flipped), whole[: len(whole) // 2], whole + b" "):
        path.write_bytes(changed)
        with pytest.raises(InputError, match="found another") as error:
            load_run(folder)
        assert str(error.value).startswith(f"{path}: ")
    path.write_bytes(whole)
    load_run(folder)


def test_a_configuration_that_was_changed_afterwards_is_refused_and_one_that_was_moved_is_not(
    tmp_path: Path, typed_folder: Path
):
    folder = tmp_path / "r"
    shutil.copytree(typed_folder, folder)
    path, text = folder / "config.yaml", (typed_folder / "config.yaml").read_text()
    path.write_text(text.replace(f"results: {typed_folder.parent}", "results: elsewhere"))
    assert "elsewhere" in path.read_text()
    load_run(folder)
    path.write_text(text.replace("correction: importance", "correction: none"))
    with pytest.raises(InputError, match="expected the configuration that the run's manifest"):
        load_run(folder)


def test_a_missing_run_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="expected the folder of a run"):
        load_run(tmp_path / "nothing")


def test_a_table_schema_of_other_columns_is_refused(clinic_folder: Path, tmp_path: Path):
    shutil.copytree(clinic_folder, tmp_path / "r")
    path = tmp_path / "r" / "cohort" / "table_schema.yaml"
    path.write_text(CLINIC_TABLE.to_yaml())
    sign(tmp_path / "r")
    assert load_run(tmp_path / "r").table_schema == CLINIC_TABLE
    path.write_text(CLINIC_TABLE.to_yaml().replace("label: severe", "label: grave"))
    sign(tmp_path / "r")
    with pytest.raises(InputError, match=r"table_schema.yaml: expected the columns of schema.yaml beside it"):
        load_run(tmp_path / "r")
