"""A table with gaps becomes one without, in its own notation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import retina_vae.assign.filling as filling
from retina_vae.assign.filling import FillingRun, fill_cohort, fill_file, load_filling_run
from retina_vae.cohort.schema_file import cohort_schema
from retina_vae.cohort.table_schema import SchemaField, TableSchema
from retina_vae.errors import InputError
from retina_vae.progress import silent
from tests.assign.clinic import CLINIC, GAPS, as_clinic_writes, clinic_patients
from tests.assign.runs import TYPED, make_run


@pytest.fixture(scope="module")
def opened(clinic_folder: Path) -> FillingRun:
    return load_filling_run(clinic_folder)


@pytest.fixture(scope="module")
def by_table(clinic_table_folder: Path) -> FillingRun:
    return load_filling_run(clinic_table_folder)


def test_the_patients_of_the_run_are_filled(opened: FillingRun, clinic_training: pd.DataFrame, tmp_path: Path) -> None:
    summary = fill_cohort(opened, tmp_path / "f.parquet", silent)
    table = pd.read_parquet(tmp_path / "f.parquet")
    gaps = clinic_training[GAPS].isna()
    assert summary.cells == gaps.sum().sum()
    assert table["record"].tolist() == clinic_training["record"].tolist()
    assert table[GAPS].notna().all(axis=None)
    for name in GAPS:
        known = ~gaps[name]
        assert table.loc[known, name].tolist() == clinic_training.loc[known, name].tolist()
        says = f"{name} (low)" if CLINIC[name].kind_of.ordered else f"{name} (probability)"
        assert table[says].notna().equals(gaps[name])
    expected = ["; ".join(np.array(GAPS)[row]) for row in gaps.to_numpy()]
    assert table["filled"].tolist() == expected
    assert list(table)[:9] == ["record", *(column.name for column in CLINIC.inputs)]


def test_a_new_table_keeps_its_cells_and_its_notation(by_table: FillingRun, tmp_path: Path) -> None:
    new = clinic_patients(30, seed=9)
    written = as_clinic_writes(new, codes=True)
    written.to_csv(tmp_path / "new.csv", index=False, sep=";")
    fill_file(by_table, tmp_path / "new.csv", tmp_path / "f.csv", silent)
    table = pd.read_csv(tmp_path / "f.csv", dtype=str, keep_default_na=False)
    for name in GAPS:
        known = new[name].notna()
        assert table.loc[known, name].tolist() == written.loc[known, name].tolist()
        filled = table.loc[~known, name]
        if CLINIC[name].kind in ("positive", "zero_inflated"):
            assert not filled.str.contains(".", regex=False).any()
            assert (filled.str.replace(",", ".").astype(float) >= 0).all()
        elif CLINIC[name].kind in ("count", "level"):
            assert filled.str.fullmatch(r"\d+").all()
        else:
            assert filled.isin(set("0123")).all()


def test_chunks_make_no_difference(
    opened: FillingRun, clinic_training: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic_training.drop(columns="site").to_csv(tmp_path / "new.csv", index=False)
    fill_file(opened, tmp_path / "new.csv", tmp_path / "whole.csv", silent)
    monkeypatch.setattr(filling, "_ROWS", 7)
    fill_file(opened, tmp_path / "new.csv", tmp_path / "chunks.csv", silent)
    whole, chunks = (pd.read_csv(tmp_path / name) for name in ("whole.csv", "chunks.csv"))
    pd.testing.assert_frame_equal(whole, chunks, rtol=1e-4)


def test_a_value_that_nobody_lacked_is_asked_for(opened: FillingRun, tmp_path: Path) -> None:
    new = clinic_patients(5, seed=4)
    new["pressure"] = new["pressure"].astype(object)
    new.loc[2, "pressure"] = None
    new.to_csv(tmp_path / "new.csv", index=False)
    summary = fill_file(opened, tmp_path / "new.csv", tmp_path / "f.csv", silent)
    assert (summary.patients, summary.refused) == (4, 1)
    refused = pd.read_csv(tmp_path / "f.refused.csv")
    assert refused.loc[0, "row"] == 3
    assert refused.loc[0, "found"] == "nothing, and no patient of the training cohort lacked it"


def test_strict_refuses_the_file(opened: FillingRun, tmp_path: Path) -> None:
    clinic_patients(5, seed=4).assign(visits="many").to_csv(tmp_path / "new.csv", index=False)
    with pytest.raises(InputError, match=r"refused because of --strict.\n.*column 'visits'"):
        fill_file(opened, tmp_path / "new.csv", tmp_path / "f.csv", silent, strict=True)
    assert not (tmp_path / "f.csv").exists()


def test_a_table_without_a_good_row_is_refused(opened: FillingRun, tmp_path: Path) -> None:
    clinic_patients(5, seed=4).assign(visits="many").to_csv(tmp_path / "new.csv", index=False)
    with pytest.raises(InputError, match="expected a row of a patient, found 5 rows with a fault"):
        fill_file(opened, tmp_path / "new.csv", tmp_path / "f.csv", silent)
    assert not (tmp_path / "f.csv").exists()


def test_negative_numbers_with_commas_are_no_formulas(tmp_path: Path) -> None:
    from retina_vae.assign.sink import write_cells

    with write_cells(tmp_path / "t.csv", {"x"}) as write:
        write(pd.DataFrame({"x": ["-3,5", None], "=y": ["=1+1", "-2"]}, dtype=object))
    lines = (tmp_path / "t.csv").read_text().splitlines()
    assert lines == ['"x","\'=y"', '"-3,5","\'=1+1"', ',"\'-2"']


SEEN = TableSchema(
    fields=(
        SchemaField(name="id", role="identifier"),
        SchemaField(name="birth", type="date", format="%d.%m.%Y", role="ignore"),
        SchemaField(name="seen", type="date", role="input", kind="positive", since="birth"),
        SchemaField(name="crp", type="number", role="input", kind="positive", censored=True),
        SchemaField(name="parity", type="integer", role="input", kind="count", not_applicable=("n/a",)),
    )
)
"""Days since other days, limits of detection, and what does not apply."""


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> FillingRun:
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"id": [f"p{row}" for row in range(60)], "seen": rng.uniform(20, 80, 60)})
    table["crp"], table["crp (remark)"] = rng.uniform(1, 9, 60), "below"
    table["parity"], table["parity (remark)"] = (
        rng.integers(0, 4, 60).astype(float),
        pd.Series([None] * 60, dtype="str"),
    )
    table.loc[::2, "crp (remark)"] = None
    table.loc[:9, ["seen", "crp", "crp (remark)"]] = None
    table.loc[10:29, "parity"], table.loc[10:19, "parity (remark)"] = None, "not applicable"
    home, schema = tmp_path_factory.mktemp("seen"), cohort_schema(SEEN, "t")
    return load_filling_run(make_run(home, table, TYPED, "importance", "means", schema=schema, table_schema=SEEN))


def test_days_limits_and_what_does_not_apply_are_read_as_they_are_assigned(seen: FillingRun, tmp_path: Path) -> None:
    """A column of days holds what the model knows of them, also where there was no gap."""
    rows = [
        ("a", "01.01.1960", "2020-01-01", "<0.5", "n/a"),
        ("b", "01.01.1960", "", "3.5", "1"),
        ("c", "", "", "", ""),
    ]
    new = pd.DataFrame(rows, columns=["id", "birth", "seen", "crp", "parity"])
    new.to_csv(tmp_path / "new.csv", index=False)
    summary = fill_file(seen, tmp_path / "new.csv", tmp_path / "f.csv", silent)
    assert (summary.patients, summary.cells, summary.refused) == (2, 1, 1)
    table = pd.read_csv(tmp_path / "f.csv", dtype=str, keep_default_na=False)
    assert float(table.loc[0, "seen"]) == pytest.approx(21915 / 365.25)
    assert float(table.loc[1, "seen"]) > 0
    assert table["crp"].tolist() == ["<0.5", "3.5"]
    assert table["crp (remark)"].tolist() == ["below", ""]
    assert table["parity"].tolist() == ["n/a", "1"]
    assert table["filled"].tolist() == ["", "seen"]


def test_companions_in_a_table_count(seen: FillingRun, tmp_path: Path) -> None:
    """The limit that a companion names says other things of a gap than the number beside it would."""
    new = pd.DataFrame({"id": ["a"], "birth": [""], "seen": [""], "crp": ["9"], "parity": ["1"]})
    filled = []
    for remark in ("", "above"):
        new.assign(**{"crp (remark)": remark}).to_csv(tmp_path / "new.csv", index=False)
        summary = fill_file(seen, tmp_path / "new.csv", tmp_path / "f.csv", silent)
        assert summary.ignored == ()
        filled.append(pd.read_csv(tmp_path / "f.csv")["seen (high)"].iloc[0])
    assert filled[0] != filled[1]
