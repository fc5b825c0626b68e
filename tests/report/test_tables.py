from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from retina_vae.errors import InputError
from retina_vae.report.tables import RunTables


def test_codes_are_the_first_draws_of_the_reported_replica(tables: RunTables, run_folder: Path) -> None:
    every = pd.read_parquet(run_folder / "latent/d3/codes.parquet")
    expected = every[every["replica"] == tables.reported]
    assert list(tables.codes.columns) == ["patient_id", "draw_1_1", "draw_1_2", "draw_1_3"]
    assert tables.codes["draw_1_2"].tolist() == expected["draw_1_2"].tolist()


def test_a_run_without_audit_has_no_claims(tables: RunTables) -> None:
    assert tables.claims is None
    assert tables.audit_agreement is None


@pytest.mark.parametrize("missing", ["clusters/stability.csv", "latent/d3/codes.parquet", "vae/d2/history.parquet"])
def test_a_missing_table_is_named(run_folder: Path, tmp_path: Path, missing: str) -> None:
    copy = shutil.copytree(run_folder, tmp_path / "copy")
    (copy / missing).unlink()
    with pytest.raises(InputError, match=missing):
        RunTables.load(copy)


def test_a_run_without_a_reported_replica_is_refused(run_folder: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(run_folder, tmp_path / "copy")
    path = copy / "clusters/replicas.csv"
    pd.read_csv(path).assign(reported=False).to_csv(path, index=False)
    with pytest.raises(InputError, match="one reported replica, got 0"):
        RunTables.load(copy)
