import numpy as np
import pandas as pd
import pytest

from retina_vae.clusters.description.group_counts import GroupCounts, group_counts
from retina_vae.cohort import CohortSchema
from retina_vae.release.groups import outcome_of
from retina_vae.release.standins import stand_in_points
from retina_vae.studies.macular.schema import MACULAR

RNG = np.random.default_rng(0)
SIZES = {(1, "ARMD"): 400, (1, "PCV"): 30, (2, "ARMD"): 5, (2, "PCV"): 600}
CLUSTER = np.repeat([1, 1, 2, 2], list(SIZES.values()))
OUTCOME = np.repeat(["ARMD", "PCV", "ARMD", "PCV"], list(SIZES.values()))
MIXING = np.array([[1.0, 0.0], [0.8, 0.6]])
POINTS = RNG.normal(size=(len(CLUSTER), 2)) @ MIXING.T + 4 * CLUSTER[:, None] + (OUTCOME == "PCV")[:, None]
TABLE = pd.DataFrame({"size": [430, 605], "ARMD": [400, 5], "CSCR": [0, 0], "PCV": [30, 600]}, index=[1, 2])
TABLE = TABLE.astype("Int64")


def shown(table: pd.DataFrame) -> GroupCounts:
    return GroupCounts(table["size"], table.drop(columns="size"))


def drawn(floor: int = 11, table: pd.DataFrame = TABLE, points: np.ndarray = POINTS, seed: int = 3):
    return stand_in_points(points, CLUSTER, OUTCOME, shown(table), floor, seed)


def groups(own) -> dict[tuple[int, str], int]:
    return pd.DataFrame({"c": own.cluster, "d": own.outcome}).value_counts().to_dict()


def without(*cells: tuple[int, str]) -> pd.DataFrame:
    """Table 1 without some cells, named by the row and the column."""
    table = TABLE.copy()
    for row, column in cells:
        table.loc[row + 1, column] = pd.NA
    return table


def test_groups_of_few_patients_get_no_point():
    assert groups(drawn()) == {key: size for key, size in SIZES.items() if size >= 11}
    assert groups(drawn(floor=500)) == {(2, "PCV"): 600}
    nothing = drawn(floor=1000)
    assert nothing.points.shape == (0, 2)
    assert len(nothing.cluster) == len(nothing.outcome) == 0


def test_groups_whose_counts_are_not_shown_share_what_is_left_of_the_cluster():
    assert groups(drawn(table=without((0, "ARMD"), (0, "PCV")))) == {(1, "ARMD"): 215, (1, "PCV"): 215, (2, "PCV"): 600}
    assert groups(drawn(table=without((1, "ARMD"), (1, "PCV"))))[2, "PCV"] == 605
    assert groups(drawn(table=without((1, "ARMD"), (1, "CSCR"))))[2, "PCV"] == 600


def test_a_group_is_left_out_where_its_being_there_would_bound_a_small_count():
    """Of 605 patients in two groups with a floor of 599, one of 599 or more would leave 6 at most for the other."""
    table = without((1, "ARMD"), (1, "PCV"))
    assert (2, "PCV") not in groups(drawn(floor=599, table=table))
    assert (2, "PCV") in groups(drawn(floor=303, table=table))
    assert (2, "PCV") not in groups(drawn(floor=304, table=table))


def test_a_cluster_whose_size_is_not_shown_gets_no_point():
    table = without((0, "size"), (0, "ARMD"), (0, "CSCR"), (0, "PCV"))
    assert groups(drawn(table=table)) == {(2, "PCV"): 600}


def test_a_single_patient_is_never_copied():
    cluster = CLUSTER.copy()
    cluster[0], table = 3, pd.DataFrame({"size": [1], "ARMD": [1], "CSCR": [0], "PCV": [0]}, index=[3])
    assert len(stand_in_points(POINTS, cluster, OUTCOME, shown(table), 0, 1).points) == 0


def test_a_group_has_the_mean_and_the_covariance_of_its_patients():
    own = drawn()
    for number, name in ((1, "ARMD"), (2, "PCV")):
        patients = POINTS[(number == CLUSTER) & (name == OUTCOME)]
        points = own.points[(own.cluster == number) & (own.outcome == name)]
        error = np.sqrt(np.diag(np.cov(patients.T)) * 2 / len(patients))
        assert (np.abs(points.mean(axis=0) - patients.mean(axis=0)) < 4 * error).all()
        np.testing.assert_allclose(np.cov(points.T), np.cov(patients.T), atol=0.3)
        assert np.corrcoef(points.T)[0, 1] == pytest.approx(np.corrcoef(patients.T)[0, 1], abs=0.1)


def test_no_point_is_a_patients():
    distances = np.linalg.norm(drawn().points[:, None] - POINTS, axis=2)
    assert distances.min() > 1e-6


def test_a_groups_points_depend_on_the_seed_and_on_that_group_alone():
    moved = np.where((CLUSTER == 2)[:, None], POINTS + 100, POINTS)
    first, other = drawn(), drawn(points=moved)
    one = (first.cluster == 1).nonzero()[0]
    np.testing.assert_array_equal(first.points[one], other.points[one])
    assert not np.isclose(drawn(seed=4).points[one], first.points[one]).any()


def test_points_are_mixed():
    assert (np.diff(drawn().cluster) != 0).sum() > 100


def test_one_dimension_works():
    assert stand_in_points(POINTS[:, :1], CLUSTER, OUTCOME, shown(TABLE), 11, 1).points.shape == (1030, 1)


def test_counts_are_read_by_cluster_and_category_and_a_row_that_is_not_there_is_zero():
    rows = [(1, "disease", "ARMD", 400), (1, "race", "Asian", 9), (2, "disease", "PCV", None), (2, "disease", "", 4)]
    counts = pd.DataFrame(rows, columns=["cluster", "column", "category", "patients"])
    found = group_counts(pd.Series([400, 20], index=[1, 2]), counts, MACULAR).outcome
    assert list(found.columns) == ["ARMD", "CSCR", "PCV", ""]
    assert found.loc[1].tolist() == [400, 0, 0, 0]
    assert pd.isna(found.loc[2, "PCV"])
    assert found.loc[2, ""] == 4


def test_patients_whose_outcome_is_not_observed_are_a_group():
    table = TABLE.assign(**{"": [0, 0]})
    outcome = np.where(np.arange(len(OUTCOME)) < 100, "", OUTCOME)
    table.loc[1, ["ARMD", ""]] = [300, 100]
    own = stand_in_points(POINTS, CLUSTER, outcome, shown(table), 11, 3)
    assert groups(own)[1, ""] == 100


def test_without_an_outcome_a_cluster_is_one_group():
    schema = CohortSchema(identifier="patient_id", columns=(MACULAR["age"],))
    counts = group_counts(TABLE["size"], pd.DataFrame(columns=["cluster", "column", "category", "patients"]), schema)
    outcome = outcome_of(pd.DataFrame({"age": np.zeros(len(CLUSTER))}), schema)
    assert groups(stand_in_points(POINTS, CLUSTER, outcome, counts, 11, 3)) == {(1, ""): 430, (2, ""): 605}
    first = counts.sizes.index == 1
    hidden = GroupCounts(counts.sizes.mask(first), counts.outcome.apply(lambda own: own.mask(first)))
    assert groups(stand_in_points(POINTS, CLUSTER, outcome, hidden, 11, 3)) == {(2, ""): 605}
