"""New patients in parts, each a job: ``workflow/assign.smk``."""

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.assign.runs import PAPER, make_run
from tests.workflow import forks

pytestmark = pytest.mark.workflow


def snakemake(*values: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "snakemake", "--snakefile", "workflow/assign.smk", "--cores", "2"]
    return forks.run([*command, "--config", *values])


def test_parts_that_are_jobs_become_the_bytes_of_one(simulated_patients: pd.DataFrame, tmp_path: Path) -> None:
    patients = simulated_patients.iloc[::50].reset_index(drop=True)
    run = make_run(tmp_path / "a run", patients, PAPER, "none", "means")
    new = patients.assign(patient_id=[f"N{number}" for number in range(len(patients))]).astype(object)
    new.loc[3, "age"] = "old"
    new.to_csv(tmp_path / "new.csv", index=False)
    command = [sys.executable, "-m", "retina_vae", "assign", str(tmp_path / "new.csv"), "--run", str(run)]
    whole = forks.run([*command, "-o", str(tmp_path / "whole.csv")])
    assert whole.returncode == 3, whole.stderr
    given = (f"run={run}", f"patients={tmp_path / 'new.csv'}", f"output={tmp_path / 'out.csv'}", "parts=2")
    result = snakemake(*given)
    assert result.returncode == 0, result.stdout + result.stderr
    assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert (tmp_path / "out.refused.csv").read_bytes() == (tmp_path / "whole.refused.csv").read_bytes()
    assert not list(tmp_path.glob("out.csv.parts/*"))
    said = result.stdout + result.stderr
    assert f"1 of 60 rows refused (see {tmp_path / 'out.refused.csv'})" in said
    assert f"The assignments lie in {tmp_path / 'out.csv'}; rows were refused" in said
    log = (tmp_path / "out.csv.logs" / "gather.log").read_text().splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d assign-gather: ", line) for line in log)
    # What is no refused row fails as before.
    (tmp_path / "new.csv").write_text("patient_id\nN1\n")
    failed = snakemake(*given)
    assert failed.returncode != 0
    assert "expected the columns" in failed.stdout + failed.stderr


def test_what_is_not_given_is_named() -> None:
    result = snakemake("run=results/typed")
    assert result.returncode != 0
    assert "got nothing for patients, output" in result.stdout + result.stderr
