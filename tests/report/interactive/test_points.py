import numpy as np
import pandas as pd
import pytest

from retina_vae.report import RunTables
from retina_vae.report.interactive.points import shown_points
from tests.report.released import People

DRAWS = ["draw_1_1", "draw_1_2", "draw_1_3"]


def test_every_patient_is_shown_once_with_what_is_known_of_it(tables: RunTables, people: People):
    shown = shown_points(tables)
    own = pd.DataFrame(shown.codes, columns=DRAWS).assign(cluster=shown.cluster)
    for known in shown.known:
        own[known.column.name] = known.values.to_numpy()
    expected = people.codes.merge(people.patients, on="patient_id").assign(cluster=people.clusters.to_numpy())
    names = [*DRAWS, "cluster", *(column.name for column in tables.schema.columns)]
    left, right = (table[names].astype(str).sort_values(names, ignore_index=True) for table in (own, expected))
    pd.testing.assert_frame_equal(left, right.astype(left.dtypes))


def test_the_order_is_not_that_of_the_table_and_the_same_every_time(tables: RunTables, people: People):
    shown = shown_points(tables)
    assert not (shown.codes == people.codes[DRAWS].to_numpy()).all(axis=1).mean() > 0.1
    np.testing.assert_array_equal(shown_points(tables).codes, shown.codes)


def test_centers_are_the_means_of_the_clusters_points(tables: RunTables):
    shown = shown_points(tables)
    for number, center in shown.centers.iterrows():
        np.testing.assert_allclose(shown.codes[shown.cluster == number].mean(axis=0), center)


def test_with_a_floor_no_point_is_a_patients_and_no_cluster_has_more_than_its_size(floored: RunTables, people: People):
    shown = shown_points(floored)
    codes = people.codes[DRAWS].to_numpy()
    assert shown.stand_ins
    assert np.linalg.norm(shown.codes[:, None] - codes, axis=2).min() > 1e-6
    counts = pd.Series(shown.cluster).value_counts()
    assert (counts <= floored.sizes[counts.index].astype(int)).all()
    actual = (
        people.patients.assign(cluster=people.clusters.to_numpy())
        .groupby(["cluster", "disease"], observed=False)
        .size()
    )
    found = pd.DataFrame({"cluster": shown.cluster, "disease": shown.known[0].values}).drop_duplicates()
    assert (actual[pd.MultiIndex.from_frame(found)] >= 5).all()


def test_with_a_floor_inputs_are_those_of_the_whole_cluster(floored: RunTables):
    shown = shown_points(floored)
    profiles = floored.meaning.profiles.set_index(["column", "category", "statistic", "cluster"])["inside"]
    by = {(known.column.name, known.category): known for known in shown.known[1:]}
    assert ("drusen", "present") in by
    assert ("drusen", "absent") not in by
    assert {category for name, category in by if name == "race"} == set(floored.schema["race"].categories)
    cluster = int(shown.cluster[0])
    assert by["age", ""].values[0] == pytest.approx(profiles["age", "", "mean", cluster])
    share = profiles["drusen", "present", "share", cluster]
    assert by["drusen", "present"].values[0] == pytest.approx(100 * share, nan_ok=True)
    for known in shown.known[1:]:
        assert known.of_cluster
        assert pd.DataFrame({"c": shown.cluster, "v": known.values}).groupby("c")["v"].nunique().max() <= 1


def test_with_a_floor_a_share_of_few_patients_is_missing(floored: RunTables):
    shown = shown_points(floored)
    shares = [known.values for known in shown.known if known.category]
    assert any(values.isna().any() for values in shares)
