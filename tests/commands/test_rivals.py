"""``retina-vae rivals`` on a small run: what it reads, what it writes, what it says."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from sklearn.metrics import adjusted_rand_score
from typer.testing import CliRunner

import retina_vae.artefacts
from retina_vae.artefacts import ARTEFACTS, NEVER, Artefact
from retina_vae.cohort import read_cohort
from retina_vae.cohort.folds import fold_of
from retina_vae.commands.rivals import app
from retina_vae.config_files import parse_configuration
from retina_vae.errors import ConfigurationError, InputError
from retina_vae.files import read_table, write_table
from retina_vae.rivals import RIVALS, Starts
from retina_vae.steps import OWN_DENSITIES, STEPS
from tests.assign.runs import TYPED, make_run


@pytest.fixture
def folder(tmp_path: Path, simulated_patients: pd.DataFrame) -> Path:
    folder = make_run(tmp_path, simulated_patients.iloc[::30].reset_index(drop=True), TYPED, "none", "means")
    configure(folder, rivals={"methods": ["kmeans_onehot"]}, stability={"retrained": 2, "n_init": 1})
    numbers = sorted(pd.read_parquet(folder / "clusters/assignments.parquet")["cluster"].unique())
    table = pd.DataFrame({"cluster": numbers, "jaccard_mean": 0.5})
    write_table(table, folder / "clusters/retrained.csv")
    return folder


def configure(folder: Path, **sections: Any) -> None:
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | sections))


def call(folder: Path, *arguments: str):
    return CliRunner().invoke(app, ["--config", str(folder / "config.yaml"), *arguments], catch_exceptions=False)


def declare_own_densities(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a run that measures how its model describes unseen patients."""
    declared = {own.path: own for own in ARTEFACTS}
    declared[OWN_DENSITIES] = Artefact(OWN_DENSITIES, "held_out", "patient", ("position", "fold"), NEVER)
    monkeypatch.setattr(retina_vae.artefacts, "ARTEFACTS", tuple(declared.values()))


def test_the_table_is_that_of_the_runs_patients_and_clusters(folder: Path) -> None:
    result = call(folder)
    row = read_table(folder / "clusters/rivals.csv").iloc[0]
    patients, schema = read_cohort(folder)
    assignments = pd.read_parquet(folder / "clusters/assignments.parquet")
    settings = yaml.safe_load((folder / "config.yaml").read_text())["clusters"]
    k = settings["k"]
    starts = Starts(settings.get("n_init", 10), settings.get("seed", 1))
    labels = RIVALS["kmeans_onehot"].fit(patients, schema, k, starts).labels(patients)
    assert row["ari"] == pytest.approx(adjusted_rand_score(assignments["cluster"], labels))
    assert row["k"] == k
    assert row["stability_of_run"] == 0.5
    assert f"K-means clusters of one-hot columns, k = {k}, adjusted Rand index" in result.stderr


def test_threads_do_not_change_a_byte(folder: Path) -> None:
    pytest.importorskip("stepmix")
    configure(folder, rivals={"methods": ["latent_classes", "kmeans_onehot"]}, held_out={"folds": 2})
    call(folder)
    first = (folder / "clusters/rivals.csv").read_bytes()
    call(folder, "--threads", "3")
    assert (folder / "clusters/rivals.csv").read_bytes() == first


def test_densities_of_the_model_are_compared_patient_by_patient(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("stepmix")
    configure(folder, rivals={"methods": ["latent_classes"]}, held_out={"folds": 2})
    call(folder)
    alone = read_table(folder / "clusters/rivals.csv").iloc[0]
    assert np.isnan(alone["difference_to_run"])
    declare_own_densities(monkeypatch)
    positions, fold = fold_of(int(alone["patients"]), 2, 5000, 1)
    own = pd.DataFrame({"position": positions, "fold": fold, "log_density": alone["log_density"] + 0.5})
    write_table(own, folder / OWN_DENSITIES)
    call(folder)
    beside = read_table(folder / "clusters/rivals.csv").iloc[0]
    assert beside["difference_to_run"] == pytest.approx(-0.5)
    write_table(own.assign(fold=1 - fold), folder / OWN_DENSITIES)
    with pytest.raises(InputError, match="expected the patients and folds of held_out"):
        call(folder)


def test_the_step_waits_for_the_densities_of_a_run_that_measures_them(monkeypatch: pytest.MonkeyPatch) -> None:
    step = next(step for step in STEPS if step.name == "rivals")
    configuration = parse_configuration({"cohort": {"source": "table"}, "clusters": {"k": 3}}, "the test")
    others = tuple(own for own in ARTEFACTS if own.path != OWN_DENSITIES)
    monkeypatch.setattr(retina_vae.artefacts, "ARTEFACTS", others)
    without = step.reads(configuration)
    assert "clusters/retrained.csv" in without
    assert OWN_DENSITIES not in without
    declare_own_densities(monkeypatch)
    assert set(step.reads(configuration)) == {*without, OWN_DENSITIES}


@pytest.mark.parametrize(
    ("source", "methods", "expected"),
    [
        ("table", None, tuple(RIVALS)),
        ("simulated", None, ()),
        ("simulated", ["kmeans_onehot"], ("kmeans_onehot",)),
        ("table", [], ()),
    ],
)
def test_a_run_on_a_table_asks_for_all_and_others_for_what_they_name(
    source: str, methods: list[str] | None, expected: tuple[str, ...]
) -> None:
    configuration = parse_configuration({"cohort": {"source": source}, "rivals": {"methods": methods}}, "the test")
    assert configuration.rival_methods == expected
    (declared,) = (own for own in ARTEFACTS if own.path == "clusters/rivals.csv")
    assert declared.when(configuration) == bool(expected)


def test_a_run_that_asks_for_none_is_told_so(folder: Path) -> None:
    configure(folder, rivals={"methods": []})
    with pytest.raises(ConfigurationError, match=r"rivals\.methods: expected at least one of"):
        call(folder)
