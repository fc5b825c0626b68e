"""Training in several jobs: what they are planned for, and when they run again."""

import re
from pathlib import Path

import pytest

from tests.workflow.tiny import TINY, snakemake

pytestmark = pytest.mark.workflow

VAE = TINY["vae"] | {"epochs": 2, "chunks": 2, "replicas_per_pass": 1}
VALUES = TINY | {"family": {}, "vae": VAE, "stability": TINY["stability"] | {"chunks": 2}}


def planned_jobs(results: Path, values: dict, *targets: str) -> dict[str, int]:
    result = snakemake(results, values, "--dry-run", "--", *targets)
    counts = (result.stdout + result.stderr).split("Job stats:")[-1]
    return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", counts, flags=re.MULTILINE)}


def test_chunks_are_jobs_and_run_again_when_what_decides_them_changes(tmp_path: Path) -> None:
    """Although the chunks themselves are gone once they are gathered."""
    run = tmp_path / "tiny"
    targets = [str(run / name) for name in ("vae/d3/weights.safetensors", "latent/resamples.parquet")]
    assert planned_jobs(tmp_path, VALUES, *targets) == {
        "cohort": 1,
        **{"vae_chunk": 2, "vae_gather": 1, "resamples_chunk": 2, "resamples_gather": 1},
        "total": 7,
    }
    result = snakemake(tmp_path, VALUES, "--", *targets)
    assert result.returncode == 0, result.stderr[-3000:]
    assert not list(run.rglob("chunk-*/*"))
    assert planned_jobs(tmp_path, VALUES, *targets) == {}
    jobs = planned_jobs(tmp_path, VALUES | {"vae": VAE | {"epochs": 3}}, *targets)
    assert (jobs["vae_chunk"], jobs["vae_gather"]) == (2, 1)
    assert (jobs["resamples_chunk"], jobs["resamples_gather"]) == (2, 1)
    jobs = planned_jobs(tmp_path, VALUES | {"vae": VAE | {"replicas": 4}}, targets[0])
    assert (jobs["vae_chunk"], jobs["vae_gather"]) == (2, 1)
    assert "cohort" not in jobs


def test_one_job_is_gathered_by_nobody(tmp_path: Path) -> None:
    jobs = planned_jobs(tmp_path, TINY)
    assert jobs["vae"] == 4
    assert jobs["resamples"] == 1
    assert not {name for name in jobs if "chunk" in name or "gather" in name}
