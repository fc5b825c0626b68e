"""The whole workflow, run as a user runs it, on a configuration that takes seconds."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml

ROOT = Path(__file__).parents[2]
TINY = {
    "run": "tiny",
    "cohort": {"patients_per_disease": 40},
    "vae": {
        "latent_dims": [2, 3],
        "replicas": 2,
        "comparison_replicas": 2,
        "hidden_units": 16,
        "epochs": 6,
        "batch_size": 40,
    },
    "latent": {"draws": 3},
    "clusters": {"k": 5, "n_init": 1},
}

pytestmark = pytest.mark.workflow


def command(results: Path, values: dict, *arguments: str) -> list[str]:
    results.mkdir(parents=True, exist_ok=True)
    path = results / "given.yaml"
    path.write_text(yaml.safe_dump({"results": str(results)} | values))
    return [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", str(path), *arguments]


def snakemake(results: Path, values: dict, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(results, values, *arguments), cwd=ROOT, capture_output=True, text=True)


def tables(run: Path) -> dict[str, bytes]:
    """Every table, figure and page of a run; timings and the record of the machine are not among them."""
    suffixes = {".csv", ".parquet", ".md", ".html", ".safetensors", ".svg", ".png"}
    paths = [path for path in sorted(run.rglob("*")) if path.suffix in suffixes]
    return {str(path.relative_to(run)): path.read_bytes() for path in paths}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    results = tmp_path_factory.mktemp("finished")
    result = snakemake(results, TINY)
    assert result.returncode == 0, result.stderr[-3000:]
    assert f"The cluster report lies in {results}/tiny/report/report.html" in result.stdout + result.stderr
    return results


def test_every_promised_file_is_there(finished: Path) -> None:
    """Every path of the table in docs/architecture.md exists, except what only the published cohort has."""
    text = (ROOT / "docs/architecture.md").read_text()
    names = ["config.yaml", "cohort/patients.parquet", "clusters/table1.md", "manifest.json", "audit/claims.csv"]
    names += [f"report/figures/figure{n}.{suffix}" for n in range(2, 7) for suffix in ("svg", "png")]
    for name in names:
        assert (finished / "tiny" / name).stat().st_size > 0
    for stage in ("cohort", "vae", "latent", "clusters", "report", "audit"):
        for path in (finished / "tiny" / stage).rglob("*"):
            if path.is_file() and "figures" not in path.parts:
                assert path.stem in text, f"docs/architecture.md does not mention {path.name}"


def test_nothing_is_left_to_do_and_no_temporary_file_is_left(finished: Path) -> None:
    result = snakemake(finished, TINY)
    assert "Nothing to be done" in result.stderr
    assert not list(finished.rglob("*.part*"))


def test_the_same_configuration_gives_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    result = snakemake(tmp_path, TINY)
    assert result.returncode == 0, result.stderr[-3000:]
    first, second = tables(finished / "tiny"), tables(tmp_path / "tiny")
    assert first.keys() == second.keys()
    assert len(first) > 30
    assert [name for name in first if first[name] != second[name]] == []


def test_a_change_of_k_runs_the_clusters_again_and_no_training(finished: Path) -> None:
    values = TINY | {"clusters": TINY["clusters"] | {"k": 6}}
    result = snakemake(finished, values, "--dry-run")
    counts = re.findall(r"^(\w+) +\d+$", (result.stdout + result.stderr).split("Job stats:")[-1], flags=re.MULTILINE)
    assert sorted(counts) == ["audit", "clusters", "default", "manifest", "report", "total"]


def test_logs_and_pages_name_no_patient(finished: Path) -> None:
    ids = pd.read_parquet(finished / "tiny/cohort/patients.parquet")["patient_id"]
    pages = [*(finished / "tiny/logs").glob("*.log"), *finished.rglob("*.html"), *finished.rglob("*.md")]
    assert len(pages) > 5
    for page in pages:
        text = page.read_text()
        assert not any(patient in text for patient in ids), page.name


def test_a_run_that_was_killed_is_continued(finished: Path, tmp_path: Path) -> None:
    values = TINY | {"vae": TINY["vae"] | {"epochs": 4000}}
    process = subprocess.Popen(
        command(tmp_path, values),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not list((tmp_path / "tiny/logs").glob("vae-*.log")) and time.monotonic() < deadline:
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not list(tmp_path.rglob("weights.safetensors")), "the run was over before it was killed"
    result = snakemake(tmp_path, TINY)
    assert result.returncode == 0, result.stderr[-3000:]
    assert tables(tmp_path / "tiny").keys() == tables(finished / "tiny").keys()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"vae": {"epoch": 3}}, ["vae.epoch: expected no such key"]),
        ({"clusters": {"k": 100000}}, ["clusters.k: expected less than or equal to 100"]),
        ({"clusters": {"k": 50}, "cohort": {"patients_per_disease": 10}}, ["at most the 30 patients"]),
    ],
)
def test_a_bad_configuration_stops_before_any_job(tmp_path: Path, values: dict, words: list[str]) -> None:
    result = snakemake(tmp_path, {"run": "bad"} | values)
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr
    assert not (tmp_path / "bad").exists()


def test_results_that_cannot_be_written_stop_before_any_job(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file")
    result = snakemake(tmp_path, {"results": str(tmp_path / "blocked")})
    assert result.returncode != 0
    assert "expected a folder that can be written" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_failing_job_shows_its_message(tmp_path: Path) -> None:
    values = {"run": "none", "cohort": {"source": "published", "published_folder": str(tmp_path / "nowhere")}}
    environment = {name: value for name, value in os.environ.items() if name != "RETINA_VAE_PUBLISHED"}
    result = subprocess.run(command(tmp_path, values), cwd=ROOT, capture_output=True, text=True, env=environment)
    assert result.returncode != 0
    assert "there is no such file. The files are the paper's data release" in result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr
