from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from retina_vae import RetinaVAE
from retina_vae.config_files import parse_configuration
from retina_vae.errors import ConfigurationError
from retina_vae.estimator.parameters import configuration_of, parameters_of, threads_of


def configured(**parameters: Any):
    return configuration_of(RetinaVAE(**parameters).get_params())


def test_parameters_and_settings_are_keys_of_a_configuration() -> None:
    found = configured(n_clusters=np.int64(4), latent_dim=2, epochs=9, settings={"vae": {"hidden_units": 16}})
    assert (found.clusters.k, found.clusters.latent_dim, found.vae.latent_dims) == (4, 2, [2])
    assert (found.vae.epochs, found.vae.hidden_units, found.vae.batch_size) == (9, 16, 250)


def test_a_dimension_that_is_left_to_the_fit_is_chosen_as_in_a_run() -> None:
    found = configured(settings={"held_out": {"folds": 3}})
    assert (found.clusters.latent_dim, found.vae.latent_dims, found.held_out.folds) == ("auto", "auto", 3)


def test_of_a_run_that_chose_its_dimension_a_fit_takes_the_one_chosen() -> None:
    run = parse_configuration({"cohort": {"table": "t.csv", "schema": "t.yaml"}}, "test")
    assert run.vae.latent_dims == "auto"
    parameters = parameters_of(run.dimensioned(4))
    assert parameters["latent_dim"] == 4
    assert configured(**parameters).vae.latent_dims == [4]


@pytest.mark.parametrize("state", [11, np.int64(11)])
def test_one_seed_is_that_of_all_streams(state: Any) -> None:
    found = configured(random_state=state)
    assert {getattr(found, name).seed for name in ("vae", "held_out", "latent", "clusters", "latent_structure")} == {11}


def test_a_stream_of_numpy_gives_a_seed_and_none_keeps_those_of_the_settings() -> None:
    first, second = (configured(random_state=np.random.RandomState(seed)).vae.seed for seed in (1, 2))
    assert first != second
    assert first == configured(random_state=np.random.RandomState(1)).vae.seed
    assert configured(settings={"vae": {"seed": 5}}).vae.seed == 5
    assert configured().vae.seed == 101


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_clusters": 0}, "clusters.k: expected greater than or equal to 1, got 0"),
        ({"n_clusters": "many"}, "clusters.k: .*'many'"),
        ({"epochs": 2.5}, "vae.epochs: .*integer.*, got 2.5"),
        ({"likelihood": "poisson"}, "vae.likelihood: expected .*, got 'poisson'"),
        ({"settings": {"vae": {"epoch": 3}}}, "vae.epoch: expected no such key"),
        ({"settings": {"vae": {"epochs": 3}}}, "settings: expected vae.epochs as the parameter epochs"),
        ({"settings": {"vae": {"latent_dims": [3]}}}, "settings: expected vae.latent_dims as the parameter latent_dim"),
        ({"settings": {"cohort": {}}}, r"settings: expected the sections \['vae'.*, got \['cohort'\]"),
        ({"settings": [1]}, r"settings: expected sections .*, got \[1\]"),
        ({"random_state": "x"}, "random_state: expected None, a whole number or a numpy RandomState, got 'x'"),
        ({"random_state": True}, "random_state: expected None, a whole number or a numpy RandomState, got True"),
        ({"random_state": -1}, "vae.seed: expected greater than or equal to 0, got -1"),
    ],
)
def test_what_no_configuration_takes_is_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        configured(**parameters)


def test_threads_are_those_of_joblib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    assert [threads_of(n_jobs) for n_jobs in (None, 1, np.int64(3), -1, -2, -9)] == [1, 1, 3, 4, 3, 1]
    for wrong in (0, "2", 1.5, True):
        with pytest.raises(ConfigurationError, match="n_jobs: expected None or a whole number other than 0"):
            threads_of(wrong)


def test_parameters_of_a_configuration_give_it_back() -> None:
    values = {
        "device": "cpu",
        "vae": {
            "latent_dims": [2],
            "replicas": 3,
            "hidden_units": 7,
            "seed": 4,
            "objective": "elbo",
            "refit_epochs": 0,
        },
        "latent": {"draws": 3},
        "clusters": {"k": 5, "latent_dim": 2, "on": "draws", "method": "gaussian_mixture"},
    }
    settings = parse_configuration(values, "test")
    assert configuration_of(RetinaVAE(**parameters_of(settings)).get_params()) == settings
