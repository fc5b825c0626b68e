"""Patients of a clinic with a column of every kind, gaps, and no outcome."""

import numpy as np
import pandas as pd

from retina_vae.cohort import CohortSchema, Column
from retina_vae.cohort.table_schema import Category, SchemaField, TableSchema

CLINIC = CohortSchema(
    identifier="record",
    columns=(
        Column(name="site", label="Site", kind="nominal", role="site", categories=("North", "South")),
        Column(name="ward", label="Ward", kind="nominal", categories=("A", "B", "C")),
        Column(name="smoker", label="Smoker", kind="binary", categories=("no", "yes"), finding="yes"),
        Column(name="grade", label="Grade", kind="ordinal", categories=("none", "mild", "moderate", "severe")),
        Column(name="pressure", label="Pressure", kind="continuous", unit="mmHg", minimum=0, required=True),
        Column(name="serum ferritin", label="Ferritin", kind="positive", unit="µg/l"),
        Column(name="fluid", label="Fluid", kind="zero_inflated", unit="mm³"),
        Column(name="visits", label="Visits", kind="count"),
        Column(name="symptoms", label="Symptom score", kind="level", maximum=27),
    ),
)
"""Every input but the pressure may be missing."""

GAPS = ["ward", "smoker", "grade", "serum ferritin", "fluid", "visits", "symptoms"]

_CODES = {
    "ward": {"A": "1", "B": "2", "C": "3"},
    "smoker": {"no": "1", "yes": "2"},
    "grade": {"none": "0", "mild": "1", "moderate": "2", "severe": "3"},
}


def _field(column: Column) -> SchemaField:
    """The field of a column whose categories are codes and whose numbers have decimal commas."""
    (plain,) = (field for field in CLINIC.to_table_schema().fields if field.name == column.name)
    if column.name in _CODES:
        listed = tuple(Category(value=value, label=label) for label, value in _CODES[column.name].items())
        return plain.model_copy(update={"categories": listed, "type": "integer"})
    if column.kind in ("continuous", "positive", "zero_inflated"):
        return plain.model_copy(update={"decimal_char": ",", "group_char": "."})
    return plain


CLINIC_TABLE = TableSchema(
    fields=(
        SchemaField(name="record", role="identifier"),
        *(_field(column) for column in CLINIC.columns),
        SchemaField(name="note", role="ignore"),
    ),
    primary_key="record",
    missing_values=("", "-99"),
)
"""The same clinic as its table has it: codes for categories, 1.234,5 for numbers, -99 for gaps, a column of notes."""


def as_clinic_writes(patients: pd.DataFrame, *, codes: bool, commas: bool = True) -> pd.DataFrame:
    """Patients as texts in the form of ``CLINIC_TABLE``, with codes or with labels of categories."""
    table = pd.DataFrame({"record": patients["record"]})
    for column in CLINIC.inputs:
        cells = patients[column.name].astype(object)
        if column.name in _CODES:
            texts = cells.map(_CODES[column.name]) if codes else cells
        elif column.kind_of.whole:
            texts = cells.map("{:.0f}".format)
        elif commas:
            texts = cells.map("{:,.13f}".format).str.translate(str.maketrans(",.", ".,"))
        else:
            texts = cells.map(repr)
        table[column.name] = texts.mask(cells.isna(), "-99").astype("str")
    return table


def clinic_patients(count: int, seed: int, missing: float = 0.2) -> pd.DataFrame:
    """Patients of two kinds, mild and severe, of whom each cell of ``GAPS`` is missing with a probability."""
    rng = np.random.default_rng(seed)
    severe = rng.random(count) < 0.4
    grades = np.where(severe, rng.integers(1, 4, count), rng.integers(0, 3, count))
    table = pd.DataFrame(
        {
            "record": [f"C{seed}-{number}" for number in range(count)],
            "site": rng.choice(["North", "South"], count),
            "ward": rng.choice(["A", "B", "C"], count, p=[0.5, 0.3, 0.2]),
            "smoker": np.where(rng.random(count) < 0.2 + 0.4 * severe, "yes", "no"),
            "grade": np.array(CLINIC["grade"].categories)[grades],
            "pressure": rng.normal(120 + 20 * severe, 10),
            "serum ferritin": np.exp(rng.normal(4 + severe, 0.8)),
            "fluid": np.where(rng.random(count) < 0.3 + 0.5 * severe, np.exp(rng.normal(1, 1, count)), 0.0),
            "visits": rng.poisson(rng.gamma(2, 2 + 4 * severe)).astype(float),
        }
    )
    # A stream of their own, so that the gaps of the others stay.
    table["symptoms"] = np.random.default_rng([seed, 1]).binomial(27, 0.2 + 0.4 * severe).astype(float)
    for name in GAPS:
        table[name] = table[name].astype(object if not CLINIC[name].numeric else float)
        table.loc[rng.random(count) < missing, name] = None
    return table
