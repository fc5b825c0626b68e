import numpy as np
import pandas as pd
import pytest

from retina_vae.clusters.description.counts import NOT_OBSERVED, count_table
from retina_vae.studies.macular.schema import MACULAR
from tests.clusters.description.clinic import CLINIC, WITHOUT_OUTCOME, clinic_patients


@pytest.fixture(scope="module")
def clusters(clinic: pd.DataFrame) -> pd.Series:
    """A cluster of many, of some, and of few patients."""
    return pd.Series(np.select([np.arange(len(clinic)) % 20 == 3, clinic["age"] > 60], [3, 2], 1))


def counts_of(table: pd.DataFrame, column: str) -> pd.DataFrame:
    return table[table["column"] == column].pivot(index="cluster", columns="category", values="patients")


def test_counts_are_those_of_pandas_with_a_row_for_who_is_not_observed(
    clinic: pd.DataFrame, clusters: pd.Series
) -> None:
    table = count_table(clinic, clusters, CLINIC)
    assert list(table) == ["cluster", "column", "category", "patients"]
    for name in ("smoker", "stage", "died", "relapse"):
        expected = pd.crosstab(clusters, clinic[name].cat.add_categories("").fillna(""))
        found = counts_of(table, name)
        assert set(found.columns) == {*CLINIC[name].categories, NOT_OBSERVED}
        assert (found == expected[found.columns].to_numpy()).all(axis=None)
    own = table[table["column"] == "stage"]
    assert own["category"].tolist() == [*CLINIC["stage"].categories, NOT_OBSERVED] * 3


def test_a_column_without_gaps_has_no_row_for_them(clinic: pd.DataFrame, clusters: pd.Series) -> None:
    table = count_table(clinic, clusters, CLINIC)
    assert table.loc[table["column"] == "site", "category"].unique().tolist() == ["A", "B"]


def test_of_numbers_the_gaps_are_counted_and_who_is_above_0(clinic: pd.DataFrame, clusters: pd.Series) -> None:
    table = count_table(clinic, clusters, CLINIC)
    assert counts_of(table, "age")[NOT_OBSERVED].tolist() == clinic["age"].isna().groupby(clusters).sum().tolist()
    fluid = counts_of(table, "fluid")
    assert fluid["above 0"].tolist() == (clinic["fluid"] > 0).groupby(clusters).sum().tolist()
    assert fluid[NOT_OBSERVED].tolist() == clinic["fluid"].isna().groupby(clusters).sum().tolist()
    complete = count_table(clinic_patients(50, 2, missing=0), pd.Series(1, index=range(50)), WITHOUT_OUTCOME)
    assert set(complete["column"]) == {"sex", "smoker", "diabetes", "stage", "fluid"}


def test_every_categorys_count_and_the_gaps_add_up_to_the_size(clinic: pd.DataFrame, clusters: pd.Series) -> None:
    table = count_table(clinic, clusters, CLINIC)
    sums = table[table["column"].isin(["sex", "stage", "died"])].groupby(["column", "cluster"])["patients"].sum()
    for _, own in sums.groupby(level=0):
        assert own.tolist() == clusters.value_counts().sort_index().tolist()


def test_without_anything_to_count_the_table_is_empty() -> None:
    schema = MACULAR.with_inputs(MACULAR["age"]).model_copy(update={"columns": (MACULAR["age"],)})
    table = count_table(pd.DataFrame({"age": [30.0, 40.0]}), pd.Series([1, 1]), schema)
    assert list(table) == ["cluster", "column", "category", "patients"]
    assert table.empty
