"""What cells say beside values: companions, and which of them contradict their column."""

from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from retina_vae.assign import TrainedRun, assign_file, load_run
from retina_vae.cohort import CohortSchema, Column
from retina_vae.cohort.remarks import misplaced_remarks, remark_column, remark_texts, remarks_of, sides_of
from retina_vae.cohort.table_schema import SchemaField, TableSchema
from tests.clinic import ClinicTable
from tests.estimator.runs import run_commands


def test_remarks_are_texts_and_sides_are_signs() -> None:
    none = np.array([False, False, False, True])
    texts = remark_texts(np.array([-1, 0, 1, 0], dtype=np.int8), none)
    assert texts.astype(object).where(texts.notna(), "").tolist() == ["below", "", "above", "not applicable"]
    np.testing.assert_array_equal(sides_of(texts), [-1, 0, 1, 0])


def test_a_table_without_a_companion_says_nothing() -> None:
    patients = pd.DataFrame({"crp": [1.0, 2.0]}, index=[7, 9])
    assert remark_column("crp") == "crp (remark)"
    assert remarks_of(patients, "crp").isna().tolist() == [True, True]
    assert remarks_of(patients, "crp").index.tolist() == [7, 9]


def test_a_remark_that_contradicts_its_column_or_value_is_misplaced() -> None:
    patients = pd.DataFrame(
        {
            "crp": [0.1, np.nan, 5.0, np.nan, 5.0, np.nan, 1.0],
            "crp (remark)": ["below", "below", "not applicable", "not applicable", None, None, "beyond"],
        }
    )
    both = Column(name="crp", label="CRP", kind="positive", censored=True, not_applicable=("-",))
    assert misplaced_remarks(patients, both).tolist() == [False, True, True, False, False, False, True]
    required = both.model_copy(update={"required": True})
    assert misplaced_remarks(patients, required).tolist() == [False, True, True, False, False, True, True]
    limits = both.model_copy(update={"not_applicable": ()})
    assert misplaced_remarks(patients, limits).tolist() == [False, True, True, True, False, False, True]
    gaps = both.model_copy(update={"censored": False})
    assert misplaced_remarks(patients, gaps).tolist() == [True, True, True, False, False, False, True]


def write_table(path: Path, count: int, seed: int) -> None:
    """Two kinds of patients as a laboratory writes them: limits at both ends of CRP, parity of women alone, gaps."""
    rng = np.random.default_rng(seed)
    severe, female = rng.random(count) < 0.5, rng.random(count) < 0.5
    crp, tnf = np.exp(rng.normal(np.where(severe, 2.2, 0.2), 0.6)), rng.normal(np.where(severe, 60, 30), 10)
    cells = {
        "nr": [f"P{seed}-{number}" for number in range(count)],
        "age": rng.normal(np.where(severe, 70, 50), 6).round().astype(int),
        "crp": ["<1,0" if x < 1 else ">15" if x > 15 else f"{x:.2f}".replace(".", ",") for x in crp],
        "tnf": ["< 20" if x < 20 else "" if rng.random() < 0.1 else f"{x:.1f}".replace(".", ",") for x in tnf],
        "parity": [str(n) if woman else "n/a" for n, woman in zip(rng.poisson(2, count), female, strict=True)],
    }
    pd.DataFrame(cells).to_csv(path, sep=";", index=False)


TABLE_SCHEMA = TableSchema(
    fields=(
        SchemaField(name="nr", role="identifier"),
        SchemaField(name="age", role="input", kind="continuous"),
        SchemaField(name="crp", role="input", kind="positive", decimal_char=",", censored=True),
        SchemaField(name="tnf", role="input", kind="continuous", decimal_char=",", censored=True),
        SchemaField(name="parity", role="input", kind="count", not_applicable=("n/a",)),
    )
)


def test_a_table_with_remarks_becomes_clusters_to_which_new_patients_are_assigned(tmp_path: Path) -> None:
    write_table(tmp_path / "t.csv", 160, 1)
    document = cast(CohortSchema, TABLE_SCHEMA)
    folder = run_commands(tmp_path / "run", ClinicTable(tmp_path / "t.csv", document, pd.DataFrame()), 2)
    patients = pd.read_parquet(folder / "cohort" / "patients.parquet")
    assert list(patients) == ["nr", "age", "crp", "crp (remark)", "tnf", "tnf (remark)", "parity", "parity (remark)"]
    assert patients.loc[patients["crp (remark)"] == "above", "crp"].unique().tolist() == [15]
    run = load_run(folder)
    assert (run.gaps, run.not_applicable) == ({"tnf", "parity"}, {"parity"})
    known = assigned(run, tmp_path / "t.csv", tmp_path / "known.csv")
    again = assigned(run, folder / "cohort" / "patients.parquet", tmp_path / "again.csv")
    assert known["known"].all()
    assert again["known"].all()
    assert (known["observed"] == 4 - patients[["tnf", "parity"]].isna().sum(axis=1)).all()

    rows = ["A;50;<1,0;< 20;n/a", "B;50;1,0;20;n/a", "C;70;>15;70;2", "D;50;<x;20;2", "E;n/a;2;20;2", "F;;2;20;2"]
    (tmp_path / "new.csv").write_text("\n".join(["nr;age;crp;tnf;parity", *rows]) + "\n")
    new = assigned(run, tmp_path / "new.csv", tmp_path / "new_out.csv").set_index("nr")
    assert new.index.tolist() == ["A", "B", "C"]
    assert new.loc["A", "cluster"] != new.loc["C", "cluster"]
    # A limit is another thing than a number that is as large.
    assert new.loc["A", "mean_1"] != new.loc["B", "mean_1"]
    refused = pd.read_csv(tmp_path / "new_out.refused.csv")
    assert refused[["row", "column"]].to_numpy().tolist() == [[4, "crp"], [5, "age"], [6, "age"]]


def assigned(run: TrainedRun, source: Path, output: Path) -> pd.DataFrame:
    assign_file(run, source, output, lambda done, note="": None)
    return pd.read_csv(output)
