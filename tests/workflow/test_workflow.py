"""The whole workflow, run as a user runs it, on a configuration that takes seconds."""

import os
import re
import signal
import subprocess
import time
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.tiny import ROOT, TINY, command, snakemake

STANDS_FOR = {
    "D": "23",
    "model": ["d2", "d3", "plain", "flat"],
    "decoded": ["flat"],
    "N": "23456",
    "picture": ["posteriors"],
}

OF_OTHER_SOURCES = {"audit/errata.csv", "cohort/table_schema.yaml"}
"""Files of a run of published patients, and of one from a table."""

pytestmark = pytest.mark.workflow


def tables(run: Path) -> dict[str, bytes]:
    """Every table, figure and page of a run, without timings and the record of the machine."""
    suffixes = {".csv", ".parquet", ".md", ".html", ".safetensors", ".svg", ".png"}
    paths = [path for path in sorted(run.rglob("*")) if path.suffix in suffixes]
    contents = {str(path.relative_to(run)): path.read_bytes() for path in paths}
    evaluation = pd.read_csv(run / "evaluation/evaluation.csv", dtype="str").drop(columns="seconds")
    return contents | {"evaluation/evaluation.csv": evaluation.to_csv().encode()}


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
    promised = promised_files()
    assert promised >= OF_OTHER_SOURCES
    promised -= OF_OTHER_SOURCES
    found = {str(path.relative_to(finished / "tiny")) for path in (finished / "tiny").rglob("*") if path.is_file()}
    beside = {name for name in found if name.startswith(("logs/", "benchmarks/", "."))}
    assert found - beside == promised
    assert all((finished / "tiny" / name).stat().st_size > 0 for name in promised)


def test_nothing_is_left_to_do_and_no_temporary_file_is_left(finished: Path) -> None:
    result = snakemake(finished, TINY)
    assert "Nothing to be done" in result.stderr
    assert not list(finished.rglob("*.part*"))


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
    """The same run, killed while it trains, then started again, ends in the bytes of the run that went through.

    That the same configuration gives the same bytes is a part of it.
    """
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
    first, second = tables(finished / "tiny"), tables(tmp_path / "tiny")
    assert first.keys() == second.keys()
    assert len(first) > 30
    assert [name for name in first if first[name] != second[name]] == []
