"""Runs of other patients than the simulated ones, and of few."""

from pathlib import Path

import pandas as pd
import pytest

from retina_vae.cohort.schema_file import read_table_schema
from tests.clinic import write_clinic_table
from tests.workflow.tiny import TINY, snakemake

pytestmark = pytest.mark.workflow


def test_the_published_cohort_runs_with_the_papers_numbers(published_folder: Path, tmp_path: Path) -> None:
    """A folder with a space in its name, fewer clusters than the paper has, and clusters on the means."""
    cohort = {"source": "published", "folder": str(published_folder)}
    values = TINY | {"family": {}, "cohort": cohort, "clusters": {"k": 12, "n_init": 1, "on": "means"}}
    values["vae"] = TINY["vae"] | {"epochs": 2, "batch_size": 500}
    result = snakemake(tmp_path / "my results", values)
    assert result.returncode == 0, result.stderr[-3000:]
    run = tmp_path / "my results/tiny"
    rules = pd.read_csv(run / "audit/rules.csv")
    assert rules["size"].tolist() == rules["printed_size"].tolist()
    assert len(pd.read_csv(run / "audit/errata.csv")) > 0
    assert len(pd.read_csv(run / "audit/claims.csv")) == 8
    assert pd.read_csv(run / "clusters/table1.csv")["size"].sum() == 3000


def test_a_run_from_a_table_keeps_the_schema_of_the_table(tmp_path: Path) -> None:
    """It is made again where it is lost."""
    clinic = write_clinic_table(tmp_path)
    schema = tmp_path / "schema.yaml"
    schema.write_text(clinic.schema.to_table_schema().to_text(schema), encoding="utf-8")
    cohort = {"source": "table", "table": str(clinic.table), "schema": str(schema)}
    values = {"run": "clinic", "cohort": cohort, "vae": {"latent_dims": [2]}, "clusters": {"latent_dim": 2, "k": 3}}
    kept = tmp_path / "clinic/cohort/table_schema.yaml"
    for _ in range(2):
        result = snakemake(tmp_path, values, "--until", "cohort")
        assert result.returncode == 0, result.stderr[-3000:]
        assert read_table_schema(kept) == read_table_schema(schema)
        assert "Getting the patients" in result.stderr
        assert "Getting the patients" not in snakemake(tmp_path, values, "--until", "cohort").stderr
        kept.unlink()
