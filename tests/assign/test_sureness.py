"""How far the weights disagree on a patient: held against their log-evidences, and the words that it is told in."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retina_vae.assign import TrainedRun, assign_file
from retina_vae.assign.gather import gather_parts
from retina_vae.assign.parts import Part
from retina_vae.assign.sureness import Sureness, load_sureness
from retina_vae.errors import ConfigurationError
from retina_vae.evaluation.unlike import evidence_matrix
from retina_vae.opening import load_run
from retina_vae.vae import build_model
from retina_vae.vae.proposals import common_noise
from retina_vae.vae.replicas import replica_generators
from retina_vae.weights import load_weights
from tests.assign.clinic import clinic_patients


@pytest.fixture(scope="module")
def sureness(clinic_folder: Path, clinic: TrainedRun) -> Sureness:
    return load_sureness(clinic_folder, clinic.known.features)


@pytest.fixture(scope="module")
def features(clinic: TrainedRun) -> np.ndarray:
    return clinic.scorer.description.encoding.encode(clinic_patients(40, seed=5))


def model_of(run: TrainedRun, replicas: int, seed: int = 1):
    """Untrained weights, all from one seed where that is 0."""
    seeds = tuple(range(seed, seed + replicas)) if seed else (1,) * replicas
    description = run.scorer.description.model_copy(update={"replicas": replicas, "seeds": seeds})
    model = build_model(description)
    model.initialize("he_uniform", replica_generators(seeds))
    return model, description


def assigned(run: TrainedRun, output: Path, sureness: Sureness, part: Part | None = None) -> pd.DataFrame:
    table = output.with_name("new.csv")
    clinic_patients(60, seed=6).to_csv(table, index=False)
    assign_file(run, table, output, lambda done, note="": None, sureness=sureness, part=part, rows_per_chunk=20)
    return pd.read_csv(output) if output.suffix == ".csv" else pd.read_parquet(output)


def test_disagreement_is_the_deviation_of_the_log_evidences(
    clinic_folder: Path, sureness: Sureness, features: np.ndarray
):
    """Those come from other draws, and carry the volume of the units. Of untrained weights many draws are needed."""
    weights = load_weights(load_run(clinic_folder), "ensemble")
    exact = evidence_matrix(weights, features, 4096, seed=1).std(axis=0)
    assert exact.max() > 5 * exact.min()
    finer = replace(sureness, noise=common_noise(2, 4096, 3))
    np.testing.assert_allclose(finer.disagreement(features), exact, atol=0.15)


def test_numbers_do_not_depend_on_other_patients_or_threads(sureness: Sureness, features: np.ndarray):
    together, order = sureness.disagreement(features), np.random.default_rng(0).permutation(len(features))
    small = replace(sureness, patients_per_batch=7)
    np.testing.assert_allclose(small.disagreement(features[order], threads=2), together[order], rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(sureness.disagreement(features[3:4]), together[3:4], rtol=1e-3, atol=1e-4)


def test_equal_weights_agree_on_everybody(clinic: TrainedRun, features: np.ndarray):
    equal = Sureness.of(*model_of(clinic, 3, seed=0), clinic.known.features)
    np.testing.assert_allclose(equal.disagreement(features), 0, atol=1e-5)
    assert set(equal.words(equal.less_sure_than(equal.disagreement(features)))) == {"sure"}


def test_the_cohorts_own_patients_rank_from_0_to_99(sureness: Sureness, clinic: TrainedRun):
    found = sureness.less_sure_than(sureness.disagreement(clinic.known.features))
    assert (found.min(), found.max()) == (0, 99)
    assert 0.03 < (found >= 95).mean() <= 0.06
    np.testing.assert_allclose(np.quantile(found, [0.25, 0.5, 0.75]), [25, 50, 75], atol=2)


def test_ranks_by_hand_and_in_words(sureness: Sureness):
    by_hand = replace(sureness, reference=np.array([0.1, 0.2, 0.2, 0.4]))
    found = by_hand.less_sure_than(np.array([0.0, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, np.nan]))
    assert found.tolist() == [0, 0, 25, 25, 75, 75, 100, 100]
    assert by_hand.words(np.array([0, 94, 95, 100])) == [
        *("sure", "sure", "less sure than of 95 in 100", "less sure than of 100 in 100")
    ]


def test_far_patients_are_those_that_it_is_less_sure_of(sureness: Sureness, clinic: TrainedRun):
    far = clinic.scorer.description.encoding.encode(clinic_patients(40, seed=5).assign(visits=4000.0))
    assert (sureness.less_sure_than(sureness.disagreement(far)) >= 95).all()


def test_what_a_weight_cannot_compute_is_no_number_and_counts_as_unsure(sureness: Sureness, features: np.ndarray):
    found = sureness.disagreement(np.where(np.arange(len(features))[:, None] == 2, 1e30, features))
    assert np.isnan(found).nonzero()[0].tolist() == [2]
    assert sureness.less_sure_than(found)[2] == 100


def test_of_many_weights_every_so_manyth_is_asked(clinic: TrainedRun, features: np.ndarray):
    model, description = model_of(clinic, 70)
    many = Sureness.of(model, description, features)
    assert [own.replicas for own in many.models] == [8, 8, 8]
    own, every = (next(iter(found.decoder.state_dict().values())) for found in (many.models[1], model))
    assert (own == every[24:48:3]).all()


def test_what_has_nothing_to_disagree_with_is_refused(clinic: TrainedRun, paper: TrainedRun, paper_folder: Path):
    with pytest.raises(ConfigurationError, match="sure: expected a run with several weights"):
        Sureness.of(*model_of(clinic, 1), clinic.known.features)
    with pytest.raises(ConfigurationError, match="expected a run whose model has a density"):
        load_sureness(paper_folder, paper.known.features)


def test_two_columns_come_in_whole_tables_and_in_parts(clinic: TrainedRun, sureness: Sureness, tmp_path: Path):
    whole = assigned(clinic, tmp_path / "a.csv", sureness)
    assert whole.columns[-3:].tolist() == ["known", "disagreement", "sure"]
    words = sureness.words(sureness.less_sure_than(whole["disagreement"].to_numpy()))
    assert whole["sure"].tolist() == words
    parts = [tmp_path / f"{number}.parquet" for number in (1, 2)]
    for number, path in enumerate(parts, start=1):
        assigned(clinic, path, sureness, Part(number, 2))
    gather_parts(parts, tmp_path / "b.csv")
    assert (tmp_path / "b.csv").read_bytes() == (tmp_path / "a.csv").read_bytes()
