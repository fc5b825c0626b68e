"""Columns and tables from which nothing can be learned."""

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import CohortSchema, Column
from retina_vae.cohort.encoding import fit_encoding
from retina_vae.cohort.tables.plausible import implausible_columns, implausible_table, repeated_patients

RNG = np.random.default_rng(3)
N = 100


def check(values: object, **properties) -> list[str]:
    column = Column(name="x", label="x", **properties)
    schema = CohortSchema(identifier="id", columns=(column,))
    series = pd.Series(values)
    if column.categories:
        series = series.astype("str").mask(pd.Series(values).isna())
    patients = pd.DataFrame({"id": [str(i) for i in range(len(series))], "x": series})
    return implausible_columns(patients, schema, np.arange(1, len(series) + 1) * 2)


@pytest.mark.parametrize("kind", ["continuous", "positive", "zero_inflated", "count"])
def test_ordinary_numbers_pass_and_absurd_ones_are_named_by_their_rows(kind: str) -> None:
    numbers = np.rint(RNG.lognormal(3, 1, N)) + 1.0
    assert check(numbers, kind=kind) == []
    numbers[[4, 9]] = 1e308
    line = check(numbers, kind=kind)[0]
    assert "found 2 that are" in line
    assert "in the rows 10, 20;" in line


def test_what_is_refused_has_no_finite_features_or_flattens_the_others() -> None:
    """The reason for the bound: a network sees no difference between the other patients any more."""
    numbers = RNG.normal(0, 1, N)
    for extreme in (1e308, 1e12):
        numbers[0] = extreme
        assert check(numbers, kind="continuous")
        schema = CohortSchema(identifier="id", columns=(Column(name="x", label="x", kind="continuous"),))
        with np.errstate(all="ignore"):
            encoding = fit_encoding(pd.DataFrame({"x": numbers}), schema, "by_kind")
            features = encoding.encode(pd.DataFrame({"x": numbers})).astype(np.float32)
        assert not np.isfinite(features).all() or np.ptp(features[1:]) < 1e-4
    numbers[0] = 1e3
    assert check(numbers, kind="continuous") == []


def test_heavy_tails_and_outliers_pass() -> None:
    assert check(RNG.standard_cauchy(5000), kind="continuous") == []
    assert check(np.r_[np.zeros(N), 1e6], kind="continuous") == []


def test_constant_and_empty_columns() -> None:
    assert "found none; say retinaVae:role: ignore" in check([np.nan] * 5, kind="continuous")[0]
    assert "the same for every patient;" in check([3.0] * 5, kind="continuous")[0]
    assert "the same for every patient, and gaps" in check([3.0, np.nan], kind="continuous")[0]
    assert "the same for every patient" in check(["a", "a"], kind="binary", categories=("a", "b"))[0]
    assert check(["a", "b"], kind="binary", categories=("a", "b")) == []


def test_free_text_as_nominal() -> None:
    texts = tuple(f"t{i}" for i in range(40))
    assert (
        "found 40 different texts among 80 patients, which is free text"
        in check([*texts, *texts], kind="nominal", categories=texts)[0]
    )
    assert check([*texts] * 4, kind="nominal", categories=texts) == []


def test_tables_with_too_few_patients() -> None:
    columns = tuple(Column(name=f"c{i}", label="c", kind="continuous") for i in range(5))
    schema = CohortSchema(identifier="id", columns=columns)
    table = pd.DataFrame({"id": ["1"], **{column.name: [1.0] for column in columns}})
    assert implausible_table(table, schema) == ["expected two patients or more, found 1"]
    assert "found 5 patients and 5 columns" in implausible_table(pd.concat([table] * 5), schema)[0]
    assert implausible_table(pd.concat([table] * 6), schema) == []


def test_patients_with_the_same_values_are_counted_where_there_are_numbers() -> None:
    number = Column(name="x", label="x", kind="continuous")
    binary = Column(name="b", label="b", kind="binary", categories=("n", "y"))
    table = pd.DataFrame({"id": ["1", "2", "3"], "x": [1.5, 1.5, 2.0], "b": ["n", "n", "n"]})
    assert repeated_patients(table, CohortSchema(identifier="id", columns=(number, binary))) == 2
    assert repeated_patients(table[["id", "b"]], CohortSchema(identifier="id", columns=(binary,))) == 0
