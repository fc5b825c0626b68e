"""What the page computes of a patient is what ``assign`` computes."""

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from playwright.sync_api import Error, Page
from scipy.special import gammaln

from retina_vae.assign import Scorer, TrainedRun, assign_file, load_run
from retina_vae.assign.conformal import Calibration
from retina_vae.assign.explain import Explainer
from retina_vae.assign.explorer import _array, explorer_model
from retina_vae.cohort import CohortSchema, Column
from retina_vae.cohort.kinds import KINDS as KINDS_OF_COLUMNS
from retina_vae.config_files import load_configuration
from retina_vae.latent.shapley import EXACT_UP_TO
from retina_vae.release.explorer import release_explorer
from tests.assign.clinic import CLINIC, GAPS, clinic_patients
from tests.assign.runs import PAPER, TYPED
from tests.assign.runs import make_run as make_small_run
from tests.browser.alone import explorer_alone
from tests.browser.visit import Visit
from tests.release.full import context_of

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
    "several layers": (
        TYPED | {"hidden_units": [9, 7, 5], "decoder_units": [6, 10]},
        "importance",
        "draws",
        "kmeans",
    ),
    "mixture of draws": (PAPER, "none", "draws", "gaussian_mixture"),
    "mixture of corrected means": (TYPED, "importance", "means", "gaussian_mixture"),
}


CLINICS: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "corrected, k-means of means": (TYPED, "importance", "means", "kmeans"),
    "mixture of draws": (TYPED | {"posterior": "diagonal"}, "none", "draws", "gaussian_mixture"),
    "learned scales": (TYPED | {"gaussian_scale": "learned", "sigma": 0.8}, "importance", "draws", "kmeans"),
    "squared error": (PAPER | {"input_scaling": "standardized"}, "none", "draws", "gaussian_mixture"),
}
"""Runs of a clinic with a column of every kind, gaps, and no outcome."""


def profiles(run: TrainedRun, patients: pd.DataFrame, random: int = 80) -> pd.DataFrame:
    """Patients of the cohort, and random ones however unlikely, with gaps where the model knows them."""
    rng = np.random.default_rng(11)
    drawn = {column.name: values_of(column, rng, random) for column in run.schema.inputs}
    table = pd.concat([patients[list(drawn)].astype(object), pd.DataFrame(drawn, dtype=object)], ignore_index=True)
    numbers = {column.name: float for column in run.schema.inputs if column.numeric}
    for name in sorted(run.gaps):
        table.loc[len(patients) + np.flatnonzero(rng.random(random) < 0.3), name] = None
    return table.astype(numbers)


def values_of(column: Column, rng: np.random.Generator, count: int) -> np.ndarray:
    if not column.numeric:
        return rng.choice(list(column.categories), count)
    numbers = rng.uniform(0, 120, count)
    if column.kind == "zero_inflated":
        numbers[::2] = 0
    if column.kind_of.bounded and column.maximum is not None:
        numbers *= column.maximum / 120
    return np.rint(numbers) if column.kind_of.whole else numbers


def said_by_the_page(page: Page, table: pd.DataFrame, model: dict[str, Any] | None = None) -> pd.DataFrame:
    """The page's assignments, under its own model or another."""
    rows = table.astype(object).where(table.notna(), None).to_dict(orient="records")
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
    low, high = run.calibration.p_value(typicality - slack), run.calibration.p_value(typicality + slack)
    assert page["pValue"].between(low - 1e-9, high + 1e-9).all()
    assert (page["unlike"] == (page["pValue"] <= 0.01)).all()
    assert (page["observed"] == run.observed(features)).all()


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


REMARKS: dict[str, dict[str, Any]] = {
    **{name: {"not_applicable": ("-",)} for name in ("ward", "smoker", "grade", "fluid", "visits")},
    "pressure": {"censored": True},
    "serum ferritin": {"censored": True, "not_applicable": ("-",)},
}


def test_columns_with_remarks_agree_with_assign(page: Page, tmp_path: Path) -> None:
    """Limits and what does not apply are among the training patients; the patient in the page has measured values."""
    columns = tuple(column.model_copy(update=REMARKS.get(column.name, {})) for column in CLINIC.columns)
    schema = CohortSchema(identifier=CLINIC.identifier, columns=columns)
    training, rng = clinic_patients(200, seed=9), np.random.default_rng(3)
    for name, remark in REMARKS.items():
        none = training[name].isna() & (rng.random(200) < 0.5)
        limit = training[name].notna() & (rng.random(200) < 0.3) & ("censored" in remark)
        said = np.where(none, "not applicable", np.where(limit, "below", None))
        training[f"{name} (remark)"] = pd.Series(said, dtype="str")
    run = load_run(make_small_run(tmp_path, training, TYPED, "importance", "draws", "kmeans", schema=schema))
    assert run.not_applicable == set(REMARKS) - {"pressure"}
    model = explorer_model(run)
    page.set_content(explorer_alone(model, load_configuration(tmp_path / "r" / "config.yaml")))
    table = profiles(run, training.iloc[::10], random=40)
    compare(said_by_the_page(page, table, model), run, table)


@pytest.mark.parametrize("kind", CLINICS)
def test_every_kind_of_column_with_gaps_agrees_with_assign(page: Page, kind: str, tmp_path: Path):
    training = clinic_patients(200, seed=7)
    folder = make_small_run(tmp_path, training, *CLINICS[kind], schema=CLINIC)
    run, settings = load_run(folder), load_configuration(folder / "config.yaml")
    assert run.gaps == set(GAPS)
    assert {column.kind for column in run.schema.inputs} == set(KINDS_OF_COLUMNS)
    page.set_content(explorer_alone(explorer_model(run), settings))
    table = profiles(run, clinic_patients(60, seed=8), random=0)
    said = said_by_the_page(page, table)
    assert said["observed"].nunique() > 3
    compare(said, run, table)
    # And with the command, which reads the numbers as text.
    table.assign(record=training["record"].iloc[: len(table)]).to_csv(tmp_path / "new.csv", index=False)
    assign_file(run, tmp_path / "new.csv", tmp_path / "a.parquet", lambda done, note="": None, as_new=True)
    assigned = pd.read_parquet(tmp_path / "a.parquet")
    assert (assigned[["cluster", "observed"]] == said[["cluster", "observed"]]).all(axis=None)
    probabilities = assigned.filter(regex=r"^probability_\d")
    np.testing.assert_allclose(np.stack(said["probability"].to_list()), probabilities, rtol=1e-4, atol=1e-4)
    compare_in_double_precision(page, run, None)


def test_log_gamma_is_that_of_scipy(page: Page, typed_run: Path):
    model, settings = explorer_model(load_run(typed_run)), load_configuration(typed_run / "config.yaml")
    page.set_content(explorer_alone(model, settings))
    x = np.concatenate([np.geomspace(1e-8, 1e8, 2000), np.linspace(0.5, 3, 500), np.arange(1, 200)])
    computed = page.evaluate("(numbers) => numbers.map(retinaVae.logGamma)", x.tolist())
    np.testing.assert_allclose(computed, gammaln(x), rtol=1e-10, atol=1e-12)


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


def why_said_by_the_page(page: Page, table: pd.DataFrame, clusters: np.ndarray, model: dict[str, Any]) -> pd.DataFrame:
    rows = table.astype(object).where(table.notna(), None).to_dict(orient="records")
    results = page.evaluate(
        """([model, rows, clusters]) => {
            const own = retinaVae.openModel(model);
            return rows.map((row, i) => retinaVae.explain(own, row, clusters[i]));
        }""",
        [model, rows, clusters.tolist()],
    )
    return pd.DataFrame(results)


def compare_why(page: Page, run: TrainedRun, table: pd.DataFrame) -> None:
    """What speaks for the clusters of some patients is what ``assign --explain`` says in double precision."""
    explainer = Explainer.of(in_double_precision(run.scorer))
    clusters = np.arange(len(table)) % explainer.prior.clusters
    expected = explainer.explain(run.scorer.description.encoding.encode(table), clusters)
    said = why_said_by_the_page(page, table, clusters + 1, explorer_model(run))
    assert (said["against"] - 1 == expected.against).all()
    found = expected.contributions
    np.testing.assert_allclose(said["logOdds"].astype(float), found.log_odds, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(said["sizes"], found.sizes, rtol=1e-9)
    columns = np.stack(said["columns"].to_list())
    np.testing.assert_allclose(columns, found.columns, rtol=1e-6, atol=1e-6)
    assert ((columns == 0) == (found.columns == 0)).all()


def test_why_agrees_with_assign_by_every_subset(visit: Visit, typed_run: Path, typed_page: Path):
    """Six columns, of which every subset is summed."""
    run = load_run(typed_run)
    cohort = pd.read_parquet(typed_run / "cohort" / "patients.parquet").iloc[::40]
    compare_why(visit.open(typed_page), run, profiles(run, cohort, random=6))


@pytest.mark.parametrize("kind", ["corrected, k-means of means", "mixture of draws", "learned scales"])
def test_why_agrees_with_assign_for_every_kind_of_column(page: Page, kind: str, tmp_path: Path):
    """More columns than every subset is summed of, with gaps, under both kinds of partition."""
    folder = make_small_run(tmp_path, clinic_patients(200, seed=7), *CLINICS[kind], schema=CLINIC)
    run, settings = load_run(folder), load_configuration(folder / "config.yaml")
    assert (explorer_model(run)["explain"]["orders"] is None) == (len(run.schema.inputs) <= EXACT_UP_TO)
    page.set_content(explorer_alone(explorer_model(run), settings))
    compare_why(page, run, profiles(run, clinic_patients(5, seed=8), random=3))


def test_a_page_without_density_explains_nothing(visit: Visit, paper_page: Path):
    page = visit.open(paper_page)
    assert page.evaluate("retinaVae.explain(retinaVae.explorer.model, {}, 1)") is None
    assert not page.locator("#explorer-live .why").is_visible()


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
    patients = pd.read_parquet(paper_run / "cohort" / "patients.parquet")
    context = context_of(patients, pd.Series(1, index=patients.index), run.schema, 12)
    coarser = release_explorer(explorer_model(run), context)
    own = said_by_the_page(visit.open(paper_page), table, coarser)
    assert own["percentile"].between(2.5, 97.5).all()
    inner = own["percentile"].between(2.6, 97.4).to_numpy()
    assert inner.sum() > 30
    assert np.abs(own["percentile"] - exact)[inner].max() < 100 * 12 / 240
    assert own.loc[exact == 0, "unlike"].all()


def encode(run: TrainedRun, table: pd.DataFrame) -> np.ndarray:
    return run.scorer.description.encoding.encode(table)


def test_p_values_are_among_held_out_patients_where_the_run_has_them(visit: Visit, typed_run: Path, typed_page: Path):
    """Whose scores lie elsewhere than those of the training patients."""
    run = load_run(typed_run)
    held_out = run.typicality.reference - np.random.default_rng(5).exponential(3, len(run.typicality.reference))
    run = replace(run, calibration=Calibration.of(run.typicality.reference, held_out))
    table = profiles(run, pd.read_parquet(typed_run / "cohort" / "patients.parquet").iloc[::4])
    said = said_by_the_page(visit.open(typed_page), table, explorer_model(run))
    compare(said, run, table)
    assert (said["pValue"] > said["percentile"] / 100).any()


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
