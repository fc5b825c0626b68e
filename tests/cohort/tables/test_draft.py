"""What is proposed for columns, and what is left to decide."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort.schema_file import undecided_columns
from retina_vae.cohort.tables import RawTable, read_raw_table
from retina_vae.cohort.tables.draft import Draft, DraftedColumn, draft_schema
from retina_vae.cohort.tables.raw import Cells, make_raw_table

RNG = np.random.default_rng(7)
N = 120
SITES, SIZES = [1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 15, 16, 33], [40, 5, 20, 4, 10, 16, 1, 4, 18, 25, 20, 6, 18, 2]
"""Numbers of institutions, and their patients."""


def raw(values: Sequence[object], name: str = "x", *, point: bool = True, comma: bool = True) -> RawTable:
    texts = ["" if value is None else str(value) for value in values]
    return make_raw_table("t", Cells([name], [texts], range(1, len(texts) + 1)), point=point, comma=comma)


def drafted(values: Sequence[object], name: str = "x", missing: Sequence[str] = (), **more: bool) -> DraftedColumn:
    return draft_schema(raw(values, name, **more), missing).columns[0]


def repeated(*values: object) -> list[object]:
    return [values[i % len(values)] for i in range(N)]


def labels(column: DraftedColumn) -> list[str]:
    return [category.label for category in column.field.categories]


@pytest.mark.parametrize(
    ("values", "kind", "finding", "categories"),
    [
        (repeated("yes", "no"), "binary", "yes", ["no", "yes"]),
        (repeated("Present", "Absent", None), "binary", "Present", ["Absent", "Present"]),
        (repeated("TRUE", "FALSE"), "binary", "TRUE", ["FALSE", "TRUE"]),
        (repeated("1", "0"), "binary", "1", ["0", "1"]),
        (repeated("1.0", "0.0"), "binary", "1", ["0", "1"]),
        (repeated("2", "1"), "binary", None, ["1", "2"]),
        (repeated("M", "F"), "binary", None, ["F", "M"]),
        (repeated("red", "Blue", "green"), "nominal", None, ["Blue", "green", "red"]),
        (repeated("01", "02", "03"), "nominal", None, ["01", "02", "03"]),
        (repeated("severe", "mild", "none"), "ordinal", None, ["none", "mild", "severe"]),
        (repeated("III", "I", "II"), "ordinal", None, ["I", "II", "III"]),
    ],
)
def test_categories(values: list[object], kind: str, finding: str | None, categories: list[str]) -> None:
    field = drafted(values).field
    assert (field.role, field.kind, field.finding) == ("input", kind, finding)
    assert [category.label for category in field.categories] == categories
    assert field.categories_ordered is (True if kind == "ordinal" else None)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.round(RNG.normal(70, 10, N), 1), "continuous"),
        (RNG.integers(40, 90, N), "continuous"),
        (np.round(RNG.normal(0, 1, N), 2), "continuous"),
        (np.round(RNG.lognormal(0, 1, N) + 0.01, 3), "positive"),
        (np.where(RNG.random(N) < 0.4, 0, np.round(RNG.lognormal(0, 1, N), 2) + 0.01), "zero_inflated"),
        (RNG.negative_binomial(1, 0.1, N), "count"),
        (np.where(RNG.random(N) < 0.3, 0, RNG.lognormal(6, 1, N).round()), "zero_inflated"),
        (RNG.geometric(0.001, N), "positive"),
        ([0, *RNG.normal(500, 100, N).round().astype(int)], "continuous"),
    ],
)
def test_numbers(values: np.ndarray, kind: str) -> None:
    field = drafted(list(values)).field
    assert (field.role, field.kind, field.categories) == ("input", kind, ())


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("unit", [1e-250, 1.0])
def test_a_long_tail_is_one_in_every_unit(unit: float) -> None:
    assert drafted(np.exp(RNG.normal(0, 1, N)) * unit).field.kind == "positive"


@pytest.mark.parametrize(
    ("values", "name", "open_to", "said"),
    [
        (repeated(1, 2, 3), "x", "kind", "nominal if they are codes, ordinal if they are grades"),
        (range(1, N + 1), "number", "role", "Every patient has another whole number"),
        ([f"P{i}" for i in range(N)], "code", "role", "identifier, ignore"),
        ([f"the patient says {i} {i}" for i in range(N)] + ["x"], "x", "role", "free text"),
        ([*RNG.normal(size=N).round(2), "NA", "NA"], "x", "kind", "Probably a missing value: 'NA' (2 times)"),
        ([*RNG.integers(20, 90, N), -9, -9], "x", "kind", "Probably a missing value: '-9' (2 times)"),
        ([*RNG.integers(20, 90, N), 999, 999], "x", "kind", "'999' (2 times)"),
        ([*repeated("yes", "no"), "unknown"], "x", "kind", "'unknown' (1 times)"),
        ([*repeated("yes", "no"), "YES"], "x", "kind", "Spelled in several ways: 'yes', 'YES'"),
        ([*RNG.normal(size=N).round(2), "high", "high", "low"], "x", "kind", "'high' (2 times), 1 that occur once"),
        ([f"{i % 37} %" for i in range(N)], "x", "kind", "A percentage"),
        ([i % 37 + 0.5 for i in range(N)], "ejection percent", "kind", "A percentage"),
        (repeated("alive", "dead"), "death", "role", "called like an outcome"),
        (repeated(0, 1, 2, ">2"), "x", "kind", "Few whole numbers, and 30 of 120 values are limits"),
        ([*[0] * 30, *RNG.lognormal(size=N).round(3), "<0.1"], "x", "kind", "are exactly 0. Kinds to choose from"),
        ([*RNG.lognormal(size=N).round(3), "<0.1", "hemolytic", "hemolytic"], "x", "kind", "'hemolytic' (2 times)."),
        ([*repeated("yes", "no"), "N/A"], "x", "kind", "If 'N/A' says that the value does not exist"),
        (repeated(0, 0.5, 1), "x", "kind", "3 different numbers"),
        (repeated(*range(1, 31)), "set", "kind", "30 whole numbers up to 30"),
        ([0, 1, *np.clip(RNG.normal(37, 10, N).round(), 5, 80).astype(int)], "age", "kind", "continuous for an age"),
        (np.repeat(SITES, SIZES), "x", "kind", "some far more frequent than their neighbours"),
    ],
)
def test_what_cells_cannot_tell_is_left_to_decide(values: Sequence[object], name: str, open_to: str, said: str) -> None:
    field = drafted(values, name).field
    assert f"retinaVae:{open_to}" in field.undecided
    assert said in (field.description or "")


def test_columns_without_information_are_ignored_with_the_reason() -> None:
    assert drafted([None, None]).field.role == "ignore"
    assert "no patient has a value" in (drafted([None, None]).field.description or "").casefold()
    assert "same value" in (drafted(["a", "a"]).field.description or "")
    assert "if an empty cell means no" in (drafted(["x", None, "x"]).field.description or "")


def test_an_identifier_is_known_by_name_and_values_and_there_is_one() -> None:
    first = raw([f"00{i}" for i in range(N)], "Patient_ID").cells
    table = pd.concat([first, first.rename(columns={"Patient_ID": "mrn"}), pd.DataFrame({"id": ["a"] * N})], axis=1)
    found = draft_schema(RawTable("t", table, np.arange(N), True, True))
    assert [field.role for field in found.schema.fields] == ["identifier", "decide", "ignore"]
    assert found.schema.identifier == "Patient_ID"


def test_missing_values_that_are_named_are_gaps() -> None:
    values = [*RNG.integers(20, 90, N), -9, -9.0, "NA"]
    column = drafted(values, missing=["-9", "NA"])
    assert column.field.kind == "continuous"
    assert column.missing == pytest.approx(3 / (N + 3))
    assert draft_schema(raw(values), ["-9", "NA"]).schema.missing_values == ("", "-9", "NA")


def test_labels_of_the_file_become_categories() -> None:
    cells = raw(repeated("1", "2", "3"))
    names = {"1": "mild", "2": "severe", "3": "none"}
    found = draft_schema(RawTable("t", cells.cells, cells.rows, True, True, labels={"x": names})).columns[0]
    assert (found.field.kind, labels(found)) == ("ordinal", ["none", "mild", "severe"])
    assert [category.value for category in found.field.categories] == ["3", "1", "2"]
    both = {"1": "same", "2": "same", "3": "other"}
    found = draft_schema(RawTable("t", cells.cells, cells.rows, True, True, labels={"x": both})).columns[0]
    assert (found.field.kind, labels(found)) == ("nominal", ["same (1)", "same (2)", "other"])


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1,5", "2,25", "0,5"], {"decimal_char": ","}),
        (["1.234,5", "12,5", "1.000,0"], {"decimal_char": ",", "group_char": "."}),
        (["1,234.5", "12.5", "1,000.0"], {"decimal_char": ".", "group_char": ","}),
        (["1.5 mg", "2.5 mg", "0.5 mg"], {"bare_number": False, "unit": "mg"}),
        (["1.234", "2.345", "3.456"], {"decimal_char": "."}),
    ],
)
def test_how_numbers_are_written_is_recognised(texts: list[str], expected: dict[str, object]) -> None:
    values = [text.replace("5", str(1 + i % 9)) for i, text in enumerate(texts * 30)]
    field = drafted(values, point=False).field
    # Few numbers are left open.
    assert field.kind in ("continuous", "positive", "decide")
    assert {name: getattr(field, name) for name in expected} == expected


def test_a_comma_before_three_digits_is_left_to_decide_unless_another_column_shows() -> None:
    texts = [f"{i % 30 + 1},234" for i in range(N)]
    assert "may be 1.234 or 1234" in (drafted(texts, point=False).field.description or "")
    both = pd.concat([raw(texts).cells, raw([f"{i},5" for i in range(N)], "y").cells], axis=1)
    found = draft_schema(RawTable("t", both, np.arange(N), False, True))
    assert found.columns[0].field.decimal_char == ","
    assert found.columns[0].field.kind == "continuous"


def test_commas_are_no_decimal_commas_where_they_separate_columns() -> None:
    field = drafted(["1,5", "2,5", "3,5"] * 20, point=False, comma=False).field
    assert field.kind == "nominal"


def test_examples_are_ranges_and_never_one_patient() -> None:
    values = [*np.linspace(10, 20, N), 123456.0]
    assert drafted(values).example == "11 to 20"
    assert drafted([f"note {i} of somebody" for i in range(N)] * 2 + ["x"]).example == "texts of 1 to 20 characters"
    assert drafted([*repeated("a", "b", "c"), "rare"]).example == "a, b, c"
    assert drafted(["1.5", "2.5", "9.5"]).example == ""
    free = drafted([f"diagnosis {i % 60} of a person" for i in range(N)])
    assert "person" not in free.example + (free.field.description or "")


def test_a_draft_of_a_foreign_table_can_be_written_and_read_and_lists_what_is_open(tmp_path: Path) -> None:
    from retina_vae.cohort.schema_file import read_table_schema

    table = pd.DataFrame(
        {
            "id": [f"{i:03}" for i in range(N)],
            "no": repeated("no", "yes"),
            "level": repeated(1, 2, 3),
            "<b>x</b>": RNG.normal(size=N).round(3),
            "{y}": repeated("on", "off"),
        }
    )
    table.to_csv(tmp_path / "t.csv", index=False)
    draft: Draft = draft_schema(read_raw_table(tmp_path / "t.csv"))
    for name in ("s.yaml", "s.json"):
        (tmp_path / name).write_text(draft.schema.to_text(tmp_path / name), encoding="utf-8")
        assert read_table_schema(tmp_path / name) == draft.schema.model_copy(update={"primary_key": "id"})
    assert len(undecided_columns(draft.schema)) == 1


@pytest.mark.parametrize(
    ("values", "kind", "written"),
    [
        ([*np.round(RNG.normal(70, 10, N), 1), *["<50"] * 9, ">95"], "continuous", (".", True)),
        ([*np.round(RNG.lognormal(1, 1, N), 3), *["<0.1"] * 30], "positive", (".", True)),
        ([*RNG.integers(20, 90, N), "> 90", "≥ 90"], "continuous", (".", True)),
        ([*(f"{x:.2f} mg".replace(".", ",") for x in RNG.normal(7, 1, N)), "< 4,5 mg"], "continuous", (",", False)),
        # One value each: neither identifiers nor categories.
        ([*(f"{x}.5" for x in range(30)), "<0.1"], "continuous", (".", True)),
    ],
)
def test_limits_of_detection_among_numbers_are_told(values: list[object], kind: str, written: tuple[str, bool]) -> None:
    column = drafted(values, point=False)
    field = column.field
    assert (field.role, field.kind, field.censored, field.categories) == ("input", kind, True, ())
    assert (field.decimal_char, field.bare_number) == written
    limits = sum(str(value)[0] in "<>≥" for value in values)
    assert f"{limits} of {len(values)} values are limits of detection" in (field.description or "")
    assert " to " in column.example
    assert ("say positive" in (field.description or "")) == (kind == "continuous")


def test_only_a_limit_that_several_patients_have_is_shown() -> None:
    numbers = list(np.round(RNG.normal(70, 10, N), 1))
    assert "'<50'" in (drafted([*numbers, "<50", "<50"]).field.description or "")
    assert "<51.7" not in (drafted([*numbers, "<51.7"]).field.description or "")


def test_limits_beside_what_stands_for_a_missing_value_stay_limits() -> None:
    field = drafted([*np.round(RNG.normal(70, 10, N), 1), *["<50"] * 9, "NA", "NA"]).field
    assert (field.kind, field.censored) == ("decide", True)
    assert "'NA' (2 times)" in (field.description or "")
    assert "continuous, positive" in (field.description or "")


def test_ranges_and_thresholds_stay_categories() -> None:
    assert drafted(repeated("<5", ">=5")).field.kind == "binary"
    assert drafted(repeated("<40", "40-60", ">60")).field.kind in ("ordinal", "nominal")
