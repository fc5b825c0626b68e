"""What scikit-learn asks of an estimator."""

from __future__ import annotations

import inspect
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from retina_vae import RetinaVAE
from retina_vae.config import Configuration
from retina_vae.estimator.parameters import configuration_of, parameters_of

TINY = RetinaVAE(
    3,
    latent_dim=2,
    replicas=1,
    epochs=20,
    settings={
        "vae": {"hidden_units": 16, "decoder_units": 8, "batch_size": 50, "draws_per_patient": 2, "refit_epochs": 0},
        "latent": {"proposals": 16, "draws": 2},
        "clusters": {"n_init": 2},
    },
)

EXPECTED: dict[str, str] = {}
"""Checks that cannot apply, each with the reason: of those that scikit-learn asks of everybody there is none."""


@pytest.mark.filterwarnings("ignore:X. . patients have exactly the values")
@parametrize_with_checks([TINY], expected_failed_checks=lambda estimator: EXPECTED)
def test_it_keeps_the_conventions(estimator: RetinaVAE, check: Any) -> None:
    check(estimator)


@pytest.mark.filterwarnings("ignore:X (does not have valid|has) feature names")
@pytest.mark.parametrize("check", ["set_output_transform", "set_output_transform_pandas"])
def test_codes_come_in_the_container_that_is_asked_for(check: str) -> None:
    getattr(estimator_checks, f"check_{check}")("RetinaVAE", clone(TINY))


def test_another_order_of_the_columns_is_the_same_table() -> None:
    """Where scikit-learn's own transformers refuse it: columns are read by their names.

    New patients may lack columns that the model does not see, such as an outcome.
    """
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(40, 3)), columns=["b", "a", "c"])
    fitted = clone(TINY).fit(frame)
    np.testing.assert_array_equal(fitted.predict_proba(frame), fitted.predict_proba(frame[["c", "a", "b"]]))
    with pytest.raises(AssertionError, match="predict did not raise"):
        estimator_checks.check_dataframe_column_names_consistency("RetinaVAE", clone(TINY))


def test_defaults_are_those_of_a_run() -> None:
    parameters = {name: p.default for name, p in inspect.signature(RetinaVAE).parameters.items()}
    default = Configuration()
    assert configuration_of(parameters) == default
    assert parameters_of(default) | {"schema": None} == {
        name: value for name, value in parameters.items() if name not in ("random_state", "n_jobs", "verbose")
    }


def test_the_package_loads_neither_torch_nor_scikit_learn_before_it_is_asked() -> None:
    code = (
        "import sys, retina_vae; heavy = {'torch', 'sklearn', 'pandas'} & set(sys.modules); assert not heavy, heavy;"
        "from retina_vae import RetinaVAE, load_run; assert 'torch' in sys.modules; retina_vae.nothing"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert found.stderr.endswith("AttributeError: module 'retina_vae' has no attribute 'nothing'\n")
