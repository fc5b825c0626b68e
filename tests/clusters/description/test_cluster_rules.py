import numpy as np
import pandas as pd
import pytest

from retina_vae.clusters.description.cluster_rules import NO_RULE, rule_table, shortest_rule
from retina_vae.clusters.description.conditions import Conjunction, Interval, OneOf
from retina_vae.clusters.description.decision_tree import fit_leaves
from retina_vae.studies.macular.schema import MACULAR


def rules(patients: pd.DataFrame, clusters: np.ndarray, depth: int = 4) -> pd.DataFrame:
    return rule_table(patients, clusters, fit_leaves(patients, clusters, MACULAR, depth)).set_index("cluster")


@pytest.fixture(scope="module")
def planted(simulated_patients: pd.DataFrame) -> np.ndarray:
    p = simulated_patients
    asian, drusen = p["race"] == "Asian", p["drusen"] == "present"
    middle = (p["age"] >= 45) & (p["age"] < 75)
    return np.select([asian & drusen, asian, middle], [1, 2, 3], 4)


def test_planted_rules_are_found_in_plain_words(simulated_patients: pd.DataFrame, planted: np.ndarray) -> None:
    found = rules(simulated_patients, planted)
    assert found["rule"].tolist()[:3] == [
        "race is Asian and drusen present",
        "race is Asian and drusen absent",
        "race is not Asian and age 45 to under 75 years",
    ]
    assert set(found.loc[4, "rule"].split("; or ")) == {
        "race is not Asian and age 75 years or more",
        "race is not Asian and age under 45 years",
    }
    assert found["conditions"].tolist() == [2, 2, 2, 4]
    assert found[["precision", "recall"]].eq(1).all().all()
    assert found["patients"].tolist() == np.bincount(planted)[1:].tolist()


def test_the_numbers_are_those_of_the_rule_in_words(simulated_patients: pd.DataFrame) -> None:
    p, rng = simulated_patients, np.random.default_rng(0)
    clusters = np.where((p["sex"] == "male") ^ (rng.random(3000) < 0.1), 1, 2)
    found = rules(p, clusters, 1).loc[1]
    male = (p["sex"] == "male").to_numpy()
    assert found["rule"] == "sex is male"
    assert found["patients"] == male.sum()
    assert found["precision"] == pytest.approx((clusters[male] == 1).mean())
    assert found["recall"] == pytest.approx(male[clusters == 1].mean())


def test_conditions_that_change_little_are_dropped(simulated_patients: pd.DataFrame) -> None:
    p = simulated_patients
    inside = (p["drusen"] == "present").to_numpy() & (p["age"] > 25).to_numpy()
    long = Conjunction(
        (
            OneOf(MACULAR["drusen"], frozenset({"present"})),
            Interval(MACULAR["age"], low=25),
            OneOf(MACULAR["race"], frozenset(MACULAR["race"].categories) - {"other"}),
        )
    )
    # Nearly nobody is younger than 25, so the age goes; race costs recall to keep and nothing to drop.
    rule = shortest_rule(p, inside, [long])
    assert rule is not None
    assert str(rule) == "drusen present"
    assert rule.precision > 0.98
    assert rule.recall == 1


@pytest.mark.parametrize("race", ["Asian", "Hispanic"])
def test_a_condition_that_matters_stays(simulated_patients: pd.DataFrame, race: str) -> None:
    """Without it the rule would hold for many others, or for the 8 % of Hispanic patients among those with drusen."""
    p = simulated_patients
    inside = ((p["drusen"] == "present") & (p["race"] != race)).to_numpy()
    others = frozenset(MACULAR["race"].categories) - {race}
    both = Conjunction((OneOf(MACULAR["drusen"], frozenset({"present"})), OneOf(MACULAR["race"], others)))
    assert str(shortest_rule(p, inside, [both])) == f"race is not {race} and drusen present"


def test_neighbouring_leaves_are_one_interval(simulated_patients: pd.DataFrame) -> None:
    p = simulated_patients
    inside = ((p["age"] >= 40) & (p["age"] < 70)).to_numpy()
    leaves = [Conjunction((Interval(MACULAR["age"], low, low + 10),)) for low in (40, 60, 50)]
    assert str(shortest_rule(p, inside, leaves)) == "age 40 to under 70 years"


def test_a_cluster_without_a_leaf_has_no_rule(simulated_patients: pd.DataFrame) -> None:
    clusters = np.where(np.random.default_rng(0).random(3000) < 0.1, 2, 1)
    found = rules(simulated_patients, clusters)
    assert found.loc[1, "rule"] == "all patients"
    assert found.loc[1, "recall"] == 1
    assert found.loc[2, "rule"] == NO_RULE
    assert found.loc[2, ["conditions", "patients", "precision", "recall"]].isna().all()


@pytest.mark.parametrize(("share", "expected"), [(0.45, None), (0.55, "age 85 years or more")])
def test_a_rule_that_misses_half_of_the_cluster_is_none(
    simulated_patients: pd.DataFrame, share: float, expected: str | None
) -> None:
    """The leaf is pure, but holds only a share of the cluster."""
    inside = (simulated_patients["age"] >= 85).to_numpy(copy=True)
    elsewhere = round(inside.sum() * (1 - share) / share)
    inside[np.random.default_rng(0).choice(np.flatnonzero(~inside), elsewhere, replace=False)] = True
    rule = shortest_rule(simulated_patients, inside, [Conjunction((Interval(MACULAR["age"], low=85),))])
    assert (None if rule is None else str(rule)) == expected


def test_a_leaf_that_is_mostly_others_is_no_rule(simulated_patients: pd.DataFrame) -> None:
    inside = np.random.default_rng(0).random(3000) < 0.4
    assert shortest_rule(simulated_patients, inside, [Conjunction((Interval(MACULAR["age"], low=60),))]) is None
    assert shortest_rule(simulated_patients, inside, []) is None


def test_patients_without_the_value_do_not_meet_the_rule(sparse_patients: pd.DataFrame) -> None:
    sex = sparse_patients["sex"]
    clusters = np.where(sex == "male", 1, 2)
    found = rules(sparse_patients, clusters).loc[2]
    assert found["rule"] == "sex is female"
    assert found["patients"] == (sex == "female").sum()
    assert found["recall"] == pytest.approx((sex == "female").sum() / (clusters == 2).sum())
