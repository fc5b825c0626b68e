import numpy as np
import pandas as pd
import pytest

from retina_vae.report.standins import stand_in_points
from retina_vae.studies.macular.schema import MACULAR

RNG = np.random.default_rng(0)
SIZES = {(1, "ARMD"): 400, (1, "PCV"): 30, (2, "ARMD"): 5, (2, "PCV"): 600}
CLUSTER = np.repeat([1, 1, 2, 2], list(SIZES.values()))
DIAGNOSIS = np.repeat(["ARMD", "PCV", "ARMD", "PCV"], list(SIZES.values()))
MIXING = np.array([[1.0, 0.0], [0.8, 0.6]])
POINTS = RNG.normal(size=(len(CLUSTER), 2)) @ MIXING.T + 4 * CLUSTER[:, None] + (DIAGNOSIS == "PCV")[:, None]
TABLE = pd.DataFrame({"cluster": [1, 2], "size": [430, 605], "armd": [400, 5], "cscr": [0, 0], "pcv": [30, 600]})
TABLE = TABLE.astype("Int64")


def drawn(floor: int = 11, table: pd.DataFrame = TABLE, points: np.ndarray = POINTS, seed: int = 3):
    return stand_in_points(points, CLUSTER, DIAGNOSIS, table, MACULAR, floor, seed)


def groups(own) -> dict[tuple[int, str], int]:
    return pd.DataFrame({"c": own.cluster, "d": own.diagnosis}).value_counts().to_dict()


def without(*cells: tuple[int, str]) -> pd.DataFrame:
    """Table 1 without some cells, named by the row and the column."""
    table = TABLE.copy()
    for row, column in cells:
        table.loc[row, column] = pd.NA
    return table


def test_groups_of_few_patients_get_no_point():
    assert groups(drawn()) == {key: size for key, size in SIZES.items() if size >= 11}
    assert groups(drawn(floor=500)) == {(2, "PCV"): 600}
    nothing = drawn(floor=1000)
    assert nothing.points.shape == (0, 2)
    assert len(nothing.cluster) == len(nothing.diagnosis) == 0


def test_groups_whose_counts_are_not_shown_share_what_is_left_of_the_cluster():
    assert groups(drawn(table=without((0, "armd"), (0, "pcv")))) == {(1, "ARMD"): 215, (1, "PCV"): 215, (2, "PCV"): 600}
    assert groups(drawn(table=without((1, "armd"), (1, "pcv"))))[2, "PCV"] == 605
    assert groups(drawn(table=without((1, "armd"), (1, "cscr"))))[2, "PCV"] == 600


def test_a_group_is_left_out_where_its_being_there_would_bound_a_small_count():
    """Of 605 patients in two groups with a floor of 599, one of 599 or more would leave 6 at most for the other."""
    table = without((1, "armd"), (1, "pcv"))
    assert (2, "PCV") not in groups(drawn(floor=599, table=table))
    assert (2, "PCV") in groups(drawn(floor=303, table=table))
    assert (2, "PCV") not in groups(drawn(floor=304, table=table))


def test_a_cluster_whose_size_is_not_shown_gets_no_point():
    table = without((0, "size"), (0, "armd"), (0, "cscr"), (0, "pcv"))
    assert groups(drawn(table=table)) == {(2, "PCV"): 600}


def test_a_single_patient_is_never_copied():
    cluster, diagnosis = CLUSTER.copy(), DIAGNOSIS.copy()
    cluster[0], table = 3, pd.DataFrame({"cluster": [3], "size": [1], "armd": [1], "cscr": [0], "pcv": [0]})
    assert len(stand_in_points(POINTS, cluster, diagnosis, table, MACULAR, 0, 1).points) == 0


def test_a_group_has_the_mean_and_the_covariance_of_its_patients():
    own = drawn()
    for number, name in ((1, "ARMD"), (2, "PCV")):
        patients = POINTS[(number == CLUSTER) & (name == DIAGNOSIS)]
        points = own.points[(own.cluster == number) & (own.diagnosis == name)]
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
    assert stand_in_points(POINTS[:, :1], CLUSTER, DIAGNOSIS, TABLE, MACULAR, 11, 1).points.shape == (1030, 1)
