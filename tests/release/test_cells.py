from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from retina_vae.disclosure import (
    FOOTNOTE,
    MARK,
    suppress_categories,
    suppress_differences,
    suppress_parts,
    suppress_profiles,
    suppress_rules,
    suppress_separation,
    suppress_small_clusters,
    suppress_tree,
    suppressed_categories,
    suppressed_groups,
)

from retina_vae.clusters.clustering_tree import clustering_tree
from tests.release.attacker import possible, sums_of

SIZES = pd.Series({1: 300, 2: 150, 3: 40, 4: 6})
WITHHELD = pd.DataFrame({"cluster": [1, 1], "column": ["race", "race"], "category": ["Asian", "Black"]})


def test_the_footnote_explains_the_mark_and_names_the_floor() -> None:
    assert FOOTNOTE.format(floor=11).startswith(f"{MARK}: ")
    assert "11" in FOOTNOTE.format(floor=11)


def test_a_small_group_takes_the_next_one_with_it() -> None:
    assert suppressed_groups(SIZES, 11).tolist() == [False, False, True, True]
    assert not suppressed_groups(SIZES, 6).any()


def test_the_same_groups_are_hidden_in_any_order() -> None:
    """Of two groups of 20, either hides the one of 4; one table with the one and one with the other would not."""
    sizes = np.array([20, 90, 4, 20, 50])
    hidden = suppressed_groups(sizes, 11)
    assert hidden.tolist() == [True, False, True, True, False]
    for order in np.random.default_rng(0).permuted(np.tile(np.arange(5), (5, 1)), axis=1):
        np.testing.assert_array_equal(suppressed_groups(sizes[order], 11), hidden[order])


def test_a_category_of_few_patients_in_all_does_not_follow_from_the_other_totals() -> None:
    """The last category has 4 patients; its sum is not known, and neither is another's."""
    counts = np.array([[100, 60, 2], [80, 30, 2], [70, 90, 0]])
    mask = suppressed_categories(counts, np.zeros(3, dtype=bool), 11)
    # What is known: rows, and the columns of more than a few but for the one that hides the last.
    known = np.vstack([sums_of(counts.shape, columns=False), sums_of(counts.shape, rows=False)[:1]])
    found = possible(counts.ravel(), mask.ravel(), known, 1)
    assert mask[:2, 2].all()
    assert all(low < high for low, high in found.values())
    # The sum of the last column, which is small, does not follow either.
    assert found[2][1] + found[5][1] > 10


def test_a_category_that_one_group_alone_has_needs_no_zero_to_hide_it() -> None:
    """Its sum is not known, so it is enough that another count of the group is hidden, and this one's sum."""
    counts = np.array([[100, 60, 4], [80, 30, 0], [70, 90, 0]])
    mask = suppressed_categories(counts, np.zeros(3, dtype=bool), 11)
    np.testing.assert_array_equal(mask, [[False, True, True], [False] * 3, [False] * 3])


def test_how_many_are_not_observed_is_a_count_as_well() -> None:
    counts, nobody = np.array([[20, 30], [40, 50]]), np.zeros(2, dtype=bool)
    assert not suppressed_categories(counts, nobody, 11, sizes=np.array([50, 90])).any()
    assert suppressed_categories(counts, nobody, 11, sizes=np.array([53, 90]))[0].any()


def test_nothing_is_said_of_a_cluster_whose_size_is_not_shown() -> None:
    sizes = pd.DataFrame({"cluster": [1, 2, 3, 4], "size": SIZES.to_numpy(), "jaccard_mean": [0.9, 0.8, 0.7, 0.6]})
    shown = suppress_small_clusters(sizes.assign(verdict="stable"), SIZES, 11, ["size", "jaccard_mean", "verdict"])
    assert shown["size"].astype("float64").tolist()[:2] == [300, 150]
    assert shown.loc[[2, 3], ["size", "jaccard_mean"]].isna().all(axis=None)
    assert shown["verdict"].tolist() == ["stable", "stable", MARK, MARK]
    assert shown["jaccard_mean"].tolist()[:2] == [0.9, 0.8]


def test_a_row_of_all_patients_is_kept() -> None:
    table = pd.DataFrame({"cluster": [0, 1, 4], "patients": [496, 300, 6]})
    shown = suppress_small_clusters(table, SIZES, 11, ["patients"])
    assert shown["patients"].isna().tolist() == [False, False, True]


def test_few_doubtful_patients_are_not_shown_and_do_not_follow_from_their_sum() -> None:
    sizes = pd.Series({1: 300, 2: 150, 3: 40, 4: 90})
    table = pd.DataFrame({"cluster": [1, 2, 3, 4], "doubtful": [60, 0, 35, 12]})
    shown = suppress_parts(table, sizes, 11, "doubtful")
    # Of the third cluster all but 5 are doubtful.
    assert shown["doubtful"].isna().tolist() == [False, False, True, True]
    assert shown["doubtful"].dropna().tolist() == [60, 0]


def test_shares_of_withheld_counts_are_taken_out_of_profiles_and_tests() -> None:
    table = pd.DataFrame({"cluster": [1, 1, 2], "column": ["race", "race", "race"], "inside": [0.1, 0.2, 0.3]})
    by_category = table.assign(category=["Asian", "Hispanic", "Asian"])
    assert suppress_categories(by_category, WITHHELD, ["inside"])["inside"].isna().tolist() == [True, False, False]
    assert suppress_categories(table, WITHHELD, ["inside"])["inside"].isna().tolist() == [True, True, False]


def test_profiles_lose_tails_of_few_patients_and_the_one_who_is_the_medoid() -> None:
    statistics = ["mean", "q05", "q25", "median", "q75", "q95"]
    table = pd.DataFrame(
        [{"cluster": c, "column": "age", "category": "", "statistic": s} for c in SIZES.index for s in statistics]
    )
    table = table.assign(
        observed=table["cluster"].map(SIZES), observed_outside=SIZES.sum() - table["cluster"].map(SIZES)
    )
    table = table.assign(inside=50.0, outside=51.0, standardized_difference=0.1, medoid=49.0, decoded=50.5)
    shown = suppress_profiles(table, WITHHELD, SIZES, 11)
    left = shown[shown["inside"].notna()].groupby("cluster")["statistic"].agg(list)
    # 5 % of 300 are 15 patients, of 150 they are 7; the clusters of 40 and 6 are not shown.
    assert left.to_dict() == {1: statistics, 2: ["mean", "q25", "median", "q75"]}
    assert shown["medoid"].isna().all()
    assert shown["decoded"].notna().all()
    pd.testing.assert_frame_equal(suppress_profiles(table, WITHHELD, SIZES, 1), table)


def test_rules_lose_what_tells_how_many_few_patients_they_miss() -> None:
    rules = {
        "all of them": (1, 2, 300, 1.0, 1.0),
        "misses 4": (1, 2, 296, 1.0, 296 / 300),
        "holds for 5 others": (1, 2, 305, 300 / 305, 1.0),
        "holds for 20 others and misses 30": (1, 2, 290, 270 / 290, 0.9),
        "one condition where counts are withheld": (1, 1, 290, 270 / 290, 0.9),
        "one condition where none are": (2, 1, 150, 1.0, 1.0),
        "holds for 8": (2, 2, 8, 1.0, 8 / 150),
        "of a cluster that is not shown": (4, 2, 40, 6 / 40, 1.0),
    }
    columns = ["cluster", "conditions", "patients", "precision", "recall"]
    table = pd.DataFrame.from_dict(rules, orient="index", columns=columns).rename_axis("rule").reset_index()
    table = table.astype({"conditions": "Int64", "patients": "Int64"})
    shown = suppress_rules(table, WITHHELD, SIZES, 11)
    assert shown["precision"].isna().tolist() == shown["recall"].isna().tolist()
    assert shown.loc[shown["precision"].notna(), "rule"].tolist() == [
        "all of them",
        "holds for 20 others and misses 30",
        "one condition where none are",
    ]
    assert shown.loc[shown["patients"].isna(), "rule"].tolist() == ["holds for 8", MARK]
    pd.testing.assert_frame_equal(suppress_rules(table, WITHHELD, SIZES, 0), table)


def test_a_cluster_without_a_rule_stays_as_it_is() -> None:
    row = {"cluster": 2, "rule": "no short rule", "conditions": pd.NA, "patients": pd.NA, "precision": np.nan}
    table = pd.DataFrame([row | {"recall": np.nan}]).astype({"conditions": "Int64", "patients": "Int64"})
    pd.testing.assert_frame_equal(suppress_rules(table, WITHHELD, SIZES, 11), table)


@pytest.fixture
def tree() -> pd.DataFrame:
    """Partitions of 240 patients of two replicas into one to six clusters, of which the last are small."""
    rng = np.random.default_rng(5)
    parts = []
    for replica in (1, 2):
        position = rng.random(240)
        noisy = [position + rng.normal(0, 0.03, 240) for _ in range(6)]
        partitions = [np.searchsorted(np.sort(rng.random(k - 1)), own) for k, own in enumerate(noisy, start=1)]
        parts.append(clustering_tree(partitions).assign(replica=replica))
    table = pd.concat(parts, ignore_index=True)
    return table[["replica", "k", "cluster", "size", "parent", "patients", "share"]]


def test_the_tree_shows_no_few_patients_and_else_the_truth(tree: pd.DataFrame) -> None:
    shown = suppress_tree(tree, 11)
    keys = ["replica", "k", "cluster", "parent"]
    both = shown.merge(tree, how="left", on=keys, suffixes=("", "_true"))
    for name in ("size", "patients", "share"):
        left = both[name].notna()
        assert (both.loc[left, name] == both.loc[left, f"{name}_true"]).all()
    assert not shown["patients"].between(1, 10).any()
    assert not shown["size"].between(1, 10).any()
    assert (shown["share"].isna() == (shown["patients"].isna() | shown["size"].isna())).all()
    unseen = shown.loc[shown["size"].isna(), ["replica", "k", "cluster"]]
    assert unseen["k"].nunique() > 2
    assert unseen.merge(shown, on=["replica", "k", "cluster"])["parent"].isna().all()
    as_parent = unseen.assign(k=unseen["k"] + 1).rename(columns={"cluster": "parent"})
    assert as_parent.merge(shown, on=["replica", "k", "parent"]).empty
    nodes = tree[["replica", "k", "cluster"]].drop_duplicates()
    assert len(nodes.merge(shown)) >= len(nodes)


@pytest.mark.parametrize("floor", [3, 11])
def test_no_shared_number_follows_from_the_tree(tree: pd.DataFrame, floor: int) -> None:
    shown, checked = suppress_tree(tree, floor), 0
    for (replica, k), edges in tree[tree["k"] > 1].groupby(["replica", "k"]):
        own = shown[(shown["replica"] == replica) & (shown["k"] == k)]
        before = shown[(shown["replica"] == replica) & (shown["k"] == k - 1)]
        values, hidden, sums = edges_as_sums(edges, own, before, k)
        for place, (low, high) in possible(values, hidden, sums).items():
            # That a cluster of unknown size shares no patient with another may be known.
            assert low < high or values[place] == 0
            checked += values[place] > 0
    assert checked > 15


def edges_as_sums(edges: pd.DataFrame, own: pd.DataFrame, before: pd.DataFrame, k: int):
    """True counts, which of them the shown tree leaves open, and the sizes that it tells."""
    counts = np.zeros((k, k - 1), dtype=int)
    counts[edges["cluster"].to_numpy(int) - 1, edges["parent"].to_numpy(int) - 1] = edges["patients"].to_numpy(int)
    hidden_rows, hidden_columns = (
        np.isin(np.arange(1, size + 1), table.loc[table["size"].isna(), "cluster"])
        for size, table in ((k, own), (k - 1, before))
    )
    hidden = hidden_rows[:, None] | hidden_columns[None]
    open_ones = own[own["patients"].isna() & own["parent"].notna()]
    hidden[open_ones["cluster"].to_numpy(int) - 1, open_ones["parent"].to_numpy(int) - 1] = True
    sums = sums_of(counts.shape)[~np.concatenate([hidden_rows, hidden_columns])]
    return counts.ravel(), hidden.ravel(), sums


def test_a_tree_without_small_clusters_is_left_as_it_is() -> None:
    labels = np.repeat(np.arange(4), 50)
    tree = clustering_tree([np.zeros(200, dtype=int), labels // 2, np.minimum(labels, 2), labels])
    tree.insert(0, "replica", 1)
    pd.testing.assert_frame_equal(suppress_tree(tree, 11), tree, check_dtype=False)
    assert suppress_tree(tree, 0) is tree


def observed_rows(missing: list[int], statistic: str, category: str) -> pd.DataFrame:
    """A row of one column per cluster, of which so many patients lack it."""
    observed = SIZES.to_numpy() - np.array(missing)
    return pd.DataFrame(
        {
            "cluster": SIZES.index,
            "column": "x",
            "category": category,
            "statistic": statistic,
            "observed": observed,
            "observed_outside": observed.sum() - observed,
            "inside": 0.4,
            "outside": 0.5,
            "standardized_difference": -0.2,
            "medoid": 0.0,
            "decoded": 0.45,
        }
    )


def gaps_withheld(*clusters: int) -> pd.DataFrame:
    return pd.DataFrame({"cluster": list(clusters), "column": "x", "category": ""})


def shown_in(table: pd.DataFrame, name: str) -> list[int]:
    return table.loc[table[name].notna(), "cluster"].tolist()


def test_shares_and_numbers_of_observed_do_not_tell_how_many_are_not() -> None:
    """In the second cluster 5 are missing, among many in all; the last two are not shown for their size."""
    table = observed_rows([60, 5, 0, 0], "share", "yes")
    shown = suppress_profiles(table, gaps_withheld(2), SIZES, 11)
    for name in ("observed", "observed_outside", "inside", "outside", "standardized_difference"):
        assert shown_in(shown, name) == [1], name


def test_where_few_are_missing_in_all_nothing_tells_how_many() -> None:
    """4 of all patients lack the column. What speaks of the others of a cluster counts them."""
    table = observed_rows([0, 4, 0, 0], "share", "yes")
    shown = suppress_profiles(table, gaps_withheld(2), SIZES, 11)
    assert shown_in(shown, "inside") == shown_in(shown, "observed") == [1]
    for name in ("observed_outside", "outside", "standardized_difference"):
        assert shown_in(shown, name) == []


def test_means_stay_where_only_the_number_of_gaps_is_hidden() -> None:
    shown = suppress_profiles(observed_rows([60, 5, 0, 0], "mean", ""), gaps_withheld(2), SIZES, 11)
    assert shown_in(shown, "inside") == shown_in(shown, "outside") == [1, 2]
    # It weighs both groups alike, so it does not tell their numbers.
    assert shown_in(shown, "standardized_difference") == [1, 2]


def test_numbers_of_few_observed_are_taken_out() -> None:
    shown = suppress_profiles(observed_rows([60, 145, 0, 0], "median", ""), gaps_withheld(), SIZES, 11)
    assert shown_in(shown, "inside") == [1]
    assert shown_in(shown, "outside") == [1, 2]


def test_tails_count_the_observed() -> None:
    """5 % of 300 are 15 patients, of 200 they are 10."""
    full, sparse = (
        suppress_profiles(observed_rows([missing, 20, 0, 0], "q05", ""), gaps_withheld(), SIZES, 11)
        for missing in (0, 100)
    )
    assert shown_in(full, "inside") == [1]
    assert shown_in(sparse, "inside") == []


@pytest.fixture
def tests_of_clusters() -> pd.DataFrame:
    table = observed_rows([60, 5, 0, 0], "", "").drop(columns=["category", "statistic"])
    return table.assign(statistic=10.0, p_value=0.5, q_value=0.6, effect_size=0.1)


def test_tests_do_not_tell_how_many_were_compared(tests_of_clusters: pd.DataFrame) -> None:
    """U / (n m) is (effect + 1) / 2, so that statistic and effect size give n m."""
    shown = suppress_differences(tests_of_clusters, gaps_withheld(2), SIZES, 11)
    for name in ("statistic", "p_value", "effect_size", "observed", "observed_outside"):
        assert shown_in(shown, name) == [1], name
    pd.testing.assert_frame_equal(
        suppress_differences(tests_of_clusters, gaps_withheld(2), SIZES, 1), tests_of_clusters
    )


def test_tests_of_columns_with_hidden_counts_and_of_few_patients_are_taken_out(tests_of_clusters: pd.DataFrame) -> None:
    counts = pd.DataFrame({"cluster": [1], "column": ["x"], "category": ["yes"]})
    assert shown_in(suppress_differences(tests_of_clusters, counts, SIZES, 11), "p_value") == [2]
    few = tests_of_clusters.assign(observed=[240, 8, 40, 6])
    assert shown_in(suppress_differences(few, counts.head(0), SIZES, 11), "p_value") == [1]


def test_separation_does_not_tell_of_how_few_the_outcome_is_missing() -> None:
    table = pd.DataFrame({"outcome": "x", "cluster": [0, 1, 2, 3, 4], "patients": [490, 300, 144, 40, 6]})
    table = table.assign(classes=2, auc=0.8, auc_low=0.7, auc_high=0.9, note="left out")
    shown = suppress_separation(table, gaps_withheld(2), SIZES, 11)
    assert shown_in(shown, "patients") == [1]
    assert shown_in(shown, "auc") == [0, 1]
    assert list(shown) == list(table)
    many = suppress_separation(table.assign(patients=[400, 300, 54, 40, 6]), gaps_withheld(), SIZES, 11)
    assert shown_in(many, "patients") == [0, 1, 2]
    nothing = table.head(0)
    pd.testing.assert_frame_equal(suppress_separation(nothing, gaps_withheld(), SIZES, 11), nothing)
