"""The smoke run through a Slurm of one node, this machine, which ``tests/slurm/start.sh --install`` installs.

As far as the clusters, whose jobs are all kinds that there are (chunks, what gathers them, steps in a group): every job
waits for the plugin's questions, so the whole takes twice as long. It is run where ``SLURM_WHOLE`` is set.

It is skipped where Slurm is not installed or the tests are not run by root, who alone can start it. Where Slurm is
there, it must start, and the run must pass.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from retina_vae.config_files import load_configuration
from retina_vae.steps import steps_of

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / ".venv/slurm"
MISSING = [program for program in ("slurmctld", "slurmd", "munged", "squeue") if shutil.which(program) is None]
CHUNKS = {"vae": {"chunks": 2, "replicas_per_pass": 1}, "stability": {"chunks": 2}}
ALONE = {"vae": {"chunks": 1, "replicas_per_pass": 1}, "stability": {"chunks": 1}}
# What follows from the chunks, and ends before what has nothing to do with them.
SAME = [
    *(f"vae/{model}/{file}" for model in ("d2", "d3") for file in ("weights.safetensors", "model.json")),
    *(f"vae/{model}/history.parquet" for model in ("d2", "d3")),
    "latent/resamples.parquet",
    "clusters/assignments.parquet",
]

LONG = ("cohort", "vae", "resamples")
STEPS = [step.name for step in steps_of(load_configuration(ROOT / "config/smoke.yaml"))]
SHORT = [*(step for step in STEPS if step not in LONG), "vae_gather", "resamples_gather"]

pytestmark = [
    pytest.mark.workflow,
    pytest.mark.skipif(bool(MISSING), reason=f"Slurm is not installed: {', '.join(MISSING)}"),
    pytest.mark.skipif(os.geteuid() != 0, reason="Slurm is started by root"),
]


@pytest.fixture
def slurm() -> Iterator[None]:
    """A Slurm that runs; stopped afterwards if it was started here."""
    # The programs are here; Snakemake's plugin may not be.
    started = subprocess.run([ROOT / "tests/slurm/start.sh", "--install"], capture_output=True, text=True)
    assert started.returncode == 0, started.stdout + started.stderr
    yield
    if "already" not in started.stdout:
        subprocess.run([ROOT / "tests/slurm/stop.sh"], check=True)


def snakemake(results: Path, changes: dict[str, Any], *arguments: str) -> subprocess.CompletedProcess[str]:
    results.mkdir()
    (results / "changes.yaml").write_text(yaml.safe_dump({"results": str(results)} | changes))
    command = [sys.executable, "-m", "snakemake", "--configfile", "config/smoke.yaml", results / "changes.yaml"]
    path = os.pathsep.join([str(PLUGIN), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    environment = os.environ | {"PYTHONPATH": path}
    return subprocess.run([*command, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)


def test_a_run_in_chunks_through_slurm_has_the_bytes_of_one_on_this_machine(slurm: None, tmp_path: Path) -> None:
    """The short steps as one job, as docs/slurm.md says: each job more is one more to wait for."""
    groups = [f"{step}=short" for step in SHORT]
    submitted = ("--profile", "workflow/profiles/slurm", "--latency-wait", "10", "--groups", *groups)
    whole = "SLURM_WHOLE" in os.environ
    targets = [] if whole else [f"{tmp_path}/slurm/smoke/{name}" for name in SAME]
    result = snakemake(tmp_path / "slurm", CHUNKS, *submitted, "--", *targets)
    assert result.returncode == 0, result.stdout + result.stderr
    said = result.stdout + result.stderr
    assert said.count("has been submitted with SLURM jobid") >= 8
    assert said.count("Rule: vae_chunk") >= 4
    run = tmp_path / "slurm/smoke"
    assert (run / "manifest.json").is_file() is whole
    assert not list(run.glob("**/chunk-*/*"))
    alone = snakemake(tmp_path / "alone", ALONE, "--cores", "2", *(f"{tmp_path}/alone/smoke/{name}" for name in SAME))
    assert alone.returncode == 0, alone.stdout + alone.stderr
    assert [name for name in SAME if (run / name).read_bytes() != (tmp_path / "alone/smoke" / name).read_bytes()] == []
