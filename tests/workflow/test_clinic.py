"""A clinic that nobody knew when the package was written: its table goes in, its report comes out."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from playwright.sync_api import Browser

from tests.clinic import SMALL, ClinicTable
from tests.workflow import forks

WHOLE = SMALL | {
    "evaluation": {"draws": 5},
    "latent_structure": {"patients": 60, "folds": 2, "k_max": 2},
    "choice": {"k_max": 3, "references": 2, "sample": 60},
    "stability": {"bootstraps": 3, "retrained": 2, "n_init": 1},
    # Without it nothing of 240 patients in four clusters would be left to look at.
    "disclosure": {"small_cell_floor": 0},
}

pytestmark = pytest.mark.workflow


def snakemake(folder: Path, name: str, table: Path, schema: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the workflow on a table, as ``retina-vae init`` would have set it up."""
    path = folder / f"{name}.schema.yaml"
    path.write_text(schema)
    cohort = {"source": "table", "table": str(table), "schema": str(path)}
    values = {"run": name, "results": str(folder / "results"), "cohort": cohort} | WHOLE
    (folder / f"{name}.yaml").write_text(yaml.safe_dump(values).replace("'on':", "on:"))
    command = [sys.executable, "-m", "snakemake", *arguments, "--cores", "2"]
    command += ["--configfile", str(folder / f"{name}.yaml")]
    return forks.run(command)


def drafted(folder: Path, table: Path) -> str:
    """The schema that ``retina-vae init`` drafts, with the two columns decided that it cannot know."""
    command = [sys.executable, "-m", "retina_vae", "init", str(table), "--force"]
    result = forks.run(command, cwd=folder)
    assert result.returncode == 0, result.stderr
    (path,) = folder.rglob("data/*.schema.yaml")
    document = yaml.safe_load(path.read_text())
    undecided = {own["name"]: own for own in document["fields"] if "decide" in own.values()}
    assert set(undecided) == {"rhinitis", "symptoms"}
    undecided["rhinitis"]["retinaVae:kind"] = "ordinal"
    undecided["symptoms"] |= {"retinaVae:kind": "level", "constraints": {"maximum": 27}}
    return yaml.safe_dump(document, sort_keys=False)


@pytest.fixture(scope="module")
def clinic_run(tmp_path_factory: pytest.TempPathFactory, clinic_table: ClinicTable) -> Path:
    """Yes/no columns, counts, a grade, a zero-inflated volume, gaps, and no outcome; its schema is the draft."""
    folder = tmp_path_factory.mktemp("foreign")
    result = snakemake(folder, "clinic", clinic_table.table, drafted(folder, clinic_table.table))
    assert result.returncode == 0, result.stderr[-3000:]
    return folder / "results" / "clinic"


def test_a_foreign_table_without_an_outcome_runs_to_its_report(clinic_run: Path, clinic_table: ClinicTable) -> None:
    assigned = pd.read_csv(clinic_run / "clusters/assignments.csv")
    assert assigned["record_id"].tolist() == clinic_table.patients["record_id"].tolist()
    assert not (clinic_run / "audit").exists()
    assert pd.read_csv(clinic_run / "clusters/separation.csv").empty
    page = (clinic_run / "report/report.html").read_text()
    assert "clinic.csv" in page
    assert str(clinic_table.table.parent) not in page
    for word in ("disease", "diagnoses", "Disease", "Odaibo", "the paper", "polyps", "drusen"):
        assert word not in page, word


def test_two_yes_no_columns_are_distinguished_and_gaps_are_counted(clinic_run: Path, clinic_table: ClinicTable) -> None:
    table1 = pd.read_csv(clinic_run / "clusters/table1.csv")
    assert len(set(table1.columns)) == len(table1.columns)
    counts = pd.read_csv(clinic_run / "clusters/counts.csv", keep_default_na=False)
    for column in clinic_table.schema.columns:
        own = counts[(counts["column"] == column.name) & (counts["category"] == "")]
        assert own["patients"].astype(int).sum() == clinic_table.patients[column.name].isna().sum(), column.name
    findings = counts[counts["column"].isin(["asthma", "eczema"]) & (counts["category"] == "yes")]
    known = clinic_table.patients
    for column, patients in findings.astype({"patients": int}).groupby("column")["patients"].sum().items():
        assert patients == (known[column] == "yes").sum()


def test_nothing_is_left_to_do(clinic_run: Path, clinic_table: ClinicTable) -> None:
    folder = clinic_run.parents[1]
    result = snakemake(folder, "clinic", clinic_table.table, (folder / "clinic.schema.yaml").read_text())
    assert "Nothing to be done" in result.stderr


def test_logs_and_pages_name_no_patient(clinic_run: Path, clinic_table: ClinicTable) -> None:
    pages = [*(clinic_run / "logs").glob("*.log"), clinic_run / "report/report.html"]
    identifiers = clinic_table.patients["record_id"].tolist()
    for page in pages:
        text = page.read_text()
        assert not [name for name in identifiers if name in text], page.name


def test_new_patients_with_gaps_are_assigned(clinic_run: Path, clinic_table: ClinicTable, tmp_path: Path) -> None:
    new = pd.read_csv(clinic_table.table, dtype="str", keep_default_na=False).head(20)
    new["record_id"] = [f"N{number}" for number in range(20)]
    new.loc[:9, ["rhinitis", "ige"]] = ""
    new.to_csv(tmp_path / "new.csv", index=False)
    command = [sys.executable, "-m", "retina_vae", "assign", "--run", str(clinic_run), str(tmp_path / "new.csv")]
    result = forks.run([*command, "-o", str(tmp_path / "out.csv")])
    assert result.returncode == 0, result.stderr
    out = pd.read_csv(tmp_path / "out.csv")
    assert out["record_id"].tolist() == new["record_id"].tolist()
    assert out["cluster"].between(1, 4).all()
    assert (out["observed"].head(10) <= 7).all()


def test_the_report_opens_in_a_browser_without_a_complaint(clinic_run: Path, browser: Browser) -> None:
    page = browser.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto((clinic_run / "report/report.html").as_uri())
    page.locator("#explorer-live").wait_for(state="visible")
    assert "cluster" in page.locator("#explorer-live .headline").inner_text().lower()
    page.close()
    assert complaints == []


def test_an_undecided_column_stops_before_any_job(tmp_path: Path, clinic_table: ClinicTable) -> None:
    schema = clinic_table.schema.to_yaml().replace("retinaVae:kind: count", "retinaVae:kind: decide")
    result = snakemake(tmp_path, "undecided", clinic_table.table, schema)
    assert result.returncode != 0
    assert "'visits'" in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_rows_that_do_not_fit_stop_the_run_or_are_set_aside(tmp_path: Path, clinic_table: ClinicTable) -> None:
    values = pd.read_csv(clinic_table.table, dtype="str", keep_default_na=False)
    values.loc[2, "age"] = "old"
    values.to_csv(tmp_path / "bad.csv", index=False)
    (tmp_path / "bad.schema.yaml").write_text(clinic_table.schema.to_yaml())
    cohort = {"source": "table", "table": str(tmp_path / "bad.csv"), "schema": str(tmp_path / "bad.schema.yaml")}

    def run(**changes: bool) -> subprocess.CompletedProcess[str]:
        config = {"run": "bad", "results": str(tmp_path / "results"), "cohort": cohort | changes}
        (tmp_path / "bad.yaml").write_text(yaml.safe_dump(config))
        command = [sys.executable, "-m", "retina_vae", "cohort", "--config", str(tmp_path / "bad.yaml")]
        return forks.run(command)

    refused = run()
    assert refused.returncode == 2
    assert "row 3, column 'age'" in refused.stderr
    assert "'old'" in refused.stderr
    assert not (tmp_path / "results").exists()
    assert run(set_rows_aside=True).returncode == 0
    folder = tmp_path / "results/bad/cohort"
    assert len(pd.read_parquet(folder / "patients.parquet")) == len(values) - 1
    assert pd.read_csv(folder / "refused.csv")[["row", "column"]].to_numpy().tolist() == [[3, "age"]]
