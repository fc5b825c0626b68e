import importlib.util

import numpy as np
import pandas as pd
import pytest

from retina_vae.artefacts import declared_columns
from retina_vae.cluster_settings import ClusterSettings, RivalSettings, StabilitySettings
from retina_vae.cohort.folds import fold_of
from retina_vae.config import RIVAL_METHODS
from retina_vae.rivals import RIVALS
from retina_vae.rivals.comparison import COLUMNS, Beside, compare_rivals
from tests.rivals.cohorts import SCHEMA, two_groups

PATIENTS, GROUP = two_groups(150)
FOLDS = fold_of(150, folds=3, patients=150, seed=1)
STABILITY = StabilitySettings(retrained=2, n_init=2)


def compared(names: list[str], k: int = 2, threads: int = 1, own: pd.DataFrame | None = None) -> pd.DataFrame:
    labels = GROUP.astype(np.int64) if k > 1 else np.zeros(150, np.int64)
    run = Beside(PATIENTS, SCHEMA, labels, 0.9, own)
    rivals = [RIVALS[name] for name in names]
    return compare_rivals(rivals, run, FOLDS, ClusterSettings(k=k, n_init=2), STABILITY, threads)


def test_the_configuration_knows_every_method_that_is_registered() -> None:
    assert tuple(RIVALS) == RIVAL_METHODS
    RivalSettings(methods=list(RIVALS))


def test_the_table_has_the_columns_that_the_artefact_declares() -> None:
    assert declared_columns("clusters/rivals.csv") == list(COLUMNS)


def test_k_means_agrees_with_groups_that_lie_far_apart_and_comes_back() -> None:
    row = compared(["kmeans_onehot"]).iloc[0]
    assert row["k"] == 2
    assert row["ari"] > 0.95
    assert row["ami"] > 0.9
    assert row["stability"] > 0.95
    assert row["stability_of_run"] == 0.9
    assert row[["log_density", "difference_to_run", "patients"]].isna().all()


def test_latent_classes_are_measured_on_unseen_patients_and_beside_the_model() -> None:
    pytest.importorskip("stepmix")
    plain = compared(["latent_classes"]).iloc[0]
    own = pd.DataFrame({"log_density": np.full(150, plain["log_density"] - 0.25)})
    table = compared(["latent_classes", "latent_classes_bic"], threads=2, own=own)
    assert table["k"].tolist() == [2, 2]
    assert table["log_density"].tolist() == [plain["log_density"]] * 2  # whatever the threads
    assert table["difference_to_run"].tolist() == pytest.approx([0.25] * 2)
    assert table["difference_error"].tolist() == pytest.approx([plain["log_density_error"]] * 2)
    assert table["patients"].tolist() == [150, 150]


def test_one_group_agrees_with_nothing() -> None:
    row = compared(["kmeans_onehot"], k=1).iloc[0]
    assert row["k"] == 1
    assert row[["ari", "ami", "stability"]].isna().all()


def test_a_method_that_is_not_installed_has_a_row_that_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "stepmix" else found(name))
    table = compared(["latent_classes", "kmeans_onehot"])
    assert table["note"].tolist() == ["not installed; pip install retina-vae[rivals]", ""]
    assert table["k"].isna().tolist() == [True, False]
