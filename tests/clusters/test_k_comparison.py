import numpy as np
import pandas as pd
import pytest

from retina_vae.cluster_settings import ChoiceSettings
from retina_vae.clusters.k_comparison import ChoiceTables, choose_k
from retina_vae.clusters.k_selection import SELECTION_RULES, agreement_sentence, choices_of
from retina_vae.latent import Codes

SETTINGS = ChoiceSettings(k_max=6, references=10, sample=100)


def codes_of(means: list[np.ndarray]) -> Codes:
    mean = np.stack(means).astype(np.float32)
    return Codes(mean, np.ones_like(mean), mean[:, None])


def blobs(seed: int, centers: list[list[float]]) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(center, 1.0, size=(70, 2)) for center in centers])


@pytest.fixture(scope="module")
def three() -> Codes:
    return codes_of([blobs(seed, [[0, 0], [12, 0], [0, 12]]) for seed in (0, 1)])


@pytest.fixture(scope="module")
def tables(three: Codes) -> ChoiceTables:
    return choose_k(three, SETTINGS)


def test_every_criterion_finds_three_blobs(tables: ChoiceTables) -> None:
    choices = tables.choices.set_index("criterion")
    assert list(choices.index) == list(SELECTION_RULES)
    assert choices["k"].eq(3).all(), choices["k"]


def test_what_has_no_meaning_for_one_cluster_is_missing(tables: ChoiceTables) -> None:
    one = tables.criteria[tables.criteria["k"] == 1]
    undefined = ["silhouette", "calinski_harabasz"]
    assert one[undefined].isna().all().all()
    assert one.drop(columns=undefined).notna().all().all()
    assert one["prediction_strength"].eq(1).all()
    assert tables.criteria[tables.criteria["k"] > 1].notna().all().all()


def test_rows_are_replica_by_replica_and_the_sum_of_squares_falls(tables: ChoiceTables) -> None:
    assert tables.criteria["replica"].tolist() == [1] * 6 + [2] * 6
    assert tables.criteria["k"].tolist() == [1, 2, 3, 4, 5, 6] * 2
    for _, own in tables.criteria.groupby("replica"):
        assert (np.diff(own["within_ss"]) < 0).all()


def test_one_blob_is_one_cluster_where_a_criterion_can_say_so() -> None:
    one = codes_of([np.random.default_rng(4).normal(size=(300, 2))])
    choices = choose_k(one, SETTINGS).choices.set_index("criterion")
    assert choices.loc[["gap", "prediction_strength"], "k"].tolist() == [1] * 2


def test_neither_threads_nor_other_replicas_change_a_number(three: Codes, tables: ChoiceTables) -> None:
    other = choose_k(three, SETTINGS, threads=2)
    for name in ("criteria", "choices", "tree"):
        pd.testing.assert_frame_equal(getattr(tables, name), getattr(other, name), check_exact=True)
    alone = choose_k(codes_of([three.mean[0]]), SETTINGS).criteria
    pd.testing.assert_frame_equal(alone, tables.criteria.iloc[:6], check_exact=True)


def test_the_tree_has_the_partitions_that_were_measured(tables: ChoiceTables) -> None:
    assert tables.tree["replica"].unique().tolist() == [1, 2]
    for (replica, k), own in tables.tree.groupby(["replica", "k"]):
        sizes = own.groupby("cluster")["size"].first()
        criteria = tables.criteria
        measured = criteria[(criteria["replica"] == replica) & (criteria["k"] == k)].iloc[0]
        assert (len(sizes), sizes.sum(), sizes.min()) == (k, 210, measured["smallest"])


def test_three_blobs_each_fall_apart_on_their_own(tables: ChoiceTables) -> None:
    """Once the blobs are found, no cluster takes patients from two of them."""
    below = tables.tree[tables.tree["k"] > 3]
    assert below["share"].groupby([tables.tree["replica"], below["k"], below["cluster"]]).max().gt(0.5).all()
    third = tables.tree[tables.tree["k"] == 3]
    assert third.groupby(["replica", "cluster"])["size"].first().eq(70).all()
    assert third["share"].eq(1).all()


@pytest.mark.parametrize(("patients", "largest"), [(2, 1), (3, 1), (4, 2), (7, 3)])
def test_few_patients_limit_the_numbers(patients: int, largest: int) -> None:
    few = codes_of([np.random.default_rng(5).normal(size=(patients, 2))])
    found = choose_k(few, SETTINGS)
    assert found.criteria["k"].max() == largest
    assert found.tree["k"].max() == largest
    assert found.choices["tried"].eq(largest).all()


@pytest.mark.filterwarnings("error")
def test_patients_that_coincide_limit_the_numbers_too() -> None:
    corners = np.repeat(np.array([[0, 0], [1, 0], [0, 2], [3, 3]]), 30, axis=0)
    found = choose_k(codes_of([corners, corners]), SETTINGS)
    assert found.criteria["k"].max() == 4
    choices = found.choices.set_index("criterion")["k"]
    assert choices[["silhouette", "gap", "prediction_strength"]].eq(4).all()


def table_of(columns: dict[str, list[float]]) -> pd.DataFrame:
    names = {name for rule in SELECTION_RULES.values() for name in rule.needs}
    return pd.DataFrame({"replica": 1, "k": [1, 2, 3]} | {name: [np.nan] * 3 for name in names} | columns)


def test_thresholds_choose_the_largest_that_reaches_them() -> None:
    found = choices_of(table_of({"prediction_strength": [1, 0.5, 0.8]}))
    assert dict(zip(found["criterion"], found["k"], strict=True)) == {"prediction_strength": 3}


def test_replicas_give_the_lower_median_and_the_range() -> None:
    parts = [table_of({"silhouette": values}) for values in ([np.nan, 0.5, 0.4], [np.nan, 0.4, 0.5])]
    criteria = pd.concat([part.assign(replica=r) for r, part in enumerate(parts, start=1)])
    found = choices_of(criteria).iloc[0]
    assert found[["k", "lowest", "highest", "tried"]].tolist() == [2, 2, 3, 3]


def choices(**chosen: int) -> pd.DataFrame:
    rows = [{"criterion": name, "k": k, "lowest": k, "highest": k, "tried": 20} for name, k in chosen.items()]
    return pd.DataFrame(rows)


def test_the_sentence_says_who_agrees_and_who_does_not() -> None:
    said = agreement_sentence(choices(silhouette=3, gap=5, prediction_strength=3, calinski_harabasz=20))
    assert said == (
        "Of four criteria, two choose 3 clusters (silhouette, prediction strength); one chooses 5 (gap); one chooses "
        "20, the largest number tried (Calinski-Harabasz). No number is chosen by more than half of them."
    )


def test_the_sentence_says_that_there_is_no_majority_and_what_the_replicas_make_of_it() -> None:
    table = choices(gap=1, silhouette=2)
    table.loc[1, "highest"] = 4
    assert agreement_sentence(table) == (
        "Of two criteria, one chooses 1 cluster (gap); one chooses 2 (silhouette). No number is chosen by more than "
        "half of them. Medians over the replicas, which differ in silhouette (2 to 4)."
    )


def test_of_many_patients_the_criteria_are_those_of_some_and_the_sizes_those_of_all() -> None:
    mean = np.concatenate([blobs(seed, [[0, 0], [12, 0], [0, 12]]) for seed in range(8)])
    settings = SETTINGS.model_copy(update={"patients": 1000, "k_max": 4})
    found = choose_k(codes_of([mean]), settings).criteria
    assert found["smallest"].tolist()[:3] == [1680, 560, 560]
    whole = choose_k(codes_of([mean]), SETTINGS.model_copy(update={"k_max": 4})).criteria
    per_patient = found["within_ss"] / 1000, whole["within_ss"] / 1680
    np.testing.assert_allclose(*per_patient, rtol=0.1)
    difference = (found["gap"] - whole["gap"]).abs() / np.hypot(found["gap_error"], whole["gap_error"])
    assert difference.max() < 4
