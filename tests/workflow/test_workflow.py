"""The whole workflow on a configuration that takes seconds; in ``.ci/run`` each job of the smoke run starts anew."""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest

from retina_vae.artefacts import artefacts_of
from retina_vae.files import read_table
from retina_vae.opening import load_run
from tests.workflow.tiny import ROOT, TINY, command, snakemake

pytestmark = pytest.mark.workflow


def tables(run: Path) -> dict[str, bytes]:
    """Every table, figure and page of a run, without timings and the record of the machine."""
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


def test_a_run_is_made_of_what_is_declared(finished: Path) -> None:
    run = load_run(finished / "tiny")
    declared = {path for own in artefacts_of(run.settings) if not own.optional for path in own.paths(run.settings)}
    optional = {path for own in artefacts_of(run.settings) if own.optional for path in own.paths(run.settings)}
    found = {str(path.relative_to(run.folder)) for path in run.folder.rglob("*") if path.is_file()}
    beside = {name for name in found if name.startswith(("logs/", "benchmarks/", "hashes/", ".", "config.yaml"))}
    assert declared <= found - beside <= declared | optional
    assert all((run.folder / name).stat().st_size > 0 for name in declared)


def test_tables_have_the_columns_that_are_declared(finished: Path) -> None:
    run, looked_at = load_run(finished / "tiny"), 0
    for own in artefacts_of(run.settings):
        patterns = [re.sub("<.*?>", ".+", name) for name in own.column_names]
        for path in own.paths(run.settings) if own.row else []:
            if not (run.folder / path).is_file():
                continue
            for column in read_table(run.folder / path).columns:
                assert [one for one in patterns if re.fullmatch(one, column)], f"{path}: {column}"
            looked_at += 1
    assert looked_at > 40


def test_a_file_that_was_truncated_stops_the_run_and_the_advice_mends_it(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "copy")
    path = tmp_path / "copy/tiny/clusters/stability.csv"
    whole, stamp = path.read_bytes(), path.stat().st_mtime_ns
    path.write_bytes(whole[:40])
    os.utime(path, ns=(stamp, stamp))
    stopped = snakemake(tmp_path / "copy", TINY, "--dry-run")
    assert stopped.returncode != 0
    assert f"{path}: expected the {len(whole)} bytes" in stopped.stdout + stopped.stderr
    path.unlink()
    jobs = planned_jobs(tmp_path / "copy", TINY)
    assert jobs["clusters"] == 1
    assert "vae" not in jobs


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
    after = ["describe", "doubt", "explorer", "manifest", "release", "report", "stability", "total"]
    assert sorted(jobs) == ["audit", "clusters", "default", *after]


def test_more_replicas_train_only_the_dimension_that_is_clustered(finished: Path) -> None:
    jobs = planned_jobs(finished, TINY | {"vae": TINY["vae"] | {"replicas": 3}})
    assert jobs["vae"] == 1
    assert "cohort" not in jobs


def test_more_clusters_than_the_draws_can_fill_are_reported_without_the_empty_ones(
    finished: Path, tmp_path: Path
) -> None:
    """A finished run of other clusters, of which the models stay."""
    shutil.copytree(finished, tmp_path / "copy")
    # Snakemake knows nothing of the settings that a copy was made with.
    (tmp_path / "copy/tiny/clusters/centers.csv").unlink()
    result = snakemake(tmp_path / "copy", TINY | {"clusters": {"k": 40, "n_init": 1}})
    assert result.returncode == 0, result.stderr[-3000:]
    run = tmp_path / "copy/tiny"
    filled = len(pd.read_csv(run / "clusters/stability.csv"))
    assert filled == len(pd.read_csv(run / "clusters/table1.csv")) < 40
    assert f" {40 - filled} of them hold no patient." in (run / "report/report.html").read_text()
    assert (run / "vae/d3/weights.safetensors").stat().st_mtime == (
        finished / "tiny/vae/d3/weights.safetensors"
    ).stat().st_mtime


def test_logs_and_pages_name_no_patient(finished: Path) -> None:
    ids = set(pd.read_parquet(finished / "tiny/cohort/patients.parquet")["patient_id"])
    pages = [*(finished / "tiny/logs").glob("*.log"), *finished.rglob("*.html"), *finished.rglob("*.md")]
    assert len(pages) > 5
    for page in pages:
        text = re.sub(r'"data:[^"]*"', "", page.read_text())
        assert not set(re.findall(r"\w+", text)) & ids, page.name


def test_a_run_that_was_killed_is_continued(finished: Path, tmp_path: Path) -> None:
    """The same run, killed while it trains, then started again, ends in the bytes of the run that went through.

    That the same configuration gives the same bytes is a part of it. Jobs that shall die with Snakemake are no forks.
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
