"""``retina-vae describe`` as a user runs it, in this process: files, the line that is said, errors."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from click.testing import Result
from typer.testing import CliRunner

from retina_vae.clusters.description.medoid import find_medoids
from retina_vae.cohort import CohortSchema
from retina_vae.commands import describe as cli_describe
from retina_vae.errors import InputError
from retina_vae.files import write_table, write_text
from retina_vae.latent.decode import describe_codes, take_replica
from retina_vae.studies.macular.schema import MACULAR
from retina_vae.vae import load_model
from tests.assign.runs import PAPER, TYPED, make_run
from tests.clusters.description.clinic import CLINIC, WITHOUT_OUTCOME, clinic_patients

TABLES = ("counts", "descriptions", "profiles", "differences", "rules", "structure", "separation", "table1")


@pytest.fixture(scope="module")
def patients(simulated_patients: pd.DataFrame) -> pd.DataFrame:
    return simulated_patients.iloc[::25].reset_index(drop=True)


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory, patients: pd.DataFrame) -> Path:
    return make_run(tmp_path_factory.mktemp("typed"), patients, TYPED, "none", "means")


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory, patients: pd.DataFrame) -> Path:
    return make_run(tmp_path_factory.mktemp("paper"), patients, PAPER, "none", "draws")


def call(folder: Path) -> Result:
    threads = torch.get_num_threads()
    result = CliRunner().invoke(cli_describe.app, ["--config", str(folder / "config.yaml")])
    torch.set_num_threads(threads)
    return result


@pytest.mark.parametrize("run", ["typed", "paper"])
def test_every_table_is_written_with_progress_and_one_sentence(run: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(run)
    result = call(folder)
    assert result.exit_code == 0, result.exception
    *shown, said = result.stderr.splitlines()
    assert [line.split()[2] for line in shown] == ["1/5", "2/5", "3/5", "4/5", "5/5", "done"]
    assert said.split(" ", 1)[1].startswith("describe: a tree of ")
    assert "P0" not in result.stderr
    tables = {name: pd.read_csv(folder / "clusters" / f"{name}.csv") for name in TABLES}
    clusters = pd.read_parquet(folder / "clusters" / "assignments.parquet")["cluster"]
    assert set(tables["profiles"]["cluster"]) == set(clusters)
    assert not any("P0" in (folder / "clusters" / f"{name}.csv").read_text() for name in TABLES)
    assert (~tables["differences"]["descriptive"]).sum() == clusters.nunique()


def test_a_second_run_writes_the_same_bytes(typed: Path) -> None:
    paths = [typed / "clusters" / f"{name}.csv" for name in TABLES]
    assert call(typed).exit_code == 0
    first = [path.read_bytes() for path in paths]
    assert call(typed).exit_code == 0
    assert [path.read_bytes() for path in paths] == first


def test_a_typed_model_says_what_its_centres_decode_to(typed: Path) -> None:
    assert call(typed).exit_code == 0
    profiles = pd.read_csv(typed / "clusters" / "profiles.csv", keep_default_na=False, na_values={"decoded": [""]})
    replicas = pd.read_csv(typed / "clusters" / "replicas.csv")
    reported = int(replicas.loc[replicas["reported"], "replica"].item())
    centers = pd.read_csv(typed / "clusters" / "centers.csv")
    center = centers[(centers["replica"] == reported) & (centers["cluster"] == 2)]
    single, description = take_replica(*load_model(typed / "vae" / "d2"), reported)
    z = torch.tensor(center[["z_1", "z_2"]].to_numpy(), dtype=torch.float32).T
    said = describe_codes(single, description, z).set_index(["column", "category"])["mean"]
    own = profiles[(profiles["cluster"] == 2) & profiles["statistic"].isin(["mean", "share"])]
    own = own.set_index(["column", "category"])["decoded"]
    for key, mean in said.items():
        assert own[key] == pytest.approx(mean, rel=1e-5), key
    assert own["race"].sum() == pytest.approx(1, abs=1e-5)
    assert own["sex"].sum() == pytest.approx(1, abs=1e-5)
    assert own["disease"].isna().all()


def test_the_medoid_is_found_among_the_inputs_and_no_code_is_read(
    tmp_path_factory: pytest.TempPathFactory, patients: pd.DataFrame
) -> None:
    folder = make_run(tmp_path_factory.mktemp("codeless"), patients, PAPER, "none", "means")
    (folder / "latent" / "d2" / "codes.parquet").unlink()
    assert call(folder).exit_code == 0
    clusters = pd.read_parquet(folder / "clusters" / "assignments.parquet")["cluster"].to_numpy()
    expected = find_medoids(patients, clusters, MACULAR)
    profiles = pd.read_csv(folder / "clusters" / "profiles.csv")
    ages = profiles[(profiles["column"] == "age") & (profiles["statistic"] == "mean")].set_index("cluster")["medoid"]
    assert ages.to_dict() == pytest.approx({own: patients["age"][place] for own, place in expected.items()})


def test_other_likelihoods_are_not_decoded_and_need_no_torch(paper: Path) -> None:
    program = (
        "import sys; from retina_vae.commands import describe as cli_describe; "
        f"cli_describe.app(['--config', {str(paper / 'config.yaml')!r}], standalone_mode=False); "
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
    assert pd.read_csv(paper / "clusters" / "profiles.csv")["decoded"].isna().all()


def test_the_outcome_of_a_supervised_model_is_no_evidence(
    tmp_path_factory: pytest.TempPathFactory, patients: pd.DataFrame
) -> None:
    folder = make_run(
        tmp_path_factory.mktemp("supervised"), patients, {**TYPED, "objective": "supervised"}, "none", "means"
    )
    assert call(folder).exit_code == 0
    assert pd.read_csv(folder / "clusters" / "differences.csv")["descriptive"].all()


def test_a_missing_table_is_one_error(tmp_path_factory: pytest.TempPathFactory, patients: pd.DataFrame) -> None:
    folder = make_run(tmp_path_factory.mktemp("broken"), patients, PAPER, "none", "means")
    (folder / "clusters" / "assignments.parquet").unlink()
    result = call(folder)
    assert isinstance(result.exception, InputError)
    assert "assignments.parquet" in str(result.exception)
    assert not (folder / "clusters" / "profiles.csv").exists()


def clinic_run(folder: Path, schema: CohortSchema, floor: int) -> Path:
    """A run of 200 patients of another schema in two clusters, up to what ``describe`` reads."""
    patients = clinic_patients(200, seed=4, missing=0)[[schema.identifier, *(c.name for c in schema.columns)]]
    values = {
        "run": "r",
        "results": str(folder),
        "vae": {"latent_dims": [2], "replicas": 1, "likelihood": "squared_error"},
        "latent": {"correction": "none"},
        "clusters": {"latent_dim": 2, "k": 2},
        "disclosure": {"small_cell_floor": floor},
    }
    run, rng, ids = folder / "r", np.random.default_rng(0), patients[schema.identifier]
    write_text(yaml.safe_dump(values), run / "config.yaml")
    write_table(patients, run / "cohort" / "patients.parquet")
    write_text(schema.to_yaml(), run / "cohort" / "schema.yaml")
    codes = pd.DataFrame({"replica": 1, schema.identifier: ids})
    for name in ("mean_1", "mean_2", "scale_1", "scale_2", "draw_1_1", "draw_1_2"):
        codes[name] = rng.random(200).astype(np.float32)
    write_table(codes, run / "latent" / "d2" / "codes.parquet")
    clusters = np.where(patients["age"] > 60, 2, 1)
    write_table(pd.DataFrame({schema.identifier: ids, "cluster": clusters}), run / "clusters" / "assignments.parquet")
    replicas = pd.DataFrame({"replica": [1], "loss": [1.0], "within_ss": [1.0], "mean_ari": [np.nan]})
    write_table(replicas.assign(reported=True), run / "clusters" / "replicas.csv")
    return run


def test_a_cohort_of_every_kind_of_column_without_an_outcome_is_described(tmp_path: Path) -> None:
    folder = clinic_run(tmp_path, WITHOUT_OUTCOME, floor=0)
    result = call(folder)
    assert result.exit_code == 0, result.exception
    assert "area under" not in result.stderr
    tables = {name: pd.read_csv(folder / "clusters" / f"{name}.csv") for name in TABLES}
    assert tables["separation"].empty
    assert tables["differences"]["descriptive"].all()
    assert tables["counts"].columns.tolist() == ["cluster", "column", "category", "patients"]
    assert tables["table1"][["smoker_yes", "smoker_no"]].sum(axis=1).tolist() == tables["table1"]["size"].tolist()
    assert "Smoker (no / yes)" in (folder / "clusters" / "table1.html").read_text()


def test_outcomes_are_named_in_the_line_and_all_counts_are_written(tmp_path: Path) -> None:
    """Of real patients too: what of them others may read, the gate decides."""
    folder = clinic_run(tmp_path, CLINIC, floor=11)
    result = call(folder)
    assert result.exit_code == 0, result.exception
    assert "the categories of died are distinguished" in result.stderr
    counts = pd.read_csv(folder / "clusters" / "counts.csv")["patients"]
    assert counts.notna().all()
    assert counts.between(1, 10).any()
    separation = pd.read_csv(folder / "clusters" / "separation.csv")
    assert separation["outcome"].unique().tolist() == ["died", "relapse"]


def test_a_bar_in_a_label_ends_no_cell_of_the_markdown_table(tmp_path: Path) -> None:
    smoker = WITHOUT_OUTCOME["smoker"].model_copy(update={"label": "Smoker | <b>"})
    folder = clinic_run(tmp_path, WITHOUT_OUTCOME.with_inputs(WITHOUT_OUTCOME["age"], smoker), floor=0)
    assert call(folder).exit_code == 0
    head, *rows = (folder / "clusters" / "table1.md").read_text().splitlines()
    assert r"Smoker \| <b> (no / yes)" in head
    assert {row.count("|") for row in rows} == {head.count("|") - 1}
    assert "<b>" not in (folder / "clusters" / "table1.html").read_text()
