import math
from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.stats import (
    chi2_contingency,
    false_discovery_control,
    fisher_exact,
    kstest,
    mannwhitneyu,
    multivariate_hypergeom,
)
from sklearn.metrics import roc_auc_score

from retina_vae.clusters.description.differences import (
    SMALLEST_P,
    compare_categories,
    compare_numbers,
    difference_table,
)
from retina_vae.studies.macular.schema import MACULAR
from tests.clusters.description.clinic import CLINIC, WITHOUT_OUTCOME

COLUMNS = [
    *("cluster", "column", "role", "observed", "observed_outside", "test", "statistic", "p_value", "q_value"),
    *("effect", "effect_size", "descriptive"),
]


@pytest.fixture(scope="module")
def clusters(simulated_patients: pd.DataFrame) -> np.ndarray:
    p = simulated_patients
    return np.select([p["race"] == "Asian", p["drusen"] == "present"], [1, 2], 3)


@pytest.fixture(scope="module")
def table(simulated_patients: pd.DataFrame, clusters: np.ndarray) -> pd.DataFrame:
    return difference_table(simulated_patients, clusters, MACULAR, set(), seed=1)


def test_rows_and_roles(table: pd.DataFrame) -> None:
    assert list(table) == COLUMNS
    names = [*(column.name for column in MACULAR.inputs), "disease"]
    assert table["column"].tolist() == names * 3
    outcome = table["column"] == "disease"
    np.testing.assert_array_equal(table["role"], np.where(outcome, "outcome", "input"))
    np.testing.assert_array_equal(table["descriptive"], ~outcome)


def test_the_outcome_that_a_model_learned_from_is_no_evidence(
    simulated_patients: pd.DataFrame, clusters: np.ndarray
) -> None:
    found = difference_table(simulated_patients, clusters, MACULAR, {"disease"}, seed=1)
    assert found["descriptive"].all()
    assert found["role"].eq("outcome").sum() == 3


def test_numbers_are_compared_by_ranks(
    table: pd.DataFrame, simulated_patients: pd.DataFrame, clusters: np.ndarray
) -> None:
    age, row = simulated_patients["age"], table[(table["cluster"] == 2) & (table["column"] == "age")].iloc[0]
    expected = mannwhitneyu(age[clusters == 2], age[clusters != 2])
    assert row["statistic"] == expected.statistic
    assert row["p_value"] == max(expected.pvalue, SMALLEST_P)
    assert row["effect_size"] == pytest.approx(2 * roc_auc_score(clusters == 2, age) - 1)


def test_categories_are_compared_by_counts(
    table: pd.DataFrame, simulated_patients: pd.DataFrame, clusters: np.ndarray
) -> None:
    row = table[(table["cluster"] == 2) & (table["column"] == "srh")].iloc[0]
    counts = pd.crosstab(clusters == 2, simulated_patients["srh"]).to_numpy()
    expected = chi2_contingency(counts, correction=False)
    assert row["test"] == "chi-squared"
    assert row["statistic"] == pytest.approx(expected.statistic)
    assert row["p_value"] == pytest.approx(expected.pvalue)
    assert row["effect_size"] == pytest.approx(
        abs(np.corrcoef(clusters == 2, simulated_patients["srh"].cat.codes)[0, 1])
    )


def test_effects_reach_their_limits_and_change_sign() -> None:
    values, inside = np.arange(40.0), np.arange(40) >= 30
    assert compare_numbers(values, inside).effect_size == 1
    assert compare_numbers(-values, inside).effect_size == -1
    assert compare_numbers(np.ones(40), inside)[1:] == (150.0, 1.0, "rank-biserial correlation", 0.0)
    assert compare_categories(np.array([[30, 0, 0], [0, 40, 50]]), [1]).effect_size == pytest.approx(1)
    assert compare_categories(np.array([[30, 60], [300, 600]]), [1]).effect_size == pytest.approx(0)


def test_few_expected_patients_are_tested_exactly() -> None:
    counts = np.array([[3, 1], [10, 90]])
    found, expected = compare_categories(counts, [1]), fisher_exact(counts)
    assert found.test == "Fisher's exact"
    assert found[1:3] == (expected.statistic, expected.pvalue)
    assert compare_categories(counts * 20, [1]).test == "chi-squared"


def exact_p(counts: np.ndarray) -> float:
    """Probability of a chi-squared as large among all tables with these margins, by enumeration."""
    columns, size = counts.sum(axis=0), int(counts[0].sum())
    hypergeometric = multivariate_hypergeom(columns, size)
    observed = chi2_contingency(counts, correction=False).statistic
    tables = (row for row in product(*(range(n + 1) for n in np.minimum(columns, size))) if sum(row) == size)
    return sum(
        float(hypergeometric.pmf(row))
        for row in tables
        if chi2_contingency([row, columns - row], correction=False).statistic >= observed * (1 - 1e-9)
    )


@pytest.mark.parametrize("counts", [[[3, 0, 2, 1], [40, 9, 30, 5]], [[3, 1, 0], [10, 90, 1]], [[0, 0, 4], [20, 20, 9]]])
def test_random_tables_stand_for_all_tables_with_these_margins(counts: list[list[int]]) -> None:
    found = compare_categories(np.array(counts), [1])
    assert found.test == "chi-squared, Monte Carlo"
    assert found.p_value == pytest.approx(exact_p(np.array(counts)), abs=0.015)
    assert found == compare_categories(np.array(counts), [1])


@pytest.mark.parametrize(("rare", "test"), [(2, "chi-squared"), (3, "chi-squared, Monte Carlo")])
def test_cochrans_rule_allows_a_fifth_of_the_expected_counts_below_five(rare: int, test: str) -> None:
    """Each rare category expects 3 of its 12 patients in the cluster."""
    counts = np.array([[50] * (5 - rare) + [4, 2, 3][:rare], [150] * (5 - rare) + [8, 10, 9][:rare]])
    assert compare_categories(counts, [1]).test == test


def test_a_monte_carlo_p_value_counts_the_observed_table() -> None:
    assert compare_categories(np.array([[0, 0, 6], [500, 500, 1]]), [1]).p_value == 1 / 10_000


def test_categories_that_nobody_has_change_nothing() -> None:
    counts = np.array([[30, 20], [40, 80]])
    padded = np.array([[30, 0, 20], [40, 0, 80]])
    assert compare_categories(padded, [1]) == compare_categories(counts, [1])
    assert compare_categories(np.array([[5, 0], [7, 0]]), [1])[1:3] == (0, 1)


def test_a_group_that_is_empty_gives_nothing() -> None:
    assert math.isnan(compare_categories(np.array([[0, 0], [3, 4]]), [1]).p_value)
    assert math.isnan(compare_numbers(np.array([np.nan, 1.0]), np.array([True, False])).p_value)


def test_values_that_are_not_observed_are_left_out(sparse_patients: pd.DataFrame) -> None:
    inside = np.arange(3000) % 3 == 0
    whole = difference_table(sparse_patients, inside.astype(int), MACULAR, set(), 1).set_index(["cluster", "column"])
    known = sparse_patients["age"].notna().to_numpy()
    expected = compare_numbers(sparse_patients["age"].to_numpy()[known], inside[known])
    assert whole.loc[(1, "age"), "p_value"] == expected.p_value
    known = sparse_patients["sex"].notna().to_numpy()
    counts = pd.crosstab(~inside[known], sparse_patients["sex"][known]).to_numpy()
    assert whole.loc[(1, "sex"), "p_value"] == pytest.approx(chi2_contingency(counts, correction=False).pvalue)


def test_q_values_are_those_of_benjamini_and_hochberg_among_evidence_and_among_the_rest(table: pd.DataFrame) -> None:
    for _, own in table.groupby("descriptive"):
        p = own["p_value"].to_numpy()
        order = np.argsort(p)
        expected = np.empty(len(p))
        smallest = 1.0
        for rank in range(len(p), 0, -1):
            smallest = min(smallest, p[order[rank - 1]] * len(p) / rank)
            expected[order[rank - 1]] = smallest
        np.testing.assert_allclose(own["q_value"], expected, rtol=1e-12)


def test_p_values_are_never_zero(table: pd.DataFrame, simulated_patients: pd.DataFrame) -> None:
    assert table["p_value"].min() >= SMALLEST_P > 0
    drusen = np.where(simulated_patients["drusen"] == "present", 1, 2)
    found = difference_table(simulated_patients, drusen, MACULAR, set(), 1).set_index(["cluster", "column"])
    assert found.loc[(1, "drusen"), "p_value"] == SMALLEST_P
    assert found.loc[(1, "drusen"), "q_value"] >= SMALLEST_P


def test_fitted_columns_look_different_without_any_cluster_and_held_out_ones_do_not(
    simulated_patients: pd.DataFrame,
) -> None:
    """The reason for the flag: one blob, cut in two at its mean, as two-means does."""
    schema = MACULAR.with_inputs(MACULAR["age"])
    p_values: dict[str, list[float]] = {"age": [], "disease": []}
    for seed in range(60):
        rng = np.random.default_rng(seed)
        patients = simulated_patients.iloc[rng.choice(3000, 150, replace=False)].reset_index(drop=True)
        patients["age"] = rng.normal(60, 10, size=150)
        clusters = (patients["age"] > patients["age"].mean()).to_numpy().astype(int)
        found = difference_table(patients, clusters, schema, set(), seed).set_index(["cluster", "column"])
        for name, own in p_values.items():
            own.append(found.loc[(1, name), "p_value"])
    assert max(p_values["age"]) < 1e-10
    assert kstest(p_values["disease"], "uniform").pvalue > 0.01


def test_grades_are_compared_by_ranks_and_every_row_says_how_many_are_observed(clinic: pd.DataFrame) -> None:
    inside = (clinic["age"] > 60).to_numpy()
    table = difference_table(clinic, np.where(inside, 2, 1), CLINIC, set(), 1).set_index(["cluster", "column"])
    codes = clinic["stage"].cat.codes.where(clinic["stage"].notna()).astype(float)
    expected = mannwhitneyu(codes[inside].dropna(), codes[~inside].dropna())
    row = table.loc[(2, "stage")]
    assert (row["test"], row["effect"]) == ("Mann-Whitney U", "rank-biserial correlation")
    assert (row["statistic"], row["p_value"]) == (expected.statistic, expected.pvalue)
    assert row["effect_size"] > 0.5
    assert row["observed"] == clinic["stage"][inside].notna().sum()
    assert row["observed_outside"] == clinic["stage"][~inside].notna().sum()
    assert table.loc[(2, "smoker"), "effect"] == "Cramér's V"
    assert table.loc[(2, "fluid"), "test"] == "Mann-Whitney U"


def test_roles_are_those_of_the_schema_and_all_but_inputs_are_evidence(clinic: pd.DataFrame) -> None:
    table = difference_table(clinic, np.where(clinic["age"] > 60, 2, 1), CLINIC, {"died"}, 1)
    own = table[table["cluster"] == 1].set_index("column")
    assert own.loc[["died", "relapse", "score", "site"], "role"].tolist() == ["outcome"] * 2 + ["held_out", "site"]
    assert own.index[~own["descriptive"]].tolist() == ["relapse", "score", "site"]
    evidence = table[~table["descriptive"]]
    np.testing.assert_allclose(evidence["q_value"], false_discovery_control(evidence["p_value"]))


def test_without_other_columns_than_inputs_all_is_descriptive(clinic: pd.DataFrame) -> None:
    assert difference_table(clinic, np.arange(400) % 2, WITHOUT_OUTCOME, set(), 1)["descriptive"].all()
