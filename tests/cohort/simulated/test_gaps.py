"""The density of a cohort with a column of every kind, of which some values are not observed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.special import logsumexp

from retina_vae.cohort import CohortDensity, CohortSchema, Epidemiology, load_epidemiology, simulate
from retina_vae.cohort.schema import Column
from retina_vae.errors import InputError

FOLDER = Path(__file__).parents[3] / "benchmarks"
SCHEMA = CohortSchema.model_validate(yaml.safe_load((FOLDER / "every_kind.schema.yaml").read_text(encoding="utf-8")))
COLUMNS = [column.name for column in SCHEMA.inputs]

# Where the numbers of the cohort lie, in pieces for a Gauss-Legendre rule.
PIECES = {
    "pressure": (40, 100, 140, 180, 260),
    "creatinine": (10, 60, 100, 200, 500, 1500),
    "volume": (0.5, 10, 30, 80, 200, 500, 1500),
}


@pytest.fixture(scope="module")
def statistics() -> Epidemiology:
    return load_epidemiology(FOLDER / "every_kind.epidemiology.yaml", SCHEMA)


@pytest.fixture(scope="module")
def density(statistics: Epidemiology) -> CohortDensity:
    return CohortDensity.of(statistics, SCHEMA)


@pytest.fixture(scope="module")
def patients(statistics: Epidemiology) -> pd.DataFrame:
    return simulate(statistics.with_missing(0.2, SCHEMA), SCHEMA, per_group=5000, seed=9)


def values(column: Column) -> tuple[list, np.ndarray]:
    """Every value that a column may have, or nodes in their place, and their weights."""
    if not column.numeric:
        return list(column.categories), np.ones(len(column.categories))
    if column.kind == "count":
        return list(range(150)), np.ones(150)
    ends = np.array(PIECES[column.name], dtype=float)
    nodes, weights = np.polynomial.legendre.leggauss(30)
    middle, half = (ends[1:] + ends[:-1]) / 2, np.diff(ends) / 2
    points, sizes = (middle[:, None] + half[:, None] * nodes).ravel(), (half[:, None] * weights).ravel()
    if column.kind == "zero_inflated":
        return [0.0, *points], np.array([1.0, *sizes])
    return list(points), sizes


@pytest.mark.parametrize("column", SCHEMA.inputs, ids=COLUMNS)
def test_a_gap_is_the_sum_over_what_could_stand_in_it(
    column: Column, density: CohortDensity, patients: pd.DataFrame
) -> None:
    few = patients.iloc[::1500].reset_index(drop=True)
    candidates, weights = values(column)
    filled = few.loc[np.repeat(few.index, len(candidates))].reset_index(drop=True)
    filled[column.name] = pd.Series(candidates * len(few), dtype="float64" if column.numeric else "str")
    total = logsumexp(density.log_density(filled).reshape(len(few), -1), b=weights, axis=1)
    gap = density.log_density(few.assign(**{column.name: np.nan}))
    np.testing.assert_allclose(total, gap, atol=1e-7)


def test_of_a_patient_of_whom_nothing_is_observed_nothing_is_known(density: CohortDensity) -> None:
    nobody = pd.DataFrame({name: [np.nan] for name in COLUMNS}, dtype=object)
    assert density.log_density(nobody).tolist() == [0.0]
    assert density.log_density_of_independent_columns(nobody).tolist() == [0.0]
    assert density.group_posterior(nobody)[0] == pytest.approx(np.full(3, 1 / 3), abs=1e-15)


def test_the_order_of_columns_and_the_pattern_of_others_do_not_matter(
    density: CohortDensity, statistics: Epidemiology, patients: pd.DataFrame
) -> None:
    """The density of patients who lack the same columns is that of a schema without them."""
    lack = patients.loc[patients["pressure"].isna() & patients["grade"].isna()]
    others = SCHEMA.with_inputs(
        *(column for column in reversed(SCHEMA.inputs) if column.name not in ("pressure", "grade"))
    )
    expected = CohortDensity.of(statistics, others)
    np.testing.assert_allclose(density.log_density(lack), expected.log_density(lack), rtol=1e-12)
    np.testing.assert_allclose(density.group_posterior(lack), expected.group_posterior(lack), rtol=1e-9)


def test_simulated_patients_have_the_entropy_of_the_density(statistics: Epidemiology) -> None:
    """Of two columns, whose values can all be listed: of those who have both, of those who lack one, and of all."""
    schema = SCHEMA.with_inputs(SCHEMA["smoker"], SCHEMA["admissions"])
    density = CohortDensity.of(statistics, schema)
    both = pd.MultiIndex.from_product([["no", "yes"], range(150)], names=["smoker", "admissions"]).to_frame(index=False)
    expected = 0.0
    for one, other in [(True, True), (True, False), (False, True)]:
        listed = both.drop_duplicates([name for name, kept in zip(both, (one, other), strict=True) if kept])
        listed = listed.astype(object).where(np.tile([one, other], (len(listed), 1)))
        log_p = density.log_density(listed)
        assert np.exp(log_p).sum() == pytest.approx(1, abs=1e-9)
        expected += (0.8 if one else 0.2) * (0.8 if other else 0.2) * float(np.exp(log_p) @ log_p)
    drawn = density.log_density(simulate(statistics.with_missing(0.2, schema), schema, per_group=20_000, seed=5))
    assert drawn.mean() == pytest.approx(expected, abs=4 * drawn.std() / len(drawn) ** 0.5)


def test_the_posterior_with_gaps_is_calibrated(density: CohortDensity, patients: pd.DataFrame) -> None:
    """Of the patients to whom a group is given a probability, that share is of it."""
    posterior, truth = density.group_posterior(patients), np.eye(3)[np.arange(15_000) // 5000]
    np.testing.assert_allclose(posterior.sum(axis=1), 1, rtol=1e-12)
    for low, high in [(0, 0.05), (0.05, 0.3), (0.3, 0.7), (0.7, 0.95), (0.95, 1.01)]:
        inside = (posterior >= low) & (posterior < high)
        given = posterior[inside]
        error = (given * (1 - given)).sum() ** 0.5 / len(given)
        assert truth[inside].mean() == pytest.approx(given.mean(), abs=4 * error)


def test_a_value_that_is_none_is_no_gap(density: CohortDensity, patients: pd.DataFrame) -> None:
    for name, value in [("pressure", "high"), ("smoker", "perhaps"), ("pressure", np.inf)]:
        with pytest.raises(InputError, match=f"column '{name}': expected"):
            density.log_density(patients[:1].astype({name: object}).assign(**{name: value}))
