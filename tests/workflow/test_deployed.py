"""The workflow as a module of another one, as a deployment makes it, and where the package is not installed."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.workflow.tiny import ROOT, TINY

pytestmark = pytest.mark.workflow

SNAKEFILE = f"""
configfile: "config/config.yaml"


module retina_vae:
    snakefile:
        "{ROOT}/workflow/Snakefile"
    config:
        config


use rule * from retina_vae


onstart:
    print("the main workflow starts")
"""

# What Python imports first where a folder that holds it is in PYTHONPATH.
BLOCKER = """
import sys


class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "retina_vae":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Blocker())
"""


def snakemake(
    folder: Path, *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "snakemake", *arguments]
    return subprocess.run(command, cwd=folder, env=os.environ | (environment or {}), capture_output=True, text=True)


@pytest.fixture
def deployed(tmp_path: Path) -> Path:
    """A folder with a Snakefile and a configuration, and nothing else."""
    folder = tmp_path / "deployed"
    (folder / "config").mkdir(parents=True)
    (folder / "Snakefile").write_text(SNAKEFILE)
    (folder / "config/config.yaml").write_text(yaml.safe_dump(TINY).replace("'on':", "on:"))
    return folder


@pytest.fixture
def without_package(tmp_path: Path) -> dict[str, str]:
    """The environment of a Python that cannot import the package."""
    folder = tmp_path / "blocker"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(BLOCKER)
    environment = {"PYTHONPATH": str(folder)}
    call = [sys.executable, "-c", "import retina_vae"]
    result = subprocess.run(call, env=os.environ | environment, capture_output=True, text=True)
    assert "No module named 'retina_vae'" in result.stderr
    return environment


def test_a_deployed_workflow_gets_its_configuration_its_patients_and_its_lock(deployed: Path) -> None:
    """The statistics that patients are simulated from come from the package."""
    run = deployed / "results/tiny"
    result = snakemake(deployed, "--dry-run", "--quiet")
    assert result.returncode == 0, result.stderr[-3000:]
    assert not run.exists()
    result = snakemake(deployed, "--cores", "1", "--until", "cohort")
    assert result.returncode == 0, result.stderr[-3000:]
    assert "the main workflow starts" in result.stdout + result.stderr
    assert yaml.safe_load((run / "config.yaml").read_text())["run"] == "tiny"
    assert (run / "cohort/patients.parquet").is_file()
    (run / "cohort/patients.parquet").unlink()
    with (run / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = snakemake(deployed, "--cores", "1", "--until", "cohort")
    assert refused.returncode != 0
    assert "another Snakemake is making this run" in refused.stdout + refused.stderr
    assert not (run / "cohort/patients.parquet").exists()


def test_the_folder_of_tests_is_a_deployment(without_package: dict[str, str]) -> None:
    """As the action of the catalog calls it."""
    where = ("--snakefile", "workflow/Snakefile", "--directory", ".test")
    result = snakemake(ROOT, *where, "--dry-run", "--quiet")
    assert result.returncode == 0, result.stderr[-3000:]
    assert snakemake(ROOT, *where, "--lint", environment=without_package).returncode == 0


def test_the_workflow_is_linted_where_the_package_is_not_installed(without_package: dict[str, str]) -> None:
    result = snakemake(ROOT, "--lint", environment=without_package)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Congratulations" in result.stdout + result.stderr


def test_a_deployed_workflow_is_planned_without_the_package_and_says_what_it_needs_to_run(
    deployed: Path, without_package: dict[str, str]
) -> None:
    assert snakemake(deployed, "--dry-run", "--quiet", environment=without_package).returncode == 0
    refused = snakemake(deployed, "--cores", "1", "--until", "cohort", environment=without_package)
    assert refused.returncode != 0
    assert "retina_vae is not installed where Snakemake runs" in refused.stdout + refused.stderr
    assert not (deployed / "results").exists()
