from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from retina_vae.errors import InputError
from retina_vae.files import write_table
from retina_vae.report.tables import DecodedModel, RunTables
from tests.report.released import release


def test_points_are_the_first_draws_of_the_reported_replica(tables: RunTables, run_folder: Path) -> None:
    every = pd.read_parquet(run_folder / "latent/d3/codes.parquet")
    expected = every[every["replica"] == tables.reported]
    assert list(tables.points.columns) == ["cluster", "outcome", "z_1", "z_2", "z_3"]
    assert tables.points["z_2"].tolist() == expected["draw_1_2"].tolist()


def test_refused_rows_are_counted(run_folder: Path, tmp_path: Path) -> None:
    assert RunTables.load(run_folder).account.refused == 0
    copy = shutil.copytree(run_folder, tmp_path / "copy")
    faults = pd.DataFrame({"row": [3, 8, 8], "column": "age", "expected": "a number", "found": "?"})
    faults.to_csv(copy / "cohort/refused.csv", index=False)
    assert RunTables.load(release(copy)).account.refused == 2


def test_nothing_is_read_but_what_is_released(run_folder: Path, tmp_path: Path) -> None:
    for name in ("config.yaml", "release"):
        source = run_folder / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    assert RunTables.load(tmp_path).account.patients == 120


def test_a_number_that_is_not_shown_is_missing_and_not_observed_is_no_category(clinic: RunTables) -> None:
    assert "" in set(clinic.counts["category"])
    assert clinic.counts["category"].notna().all()


@pytest.mark.parametrize("missing", ["clusters/counts.csv", "pictures/points.parquet", "vae/d2/history.parquet"])
def test_a_missing_table_is_named(run_folder: Path, tmp_path: Path, missing: str) -> None:
    copy = shutil.copytree(run_folder, tmp_path / "copy")
    (copy / "release" / missing).unlink()
    with pytest.raises(InputError, match=missing):
        RunTables.load(copy)


def test_a_run_without_a_reported_replica_is_refused(run_folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(run_folder, tmp_path / "copy")
    path = copy / "clusters/replicas.csv"
    pd.read_csv(path).assign(reported=False).to_csv(path, index=False)
    with pytest.raises(InputError, match="one reported replica, got 0"):
        release(copy)


def test_a_run_without_family_has_no_decoded_models(tables: RunTables) -> None:
    assert tables.decoded == {}
    assert set(tables.evaluation["model"]) == {"d2", "d3", "d4"}


def test_decoded_models_have_their_tables(family: RunTables) -> None:
    expected = ["d3", "autoencoder", "unregularised", "regularised", "beta-1", "beta-4", "supervised"]
    assert list(family.decoded) == expected
    traversals = family.decoded["beta-1"].traversals
    # A number has an empty category, which CSV reads as a missing one.
    assert set(traversals.loc[traversals["column"] == "age", "category"]) == {""}
    assert "covariance_3_2" in family.decoded["supervised"].posterior


def test_categories_that_look_like_numbers_keep_their_names(family: RunTables, tmp_path: Path) -> None:
    """In the same column of the file, a number's category is empty, so that pandas would read 0.0 and 1.0."""
    decoded = family.decoded["beta-1"]
    names = {"absent": "0", "present": "01", "female": "None"}
    traversals = decoded.traversals.assign(category=decoded.traversals["category"].replace(names))
    traversals = traversals[traversals["category"].isin(["", *names.values()])].reset_index(drop=True)
    write_table(traversals, tmp_path / "latent/beta-1/traversals.csv")
    write_table(decoded.interpolation, tmp_path / "latent/beta-1/interpolation.csv")
    write_table(decoded.generated_check, tmp_path / "latent/beta-1/generated_check.csv")
    write_table(decoded.posterior, tmp_path / "pictures/beta-1/posterior.parquet")
    read = DecodedModel.load(tmp_path, "beta-1", 3).traversals
    assert read["category"].tolist() == traversals["category"].tolist()


@pytest.mark.parametrize("column", ["distance", "ari_limit"])
def test_a_missing_measure_is_named(run_folder: Path, tmp_path: Path, column: str) -> None:
    copy = shutil.copytree(run_folder, tmp_path / "copy")
    path = copy / "evaluation/evaluation.csv"
    pd.read_csv(path).drop(columns=column).to_csv(path, index=False)
    release(copy)
    with pytest.raises(InputError, match=rf"evaluation.csv: .*\['{column}'\] are missing"):
        RunTables.load(copy)


def test_a_model_that_was_not_measured_is_named(run_folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(run_folder, tmp_path / "copy")
    path = copy / "evaluation/posterior.csv"
    pd.read_csv(path).query("model != 'd4'").to_csv(path, index=False)
    release(copy)
    with pytest.raises(InputError, match=r"posterior.csv: .*\['d4'\] are missing"):
        RunTables.load(copy)


def test_a_missing_table_of_a_decoded_model_is_named(family_folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(family_folder, tmp_path / "copy")
    (copy / "release/latent/beta-1/traversals.csv").unlink()
    with pytest.raises(InputError, match=r"beta-1/traversals.csv"):
        RunTables.load(copy)


def test_a_released_table_that_was_changed_is_named(run_folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(run_folder, tmp_path / "copy")
    with (copy / "release/clusters/table1.csv").open("a") as stream:
        stream.write("7,1\n")
    with pytest.raises(InputError, match=r"release/clusters/table1.csv: expected the file that the step release wrote"):
        RunTables.load(copy)
