"""The groups that pictures distinguish, and how many patients each is said to have."""

from __future__ import annotations

import pandas as pd

from retina_vae.cohort import CohortSchema, Column
from retina_vae.release.groups import group_table, groups_of
from retina_vae.words import ALL_PATIENTS, NOT_OBSERVED
from tests.release.full import context_of

SEX = Column(name="sex", label="Sex", kind="nominal", categories=("male", "female"))


def schema_of(*outcomes: str) -> CohortSchema:
    if not outcomes:
        return CohortSchema(identifier="patient_id", columns=(SEX,))
    group = Column(name="group", label="Group", kind="nominal", role="outcome", categories=outcomes)
    return CohortSchema(identifier="patient_id", columns=(group, SEX))


def test_all_patients_are_one_group_without_an_outcome() -> None:
    groups = groups_of(pd.DataFrame({"sex": ["male"]}), schema_of())
    assert (groups.names, groups.order) == ({"": ALL_PATIENTS}, [ALL_PATIENTS])


def test_of_many_outcomes_seven_have_a_group_of_their_own() -> None:
    names = tuple("abcdefghij")
    table = pd.DataFrame({"group": list("jihgfed" * 3 + "abc"), "sex": "male"})
    groups = groups_of(table, schema_of(*names))
    assert groups.order == [*"defghij", "other (3 categories)"]
    assert [name for name, own in groups.names.items() if own.startswith("other")] == ["a", "b", "c"]
    assert groups.belongs.sum(axis=1).tolist() == [1] * 7 + [3]


def test_an_outcome_that_is_not_observed_is_a_group() -> None:
    table = pd.DataFrame({"group": ["a", None, "b"], "sex": "male"})
    assert groups_of(table, schema_of("a", "b")).order == ["a", "b", NOT_OBSERVED]
    assert NOT_OBSERVED not in groups_of(table.dropna(), schema_of("a", "b")).order


def test_a_small_group_takes_the_next_one_with_it_and_both_are_said_to_occur() -> None:
    table = pd.DataFrame({"group": ["a"] * 100 + ["b"] * 50 + ["c"] * 4, "sex": "male"})
    schema = schema_of("a", "b", "c", "d")
    found = group_table(context_of(table, pd.Series(1, index=table.index), schema, 11)).set_index("category")
    assert found["patients"].isna().to_dict() == {"a": False, "b": True, "c": True, "d": False}
    assert found["occurs"].to_dict() == {"a": True, "b": True, "c": True, "d": False}
    shown = group_table(context_of(table, pd.Series(1, index=table.index), schema, 0)).set_index("category")
    assert shown["patients"].to_dict() == {"a": 100, "b": 50, "c": 4, "d": 0}
