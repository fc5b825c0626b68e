"""The released Table 1."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retina_vae.clusters.description.table1 import render_table1
from retina_vae.files import read_table, write_table
from retina_vae.release.suppression import suppressed
from retina_vae.studies.macular.schema import MACULAR
from retina_vae.words import MARK
from tests.clusters.description.clinic import CLINIC, clinic_patients
from tests.clusters.description.macular import BLOCKS, some_patients, three_clusters
from tests.release.attacker import possible
from tests.release.full import count_table, table1, withheld_counts


@pytest.fixture(scope="module")
def clinic() -> pd.DataFrame:
    return clinic_patients(400, seed=1)


@pytest.fixture
def patients(simulated_patients: pd.DataFrame) -> pd.DataFrame:
    return some_patients(simulated_patients)


@pytest.fixture
def clusters(patients: pd.DataFrame) -> pd.Series:
    return three_clusters(patients)


@pytest.fixture
def few(patients: pd.DataFrame) -> pd.Series:
    """Clusters that are nearly pure, one of them of 6 patients."""
    polyps, drusen = (patients[name] == "present" for name in ("polyps", "drusen"))
    clusters = pd.Series(np.select([polyps, drusen, patients["sex"] == "male"], [1, 2, 3], 4))
    clusters[[*range(5, 305, 50)]] = 5
    return clusters


def known_sums(values: np.ndarray, names: list[str], floor: int):
    total = np.zeros_like(values)
    total[:, 0] = 1
    yield total
    for block in BLOCKS:
        places = [names.index(name) for name in block]
        for row in range(len(values)):
            part = np.zeros_like(values)
            part[row, places], part[row, 0] = 1, -1
            yield part
        for place, unknown in zip(places, suppressed(values[:, places].sum(axis=0), floor), strict=True):
            part = np.zeros_like(values)
            part[:, place] = not unknown
            yield part


def groups(clinic: pd.DataFrame) -> pd.Series:
    return pd.Series(np.where(clinic["age"] > 60, 2, 1))


def test_without_a_floor_nothing_is_left_out(patients: pd.DataFrame, few: pd.Series) -> None:
    pd.testing.assert_frame_equal(table1(patients, few, MACULAR), table1(patients, few, MACULAR, floor=1))
    assert not table1(patients, few, MACULAR).isna().any(axis=None)
    assert len(withheld_counts(count_table(patients, few, MACULAR))) == 0


def test_a_table_with_a_floor_shows_no_small_count_and_else_the_truth(patients: pd.DataFrame, few: pd.Series) -> None:
    true, shown = table1(patients, few, MACULAR), table1(patients, few, MACULAR, floor=11)
    counts = ["size", *(name for names in BLOCKS for name in names)]
    left = shown[counts].notna()
    assert (shown[counts].astype(float).where(left, 0) == true[counts].where(left, 0)).all(axis=None)
    assert not ((true[counts] > 0) & (true[counts] < 11) & left).any(axis=None)
    assert 0.2 < left.to_numpy().mean() < 0.9


def test_of_two_clusters_nothing_is_shown_so_that_the_small_one_is_not_known(
    patients: pd.DataFrame, few: pd.Series
) -> None:
    shown = table1(patients, few, MACULAR, floor=11).set_index("cluster")
    sizes = few.value_counts()
    hidden = shown.index[shown["size"].isna()]
    assert set(hidden) == {5, sizes.drop(5).idxmin()}
    assert shown.loc[hidden].isna().all(axis=None)
    assert shown["age_median"].notna().sum() == 3


def test_no_patients_own_value_is_shown(patients: pd.DataFrame, clusters: pd.Series) -> None:
    shown = table1(patients, clusters, MACULAR, floor=2)
    assert shown[["age_min", "age_max"]].isna().all(axis=None)
    pd.testing.assert_series_equal(shown["age_median"], table1(patients, clusters, MACULAR)["age_median"])


@pytest.mark.parametrize("floor", [3, 11, 25])
def test_no_count_follows_from_the_rest_of_the_table(patients: pd.DataFrame, few: pd.Series, floor: int) -> None:
    """Sizes and blocks together, with the sums over the clusters known that are not themselves small."""
    true, shown = table1(patients, few, MACULAR), table1(patients, few, MACULAR, floor=floor)
    names = ["size", *(name for block in BLOCKS for name in block)]
    values, hidden = true[names].to_numpy(), shown[names].isna().to_numpy()
    sums = np.array([row.ravel() for row in known_sums(values, names, floor)])
    lowest = np.where(hidden.all(axis=1, keepdims=True), 0, 1) * np.ones_like(values)
    found = possible(values.ravel(), hidden.ravel(), sums, (0 if (hidden & (values == 0)).any() else lowest.ravel()))
    assert found
    assert all(low < high for low, high in found.values())


def test_patients_without_an_observed_category_are_a_count_too(patients: pd.DataFrame, clusters: pd.Series) -> None:
    """12 of a cluster are of one category and 4 of the other; 3 more are unknown, whose number is as small."""
    own = patients.assign(sex=patients["sex"].astype(object))
    own.loc[(clusters == 2).to_numpy().nonzero()[0][:3], "sex"] = None
    shown = table1(own, clusters, MACULAR, floor=11).set_index("cluster")
    assert shown.loc[2, ["male", "female"]].isna().any()


def test_what_is_not_shown_is_marked_the_same_before_and_after_it_is_saved(
    patients: pd.DataFrame, few: pd.Series, tmp_path: Path
) -> None:
    table = table1(patients, few, MACULAR, floor=11)
    shown = render_table1(table, MACULAR)
    hidden = shown[table["size"].isna().to_numpy()].iloc[0]
    assert hidden["Size"] == hidden["PCV"] == hidden["Age (years) median"] == MARK
    assert hidden["Polyps (with / without)"] == f"{MARK} / {MARK}"
    assert "nan" not in shown.to_html().lower()
    write_table(table, tmp_path / "table1.csv")
    read = read_table(tmp_path / "table1.csv")
    pd.testing.assert_frame_equal(render_table1(read, MACULAR).astype(str), shown.astype(str))


def test_the_withheld_counts_are_the_empty_cells(patients: pd.DataFrame, few: pd.Series) -> None:
    table = table1(patients, few, MACULAR, floor=11)
    withheld = withheld_counts(count_table(patients, few, MACULAR, floor=11))
    assert len(withheld) == table[[name for block in BLOCKS for name in block]].isna().sum().sum()
    for cluster, column, category in withheld.itertuples(index=False):
        words = {"absent": f"{column}_without", "present": f"{column}_with"}
        name = words.get(category, category.lower())
        assert table.set_index("cluster").loc[[cluster], name].isna().all()


def test_the_median_of_few_observed_is_not_shown(clinic: pd.DataFrame) -> None:
    patients, clusters = clinic.copy(), groups(clinic)
    members = np.flatnonzero(clusters == 1)
    patients.loc[members[:-5], "age"] = np.nan
    patients.loc[members[-5:], "age"] = 40.0
    assert np.isnan(table1(patients, clusters, CLINIC, floor=11).set_index("cluster").loc[1, "age_median"])
    assert table1(patients, clusters, CLINIC).set_index("cluster").loc[1, "age_median"] == 40
