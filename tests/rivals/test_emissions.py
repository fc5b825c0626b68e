import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import CohortSchema, Column
from retina_vae.rivals.emissions import GUARDED, Emissions
from retina_vae.rivals.measurements import measure
from tests.rivals.cohorts import SCHEMA, two_groups

pytest.importorskip("stepmix")


def test_parts_that_are_alike_share_a_block_and_keep_their_parameters() -> None:
    columns = tuple(
        Column(name=name, label=name, kind="binary", categories=("no", "yes")) for name in ("a", "b")
    ) + tuple(Column(name=name, label=name, kind="continuous") for name in ("x", "y"))
    patients = pd.DataFrame({"id": list("pq"), "a": ["no", "yes"], "b": ["yes", "yes"], "x": [1.0, 3.0], "y": [5.0, 9]})
    emissions = Emissions.of(measure(patients, CohortSchema(identifier="id", columns=columns)), patients)
    assert [block.model for block in emissions.blocks] == ["categorical", "gaussian_diag"]
    assert emissions.columns(patients).tolist() == [[1, 0, 0, 1, -1, -1], [0, 1, 0, 1, 1, 1]]
    found = {
        "0": {"pis": np.array([[0.9, 0.1, 0.4, 0.6]])},
        "1": {"means": np.array([[1.0, 2.0]]), "covariances": np.array([[3.0, 4.0]])},
    }
    own = [values.tolist() for values in emissions.parameters(found)]
    assert own == [[[0.9, 0.1]], [[0.4, 0.6]], [[1.0, 3.0]], [[2.0, 4.0]]]
    assert [part.column.name for part in emissions.parts] == ["a", "b", "x", "y"]


def test_counts_and_numbers_with_gaps_are_guarded() -> None:
    patients, _ = two_groups(gaps=0.2)
    emissions = Emissions.of(measure(patients, SCHEMA), patients)
    guarded = {part.column.name for block in emissions.blocks if block.model == GUARDED for part in block.parts}
    assert guarded == {"pressure", "marker", "visits", "fluid"}
    assert np.isnan(emissions.columns(patients)).any(axis=0).all()


def test_a_guarded_number_is_fitted_and_measured_as_by_stepmix_itself() -> None:
    from stepmix.emission.build_emission import build_emission
    from stepmix.emission.gaussian import GaussianDiagNan

    rng = np.random.default_rng(1)
    patients = pd.DataFrame(
        {"id": [f"{i}" for i in range(50)], "x": np.where(rng.random(50) < 0.2, np.nan, rng.normal(size=50))}
    )
    schema = CohortSchema(identifier="id", columns=(Column(name="x", label="x", kind="continuous"),))
    emissions = Emissions.of(measure(patients, schema), patients)
    data, shares = emissions.columns(patients), rng.dirichlet([1, 1, 1], size=50)
    description = emissions.measurement["0"]
    ours = build_emission(description.pop("model"), n_components=3, random_state=1, part=description["part"])
    theirs = GaussianDiagNan(n_components=3, random_state=1)
    for model in (ours, theirs):
        model.initialize(data, shares)
    assert ours.parameters["means"] == pytest.approx(theirs.parameters["means"])
    assert ours.parameters["covariances"] == pytest.approx(theirs.parameters["covariances"] + 1e-6)
    theirs.parameters["covariances"] = ours.parameters["covariances"]
    assert ours.log_likelihood(data) == pytest.approx(theirs.log_likelihood(data))
    assert ours.n_parameters == theirs.n_parameters == 6


def test_the_variance_of_a_count_does_not_fall_below_that_of_its_interval() -> None:
    patients = pd.DataFrame({"id": [f"{i}" for i in range(40)], "x": [0.0] * 20 + [30.0] * 20})
    schema = CohortSchema(identifier="id", columns=(Column(name="x", label="x", kind="count"),))
    (part,) = measure(patients, schema)
    z = np.unique(part.values(patients))
    ends = (np.log1p([0.5, 30.5]) - np.log1p([-0.5, 29.5])) / part.coding.scale
    assert part.guarded(z, np.zeros(2)) == pytest.approx(ends**2 / 12)
    assert part.guarded(z, np.ones(2)) == pytest.approx([1.0, 1.0])
