import tracemalloc
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.stats import false_discovery_control

from retina_vae.assign import Summary, TrainedRun, assign_file
from retina_vae.errors import InputError
from tests.assign.clinic import GAPS, as_clinic_writes, clinic_patients


def assign(run: TrainedRun, table: pd.DataFrame, folder: Path, **options: object) -> tuple[pd.DataFrame, Summary]:
    table.to_csv(folder / "new.csv", index=False)
    summary = assign_file(run, folder / "new.csv", folder / "a.csv", lambda done, note="": None, **options)
    return pd.read_csv(folder / "a.csv"), summary


def test_the_training_cohort_gets_its_assignments_back(either: TrainedRun, training: pd.DataFrame, tmp_path: Path):
    shuffled = training.sample(frac=1, random_state=1)
    assigned, summary = assign(either, shuffled, tmp_path, rows_per_chunk=37)
    assigned = assigned.set_index("patient_id").loc[training["patient_id"]]
    own = either.known.scores
    assert (assigned["cluster"].to_numpy() == own.cluster + 1).all()
    np.testing.assert_allclose(assigned.filter(regex=r"^probability_\d"), own.probability, atol=1e-6)
    np.testing.assert_allclose(assigned.filter(regex="^mean_"), own.mean, atol=1e-6)
    assert assigned["known"].all()
    ranks = either.typicality.percentile(either.known.typicality)
    np.testing.assert_allclose(assigned["percentile"], ranks, atol=1e-4)
    assert summary == Summary(assigned=len(training), known=len(training), unlike=summary.unlike)


@pytest.mark.parametrize("rows_per_chunk", [1, 64, 1000])
def test_chunks_and_order_do_not_change_an_assignment(
    either: TrainedRun, fresh: pd.DataFrame, tmp_path: Path, rows_per_chunk: int
):
    some = fresh.iloc[:100]
    whole, _ = assign(either, some, tmp_path)
    assert list(whole["patient_id"]) == list(some["patient_id"])
    parts, _ = assign(either, some.iloc[::-1], tmp_path, rows_per_chunk=rows_per_chunk, threads=2)
    parts = parts.iloc[::-1].reset_index(drop=True)
    assert (parts[["patient_id", "cluster", "known"]] == whole[["patient_id", "cluster", "known"]]).all(axis=None)
    numbers = whole.filter(regex="^(probability|mean|scale|typicality)").columns
    np.testing.assert_allclose(parts[numbers], whole[numbers], rtol=1e-3, atol=1e-4)


def test_columns_may_come_in_any_order_without_the_outcome(typed: TrainedRun, fresh: pd.DataFrame, tmp_path: Path):
    first, _ = assign(typed, fresh, tmp_path)
    second, summary = assign(typed, fresh.drop(columns="disease")[sorted(set(fresh) - {"disease"})], tmp_path)
    pd.testing.assert_frame_equal(first, second)
    assert summary.ignored == ()


def test_columns_of_the_output(typed: TrainedRun, fresh: pd.DataFrame, tmp_path: Path):
    assigned, _ = assign(typed, fresh, tmp_path)
    parts = [
        f"{part}_{j}" for part, count in (("probability", 3), ("mean", 2), ("scale", 2)) for j in range(1, count + 1)
    ]
    ends = ["observed", "typicality", "percentile", "p_value", "q_value", "unlike", "known"]
    assert list(assigned) == ["patient_id", "cluster", "probability", *parts, *ends]
    assert (assigned["unlike"] == (assigned["p_value"] <= 0.01)).all()
    assert (assigned["observed"] == 6).all()


def test_a_known_identifier_with_other_inputs_is_a_new_patient(
    typed: TrainedRun, training: pd.DataFrame, tmp_path: Path
):
    changed = training.iloc[:4].copy()
    changed.loc[1, "age"] += 2
    assigned, summary = assign(typed, changed, tmp_path)
    assert assigned["known"].tolist() == [True, False, True, True]
    assert (summary.known, summary.changed) == (3, 1)
    assert not assign(typed, changed, tmp_path, as_new=True)[0]["known"].any()


@pytest.mark.parametrize("text", ["csv", "tsv"])
def test_a_cohort_with_gaps_and_without_an_outcome_gets_its_assignments_back(
    clinic: TrainedRun, clinic_training: pd.DataFrame, tmp_path: Path, text: str
):
    """As text of as many digits as a spreadsheet keeps, without the column of the site."""
    source, separator = tmp_path / f"new.{text}", {"csv": ",", "tsv": "\t"}[text]
    clinic_training.drop(columns="site").to_csv(source, index=False, sep=separator, float_format="%.15g")
    summary = assign_file(clinic, source, tmp_path / "a.csv", lambda done, note="": None, rows_per_chunk=77)
    assigned = pd.read_csv(tmp_path / "a.csv")
    assert assigned["record"].tolist() == clinic_training["record"].tolist()
    assert (assigned["cluster"] == clinic.known.scores.cluster + 1).all()
    assert (assigned["observed"] == 8 - clinic_training[GAPS].isna().sum(axis=1)).all()
    assert (summary.known, summary.refused, summary.ignored) == (240, 0, ())


def write_as_clinic(patients: pd.DataFrame, path: Path, *, codes: bool) -> None:
    """Text with decimal commas, semicolons and another encoding, or formats that store numbers."""
    if path.suffix == ".csv":
        table = as_clinic_writes(patients, codes=codes).assign(note='größer; "x"')
        table.to_csv(path, index=False, sep=";", encoding="cp1252")
        return
    table = as_clinic_writes(patients, codes=codes, commas=False)
    for name in ("pressure", "serum ferritin", "fluid", "visits", *(GAPS[:3] if codes else [])):
        table[name] = pd.to_numeric(table[name])
    table.to_parquet(path) if path.suffix == ".parquet" else table.to_excel(path, index=False)


@pytest.mark.parametrize("codes", [True, False], ids=["codes", "labels"])
@pytest.mark.parametrize("name", ["new.csv", "new.parquet", "new.xlsx"])
def test_the_form_of_the_clinics_table_changes_no_assignment(
    clinic: TrainedRun,
    clinic_by_table: TrainedRun,
    clinic_training: pd.DataFrame,
    tmp_path: Path,
    name: str,
    codes: bool,
):
    patients = pd.concat([clinic_training.iloc[:50], clinic_patients(50, seed=3)], ignore_index=True)
    expected, _ = assign(clinic, patients, tmp_path)
    write_as_clinic(patients, tmp_path / name, codes=codes)
    options = {"rows_per_chunk": 33, "strict": True}
    summary = assign_file(clinic_by_table, tmp_path / name, tmp_path / "b.csv", lambda done, note="": None, **options)
    assert (summary.assigned, summary.known, summary.refused, summary.ignored) == (100, 50, 0, ())
    found = pd.read_csv(tmp_path / "b.csv")
    assert found[["record", "cluster", "observed", "known"]].equals(
        expected[["record", "cluster", "observed", "known"]]
    )
    pd.testing.assert_frame_equal(found, expected, rtol=1e-3, atol=1e-4)


def test_rows_that_do_not_fit_the_clinics_table_are_written_aside(clinic_by_table: TrainedRun, tmp_path: Path):
    table = as_clinic_writes(clinic_patients(5, seed=4, missing=0), codes=True).assign(weight="1", note="secret")
    table.loc[1, "ward"], table.loc[2, "pressure"], table.loc[4, "record"] = "7", "120.5", table.loc[0, "record"]
    table.to_csv(tmp_path / "new.csv", index=False, sep=";")
    summary = assign_file(clinic_by_table, tmp_path / "new.csv", tmp_path / "a.csv", lambda done, note="": None)
    assert (summary.assigned, summary.refused, summary.ignored) == (2, 3, ("weight",))
    refused = pd.read_csv(tmp_path / "a.refused.csv")
    assert refused[["row", "column", "found"]].to_numpy().tolist() == [
        [2, "ward", "'7'"],
        [3, "pressure", "'120.5'"],
        [5, "record", "an identifier that an earlier row has"],
    ]
    with pytest.raises(InputError, match=r"found also \['weight'\]"):
        assign_file(clinic_by_table, tmp_path / "new.csv", tmp_path / "a.csv", lambda done, note="": None, strict=True)


def test_a_workbook_gives_the_same_as_csv(typed: TrainedRun, fresh: pd.DataFrame, tmp_path: Path):
    """Of a run that was not made from a table, too; with the sheet that is named."""
    expected, _ = assign(typed, fresh.iloc[:40], tmp_path)
    with pd.ExcelWriter(tmp_path / "new.xlsx") as book:
        fresh.iloc[:40].to_excel(book, sheet_name="New", index=False)
        fresh.iloc[40:50].to_excel(book, sheet_name="Later", index=False)
    options = {"sheet": "New", "rows_per_chunk": 7}
    summary = assign_file(typed, tmp_path / "new.xlsx", tmp_path / "b.csv", lambda done, note="": None, **options)
    assert (summary.assigned, summary.refused) == (40, 0)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "b.csv"), expected, rtol=1e-3, atol=1e-4)


def test_new_patients_with_gaps_are_scored_from_what_is_known(clinic: TrainedRun, tmp_path: Path):
    """Chunk by chunk, whoever else is in the chunk; a value that no training patient lacked is asked for."""
    new = clinic_patients(60, seed=2, missing=0.4)
    whole, _ = assign(clinic, new, tmp_path)
    parts, _ = assign(clinic, new.iloc[::-1], tmp_path, rows_per_chunk=7, threads=2)
    parts = parts.iloc[::-1].reset_index(drop=True)
    assert (parts[["record", "cluster", "observed"]] == whole[["record", "cluster", "observed"]]).all(axis=None)
    numbers = whole.filter(regex="^(probability|mean|scale|typicality)").columns
    np.testing.assert_allclose(parts[numbers], whole[numbers], rtol=1e-3, atol=1e-4)
    new.loc[5, "pressure"] = np.nan
    _, summary = assign(clinic, new, tmp_path)
    (fault,) = pd.read_csv(tmp_path / "a.refused.csv").to_dict("records")
    assert (fault["row"], fault["column"], summary.refused) == (6, "pressure", 1)
    assert fault["found"] == "nothing, and no patient of the training cohort lacked it"


def test_an_impossible_patient_is_flagged(typed: TrainedRun, fresh: pd.DataFrame, tmp_path: Path):
    old = fresh.iloc[:2].assign(age=[120.0, 60.0])
    assigned, summary = assign(typed, old, tmp_path, unlike_below=1.0)
    assert assigned["unlike"].tolist() == [True, False]
    assert summary.unlike == 1


def test_faulty_rows_are_written_aside_without_other_data(typed: TrainedRun, fresh: pd.DataFrame, tmp_path: Path):
    table = fresh.iloc[:6].astype(object)
    table.iloc[1, table.columns.get_loc("age")] = "old"
    table.iloc[4, table.columns.get_loc("race")] = "=2+2"
    table.iloc[4, table.columns.get_loc("age")] = 121
    assigned, summary = assign(typed, table, tmp_path, rows_per_chunk=2)
    refused = pd.read_csv(tmp_path / "a.refused.csv")
    assert (summary.assigned, summary.refused, len(assigned)) == (4, 2, 4)
    assert list(refused) == ["row", "column", "expected", "found"]
    assert refused[["row", "column", "found"]].to_numpy().tolist() == [
        [2, "age", "'old'"],
        [5, "race", "'=2+2'"],
        [5, "age", "'121'"],
    ]
    assert not any(name in (tmp_path / "a.refused.csv").read_text() for name in table["patient_id"])
    assign(typed, fresh.iloc[:6], tmp_path)
    assert not (tmp_path / "a.refused.csv").exists()


def test_numbers_beyond_what_the_model_computes_are_refused_row_by_row(clinic: TrainedRun, tmp_path: Path):
    new = clinic_patients(6, seed=5, missing=0)
    expected, _ = assign(clinic, new.drop(index=[1, 4]), tmp_path)
    new.loc[1, "pressure"], new.loc[4, "pressure"], new.loc[4, "ward"] = 1e308, 1e60, None
    assigned, summary = assign(clinic, new, tmp_path, rows_per_chunk=2)
    refused = pd.read_csv(tmp_path / "a.refused.csv")
    assert refused[["row", "found"]].to_numpy().tolist() == [
        [2, "numbers so far from the cohort that it cannot"],
        [5, "numbers so far from the cohort that it cannot"],
    ]
    assert (summary.assigned, summary.refused) == (4, 2)
    assert assigned[["record", "cluster"]].equals(expected[["record", "cluster"]])
    with pytest.raises(InputError, match="row 2: expected numbers that the model can compute"):
        assign(clinic, new, tmp_path, strict=True)


def test_strict_refuses_and_leaves_nothing(typed: TrainedRun, fresh: pd.DataFrame, tmp_path: Path):
    faulty = fresh.iloc[:6].copy()
    faulty["age"] = [50, 60, 70, 80, 90, 900]
    for table, message in ((faulty, "row 6, column 'age'.*'900'"), (fresh.assign(weight=1), "found also .'weight'")):
        with pytest.raises(InputError, match=message):
            assign(typed, table, tmp_path, strict=True, rows_per_chunk=2)
    assert [path.name for path in tmp_path.iterdir()] == ["new.csv"]


def test_one_row_is_enough_and_none_is_not(typed: TrainedRun, fresh: pd.DataFrame, tmp_path: Path):
    assert len(assign(typed, fresh.iloc[:1], tmp_path)[0]) == 1
    with pytest.raises(InputError, match="found only the header"):
        assign(typed, fresh.iloc[:0], tmp_path)
    with pytest.raises(InputError, match=r"each of 2 rows has a fault; see .*a\.refused\.csv"):
        assign(typed, fresh.iloc[:2].assign(sex="?"), tmp_path)
    assert len(pd.read_csv(tmp_path / "a.refused.csv")) == 2


def test_a_file_is_not_written_over_itself(typed: TrainedRun, fresh: pd.DataFrame, tmp_path: Path):
    fresh.to_csv(tmp_path / "new.csv", index=False)
    with pytest.raises(InputError, match="another file than the one that is read"):
        assign_file(typed, tmp_path / "new.csv", tmp_path / "." / "new.csv", lambda done, note="": None)


def test_the_table_that_is_read_is_kept_whatever_it_is_called(typed: TrainedRun, fresh: pd.DataFrame, tmp_path: Path):
    source = tmp_path / ".z.part.csv"
    fresh.iloc[:3].to_csv(source, index=False)
    before = source.read_bytes()
    assert assign_file(typed, source, tmp_path / "z.csv", lambda done, note="": None).assigned == 3
    assert source.read_bytes() == before
    assert len(pd.read_csv(tmp_path / "z.csv")) == 3


def test_what_a_killed_run_left_is_refused_and_kept(typed: TrainedRun, fresh: pd.DataFrame, tmp_path: Path):
    source = tmp_path / ".z-0123456789abcdef-part.csv"
    fresh.iloc[:3].to_csv(source, index=False)
    with pytest.raises(InputError, match="what a run that was killed left of one"):
        assign_file(typed, source, tmp_path / "z.csv", lambda done, note="": None)
    assert [path.name for path in tmp_path.iterdir()] == [source.name]


def test_parquet_gives_the_same_as_csv(typed: TrainedRun, fresh: pd.DataFrame, tmp_path: Path):
    expected, _ = assign(typed, fresh, tmp_path)
    fresh.to_parquet(tmp_path / "new.parquet", row_group_size=50)
    assign_file(typed, tmp_path / "new.parquet", tmp_path / "b.parquet", lambda done, note="": None, rows_per_chunk=70)
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "b.parquet"), expected, check_dtype=False, rtol=1e-3, atol=1e-4
    )


LARGE = 10**17 + 1
"""As a float64 it would be 10^17."""


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (pa.array([LARGE, None, LARGE + 2, 7], pa.int64()), [str(LARGE), str(LARGE + 2), "7"]),
        (pa.array([2**64 - 1, None, 2**63, 7], pa.uint64()), [str(2**64 - 1), str(2**63), "7"]),
        (pa.array([1001, None, 1002, 7], pa.int16()), ["1001", "1002", "7"]),
        (pa.array(["007", None, "1.0", "x"], pa.large_string()), ["007", "1.0", "x"]),
        (pa.array(["007", None, "1.0", "x"]).dictionary_encode(), ["007", "1.0", "x"]),
        (pa.array([LARGE, None, LARGE + 2, 7]).dictionary_encode(), [str(LARGE), str(LARGE + 2), "7"]),
        (pa.array([Decimal(LARGE), None, Decimal("1.5"), Decimal(7)], pa.decimal128(38, 1)), [str(LARGE), "1.5", "7"]),
        (pa.array([1001.0, None, 1002.0, 7.0]), ["1001", "1002", "7"]),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_identifiers_come_out_as_they_are_stored(
    typed: TrainedRun, fresh: pd.DataFrame, tmp_path: Path, stored: pa.Array, expected: list[str], suffix: str
):
    rows = pa.Table.from_pandas(fresh.iloc[:4].drop(columns="patient_id"), preserve_index=False)
    pq.write_table(rows.append_column("patient_id", stored), tmp_path / "new.parquet")
    output = tmp_path / f"a.{suffix}"
    summary = assign_file(typed, tmp_path / "new.parquet", output, lambda done, note="": None, rows_per_chunk=3)
    read = pd.read_csv(output, dtype=str) if suffix == "csv" else pd.read_parquet(output)
    assert read["patient_id"].tolist() == expected
    assert (summary.assigned, summary.refused) == (3, 1)


def test_memory_does_not_grow_with_the_file(typed: TrainedRun, fresh: pd.DataFrame, tmp_path: Path):
    def peak(copies: int) -> int:
        table = pd.concat([fresh] * copies, ignore_index=True)
        table["patient_id"] = [f"N{row}" for row in range(len(table))]
        table.to_csv(tmp_path / "new.csv", index=False)
        del table
        tracemalloc.start()
        assign_file(typed, tmp_path / "new.csv", tmp_path / "a.csv", lambda done, note="": None, rows_per_chunk=300)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert peak(12) < 1.2 * peak(3)


def test_only_new_patients_have_p_and_q_values(typed: TrainedRun, training: pd.DataFrame, tmp_path: Path):
    """Ten of the cohort, and the same with other identifiers: these alone are tested, and among themselves."""
    some = training.iloc[:10]
    both = pd.concat([some, some.assign(patient_id=[f"N{i}" for i in range(10)])], ignore_index=True)
    assigned, summary = assign(typed, both, tmp_path, unlike_below=20.0, rows_per_chunk=7)
    own, new = assigned.iloc[:10], assigned.iloc[10:]
    assert own[["p_value", "q_value"]].isna().all(axis=None)
    assert not own["unlike"].any()
    np.testing.assert_allclose(new["p_value"], typed.calibration.p_value(new["typicality"].to_numpy()), atol=0.02)
    np.testing.assert_allclose(new["q_value"], false_discovery_control(new["p_value"]), atol=1e-6)
    assert (new["unlike"] == (new["p_value"] <= 0.2)).all()
    assert (summary.unlike, summary.discovered) == (new["unlike"].sum(), (new["q_value"] <= 0.1).sum())
    assert not list(tmp_path.glob(".*"))
