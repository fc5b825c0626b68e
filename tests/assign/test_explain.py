"""What speaks for a cluster: held against the probabilities, and the words that it is told in."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retina_vae.assign import TrainedRun, assign_file
from retina_vae.assign.explain import Explained, Explainer, explained_table
from retina_vae.assign.score import common_noise
from retina_vae.errors import ConfigurationError
from retina_vae.latent.contributions import Contributions
from tests.assign.clinic import GAPS, clinic_patients
from tests.assign.runs import TYPED, make_run


@pytest.fixture(scope="module")
def explainer(typed: TrainedRun) -> Explainer:
    return Explainer.of(typed.scorer)


def silent(done: int, note: str = "") -> None:
    """Progress that nobody reads."""


def assigned(run: TrainedRun, table: pd.DataFrame, folder: Path, **options: object) -> pd.DataFrame:
    table.to_csv(folder / "new.csv", index=False)
    assign_file(run, folder / "new.csv", folder / "a.parquet", silent, as_new=True, **options)
    return pd.read_parquet(folder / "a.parquet")


def test_the_log_odds_are_those_of_the_probabilities(typed: TrainedRun, explainer: Explainer):
    """Both integrate the same decoder, the probabilities here with very many draws."""
    features, rows = typed.known.features[:40], np.arange(40)
    finer = replace(typed.scorer, noise=common_noise(2, 2**15, 5))
    probability = finer.score(features).probability
    cluster = probability.argmax(axis=1)
    found = explainer.explain(features, cluster)
    odds = np.log(probability[rows, cluster] / probability[rows, found.against])
    assert odds.max() > 0.8
    np.testing.assert_allclose(found.contributions.log_odds, odds, atol=0.1)
    second = np.sort(probability, axis=1)[:, -2]
    assert (probability[rows, found.against] >= second - 0.02).all()


def test_numbers_do_not_depend_on_other_patients_chunks_or_threads(
    typed: TrainedRun, fresh: pd.DataFrame, tmp_path: Path
):
    whole = assigned(typed, fresh.iloc[:50], tmp_path, explain=3)
    pieces = assigned(typed, fresh.iloc[:50][::-1], tmp_path, explain=3, rows_per_chunk=7, threads=2)[::-1]
    numbers = [name for name in whole if name.startswith("why_")]
    np.testing.assert_allclose(whole[numbers], pieces[numbers], atol=2e-4)
    assert (whole["against"] != whole["cluster"]).all()
    np.testing.assert_allclose(whole[[*numbers, "sizes"]].sum(axis=1), whole["log_odds"], atol=1e-3)


def test_without_the_option_nothing_is_added(typed: TrainedRun, fresh: pd.DataFrame, tmp_path: Path):
    plain = assigned(typed, fresh.iloc[:5], tmp_path)
    more = assigned(typed, fresh.iloc[:5], tmp_path, explain=1)
    added = [name for name in more if name not in plain]
    names = [column.name for column in typed.schema.inputs]
    told = ["against", "log_odds", "log_odds_error", "why", "sizes", *(f"why_{name}" for name in names)]
    assert added == [*told, "contribution_error"]
    pd.testing.assert_frame_equal(plain, more[list(plain)])


def test_what_is_not_observed_says_nothing(clinic: TrainedRun, tmp_path: Path):
    """With a column of every kind."""
    patients = clinic_patients(40, seed=8)
    name = GAPS[0]
    patients[name] = patients[name].where(np.arange(40) % 2 == 0, None)
    found = assigned(clinic, patients, tmp_path, explain=2)
    missing = patients[name].isna().to_numpy()
    assert (found.loc[missing, f"why_{name}"] == 0).all()
    assert (found.loc[~missing, f"why_{name}"] != 0).mean() > 0.8
    assert not found.loc[missing, "why"].str.contains(f"{name} =", regex=False).any()


def table_of(columns: list[float], sizes: float = 0.4, named: int = 2) -> str:
    one = [np.array([sum(columns) + sizes]), np.array([sizes]), np.array([columns])]
    contributions = Contributions(*one, np.zeros(1), np.zeros((1, len(columns))))
    patients = pd.DataFrame({"grade": ["II"], "age": [67.25], "sex": ["male"], "smokes": ["no"]})
    explained = Explained(np.array([1]), contributions)
    return str(explained_table(explained, patients, list(patients), named)["why"].iloc[0])


def test_the_words_name_what_says_most_and_add_up():
    assert (
        table_of([2.11, 0.8, -0.3, 0.02]) == "grade = II +2.1, age = 67.25 +0.8; against: sex = male -0.3; sizes +0.4"
    )
    assert (
        table_of([2.1, 0.8, -0.3, 0.5], named=1) == "grade = II +2.1; against: sex = male -0.3; others +1.3; sizes +0.4"
    )
    assert table_of([-2.1, 0.0, 0.0, 0.0]) == "against: grade = II -2.1; sizes +0.4"
    assert table_of([0.0, 0.0, 0.0, 0.0], sizes=-1.0) == "sizes -1.0"
    assert table_of([np.nan] * 4, sizes=np.nan) == ""


def test_runs_without_a_density_or_a_second_cluster_are_refused(
    paper: TrainedRun, training: pd.DataFrame, tmp_path: Path
):
    from retina_vae.assign import load_run

    with pytest.raises(ConfigurationError, match=r"--explain: expected a run whose model has a density"):
        Explainer.of(paper.scorer)
    one = load_run(make_run(tmp_path, training, TYPED, "importance", "means", k=1))
    with pytest.raises(ConfigurationError, match="two clusters or more, got one"):
        Explainer.of(one.scorer)


def test_the_words_are_those_of_the_patient() -> None:
    """A limit is none of the numbers that are known, and where there is no number there is none in the text."""
    patients = pd.DataFrame({"crp": [0.5, 0.5, 200.0, np.nan, np.nan], "ward": ["A", None, "B", "A", "A"]})
    patients["crp (remark)"] = pd.Series(["below", None, "above", "not applicable", None], dtype="str")
    numbers = np.full((5, 2), 1.0)
    found = Contributions(np.full(5, 2.0), np.zeros(5), numbers, np.zeros(5), np.zeros((5, 2)))
    table = explained_table(Explained(np.zeros(5, np.int64), found), patients, ["crp", "ward"], 1)
    said = [text.split(" +")[0] for text in table["why"]]
    assert said == ["crp = <0.5", "crp = 0.5", "crp = >200", "crp = not applicable", "crp = missing"]
