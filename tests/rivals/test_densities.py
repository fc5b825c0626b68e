import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from retina_vae.cluster_settings import HeldOutSettings
from retina_vae.cohort import CohortSchema, Column
from retina_vae.cohort.folds import fold_of
from retina_vae.errors import InputError
from retina_vae.rivals.densities import difference_to_run, held_out_density, mean_of, require_same_folds
from retina_vae.rivals.kmeans_onehot import KMeansOneHot
from retina_vae.rivals.latent_classes import LatentClasses
from retina_vae.rivals.rival import Starts

X = np.random.default_rng(1).normal(3, 2, 40)
PATIENTS = pd.DataFrame({"id": [f"{i}" for i in range(40)], "x": X})
SCHEMA = CohortSchema(identifier="id", columns=(Column(name="x", label="x", kind="continuous"),))
FOLDS = fold_of(40, folds=4, patients=40, seed=1)


def test_a_fold_is_described_by_the_others_alone() -> None:
    pytest.importorskip("stepmix")
    found = held_out_density(LatentClasses(), PATIENTS, SCHEMA, 1, FOLDS, 2, Starts(1, 1))
    training = X[FOLDS.fold != 2]
    expected = norm(training.mean(), training.std()).logpdf(X[FOLDS.fold == 2])
    assert found == pytest.approx(expected, abs=1e-4)


def test_k_means_has_no_density() -> None:
    assert held_out_density(KMeansOneHot(), PATIENTS, SCHEMA, 2, FOLDS, 0, Starts(1, 1)) is None
    assert np.isnan(mean_of(None)).all()


def test_no_density_stands_beside_the_probability_of_a_limit() -> None:
    pytest.importorskip("stepmix")
    column = SCHEMA.columns[0].model_copy(update={"censored": True})
    schema = CohortSchema(identifier="id", columns=(column,))
    limits = PATIENTS.assign(**{"x (remark)": pd.Series(["below"] + [None] * 39, dtype="str")})
    assert held_out_density(LatentClasses(), limits, schema, 1, FOLDS, 2, Starts(1, 1)) is None
    none = PATIENTS.assign(**{"x (remark)": pd.Series([None] * 40, dtype="str")})
    assert held_out_density(LatentClasses(), none, schema, 1, FOLDS, 2, Starts(1, 1)) is not None


def test_the_difference_is_taken_patient_by_patient() -> None:
    values, own = np.array([1.0, 5.0, 9.0]), pd.DataFrame({"log_density": [0.5, 4.5, 8.5]})
    assert difference_to_run(values, own) == pytest.approx((0.5, 0.0))
    assert mean_of(values) == pytest.approx((5.0, 4.0 / np.sqrt(3)))
    assert np.isnan(difference_to_run(values, None)).all()


def test_densities_of_other_folds_are_refused() -> None:
    own = pd.DataFrame({"position": FOLDS.positions, "fold": FOLDS.fold})
    require_same_folds(own, FOLDS, "the file", HeldOutSettings())
    with pytest.raises(InputError, match=r"the file: expected the patients and folds of held_out"):
        require_same_folds(own.assign(fold=own["fold"][::-1].to_numpy()), FOLDS, "the file", HeldOutSettings())
