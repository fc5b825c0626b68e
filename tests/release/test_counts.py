"""The released counts of the clusters."""

import numpy as np
import pandas as pd
import pytest

from retina_vae.clusters.description.counts import NOT_OBSERVED
from tests.clusters.description.clinic import CLINIC, clinic_patients
from tests.release.attacker import possible
from tests.release.full import count_table, withheld_counts


@pytest.fixture(scope="module")
def clinic() -> pd.DataFrame:
    return clinic_patients(400, seed=1)


@pytest.fixture(scope="module")
def clusters(clinic: pd.DataFrame) -> pd.Series:
    """A cluster of many, of some, and of few patients."""
    return pd.Series(np.select([np.arange(len(clinic)) % 20 == 3, clinic["age"] > 60], [3, 2], 1))


def counts_of(table: pd.DataFrame, column: str) -> pd.DataFrame:
    return table[table["column"] == column].pivot(index="cluster", columns="category", values="patients")


@pytest.mark.parametrize("column", ["stage", "fluid", "age", "died"])
def test_no_count_below_the_floor_follows_from_the_others_sizes_and_sums(
    clinic: pd.DataFrame, clusters: pd.Series, column: str
) -> None:
    """Clusters x (categories, gaps, and for numbers the others), of which the attacker knows sizes and large sums."""
    schema = CLINIC.with_inputs(CLINIC["age"], CLINIC["stage"], CLINIC["fluid"])
    true, shown = (counts_of(count_table(clinic, clusters, schema, floor=f), column) for f in (0, 11))
    sizes = clusters.value_counts().sort_index().to_numpy()
    values, hidden = true.to_numpy(dtype=int), shown.isna().to_numpy()
    rest = sizes - values.sum(axis=1)
    if rest.any():
        # What a reader is not told of is hidden as well.
        values = np.column_stack([values, rest])
        hidden = np.column_stack([hidden, np.ones(len(sizes), dtype=bool)])
    assert hidden.any()
    assert not ((values > 0) & (values < 11) & ~hidden).any()
    rows = np.kron(np.eye(len(sizes)), np.ones(values.shape[1]))
    columns = np.kron(np.ones(len(sizes)), np.eye(values.shape[1]))[values.sum(axis=0) >= 11]
    lowest = np.where(values > 0, 1, 0).ravel()
    found = possible(values.ravel(), hidden.ravel(), np.vstack([rows, columns]), lowest)
    small = np.flatnonzero((values > 0) & (values < 11) & hidden)
    assert len(small)
    assert all(found[place][0] < found[place][1] for place in small)


def test_of_a_column_that_few_of_a_cluster_have_the_gaps_do_not_tell_how_many() -> None:
    patients = clinic_patients(200, 3, missing=0)
    clusters = pd.Series(np.repeat([1, 2], 100))
    patients.loc[4:99, "stage"] = np.nan
    patients.loc[110:149, "stage"] = np.nan
    own = count_table(patients, clusters, CLINIC, floor=11)
    shown = own[(own["column"] == "stage") & (own["cluster"] == 1)].set_index("category")["patients"]
    assert pd.isna(shown[NOT_OBSERVED])


def test_withheld_are_the_counts_that_are_missing(clinic: pd.DataFrame, clusters: pd.Series) -> None:
    assert withheld_counts(count_table(clinic, clusters, CLINIC)).empty
    counts = count_table(clinic, clusters, CLINIC, floor=11)
    withheld = withheld_counts(counts)
    assert len(withheld) == counts["patients"].isna().sum() > 0
    assert list(withheld) == ["cluster", "column", "category"]
