"""``retina-vae batch-test`` as a user runs it, in this process."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.assign.runs import TYPED, make_run
from tests.manifests import sign

Call = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, simulated_patients: pd.DataFrame) -> Path:
    """A run whose held-out scores are those of patients like the cohort under the same model."""
    home = tmp_path_factory.mktemp("batches")
    folder = make_run(home, simulated_patients.iloc[::30].reset_index(drop=True), TYPED, "importance", "means")
    from retina_vae.assign import load_run

    run = load_run(folder)
    fresh = run.scorer.description.encoding.encode(simulated_patients.iloc[1::15])
    held_out = pd.DataFrame({"log_density": run.typicality.score(run.scorer.score(fresh))})
    held_out.assign(position=0, fold=0).to_parquet(folder / "vae" / "held_out_patients.parquet")
    return sign(folder)


@pytest.fixture
def new(simulated_patients: pd.DataFrame, tmp_path: Path) -> Path:
    """Three sites, the last of which sends patients of ages that the cohort does not have."""
    table = simulated_patients.iloc[2::15].reset_index(drop=True)
    table["patient_id"] = [f"=N{number}" for number in range(len(table))]
    table["ward"] = np.array(["a", "b", "c"])[np.arange(len(table)) % 3]
    table.loc[table["ward"] == "c", "age"] = 1.0
    table.to_csv(tmp_path / "new.csv", index=False)
    return tmp_path / "new.csv"


def test_the_batch_that_is_not_the_cohort_is_found(command: Call, folder: Path, new: Path, tmp_path: Path):
    output = tmp_path / "a.csv"
    command("assign", "--run", folder, new, "-o", output)
    code, said = command("batch-test", output, "--run", folder, "--by", "ward", "--in", new)
    assert code == 0, said
    table = pd.read_csv(tmp_path / "a.batches.csv")
    assert list(table) == [*("batch", "patients", "p_value", "q_value", "median_percentile", "flagged", "expected")]
    assert table["batch"][0] == "c"
    assert table["p_value"][0] == pytest.approx(1e-4)
    assert (table["p_value"][1:] > 0.05).all()
    assert table["patients"].sum() == len(pd.read_csv(new))
    np.testing.assert_allclose(table["expected"], table["patients"] / 100)
    assert "3 batches of 200 new patients" in said
    assert "1 less typical than the cohort (q <= 0.05)" in said
    assert not any(f"=N{number}" in said for number in range(10))
    # Of the Parquet form, and of everybody as one batch.
    command("assign", "--run", folder, new, "-o", tmp_path / "a.parquet")
    code, said = command("batch-test", tmp_path / "a.parquet", "--run", folder, "-o", tmp_path / "whole.csv")
    assert (code, pd.read_csv(tmp_path / "whole.csv")["batch"].tolist()) == (0, ["all patients"])


def test_what_does_not_fit_is_refused(command: Call, folder: Path, new: Path, tmp_path: Path, simulated_patients):
    output = tmp_path / "a.csv"
    command("assign", "--run", folder, new, "-o", output)
    other = make_run(tmp_path / "o", simulated_patients.iloc[::60].reset_index(drop=True), TYPED, "importance", "means")
    pd.read_csv(new).iloc[1:].to_csv(tmp_path / "fewer.csv", index=False)
    changed = pd.read_csv(output)
    changed["typicality"] -= 5
    changed.to_csv(tmp_path / "changed.csv", index=False)
    for arguments, message in (
        ([output, "--by", "clinic"], "expected a column 'clinic'"),
        ([output, "--by", "clinic", "--in", new], "expected a column 'clinic'"),
        ([output, "--in", new], "--in: expected also --by"),
        ([output, "--by", "ward", "--in", tmp_path / "fewer.csv"], "found 1 missing and 0 repeated"),
        ([new], "expected a table that `retina-vae assign` wrote"),
        ([tmp_path / "changed.csv"], "expected patients that were assigned with this run"),
    ):
        code, said = command("batch-test", "--run", folder, *arguments)
        assert (code, message in said) == (2, True), said
    code, said = command("batch-test", "--run", other, output)
    assert (code, "expected a run with log-densities of patients that its model was not trained on" in said) == (
        2,
        True,
    )
    assert not list(tmp_path.glob("*.batches.csv"))
