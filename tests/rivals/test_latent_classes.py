import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from retina_vae.cohort import CohortSchema, Column
from retina_vae.rivals.emissions import Emissions
from retina_vae.rivals.latent_classes import LatentClasses, LatentClassesByBic, stepmix_model
from retina_vae.rivals.measurements import measure
from retina_vae.rivals.rival import Starts, quiet
from tests.rivals.cohorts import SCHEMA, two_groups

pytest.importorskip("stepmix")

STARTS = Starts(3, 1)


@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_classes_find_groups_that_lie_far_apart(gaps: float) -> None:
    patients, group = two_groups(gaps=gaps)
    with quiet():
        fit = LatentClasses().fit(patients, SCHEMA, 2, STARTS)
    assert adjusted_rand_score(group, fit.labels(patients)) > 0.95
    assert sorted(fit.weights) == pytest.approx(sorted([group.mean(), 1 - group.mean()]), abs=0.02)


@pytest.mark.parametrize("gaps", [0.0, 0.2])
def test_the_density_is_that_of_stepmix_in_the_unit_of_the_columns(gaps: float) -> None:
    patients, _ = two_groups(gaps=gaps)
    # Counts have another density in StepMix than here.
    schema = CohortSchema(identifier="id", columns=tuple(c for c in SCHEMA.columns if c.kind != "count"))
    emissions = Emissions.of(measure(patients, schema), patients)
    data = emissions.columns(patients)
    with quiet():
        model = stepmix_model(2, emissions.measurement, STARTS).fit(data)
        fit = LatentClasses().fit(patients, schema, 2, STARTS)
    unsmoothed = fit.__class__(fit.parts, fit.weights, fit.parameters, fit.patients, fit.bic, added=0.0)
    jacobian = np.zeros(len(patients))
    for part in emissions.parts:
        if hasattr(part, "coding"):
            jacobian += np.nan_to_num(part.log_jacobian(patients))
    assert (unsmoothed.log_density(patients) - jacobian).mean() == pytest.approx(model.score(data), abs=1e-9)
    assert (fit.labels(patients) == model.predict(data)).all()
    assert fit.bic == pytest.approx(model.bic(data))


def test_an_unseen_category_costs_one_patients_worth_and_not_all() -> None:
    columns = (Column(name="site", label="site", kind="nominal", categories=("a", "b", "c")),)
    schema = CohortSchema(identifier="id", columns=columns)
    patients = pd.DataFrame({"id": [f"{i}" for i in range(99)], "site": ["a"] * 66 + ["b"] * 33})
    fit = LatentClasses().fit(patients, schema, 1, STARTS)
    unseen = pd.DataFrame({"id": ["x"], "site": ["c"]})
    assert np.exp(fit.log_density(unseen)).item() == pytest.approx((1 / 3) / 100)
    seen = fit.log_density(pd.DataFrame({"id": ["x"], "site": ["a"]}))
    assert np.exp(seen).item() == pytest.approx((66 + 1 / 3) / 100)


def test_a_class_of_patients_who_share_a_value_stays_one() -> None:
    rng = np.random.default_rng(1)
    columns = tuple(Column(name=name, label=name, kind="continuous") for name in ("x", "y"))
    x = np.concatenate([np.zeros(60), rng.normal(20, 1, 60)])
    y = np.where(np.arange(120) % 7 == 0, np.nan, x)
    patients = pd.DataFrame({"id": [f"{i}" for i in range(120)], "x": x, "y": y})
    with quiet():
        fit = LatentClasses().fit(patients, CohortSchema(identifier="id", columns=columns), 2, STARTS)
    assert all(np.isfinite(parameters).all() for parameters in fit.parameters)
    assert (np.bincount(fit.labels(patients)) == 60).all()


def test_the_same_seed_gives_the_same_numbers() -> None:
    patients, _ = two_groups(gaps=0.1)
    with quiet():
        one, again = (LatentClasses().fit(patients, SCHEMA, 3, STARTS).log_density(patients) for _ in range(2))
    assert (one == again).all()


def test_the_bic_finds_two_groups_and_none() -> None:
    patients, group = two_groups()
    with quiet():
        assert LatentClassesByBic().number(patients, SCHEMA, 5, STARTS) == 2
        alike = patients[group == 0].reset_index(drop=True)
        assert LatentClassesByBic().number(alike, SCHEMA, 5, STARTS) == 1
