"""Shares by group, and what of them is left out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import CohortSchema, Column
from retina_vae.disclosure import MARK
from retina_vae.report.figures.grouped import grouped_patients
from retina_vae.report.figures.groups import ALL_PATIENTS, NOT_OBSERVED, patient_groups

SEX = Column(name="sex", label="Sex", kind="nominal", categories=("male", "female"))


def schema_of(*outcomes: str) -> CohortSchema:
    if not outcomes:
        return CohortSchema(identifier="patient_id", columns=(SEX,))
    group = Column(name="group", label="Group", kind="nominal", role="outcome", categories=outcomes)
    return CohortSchema(identifier="patient_id", columns=(group, SEX))


def codes(values: pd.Series) -> np.ndarray:
    return SEX.kind_of.codes(values, SEX.categories)


def test_standard_error_of_a_share() -> None:
    table = pd.DataFrame({"sex": ["male"] * 20 + ["female"] * 80})
    shares = grouped_patients(table, schema_of()).shares(codes(table["sex"]), 2)
    assert shares.share.tolist() == [[0.2, 0.8]]
    assert shares.error[0, 0] == pytest.approx(0.04)


def test_missing_values_leave_the_denominator() -> None:
    table = pd.DataFrame({"group": ["a"] * 4 + ["b"], "sex": ["male", "female", None, None, None]})
    cohort = grouped_patients(table, schema_of("a", "b"))
    shares = cohort.shares(codes(table["sex"]), 2).share
    assert shares[0].tolist() == [0.5, 0.5]
    assert np.isnan(shares[1]).all()
    assert cohort.observed(SEX) == "2"


def test_few_missing_values_are_not_told() -> None:
    table = pd.DataFrame({"sex": ["male"] * 50 + ["female"] * 50 + [None] * 3})
    assert grouped_patients(table, schema_of(), 11).observed(SEX) == MARK
    assert grouped_patients(table, schema_of(), 3).observed(SEX) == "100"


def test_joined_categories_are_left_out_where_one_of_them_is() -> None:
    letters = Column(name="sex", label="Letter", kind="nominal", categories=tuple("abcd"))
    table = pd.DataFrame({"sex": list("a" * 100 + "b" * 90 + "c" * 80 + "d" * 4)})
    cohort = grouped_patients(table, CohortSchema(identifier="patient_id", columns=(letters,)), 11)
    place = letters.kind_of.codes(table["sex"], letters.categories)
    alone = np.isnan(cohort.shares(place, 4).share[0])
    assert alone[3]
    assert alone.sum() == 2
    together = cohort.shares(place, 4, [[0], [1], [2, 3]]).share[0]
    assert np.isnan(together[2])
    assert together[0] == pytest.approx(100 / 274)


def test_all_patients_are_one_group_without_an_outcome() -> None:
    groups = patient_groups(pd.DataFrame({"sex": ["male"]}), schema_of())
    assert list(groups.looks) == [ALL_PATIENTS]
    assert not groups.several


def test_of_many_outcomes_seven_have_a_group_of_their_own() -> None:
    names = tuple("abcdefghij")
    table = pd.DataFrame({"group": list("jihgfed" * 3 + "abc"), "sex": "male"})
    groups = patient_groups(table, schema_of(*names))
    assert list(groups.looks) == [*"defghij", "other (3 categories)"]
    assert groups.categories_of("other (3 categories)") == ["a", "b", "c"]
    assert len({look.colour for look in groups.looks.values()}) == 8
    assert groups.of(pd.Series(["a", "j"])).tolist() == ["other (3 categories)", "j"]


def test_an_outcome_that_is_not_observed_is_a_group() -> None:
    table = pd.DataFrame({"group": ["a", None, "b"], "sex": "male"})
    groups = patient_groups(table, schema_of("a", "b"))
    assert groups.of_patients(table).tolist() == ["a", NOT_OBSERVED, "b"]
    assert NOT_OBSERVED not in patient_groups(table.dropna(), schema_of("a", "b")).looks


def test_a_group_of_several_outcomes_is_left_out_where_one_of_them_is_small() -> None:
    names = tuple("abcdefghij")
    sizes = [100] * 8 + [60, 4]
    table = pd.DataFrame({"group": np.repeat(list(names), sizes), "sex": "male"})
    table.loc[::2, "sex"] = "female"
    cohort = grouped_patients(table, schema_of(*names), 11)
    assert cohort.hidden["other (3 categories)"]
    assert np.isnan(cohort.shares(codes(table["sex"]), 2).share[-1]).all()
    assert not cohort.hidden["b"]
