from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retina_vae.clusters.clustering_tree import clustering_tree
from retina_vae.cohort import CohortSchema, Column
from retina_vae.release.cells import suppressed_categories, suppressed_groups
from retina_vae.release.context import Context
from retina_vae.release.described import (
    release_differences,
    release_profiles,
    release_rules,
    release_separation,
    release_structure,
    without_categories,
)
from retina_vae.release.held import (
    release_agreement,
    release_doubt,
    release_evaluation,
    release_proposals,
    release_resampled,
    release_stability,
    release_variant_matches,
    without_few_parts,
)
from retina_vae.release.tree import release_criteria, release_tree
from retina_vae.release.words import FOOTNOTE
from retina_vae.words import MARK
from tests.release.attacker import possible, sums_of

SIZES = pd.Series({1: 300, 2: 150, 3: 40, 4: 6})
AGE = Column(name="age", label="Age", kind="continuous")
NOTHING = pd.DataFrame({"cluster": [], "column": [], "category": []})
WITHHELD = pd.DataFrame({"cluster": [1, 1], "column": ["race", "race"], "category": ["Asian", "Black"]})


def told(withheld: pd.DataFrame, sizes: pd.Series, floor: int) -> Context:
    """What tables of clusters of these sizes share, where these counts are not shown."""
    clusters = pd.Series(np.repeat(sizes.index.to_numpy(), sizes.to_numpy()))
    context = Context(floor, CohortSchema(identifier="id", columns=(AGE,)), pd.DataFrame(), clusters, pd.DataFrame())
    context.__dict__["withheld"] = withheld
    return context


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
    """Not its size, no similarity, not in how many resamples it had a patient; others' to two digits."""
    about = {"cluster": [1, 2, 3, 4], "size": SIZES.to_numpy(), "jaccard_mean": [0.912, 0.8, 0.7, 0.6]}
    table = pd.DataFrame(about | {"jaccard_min": 0.5, "jaccard_low": 0.5, "resamples": [100, 100, 100, 99]})
    table = table.assign(recovered=0.5, dissolved=0.1, verdict="stable", jaccard=2 / 3)
    context = told(NOTHING, SIZES, 11)
    shown = release_stability(table, context)
    assert shown["size"].astype("float64").tolist()[:2] == [300, 150]
    assert shown.loc[[2, 3], ["size", "jaccard_mean", "jaccard_min"]].isna().all(axis=None)
    assert shown["jaccard_mean"].tolist()[:2] == [0.91, 0.8]
    resampled = release_resampled(table, context)
    hidden = ["resamples", "jaccard_mean", "jaccard_low", "recovered", "dissolved"]
    assert resampled.loc[[2, 3], hidden].isna().all(axis=None)
    assert resampled["verdict"].tolist() == ["stable", "stable", MARK, MARK]
    assert release_variant_matches(table, context)["jaccard"].dropna().tolist() == [0.67, 0.67]
    for rule in (release_stability, release_resampled, release_variant_matches):
        assert rule(table, told(NOTHING, SIZES, 1)) is table


def test_means_of_probabilities_do_not_tell_how_many_they_are_of() -> None:
    table = pd.DataFrame({"cluster": [1, 2, 3, 4], "size": SIZES.to_numpy(), "doubtful": [60, 40, 20, 3]})
    table = table.assign(mean_probability=0.91234, mean_entropy=0.2222, neighbour=2, neighbour_probability=0.0333)
    shown = release_doubt(table, told(NOTHING, SIZES, 11))
    assert shown.drop(columns="cluster").iloc[2:].isna().all(axis=None)
    assert shown["mean_probability"].tolist()[:2] == [0.91, 0.91]
    assert shown["neighbour_probability"].tolist()[:2] == [0.03, 0.03]


def test_rates_of_few_patients_are_left_out_and_others_rounded() -> None:
    table = pd.DataFrame({"patients": 180, "outcome_accuracy": [179 / 180, 160 / 180, np.nan], "outcome_ari": 0.87654})
    shown = release_evaluation(table, told(NOTHING, SIZES, 11))
    assert shown["outcome_accuracy"].isna().tolist() == [True, False, True]
    assert shown["outcome_accuracy"].iloc[1] == 0.89
    assert set(shown["outcome_ari"]) == {0.88}
    proposals = pd.DataFrame({"patients": 180, "unreliable": [0.0, 2 / 180, 0.5], "alert": [False, True, True]})
    hidden = release_proposals(proposals, told(NOTHING, SIZES, 11))
    assert hidden["unreliable"].isna().tolist() == [False, True, False]


def test_indices_of_agreement_are_rounded_whatever_their_column_is_called() -> None:
    table = pd.DataFrame(
        {"variant": ["a"], "ari": [0.12345], "mean_ari": [0.5555], "ari_paper": [0.1111], "loss": [1.2345]}
    )
    shown = release_agreement(table, told(NOTHING, SIZES, 11)).iloc[0].to_dict()
    assert shown == {"variant": "a", "ari": 0.12, "mean_ari": 0.56, "ari_paper": 0.11, "loss": 1.2345}
    assert release_agreement(table, told(NOTHING, SIZES, 1)) is table


def test_a_tree_that_errs_in_few_has_no_accuracy() -> None:
    table = pd.DataFrame(
        {"measure": ["tree_accuracy", "tree_ari"], "value": [490 / 496, 0.98765], "low": 0.9, "high": 1.0}
    )
    shown = release_structure(table, told(NOTHING, SIZES, 11))
    assert shown["value"].isna().tolist() == [True, False]
    assert shown["value"].iloc[1] == 0.988


def test_the_smallest_size_is_left_out_where_it_is_small() -> None:
    table = pd.DataFrame({"k": [1, 2, 3], "smallest": [100, 11, 10]})
    assert release_criteria(table, told(NOTHING, SIZES, 11))["smallest"].isna().tolist() == [False, False, True]
    assert release_criteria(table, told(NOTHING, SIZES, 0)) is table


def test_few_doubtful_patients_are_not_shown_and_do_not_follow_from_their_sum() -> None:
    sizes = pd.Series({1: 300, 2: 150, 3: 40, 4: 90})
    table = pd.DataFrame({"cluster": [1, 2, 3, 4], "doubtful": [60, 0, 35, 12]})
    shown = without_few_parts(table, told(NOTHING, sizes, 11), "doubtful")
    # Of the third cluster all but 5 are doubtful.
    assert shown["doubtful"].isna().tolist() == [False, False, True, True]
    assert shown["doubtful"].dropna().tolist() == [60, 0]


def test_shares_of_withheld_counts_are_taken_out_of_profiles_and_tests() -> None:
    table = pd.DataFrame({"cluster": [1, 1, 2], "column": ["race", "race", "race"], "inside": [0.1, 0.2, 0.3]})
    by_category = table.assign(category=["Asian", "Hispanic", "Asian"])
    assert without_categories(by_category, WITHHELD, ["inside"])["inside"].isna().tolist() == [True, False, False]
    assert without_categories(table, WITHHELD, ["inside"])["inside"].isna().tolist() == [True, True, False]


def test_profiles_lose_tails_of_few_patients_and_the_one_who_is_the_medoid() -> None:
    statistics = ["mean", "q05", "q25", "median", "q75", "q95"]
    table = pd.DataFrame(
        [{"cluster": c, "column": "age", "category": "", "statistic": s} for c in SIZES.index for s in statistics]
    )
    table = table.assign(
        observed=table["cluster"].map(SIZES), observed_outside=SIZES.sum() - table["cluster"].map(SIZES)
    )
    table = table.assign(inside=50.0, outside=51.0, standardized_difference=0.1, medoid=49.0, decoded=50.5)
    shown = release_profiles(table, told(WITHHELD, SIZES, 11))
    left = shown[shown["inside"].notna()].groupby("cluster")["statistic"].agg(list)
    # 5 % of 300 are 15 patients, of 150 they are 7; the clusters of 40 and 6 are not shown.
    assert left.to_dict() == {1: statistics, 2: ["mean", "q25", "median", "q75"]}
    assert shown["medoid"].isna().all()
    # What is decoded at the centre of few is a profile of one of them.
    assert shown.groupby("cluster")["decoded"].agg(lambda own: own.notna().all()).to_dict() == {
        1: True,
        2: True,
        3: False,
        4: False,
    }
    pd.testing.assert_frame_equal(release_profiles(table, told(WITHHELD, SIZES, 1)), table)


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
    shown = release_rules(table, told(WITHHELD, SIZES, 11))
    assert shown["precision"].isna().tolist() == shown["recall"].isna().tolist()
    assert shown.loc[shown["precision"].notna(), "rule"].tolist() == [
        "all of them",
        "holds for 20 others and misses 30",
        "one condition where none are",
    ]
    assert shown.loc[shown["patients"].isna(), "rule"].tolist() == ["holds for 8", MARK]
    pd.testing.assert_frame_equal(release_rules(table, told(WITHHELD, SIZES, 0)), table)


def test_a_cluster_without_a_rule_stays_as_it_is() -> None:
    row = {"cluster": 2, "rule": "no short rule", "conditions": pd.NA, "patients": pd.NA, "precision": np.nan}
    table = pd.DataFrame([row | {"recall": np.nan}]).astype({"conditions": "Int64", "patients": "Int64"})
    pd.testing.assert_frame_equal(release_rules(table, told(WITHHELD, SIZES, 11)), table)


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
    shown = release_tree(tree, told(NOTHING, SIZES, 11))
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
    shown, checked = release_tree(tree, told(NOTHING, SIZES, floor)), 0
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
    pd.testing.assert_frame_equal(release_tree(tree, told(NOTHING, SIZES, 11)), tree, check_dtype=False)
    assert release_tree(tree, told(NOTHING, SIZES, 0)) is tree


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
    shown = release_profiles(table, told(gaps_withheld(2), SIZES, 11))
    for name in ("observed", "observed_outside", "inside", "outside", "standardized_difference"):
        assert shown_in(shown, name) == [1], name


def test_where_few_are_missing_in_all_nothing_tells_how_many() -> None:
    """4 of all patients lack the column. What speaks of the others of a cluster counts them."""
    table = observed_rows([0, 4, 0, 0], "share", "yes")
    shown = release_profiles(table, told(gaps_withheld(2), SIZES, 11))
    assert shown_in(shown, "inside") == shown_in(shown, "observed") == [1]
    for name in ("observed_outside", "outside", "standardized_difference"):
        assert shown_in(shown, name) == []


def test_means_stay_where_only_the_number_of_gaps_is_hidden() -> None:
    shown = release_profiles(observed_rows([60, 5, 0, 0], "mean", ""), told(gaps_withheld(2), SIZES, 11))
    assert shown_in(shown, "inside") == shown_in(shown, "outside") == [1, 2]
    # It weighs both groups alike, so it does not tell their numbers.
    assert shown_in(shown, "standardized_difference") == [1, 2]


def test_numbers_of_few_observed_are_taken_out() -> None:
    shown = release_profiles(observed_rows([60, 145, 0, 0], "median", ""), told(gaps_withheld(), SIZES, 11))
    assert shown_in(shown, "inside") == [1]
    assert shown_in(shown, "outside") == [1, 2]


def test_tails_count_the_observed() -> None:
    """5 % of 300 are 15 patients, of 200 they are 10."""
    full, sparse = (
        release_profiles(observed_rows([missing, 20, 0, 0], "q05", ""), told(gaps_withheld(), SIZES, 11))
        for missing in (0, 100)
    )
    assert shown_in(full, "inside") == [1]
    assert shown_in(sparse, "inside") == []


@pytest.fixture
def tests_of_clusters() -> pd.DataFrame:
    table = observed_rows([60, 5, 0, 0], "", "").drop(columns=["category", "statistic"])
    return table.assign(statistic=10.0, p_value=0.5, q_value=0.6, effect_size=0.1)


def test_a_statistic_that_is_not_shown_is_missing_and_the_others_are_the_same_numbers(
    tests_of_clusters: pd.DataFrame,
) -> None:
    read = tests_of_clusters.assign(statistic=tests_of_clusters["statistic"].astype(str))
    shown = release_differences(read, told(gaps_withheld(2), SIZES, 11))["statistic"]
    assert shown.dtype == np.float64
    assert shown.isna().any()
    assert shown.dropna().tolist() == tests_of_clusters["statistic"][shown.notna()].tolist()


def test_tests_do_not_tell_how_many_were_compared(tests_of_clusters: pd.DataFrame) -> None:
    """U / (n m) is (effect + 1) / 2, so that statistic and effect size give n m."""
    shown = release_differences(tests_of_clusters, told(gaps_withheld(2), SIZES, 11))
    for name in ("statistic", "p_value", "effect_size", "observed", "observed_outside"):
        assert shown_in(shown, name) == [1], name
    pd.testing.assert_frame_equal(
        release_differences(tests_of_clusters, told(gaps_withheld(2), SIZES, 1)), tests_of_clusters
    )


def test_tests_of_columns_with_hidden_counts_and_of_few_patients_are_taken_out(tests_of_clusters: pd.DataFrame) -> None:
    counts = pd.DataFrame({"cluster": [1], "column": ["x"], "category": ["yes"]})
    assert shown_in(release_differences(tests_of_clusters, told(counts, SIZES, 11)), "p_value") == [2]
    few = tests_of_clusters.assign(observed=[240, 8, 40, 6])
    assert shown_in(release_differences(few, told(counts.head(0), SIZES, 11)), "p_value") == [1]


def test_separation_does_not_tell_of_how_few_the_outcome_is_missing() -> None:
    table = pd.DataFrame({"outcome": "x", "cluster": [0, 1, 2, 3, 4], "patients": [490, 300, 144, 40, 6]})
    table = table.assign(classes=2, auc=0.8, auc_low=0.7, auc_high=0.9, note="left out")
    shown = release_separation(table, told(gaps_withheld(2), SIZES, 11))
    assert shown_in(shown, "patients") == [1]
    assert shown_in(shown, "auc") == [0, 1]
    assert list(shown) == list(table)
    many = release_separation(table.assign(patients=[400, 300, 54, 40, 6]), told(gaps_withheld(), SIZES, 11))
    assert shown_in(many, "patients") == [0, 1, 2]
    nothing = table.head(0)
    pd.testing.assert_frame_equal(release_separation(nothing, told(gaps_withheld(), SIZES, 11)), nothing)
