"""What an analyst decides of a draft, in words."""

from __future__ import annotations

import pandas as pd
import pytest

from retina_vae.cohort.schema_file import undecided_columns
from retina_vae.cohort.table_schema import TableSchema
from retina_vae.cohort.tables.decisions import decide
from retina_vae.cohort.tables.draft import draft_schema
from retina_vae.cohort.tables.frames import frame_table
from retina_vae.errors import InputError

TABLE = frame_table(
    pd.DataFrame(
        {
            "grade": [10, 2, 2, 3] * 10,
            "visits": [0, 5, 2, 9] * 10,
            "dose": [0.5 + 0.25 * place for place in range(20)] * 2,
            "ill": ["yes", "no"] * 20,
        }
    )
)
DRAFT = draft_schema(TABLE).schema


def decided(**decisions: str) -> TableSchema:
    return decide(DRAFT, TABLE, decisions)


def field(schema: TableSchema, name: str):
    return next(own for own in schema.fields if own.name == name)


def test_a_kind_makes_an_input_of_a_column() -> None:
    found = decided(grade="ordinal", visits="count")
    assert undecided_columns(found) == []
    assert [category.value for category in field(found, "grade").categories] == ["2", "3", "10"]
    assert (field(found, "visits").kind, field(found, "visits").categories) == ("count", ())
    assert field(found, "dose") == field(DRAFT, "dose")


def test_a_number_that_is_a_category_gets_its_values_by_size() -> None:
    assert [category.value for category in field(decided(dose="nominal"), "dose").categories] == [
        f"{0.5 + 0.25 * place:g}" for place in range(20)
    ]


def test_a_role_leaves_the_kind_and_both_may_be_said() -> None:
    found = decided(ill="outcome", grade="held_out ordinal", visits="ignore")
    assert (field(found, "ill").role, field(found, "ill").kind) == ("outcome", "binary")
    assert (field(found, "grade").role, field(found, "grade").kind) == ("held_out", "ordinal")
    assert field(found, "visits").role == "ignore"
    assert field(found, "ill").finding == "yes"
    assert field(decided(ill="nominal"), "ill").finding is None


@pytest.mark.parametrize("word", ["grade", "", "ordinal count", "input outcome", "ordinal!", 3])
def test_other_words_are_refused(word: str) -> None:
    with pytest.raises(InputError, match=r"column 'grade': expected a kind out of .*, a role out of .*, or both"):
        decided(grade=word)


def test_a_level_has_its_maximum_behind() -> None:
    found = field(decided(grade="level of 30"), "grade")
    assert (found.role, found.kind, found.constraints.maximum, found.categories) == ("input", "level", 30, ())
    held_out = field(decided(grade="held_out level of 12"), "grade")
    assert (held_out.role, held_out.constraints.maximum) == ("held_out", 12)


@pytest.mark.parametrize(
    "word", ["level", "held_out level", "count of 30", "held_out of 30", "level of many", "level of 2.5"]
)
def test_a_level_without_a_maximum_and_another_kind_with_one_are_refused(word: str) -> None:
    """The table cannot say it: perhaps nobody reaches it."""
    with pytest.raises(InputError, match=r"column 'grade': expected the kind level with its maximum behind, such as"):
        decided(grade=word)


def test_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match=r"expected decisions on the columns \['grade', .*, got \['grades'\]"):
        decided(grades="ordinal")


def test_days_are_measured_since_a_day_or_another_column_of_days() -> None:
    days = pd.date_range("2020-01-01", periods=40)
    table = frame_table(pd.DataFrame({"birth date": days - pd.Timedelta(days=9000), "seen": days, "x": range(40)}))
    draft = draft_schema(table).schema
    assert field(draft, "seen").role == "ignore"
    found = field(decide(draft, table, {"seen": "continuous since birth date"}), "seen")
    assert (found.role, found.kind, found.since) == ("input", "continuous", "birth date")
    assert field(decide(draft, table, {"seen": "outcome positive since 2019-01-01"}), "seen").since == "2019-01-01"
    for name, decision in (("x", "continuous since 2020-01-01"), ("seen", "continuous since x")):
        with pytest.raises(InputError, match="since another column of days"):
            decide(draft, table, {name: decision})
