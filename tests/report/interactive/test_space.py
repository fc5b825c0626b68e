import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retina_vae.latent.codes import read_replica
from retina_vae.report import RunTables
from retina_vae.report.figures import PatientMap, all_clusters
from retina_vae.report.figures.space import latent_space
from retina_vae.report.interactive import space_payload
from retina_vae.report.interactive.arrays import MISSING, STEPS
from tests.report.interactive.reading import colouring, coordinates, unpack
from tests.report.released import People, changed, with_floor

DRAWS = ["draw_1_1", "draw_1_2", "draw_1_3"]
MEANS = ["mean_1", "mean_2", "mean_3"]


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
    assert payload["items"] == "patients"
    texts = tables.descriptions["description"].tolist()
    assert [own["description"] for own in payload["clusters"]] == texts


MARKERS = {"circle": "o", "square": "s", "diamond": "D", "cross": "P"}


def test_clusters_and_outcomes_look_as_on_paper(payload: dict[str, Any], where: PatientMap):
    (legend,) = all_clusters(where).legends
    paper = [(own.get_color(), own.get_marker(), own.get_fillstyle() == "none") for own in legend.legend_handles]
    symbols = [own["symbol"].partition("-") for own in payload["clusters"]]
    alive = [
        (own["colour"], MARKERS[shape], kind == "open")
        for own, (shape, _, kind) in zip(payload["clusters"], symbols, strict=True)
    ]
    assert alive == paper
    assert len(set(alive)) == 6
    outcome = [(own["label"], own["colour"], own["symbol"]) for own in colouring(payload, "disease")["groups"]]
    assert outcome == [(name, look.colour, look.symbol) for name, look in where.groups.looks.items()]


def test_what_was_clustered_is_what_is_drawn(run_folder: Path, people: People, tmp_path: Path):
    copy = changed(run_folder, tmp_path / "means", clusters={"on": "means"})
    reported = RunTables.load(run_folder).reported
    codes = read_replica(run_folder / "latent" / "d3" / "codes.parquet", reported, ["patient_id", *MEANS])
    means = people.codes[["patient_id"]].merge(codes, on="patient_id", validate="one_to_one")[MEANS]
    drawn = RunTables.load(copy).points[["z_1", "z_2", "z_3"]]
    np.testing.assert_allclose(drawn, means)
    assert not np.allclose(drawn, people.codes[DRAWS])


def test_points_are_called_what_the_source_calls_them(tables: RunTables):
    settings = tables.configuration
    cohort = settings.cohort.model_copy(update={"source": "digits"})
    images = replace(tables, configuration=settings.model_copy(update={"study": "digits", "cohort": cohort}))
    found = space_payload(images)
    assert found is not None
    assert found["items"] == "images"


def test_who_is_selected_is_told_of_patients_alone(payload: dict[str, Any], hidden: dict[str, Any]):
    assert (payload["stand_ins"], payload["selecting"]) == (False, "")
    assert (hidden["stand_ins"], hidden["fewest"]) == (True, 5)
    assert "whole multiples of 5" in hidden["selecting"]
    assert [own["key"] for own in payload["colourings"] if own.get("outcome")] == ["disease"]
    told = {
        own["key"]: [group["label"] for group in own["groups"] if group["told"]]
        for own in payload["colourings"]
        if "groups" in own
    }
    assert told["drusen"] == ["present"]
    assert told["race"] == ["Asian", "Black", "Caucasian", "Hispanic", "other"]


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
