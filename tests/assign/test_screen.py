import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from retina_vae.assign.screen import Screen
from retina_vae.assign.source import Chunk
from retina_vae.cohort import CohortSchema, Column
from retina_vae.faults import Fault
from retina_vae.studies.macular.schema import MACULAR
from tests.assign.clinic import CLINIC, GAPS

NOTHING = "nothing, and no patient of the training cohort lacked it"
GOOD = {"race": "Asian", "age": "61.5", "polyps": "present", "drusen": "absent", "srh": "absent", "sex": "male"}


def chunk(*rows: dict[str, object], first: int = 1) -> Chunk:
    records = [{"patient_id": f"N{first + i}", **GOOD, **row} for i, row in enumerate(rows)]
    return Chunk(np.arange(first, first + len(rows)), pd.DataFrame(records, dtype=object), [], 1.0)


def test_good_rows_pass_with_their_numbers():
    rows, patients, faults = Screen(MACULAR).check(chunk({}, {"age": 70}, first=8))
    assert rows.tolist() == [8, 9]
    assert patients["age"].tolist() == [61.5, 70]
    assert patients["race"].tolist() == ["Asian", "Asian"]
    assert faults == []


@pytest.mark.parametrize(
    ("column", "value", "found"),
    [
        ("race", "Martian", "'Martian'"),
        ("race", " Asian", "' Asian'"),
        ("race", "", NOTHING),
        ("race", None, NOTHING),
        ("race", float("nan"), NOTHING),
        ("race", "=cmd|'/c calc'!A1", "\"=cmd|'/c calc'!A1\""),
        ("sex", "<script>", "'<script>'"),
        ("sex", "m\udce9le", "'m\\udce9le'"),
        ("age", "sixty", "'sixty'"),
        ("age", "61,5", "'61,5'"),
        ("age", "", NOTHING),
        ("age", None, NOTHING),
        ("age", "nan", "'nan'"),
        ("age", "inf", "'inf'"),
        ("age", "-inf", "'-inf'"),
        ("age", "1e400", "'1e400'"),
        ("age", "-0.5", "'-0.5'"),
        ("age", "121", "'121'"),
        ("age", "9" * 500, "'" + "9" * 60 + "' (cut)"),
        ("patient_id", "", "nothing"),
        ("patient_id", "J\udcf6rg", "bytes that are not UTF-8"),
    ],
)
def test_a_fault_names_row_column_expected_and_found(column: str, value: object, found: str):
    rows, _, faults = Screen(MACULAR).check(chunk({}, {column: value}, {}))
    assert rows.tolist() == [1, 3]
    (fault,) = faults
    assert (fault.row, fault.column, fault.found) == (2, column, found)
    expected = {"age": "a finite number from 0 to 120 years", "patient_id": "a text unique to the patient"}
    assert fault.expected == expected.get(column) or fault.expected.startswith("one of [")


CLINIC_GOOD = {
    **{"ward": "A", "smoker": "no", "grade": "mild", "pressure": "120", "serum ferritin": "80.5", "fluid": "0"},
    "visits": "3",
    "symptoms": "9",
}


def clinic_chunk(*rows: dict[str, object]) -> Chunk:
    records = [{"record": f"N{i}", **CLINIC_GOOD, **row} for i, row in enumerate(rows)]
    return Chunk(np.arange(1, len(rows) + 1), pd.DataFrame(records, dtype=object), [], 1.0)


@pytest.mark.parametrize("empty", ["", None, float("nan")])
@pytest.mark.parametrize("name", GAPS)
def test_a_missing_value_passes_where_the_training_cohort_had_gaps(name: str, empty: object):
    rows, patients, faults = Screen(CLINIC, GAPS).check(clinic_chunk({name: empty}, {}))
    assert (rows.tolist(), faults) == ([1, 2], [])
    assert patients[name].isna().tolist() == [True, False]
    refused = Screen(CLINIC, [other for other in GAPS if other != name]).check(clinic_chunk({name: empty}, {}))
    assert refused.rows.tolist() == [2]
    assert refused.faults == [Fault(1, name, CLINIC[name].expectation, NOTHING)]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ward", "a"),
        ("smoker", "1"),
        ("grade", "mild "),
        ("grade", "nan"),
        ("pressure", "-1"),
        ("serum ferritin", "0"),
        ("serum ferritin", "-3"),
        ("fluid", "-0.1"),
        ("visits", "1.5"),
        ("visits", "-1"),
        ("visits", "100001"),
        ("visits", "NaN"),
        ("pressure", datetime.date(2020, 1, 1)),
    ],
)
def test_a_value_of_another_kind_is_a_fault_even_where_a_gap_is_none(name: str, value: object):
    rows, _, faults = Screen(CLINIC, GAPS).check(clinic_chunk({}, {name: value}))
    assert rows.tolist() == [1]
    assert faults == [Fault(2, name, CLINIC[name].expectation, repr(str(value)))]


def test_dates_are_no_numbers():
    """pandas would take them as nanoseconds since 1970, and a missing one as a large negative number."""
    good = clinic_chunk({}, {}, {})
    dates = pd.Series(pd.to_datetime(["2020-01-01", None, None]))
    rows, patients, faults = Screen(CLINIC, GAPS).check(good._replace(cells=good.cells.assign(visits=dates)))
    assert (rows.tolist(), [fault.row for fault in faults]) == ([2, 3], [1])
    assert patients["visits"].isna().all()


def test_whole_numbers_are_the_categories_of_their_digits():
    column = Column(name="code", label="Code", kind="nominal", categories=("1", "2", "1.5"))
    schema = CohortSchema(identifier="record", columns=(column,))
    for cells in ([1, 2, 1.5], [1.0, 2.0, 1.5], ["1", 2, Decimal("1.5")], np.array([1, 2, 3])):
        table = pd.DataFrame({"record": ["a", "b", "c"], "code": cells})
        rows, patients, faults = Screen(schema).check(Chunk(np.arange(1, 4), table, [], 1.0))
        assert patients["code"].tolist()[:2] == ["1", "2"]
        assert len(rows) + len(faults) == 3


def test_a_patient_of_whom_nothing_is_known_is_refused():
    rows, _, faults = Screen(CLINIC, [*GAPS, "pressure"]).check(clinic_chunk(dict.fromkeys(CLINIC_GOOD, ""), {}))
    assert rows.tolist() == [2]
    assert [(fault.row, fault.column, fault.found) for fault in faults] == [(1, "", "nothing in any of them")]


def test_every_fault_of_a_row_is_told():
    _, patients, faults = Screen(MACULAR).check(chunk({"age": "old", "sex": "", "race": "?"}))
    assert patients.empty
    assert sorted(fault.column for fault in faults) == ["age", "race", "sex"]


def test_a_repeated_identifier_is_refused_across_chunks_and_not_shown():
    screen = Screen(MACULAR)
    first = screen.check(chunk({"patient_id": "secret"}, {"patient_id": "secret"}))
    second = screen.check(chunk({"patient_id": "secret"}, {}, first=3))
    assert first.rows.tolist() == [1]
    assert second.rows.tolist() == [4]
    assert [fault.row for fault in (*first.faults, *second.faults)] == [2, 3]
    assert "secret" not in str(first.faults)


def test_numbers_as_identifiers_and_integers_as_ages_pass():
    rows, patients, _ = Screen(MACULAR).check(chunk({"patient_id": 17, "age": np.int64(60)}))
    assert rows.tolist() == [1]
    assert patients["patient_id"].tolist() == ["17"]


def test_an_identifier_that_may_have_been_rounded_is_refused_and_not_shown():
    stored = pd.Series([1001.0, 2.0**60, np.nan, 1002.5, 1003.0])
    good = chunk(*[{}] * 5)
    rows, patients, faults = Screen(MACULAR).check(good._replace(cells=good.cells.assign(patient_id=stored)))
    assert rows.tolist() == [1, 5]
    assert patients["patient_id"].tolist() == ["1001", "1003"]
    assert [(fault.row, fault.column, fault.found) for fault in faults] == [
        (2, "patient_id", "a floating-point number so large that it may have been rounded"),
        (3, "patient_id", "nothing"),
        (4, "patient_id", "a floating-point number that is not whole"),
    ]


def test_a_chunk_without_rows_passes():
    empty = Chunk(np.arange(0), pd.DataFrame({name: [] for name in ["patient_id", *GOOD]}, dtype=object), [], 1.0)
    assert Screen(MACULAR).check(empty).patients.empty


LIMITED = CohortSchema(
    identifier="record",
    columns=(
        Column(name="crp", label="CRP", kind="positive", censored=True, maximum=200),
        Column(name="parity", label="Parity", kind="count", not_applicable=("n/a",)),
    ),
)


def limited(crp: list[object], parity: list[object], **companions: list[object]) -> Chunk:
    names = {"crp_said": "crp (remark)", "parity_said": "parity (remark)"}
    table = {"record": [f"N{i}" for i in range(len(crp))], "crp": crp, "parity": parity}
    table |= {names[key]: values for key, values in companions.items()}
    return Chunk(np.arange(1, len(crp) + 1), pd.DataFrame(table, dtype=object), [], 1.0)


def said(patients: pd.DataFrame, name: str) -> list[str]:
    remarks = patients[f"{name} (remark)"].astype(object)
    return remarks.where(remarks.notna(), "").tolist()


def test_limits_are_read_and_what_does_not_apply_passes_where_it_did_not_in_training() -> None:
    new = limited(["<0.5", 3.5, ">200", ">201", "<x", "2"], ["1", "n/a", "0", "1", "1", ""])
    rows, patients, faults = Screen(LIMITED, ["parity"], not_applicable=["parity"]).check(new)
    assert rows.tolist() == [1, 2, 3, 6]
    assert patients["crp"].tolist() == [0.5, 3.5, 200, 2]
    assert said(patients, "crp") == ["below", "", "above", ""]
    assert said(patients, "parity") == ["", "not applicable", "", ""]
    assert [(fault.row, fault.found) for fault in faults] == [(4, "'>201'"), (5, "'<x'")]
    strict = Screen(LIMITED, ["parity"]).check(new)
    assert [fault.row for fault in strict.faults] == [2, 4, 5]
    assert "it applied to every patient of the training cohort" in strict.faults[0].found


def test_companions_of_a_runs_own_table_say_what_its_cells_do_not() -> None:
    new = limited(
        [0.5, 3.5, 200, None, 0.5, 1.0],
        [1, None, 0, 1, 2, 3],
        crp_said=["below", None, "above", "below", "under", None],
        parity_said=[None, "not applicable", None, None, None, "not applicable"],
    )
    rows, patients, faults = Screen(LIMITED, ["parity"], not_applicable=["parity"]).check(new)
    assert rows.tolist() == [1, 2, 3]
    assert said(patients, "crp") == ["below", "", "above"]
    assert said(patients, "parity") == ["", "not applicable", ""]
    assert [(fault.row, fault.column) for fault in faults] == [(4, "crp"), (5, "crp"), (6, "parity")]
