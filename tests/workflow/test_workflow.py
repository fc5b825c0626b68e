"""The whole workflow, run as a user runs it, on a configuration that takes seconds."""

import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
import yaml

from retina_vae.cohort.schema_file import read_table_schema
from tests.clinic import write_clinic_table

ROOT = Path(__file__).parents[2]
TINY = {
    "run": "tiny",
    "study": "macular",
    "cohort": {"patients_per_group": 40},
    "vae": {
        "latent_dims": [2, 3],
        "replicas": 2,
        "comparison_replicas": 2,
        "hidden_units": 16,
        "epochs": 400,
        "batch_size": 40,
    },
    "family": {
        "plain": {"latent_dim": 2, "changes": {"kl_weight": 0.0}},
        "flat": {"latent_dim": 2, "changes": {"likelihood": "typed", "input_scaling": "by_kind", "kl_weight": 1.0}},
    },
    "evaluation": {"patients_per_group": 50, "draws": 5},
    "choice": {"k_max": 3, "references": 2, "sample": 60},
    "stability": {"bootstraps": 3, "retrained": 2, "n_init": 1},
    "latent": {"draws": 3},
    "clusters": {"k": 5, "n_init": 1},
}

STANDS_FOR = {
    "D": "23",
    "model": ["d2", "d3", "plain", "flat"],
    "decoded": ["flat"],
    "N": "23456",
    "picture": ["posteriors"],
}

pytestmark = pytest.mark.workflow


def command(results: Path, values: dict, *arguments: str) -> list[str]:
    results.mkdir(parents=True, exist_ok=True)
    path = results / "given.yaml"
    # As a person writes it: YAML's dumper alone would quote the key `on`.
    path.write_text(yaml.safe_dump({"results": str(results)} | values).replace("'on':", "on:"))
    return [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", str(path), *arguments]


def snakemake(results: Path, values: dict, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(results, values, *arguments), cwd=ROOT, capture_output=True, text=True)


def tables(run: Path) -> dict[str, bytes]:
    """Every table, figure and page of a run, without timings and the record of the machine."""
    suffixes = {".csv", ".parquet", ".md", ".html", ".safetensors", ".svg", ".png"}
    paths = [path for path in sorted(run.rglob("*")) if path.suffix in suffixes]
    contents = {str(path.relative_to(run)): path.read_bytes() for path in paths}
    evaluation = pd.read_csv(run / "vae/evaluation.csv", dtype="str").drop(columns="seconds")
    return contents | {"vae/evaluation.csv": evaluation.to_csv().encode()}


def promised_files() -> set[str]:
    """The paths in the first column of the table of docs/architecture.md, with what <D>, <model> .. stand for."""
    text = (ROOT / "docs/architecture.md").read_text()
    section = text.split("## What each stage writes")[1].split("## Who imports whom")[0]
    promised = set()
    for cell in (line.split("|")[1] for line in section.splitlines() if line.startswith("| `")):
        first, *others = re.findall(r"`([^`]+)`", cell)
        folder = first.rpartition("/")[0]
        siblings = [first.rpartition(".")[0] + o if o.startswith(".") else f"{folder}/{o}" for o in others]
        for name in [first, *siblings]:
            promised |= {
                re.sub("<(.*?)>", lambda match, chosen=chosen: chosen[match.group(1)], name)
                for chosen in (dict(zip(STANDS_FOR, values, strict=True)) for values in product(*STANDS_FOR.values()))
            }
    return promised


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    results = tmp_path_factory.mktemp("finished")
    result = snakemake(results, TINY)
    assert result.returncode == 0, result.stderr[-3000:]
    assert f"The cluster report lies in {results}/tiny/report/report.html" in result.stdout + result.stderr
    return results


def test_every_promised_file_is_there(finished: Path) -> None:
    """The table of docs/architecture.md lists exactly the files of a run, with those of another source's alone."""
    promised = promised_files() - {"audit/errata.csv", "cohort/table_schema.yaml"}
    found = {str(path.relative_to(finished / "tiny")) for path in (finished / "tiny").rglob("*") if path.is_file()}
    beside = {name for name in found if name.startswith(("logs/", "benchmarks/", "."))}
    assert found - beside == promised
    assert all((finished / "tiny" / name).stat().st_size > 0 for name in promised)


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


def test_a_run_from_a_table_keeps_the_schema_of_the_table(tmp_path: Path) -> None:
    """A file that the table of docs/architecture.md promises of such runs alone; it is made again where it is lost."""
    clinic = write_clinic_table(tmp_path)
    schema = tmp_path / "schema.yaml"
    schema.write_text(clinic.schema.to_table_schema().to_text(schema), encoding="utf-8")
    cohort = {"source": "table", "table": str(clinic.table), "schema": str(schema)}
    values = {"run": "clinic", "cohort": cohort, "vae": {"latent_dims": [2]}, "clusters": {"latent_dim": 2, "k": 3}}
    kept = tmp_path / "clinic/cohort/table_schema.yaml"
    assert "cohort/table_schema.yaml" in promised_files()
    for _ in range(2):
        result = snakemake(tmp_path, values, "--until", "cohort")
        assert result.returncode == 0, result.stderr[-3000:]
        assert read_table_schema(kept) == read_table_schema(schema)
        assert "Getting the patients" in result.stderr
        assert "Getting the patients" not in snakemake(tmp_path, values, "--until", "cohort").stderr
        kept.unlink()


def planned_jobs(results: Path, values: dict) -> dict[str, int]:
    """How many jobs of each rule a dry run announces, from the table of job counts that it prints last."""
    result = snakemake(results, values, "--dry-run")
    counts = (result.stdout + result.stderr).split("Job stats:")[-1]
    return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", counts, flags=re.MULTILINE)}


def test_a_change_of_k_runs_the_clusters_again_and_no_training(finished: Path) -> None:
    jobs = planned_jobs(finished, TINY | {"clusters": TINY["clusters"] | {"k": 6}})
    after = ["describe", "doubt", "explorer", "manifest", "report", "stability", "total"]
    assert sorted(jobs) == ["audit", "clusters", "default", *after]


def test_more_replicas_train_only_the_dimension_that_is_clustered(finished: Path) -> None:
    jobs = planned_jobs(finished, TINY | {"vae": TINY["vae"] | {"replicas": 3}})
    assert jobs["vae"] == 1
    assert "cohort" not in jobs


def test_logs_and_pages_name_no_patient(finished: Path) -> None:
    ids = set(pd.read_parquet(finished / "tiny/cohort/patients.parquet")["patient_id"])
    pages = [*(finished / "tiny/logs").glob("*.log"), *finished.rglob("*.html"), *finished.rglob("*.md")]
    assert len(pages) > 5
    for page in pages:
        text = re.sub(r'"data:[^"]*"', "", page.read_text())
        assert not set(re.findall(r"\w+", text)) & ids, page.name


def test_a_run_that_was_killed_is_continued(finished: Path, tmp_path: Path) -> None:
    """The same run, killed while it trains, then started again, ends in the bytes of the run that went through."""
    process = subprocess.Popen(
        command(tmp_path, TINY),
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not list((tmp_path / "tiny/logs").glob("vae-*.log")) and time.monotonic() < deadline:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not list(tmp_path.rglob("weights.safetensors")), "the run was over before it was killed"
    result = snakemake(tmp_path, TINY)
    assert result.returncode == 0, result.stderr[-3000:]
    assert tables(tmp_path / "tiny") == tables(finished / "tiny")


def test_a_second_snakemake_is_kept_out_of_a_run_that_is_under_way(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir(parents=True)
    with (tmp_path / "tiny/.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = snakemake(tmp_path, TINY)
    assert result.returncode != 0
    assert "another Snakemake is making this run" in result.stderr
    assert not (tmp_path / "tiny/config.yaml").exists()


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


def test_more_clusters_than_the_draws_can_fill_are_reported_without_the_empty_ones(tmp_path: Path) -> None:
    values = TINY | {"family": {}, "clusters": {"k": 60, "n_init": 1}, "cohort": {"patients_per_group": 25}}
    values["vae"] = TINY["vae"] | {"epochs": 1, "latent_dims": [3], "replicas": 1}
    result = snakemake(tmp_path, values)
    assert result.returncode == 0, result.stderr[-3000:]
    filled = len(pd.read_csv(tmp_path / "tiny/clusters/stability.csv"))
    assert filled == len(pd.read_csv(tmp_path / "tiny/clusters/table1.csv")) < 60
    assert f"60 clusters, of which {60 - filled} hold no patient," in (tmp_path / "tiny/report/report.html").read_text()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"vae": {"epoch": 3}}, ["vae.epoch: expected no such key"]),
        ({"clusters": {"k": 100000}}, ["clusters.k: expected less than or equal to 100"]),
        (
            {"cohort": {"epidemiology": "nowhere.yaml"}},
            ["cohort.epidemiology: expected a file of statistics of groups"],
        ),
        ({"results": "~/results"}, ["results: "]),
        ({"study": "retina"}, ["study: expected one of ['macular']"]),
        ({"study": None, "cohort": {"source": "table"}}, ["cohort.table: expected the file of a table of patients"]),
    ],
)
def test_a_bad_configuration_stops_before_any_job(tmp_path: Path, values: dict, words: list[str]) -> None:
    result = snakemake(tmp_path, {"run": "bad", "study": "macular"} | values)
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr
    assert not (tmp_path / "bad").exists()


def test_results_that_cannot_be_written_stop_before_any_job(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file")
    result = snakemake(tmp_path, {"study": "macular", "results": str(tmp_path / "blocked")})
    assert result.returncode != 0
    assert "expected a folder that can be written" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_failing_job_shows_its_message(tmp_path: Path) -> None:
    values = {"run": "none", "study": "macular", "cohort": {"source": "published", "folder": str(tmp_path / "nowhere")}}
    environment = {name: value for name, value in os.environ.items() if name != "RETINA_VAE_PUBLISHED"}
    result = subprocess.run(command(tmp_path, values), cwd=ROOT, capture_output=True, text=True, env=environment)
    assert result.returncode != 0
    assert "there is no such file. The files are the paper's data release" in result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr
