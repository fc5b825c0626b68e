"""What the page computes of a patient is what ``assign`` computes."""

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from playwright.sync_api import Error, Page

from retina_vae.assign import Scorer, TrainedRun, load_run
from retina_vae.assign.explorer import _array, explorer_model
from tests.assign.runs import PAPER, TYPED
from tests.assign.runs import make_run as make_small_run
from tests.browser.visit import Visit

KINDS: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "cross-entropy": (
        PAPER | {"likelihood": "binary_cross_entropy", "input_scaling": "unit_interval"},
        "none",
        "means",
        "kmeans",
    ),
    "z-scores": (PAPER | {"input_scaling": "standardized"}, "none", "draws", "kmeans"),
    "diagonal, fixed scale": (
        TYPED | {"posterior": "diagonal", "gaussian_scale": "fixed"},
        "importance",
        "draws",
        "kmeans",
    ),
    "learned scale, not corrected": (TYPED | {"gaussian_scale": "learned", "sigma": 0.7}, "none", "draws", "kmeans"),
    "point": (TYPED | {"posterior": "point", "objective": "autoencoder", "kl_weight": 0.0}, "none", "draws", "kmeans"),
    "mixture of draws": (PAPER, "none", "draws", "gaussian_mixture"),
    "mixture of corrected means": (TYPED, "importance", "means", "gaussian_mixture"),
}


def profiles(run: TrainedRun, patients: pd.DataFrame, random: int = 80) -> pd.DataFrame:
    """Patients of the cohort, and random ones however unlikely."""
    rng = np.random.default_rng(11)
    drawn = {
        column.name: rng.uniform(0, 120, random) if column.numeric else rng.choice(list(column.categories), random)
        for column in run.schema.inputs
    }
    return pd.concat([patients[list(drawn)].astype({"age": float}), pd.DataFrame(drawn)], ignore_index=True)


def said_by_the_page(page: Page, table: pd.DataFrame, model: dict[str, Any] | None = None) -> pd.DataFrame:
    """The page's assignments, under its own model or another."""
    rows = json.loads(table.to_json(orient="records", double_precision=15))
    results = page.evaluate(
        """([model, rows]) => {
            const own = model ? retinaVae.openModel(model) : retinaVae.explorer.model;
            return rows.map((row) => retinaVae.assign(own, row));
        }""",
        [model, rows],
    )
    return pd.DataFrame(results)


def compare(page: pd.DataFrame, run: TrainedRun, table: pd.DataFrame) -> None:
    """Everything to 1e-4; the percentile to the training patients whose score is the same to that precision."""
    features = run.scorer.description.encoding.encode(table)
    scores = run.scorer.score(features)
    typicality = run.typicality.score(scores)
    assert (page["cluster"] - 1 == scores.cluster).all()
    for name in ("probability", "mean", "scale"):
        np.testing.assert_allclose(np.stack(page[name].to_list()), getattr(scores, name), rtol=1e-4, atol=1e-4)
    if run.scorer.description.has_density:
        np.testing.assert_allclose(page["logEvidence"], scores.log_evidence, rtol=1e-4, atol=1e-4)
    else:
        assert page["logEvidence"].isna().all()
    np.testing.assert_allclose(page["typicality"], typicality, rtol=1e-4, atol=1e-4)
    slack = 1e-4 * (1 + np.abs(typicality))
    low, high = run.typicality.percentile(typicality - slack), run.typicality.percentile(typicality + slack)
    assert page["percentile"].between(low - 1e-9, high + 1e-9).all()
    assert (page["unlike"] == (page["percentile"] < 0.1)).all()


def in_double_precision(scorer: Scorer) -> Scorer:
    return replace(scorer, model=copy.deepcopy(scorer.model).double(), noise=scorer.noise.double())


@pytest.mark.parametrize("kind", ["paper", "typed"])
def test_a_report_agrees_with_assign(visit: Visit, kind: str, request: pytest.FixtureRequest):
    run = load_run(request.getfixturevalue(f"{kind}_run"))
    page = visit.open(request.getfixturevalue(f"{kind}_page"))
    cohort = pd.read_parquet(request.getfixturevalue(f"{kind}_run") / "cohort" / "patients.parquet").iloc[::4]
    table = profiles(run, cohort)
    assert len(table) >= 100
    own = said_by_the_page(page, table)
    assert own["cluster"].nunique() > 2
    compare(own, run, table)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_model_agrees_with_assign(
    visit: Visit, kind: str, paper_page: Path, tmp_path: Path, simulated_patients: pd.DataFrame
):
    vae, correction, on, method = KINDS[kind]
    training = simulated_patients.iloc[::15].reset_index(drop=True)
    run = load_run(make_small_run(tmp_path, training, vae, correction, on, method))
    table = profiles(run, training.iloc[::10], random=40)
    compare(said_by_the_page(visit.open(paper_page), table, explorer_model(run)), run, table)


@pytest.mark.parametrize("kind", ["paper", "typed"])
def test_in_double_precision_nothing_differs(visit: Visit, kind: str, request: pytest.FixtureRequest):
    run = load_run(request.getfixturevalue(f"{kind}_run"))
    compare_in_double_precision(visit.open(request.getfixturevalue(f"{kind}_page")), run, None)


@pytest.mark.parametrize("kind", ["mixture of draws", "mixture of corrected means"])
def test_in_double_precision_a_mixture_does_not_differ(
    visit: Visit, kind: str, paper_page: Path, tmp_path: Path, simulated_patients: pd.DataFrame
):
    training = simulated_patients.iloc[::15].reset_index(drop=True)
    run = load_run(make_small_run(tmp_path, training, *KINDS[kind]))
    compare_in_double_precision(visit.open(paper_page), run, explorer_model(run))


def compare_in_double_precision(page: Page, run: TrainedRun, model: dict[str, Any] | None) -> None:
    table = profiles(run, pd.DataFrame(columns=[column.name for column in run.schema.inputs]), random=120)
    own = said_by_the_page(page, table, model)
    x = torch.from_numpy(run.scorer.description.encoding.encode(table).T.copy())
    cluster, probability, mean, scale, evidence = in_double_precision(run.scorer)._batch(x)
    assert (own["cluster"] - 1 == cluster).all()
    for name, expected in (("probability", probability), ("mean", mean), ("scale", scale)):
        np.testing.assert_allclose(np.stack(own[name].to_list()), expected, rtol=1e-9, atol=1e-9)
    if run.scorer.description.has_density:
        np.testing.assert_allclose(own["logEvidence"], evidence, rtol=1e-9)


def test_equally_near_centres_share_a_code_and_an_unknown_partition_is_refused(visit: Visit, paper_page: Path):
    """Two clusters at one place have the same probability, as in Python."""
    page, model = visit.open(paper_page), explorer_model(load_run(paper_page.parents[1]))
    centers = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [50.0, 50.0, 50.0]])
    partition = {"method": "kmeans", "centers": _array(centers, "<f8")}
    names = [column["name"] for column in model["columns"]]
    table = profiles(load_run(paper_page.parents[1]), pd.DataFrame(columns=names), random=1)
    said = said_by_the_page(page, table, model | {"partition": partition})
    assert (said["cluster"][0], said["probability"][0]) == (1, [0.5, 0.5, 0])
    with pytest.raises(Error, match="expected a partition that the page knows, found boxes"):
        said_by_the_page(page, table, model | {"partition": partition | {"method": "boxes"}})


def test_few_ranks_give_a_percentile_between_them(visit: Visit, paper_run: Path, paper_page: Path):
    run = load_run(paper_run)
    table = profiles(run, pd.read_parquet(paper_run / "cohort" / "patients.parquet").iloc[::3])
    exact = run.typicality.percentile(run.typicality.score(run.scorer.score(encode(run, table))))
    own = said_by_the_page(visit.open(paper_page), table, explorer_model(run, floor=12))
    assert own["percentile"].between(2.5, 97.5).all()
    inner = own["percentile"].between(2.6, 97.4).to_numpy()
    assert inner.sum() > 30
    assert np.abs(own["percentile"] - exact)[inner].max() < 100 * 12 / 240
    assert own.loc[exact == 0, "unlike"].all()


def encode(run: TrainedRun, table: pd.DataFrame) -> np.ndarray:
    return run.scorer.description.encoding.encode(table)


def test_values_that_the_model_does_not_know_are_refused(visit: Visit, paper_page: Path):
    page = visit.open(paper_page)
    profile = {"race": "nobody's", "age": 50, "polyps": "absent", "drusen": "absent", "srh": "absent", "sex": "male"}
    for wrong in (profile, profile | {"race": "Asian", "age": None}):
        said = page.evaluate(
            "(own) => { try { retinaVae.assign(retinaVae.explorer.model, own); return ''; } "
            "catch (error) { return String(error); } }",
            wrong,
        )
        assert "expected a value that the model knows" in said
