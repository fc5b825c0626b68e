"""What stops a run, and what its user reads then."""

import fcntl
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from retina_vae.config_files import parse_configuration
from retina_vae.hashes import RUN_FORMAT
from retina_vae.studies import STUDIES
from tests.workflow import forks
from tests.workflow.tiny import ROOT, TINY, command, snakemake

pytestmark = pytest.mark.workflow


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"vae": {"epoch": 3}}, ["given.yaml, line 5: vae.epoch: expected no such key, got 3; did you mean 'epochs'?"]),
        ({"clusters": {"k": 100000}}, ["clusters.k: expected less than or equal to 100"]),
        (
            {"cohort": {"epidemiology": "nowhere.yaml"}},
            ["cohort.epidemiology: expected a file of statistics of groups"],
        ),
        ({"results": "~/results"}, ["results: "]),
        ({"study": "retina"}, [f"study: expected one of {list(STUDIES)}"]),
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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "vae: {epochs: 1}\nvae: {epochs: 2}\n",
            "line 4, column 1: expected a configuration file in YAML, found: the key",
        ),
        ("vae: {epochs: 190:20:30}\n", "'190:20:30', which YAML takes for another number"),
        ("vae: &x [*x]\n", "a value that contains itself"),
    ],
)
def test_a_file_that_snakemake_reads_as_something_else_stops_before_any_job(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "config.yaml").write_text(f"cohort: {{source: simulated}}\nresults: {tmp_path}\n{text}")
    call = [sys.executable, "-m", "snakemake", "--dry-run", "--configfile", str(tmp_path / "config.yaml")]
    result = forks.run(call)
    assert result.returncode != 0
    assert words in result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr


def test_results_that_cannot_be_written_stop_before_any_job(tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("a file")
    result = snakemake(tmp_path, {"study": "macular", "results": str(tmp_path / "blocked")})
    assert result.returncode != 0
    assert "expected a folder that can be written" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_failing_job_shows_its_message(tmp_path: Path) -> None:
    values = {"run": "none", "study": "macular", "cohort": {"source": "published", "folder": str(tmp_path / "nowhere")}}
    environment = {name: value for name, value in os.environ.items() if name != "RETINA_VAE_PUBLISHED"}
    result = forks.run(command(tmp_path, values), env=environment)
    assert result.returncode != 0
    assert "there is no such file. The files are the paper's data release" in result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr


def test_a_second_snakemake_is_kept_out_of_a_run_that_is_under_way(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir(parents=True)
    with (tmp_path / "tiny/.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = snakemake(tmp_path, TINY)
    assert result.returncode != 0
    assert "another Snakemake is making this run" in result.stderr
    assert not (tmp_path / "tiny/config.yaml").exists()


def test_a_finished_run_of_another_configuration_is_named_before_it_is_replaced(tmp_path: Path) -> None:
    made = parse_configuration(TINY | {"results": str(tmp_path), "clusters": {"k": 9, "n_init": 1}}, "x")
    manifest = {"format": RUN_FORMAT, "artefacts": {}, "configuration": made.model_dump(mode="json")}
    made.folder.mkdir(parents=True)
    (made.folder / "manifest.json").write_text(json.dumps(manifest))
    result = snakemake(tmp_path, TINY, "--until", "cohort")
    assert result.returncode == 0, result.stderr
    assert f"Warning: {made.folder} holds a finished run of another configuration" in result.stderr
    assert "  clusters.k: 9 there, 5 now\n" in result.stderr
    assert result.stderr.count("holds a finished run") == 1
    log = (made.folder / "logs" / "cohort.log").read_text().splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d cohort: ", line) for line in log)
    assert log


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("key.yaml", b"cohort: {}\nvae:\n  epoch: 3\n", "the configuration is not valid."),
        ("missing.yaml", None, "expected a configuration file in YAML, but there is no such file"),
        ("bytes.yaml", b"\xff\xfea", "line 1: expected a configuration file in YAML in UTF-8, found other bytes"),
        ("deep.yaml", b"a: " + b"[" * 3000, "found: more than 50 keys and lists within each other"),
    ],
)
def test_make_run_says_in_one_line_what_is_wrong_with_the_file(
    tmp_path: Path, name: str, data: bytes | None, words: str
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    # The environment is that of the tests, without what `make test` tells a make that it calls.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("MAKE", "MFLAGS"))}
    environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    call = ["make", "--silent", "--old-file=.venv/.installed", "run", f"CONFIG={tmp_path / name}"]
    result = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, env=environment, timeout=60)
    assert result.returncode == 2
    error, *others = result.stderr.splitlines()
    assert error.startswith(f"Error: {tmp_path / name}: ")
    assert words in error
    assert not result.stdout
    *details, last = others
    assert last.startswith("make: ***")
    assert bool(details) == (name == "key.yaml")
    if details:
        assert f"  {tmp_path / name}, line 3: vae.epoch: expected no such key, got 3; did you mean 'epochs'?" in details
