import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retina_vae.report import RunTables
from retina_vae.report.figures import PatientMap
from retina_vae.report.figures.space import latent_space
from retina_vae.report.interactive import space_payload
from retina_vae.report.interactive.arrays import MISSING, STEPS
from tests.report.interactive.reading import colouring, coordinates, unpack
from tests.report.released import People, with_floor

DRAWS = ["draw_1_1", "draw_1_2", "draw_1_3"]


def nearest_patients(payload: dict[str, Any], people: People) -> np.ndarray:
    """The row of the patient whose draw lies nearest to each point."""
    return np.linalg.norm(coordinates(payload)[:, None] - people.codes[DRAWS].to_numpy(), axis=2).argmin(axis=1)


def test_points_lie_where_the_draws_do_to_a_thousandth_of_the_range(payload: dict[str, Any], people: People):
    rows = nearest_patients(payload, people)
    spans = np.diff(np.array(payload["limits"]), axis=1)[:, 0]
    assert sorted(rows) == list(range(len(people.codes)))
    assert (np.abs(coordinates(payload) - people.codes[DRAWS].to_numpy()[rows]) <= spans / 2000 + 1e-5).all()


def test_axes_and_view_are_those_of_figure_4(payload: dict[str, Any], where: PatientMap):
    assert payload["axes"] == list(where.space.labels)
    np.testing.assert_allclose(payload["limits"], where.space.limits, atol=1e-6)
    assert payload["view"] == list(where.space.view)
    centers = [own["center"] for own in payload["clusters"]]
    np.testing.assert_allclose(centers, where.space.centers, atol=1e-5)


def test_points_have_their_patients_cluster_and_values(payload: dict[str, Any], people: People):
    rows = nearest_patients(payload, people)
    patients, clusters = people.patients.iloc[rows], people.clusters.iloc[rows]
    assert unpack(payload["cluster"]).tolist() == clusters.tolist()
    for name in ("disease", "race", "sex"):
        own = colouring(payload, name)
        labels = [own["groups"][code]["label"] for code in unpack(own["codes"])]
        assert labels == patients[name].astype(str).tolist()
    age = colouring(payload, "age")
    values = age["low"] + (age["high"] - age["low"]) * unpack(age["steps"]) / STEPS
    np.testing.assert_allclose(values, patients["age"], atol=(age["high"] - age["low"]) / 2000)
    assert (age["label"], age["unit"]) == ("Age", "years")


def test_nobody_is_named(payload: dict[str, Any], hidden: dict[str, Any], people: People):
    for own in (payload, hidden):
        text = json.dumps(own, allow_nan=False)
        assert not any(name in text for name in people.patients["patient_id"])


def test_clusters_look_different_and_have_words(payload: dict[str, Any], tables: RunTables):
    looks = {(own["colour"], own["symbol"]) for own in payload["clusters"]}
    assert len(looks) == len(payload["clusters"]) == len(tables.sizes)
    assert [own["size"] for own in payload["clusters"]] == [f"{size:,}" for size in tables.sizes]
    texts = tables.descriptions["description"].tolist()
    assert [own["description"] for own in payload["clusters"]] == texts


def test_a_hundred_clusters_look_different(tables: RunTables):
    numbers = range(1, 101)
    sizes = pd.DataFrame({"cluster": numbers, "size": 1})
    texts = pd.DataFrame({"cluster": numbers, "description": "Patients"})
    clusters = space_payload(replace(tables, table1=sizes, descriptions=texts))["clusters"]
    assert len({(own["colour"], own["symbol"]) for own in clusters}) == 100


def test_with_a_floor_sizes_that_are_not_shown_are_not_there(hidden: dict[str, Any], floored: RunTables):
    for own in hidden["clusters"]:
        size = floored.sizes[own["number"]]
        assert own["size"] == ("" if pd.isna(size) else f"{size:,.0f}")


def test_with_a_floor_colours_are_those_of_clusters_and_what_is_not_shown_is_missing(hidden: dict[str, Any]):
    assert colouring(hidden, "age")["label"] == "Age (mean of the cluster)"
    share = colouring(hidden, "race: Asian")
    assert (share["label"], share["unit"]) == ("Race: Asian (share of the cluster)", "%")
    assert (share["low"], share["high"]) == (0, 100)
    assert [own["key"] for own in hidden["colourings"] if "groups" in own] == ["disease"]
    steps = [unpack(own["steps"]) for own in hidden["colourings"] if "steps" in own]
    assert any((own == MISSING).any() for own in steps)
    assert all(((own == MISSING) | (own <= STEPS)).all() for own in steps)
    assert "no patients" in hidden["note"]
    assert "at least 5 patients" in hidden["note"]


def test_the_projection_takes_codes_to_their_points(make_run: Callable[..., Path], tmp_path: Path):
    settings = {"vae": {"latent_dims": [5], "replicas": 2, "comparison_replicas": 2, "epochs": 5}}
    own = RunTables.load(
        make_run(tmp_path / "five", replicas=2, epochs=5, clusters={"latent_dim": 5, "k": 6}, **settings)
    )
    payload = space_payload(own)
    assert [name[:3] for name in payload["axes"]] == ["PC1", "PC2", "PC3"]
    assert "principal component" in payload["note"]
    codes = own.points[[f"z_{j}" for j in range(1, 6)]].to_numpy(dtype=float)
    matrix, offset = np.array(payload["projection"]["matrix"]), np.array(payload["projection"]["offset"])
    expected = latent_space(codes).points
    # The order of the rows decides nothing but the signs of rounding.
    np.testing.assert_allclose(codes @ matrix.T + offset, expected, atol=1e-5)


def test_three_dimensions_are_shown_as_they_are(payload: dict[str, Any]):
    np.testing.assert_allclose(payload["projection"]["matrix"], np.eye(3), atol=1e-12)
    np.testing.assert_allclose(payload["projection"]["offset"], 0, atol=1e-12)


def test_one_dimension_has_a_height_that_means_nothing(make_run: Callable[..., Path], tmp_path: Path):
    settings = {"vae": {"latent_dims": [1], "replicas": 2, "comparison_replicas": 2, "epochs": 5}}
    own = RunTables.load(
        make_run(tmp_path / "one", replicas=2, epochs=5, clusters={"latent_dim": 1, "k": 6}, **settings)
    )
    payload = space_payload(own)
    assert coordinates(payload).shape == (len(own.points), 2)
    assert (payload["axes"], len(payload["limits"]), len(payload["clusters"][0]["center"])) == (["z1"], 2, 1)
    assert "height means nothing" in payload["note"]


def test_there_is_nothing_where_every_group_is_small(run_folder: Path, tmp_path: Path):
    assert space_payload(with_floor(run_folder, 5000, tmp_path)) is None


@pytest.mark.parametrize("name", ["payload", "hidden"])
def test_the_same_every_time(name: str, request: pytest.FixtureRequest, tables: RunTables, floored: RunTables):
    again = space_payload(tables if name == "payload" else floored)
    assert json.dumps(again) == json.dumps(request.getfixturevalue(name))
