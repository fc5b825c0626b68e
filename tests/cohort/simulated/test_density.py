import itertools
from math import exp, log

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.metrics import adjusted_rand_score

from retina_vae.cohort.schema import CohortSchema
from retina_vae.cohort.simulated.density import CohortDensity
from retina_vae.cohort.simulated.epidemiology import Epidemiology
from retina_vae.cohort.simulated.simulate import simulate
from retina_vae.cohort.simulated.statistics import CategoryStatistic
from retina_vae.errors import InputError
from retina_vae.studies.macular.schema import MACULAR

FloatArray = NDArray[np.float64]
Grid = tuple[pd.DataFrame, FloatArray]

# Computed apart from the module: Gauss-Legendre over age and a sum over the 80 combinations of categories.
MEAN_LOG_DENSITY = -7.43021
MEAN_LOG_DENSITY_OF_INDEPENDENT_COLUMNS = -8.21262
BEST_ACCURACY = 0.97322
BEST_ADJUSTED_RAND_INDEX = 0.92178


def every_patient(low: float, high: float, nodes: int = 400) -> Grid:
    """Every combination of categories at every node of a Gauss-Legendre rule over age, and the nodes' weights."""
    points, weights = np.polynomial.legendre.leggauss(nodes)
    ages = (high + low + (high - low) * points) / 2
    values = [ages if column.numeric else column.categories for column in MACULAR.inputs]
    patients = pd.DataFrame(list(itertools.product(*values)), columns=[column.name for column in MACULAR.inputs])
    weight_of_age = dict(zip(ages, weights * (high - low) / 2, strict=True))
    return patients, patients["age"].map(weight_of_age).to_numpy()


def with_age_bounds(low: float | None, high: float | None) -> CohortSchema:
    bounds = {"minimum": low, "maximum": high}
    inputs = tuple(c.model_copy(update=bounds) if c.name == "age" else c for c in MACULAR.inputs)
    return MACULAR.with_inputs(*inputs)


def impossible(epidemiology: Epidemiology, codes: tuple[str, ...], column: str, category: str) -> Epidemiology:
    """The epidemiology with a category that these diseases never show; the first other one takes its share."""
    groups = dict(epidemiology.groups)
    for code in codes:
        statistic = groups[code].columns[column]
        assert isinstance(statistic, CategoryStatistic)
        shares = dict(statistic.probabilities)
        shares[next(name for name in shares if name != category)] += shares.pop(category)
        changed = statistic.model_copy(update={"probabilities": shares | {category: 0.0}})
        columns = groups[code].columns | {column: changed}
        groups[code] = groups[code].model_copy(update={"columns": columns})
    return epidemiology.model_copy(update={"groups": groups})


def standard_error(values: FloatArray) -> float:
    return float(values.std(ddof=1) / len(values) ** 0.5)


@pytest.fixture(scope="module")
def density(epidemiology: Epidemiology) -> CohortDensity:
    return CohortDensity.of(epidemiology, MACULAR)


@pytest.fixture(scope="module")
def grid() -> Grid:
    return every_patient(0, 120)


@pytest.fixture(scope="module")
def many_patients(epidemiology: Epidemiology) -> pd.DataFrame:
    """100,002 patients, for 100,000 is no multiple of three."""
    return simulate(epidemiology, MACULAR, per_group=33_334, seed=5)


@pytest.fixture
def patient() -> pd.DataFrame:
    row = {"race": "Asian", "age": 65.0, "polyps": "present", "drusen": "absent", "srh": "absent", "sex": "female"}
    return pd.DataFrame([row])


def test_density_is_the_formula_written_out_for_one_patient(density: CohortDensity) -> None:
    """An Asian man of 65 with polyps and drusen, without haemorrhage; bounds from 0 to 120 years."""
    armd = norm(80, 80**0.5)
    cscr = norm(39, 60**0.5)
    pcv = norm(60, 40**0.5)
    ages = [age.pdf(65) / (age.cdf(120) - age.cdf(0)) for age in (armd, cscr, pcv)]
    by_group = [
        0.39 * ages[0] * 0.057 * 1.0 * 0.812 * 0.5,
        0.33 * ages[1] * 0.203 * 0.1 * 0.967 * 0.704,
        0.40 * ages[2] * 0.951 * 0.28 * 0.667 * 0.5,
    ]
    marginals = [
        (0.39 + 0.33 + 0.40) / 3,
        sum(ages) / 3,
        (0.057 + 0.203 + 0.951) / 3,
        (1.0 + 0.1 + 0.28) / 3,
        (0.812 + 0.967 + 0.667) / 3,
        (0.5 + 0.704 + 0.5) / 3,
    ]
    row = {"sex": "male", "age": 65, "race": "Asian", "polyps": "present", "drusen": "present", "srh": "absent"}
    man = pd.DataFrame([row])
    assert np.exp(density.log_density_by_group(man)[0]) == pytest.approx(by_group, rel=1e-12)
    assert density.log_density(man)[0] == pytest.approx(log(sum(by_group) / 3), rel=1e-12)
    independent = density.log_density_of_independent_columns(man)[0]
    assert independent == pytest.approx(sum(log(p) for p in marginals), rel=1e-12)
    posterior = [p / sum(by_group) for p in by_group]
    assert density.group_posterior(man)[0] == pytest.approx(posterior, rel=1e-12)


def test_every_density_integrates_to_one(density: CohortDensity, grid: Grid) -> None:
    """Without the truncation ARMD would lack the 4e-6 of its patients who are over 120 years."""
    patients, weights = grid
    assert weights @ np.exp(density.log_density(patients)) == pytest.approx(1, abs=1e-10)
    assert weights @ np.exp(density.log_density_by_group(patients)) == pytest.approx(np.ones(3), abs=1e-10)
    independent = density.log_density_of_independent_columns(patients)
    assert weights @ np.exp(independent) == pytest.approx(1, abs=1e-10)


def test_independent_columns_keep_the_marginals_of_the_mixture(density: CohortDensity, grid: Grid) -> None:
    patients, weights = grid
    joint = weights * np.exp(density.log_density(patients))
    independent = weights * np.exp(density.log_density_of_independent_columns(patients))
    for column in MACULAR.inputs:
        shares = pd.DataFrame({"joint": joint, "independent": independent}).groupby(patients[column.name]).sum()
        np.testing.assert_allclose(shares["joint"], shares["independent"], rtol=1e-9, atol=1e-15)


def test_posterior_obeys_bayes_theorem(density: CohortDensity, simulated_patients: pd.DataFrame) -> None:
    posterior = density.group_posterior(simulated_patients)
    np.testing.assert_allclose(posterior.sum(axis=1), 1, rtol=1e-12)
    joint = posterior * np.exp(density.log_density(simulated_patients))[:, None]
    np.testing.assert_allclose(joint, np.exp(density.log_density_by_group(simulated_patients)) / 3, rtol=1e-10)


def test_mean_posterior_is_the_weight_of_each_disease(density: CohortDensity, grid: Grid) -> None:
    patients, weights = grid
    mean = (weights * np.exp(density.log_density(patients))) @ density.group_posterior(patients)
    assert mean == pytest.approx(np.full(3, 1 / 3), abs=1e-10)


def test_entropy_and_best_diagnosis_are_the_known_limits(density: CohortDensity, grid: Grid) -> None:
    """The diagnosis changes between two nodes, so its limits converge with the nodes only to the fourth digit."""
    patients, weights = grid
    log_density = density.log_density(patients)
    probability = weights * np.exp(log_density)
    assert probability @ log_density == pytest.approx(MEAN_LOG_DENSITY, abs=1e-5)
    independent = density.log_density_of_independent_columns(patients)
    assert probability @ independent == pytest.approx(MEAN_LOG_DENSITY_OF_INDEPENDENT_COLUMNS, abs=1e-5)
    accuracy = probability @ density.group_posterior(patients).max(axis=1)
    assert accuracy == pytest.approx(BEST_ACCURACY, abs=2e-4)


def test_simulated_patients_have_the_mean_log_density(density: CohortDensity, many_patients: pd.DataFrame) -> None:
    log_density = density.log_density(many_patients)
    assert log_density.mean() == pytest.approx(MEAN_LOG_DENSITY, abs=4 * standard_error(log_density))
    independent = density.log_density_of_independent_columns(many_patients)
    expected = MEAN_LOG_DENSITY_OF_INDEPENDENT_COLUMNS
    assert independent.mean() == pytest.approx(expected, abs=4 * standard_error(independent))


def test_simulated_patients_are_diagnosed_as_well_as_possible(
    density: CohortDensity, many_patients: pd.DataFrame
) -> None:
    """The standard error of the adjusted Rand index comes from 20 parts of the cohort."""
    truth = many_patients["disease"].cat.codes.to_numpy()
    diagnosis = density.group_posterior(many_patients).argmax(axis=1)
    correct = (diagnosis == truth).astype(float)
    assert correct.mean() == pytest.approx(BEST_ACCURACY, abs=4 * standard_error(correct))
    parts = [adjusted_rand_score(truth[part::20], diagnosis[part::20]) for part in range(20)]
    index = adjusted_rand_score(truth, diagnosis)
    assert index == pytest.approx(BEST_ADJUSTED_RAND_INDEX, abs=4 * standard_error(np.array(parts)))


def test_posterior_is_calibrated(density: CohortDensity, many_patients: pd.DataFrame) -> None:
    """Of the patients to whom a disease is given a probability, that share has it."""
    posterior = density.group_posterior(many_patients)
    truth = np.eye(3)[many_patients["disease"].cat.codes]
    for low, high in itertools.pairwise([0, 0.01, 0.1, 0.3, 0.7, 0.9, 0.99, 1.01]):
        inside = (posterior >= low) & (posterior < high)
        given = posterior[inside]
        error = (given * (1 - given)).sum() ** 0.5 / len(given)
        assert truth[inside].mean() == pytest.approx(given.mean(), abs=4 * error)


@pytest.mark.parametrize(("low", "high"), [(None, None), (0, None), (None, 75), (55, 75)])
def test_continuous_columns_are_truncated_as_the_simulator_does(
    epidemiology: Epidemiology, low: float | None, high: float | None
) -> None:
    schema = with_age_bounds(low, high)
    density = CohortDensity.of(epidemiology, schema)
    bottom, top = -60 if low is None else low, 180 if high is None else high
    patients, weights = every_patient(bottom, top, nodes=200)
    log_density = density.log_density(patients)
    probability = weights * np.exp(log_density)
    assert probability.sum() == pytest.approx(1, abs=1e-9)
    drawn = density.log_density(simulate(epidemiology, schema, per_group=1000, seed=2))
    assert drawn.mean() == pytest.approx(probability @ log_density, abs=4 * standard_error(drawn))


@pytest.mark.filterwarnings("error")
def test_a_patient_who_is_impossible_under_two_diseases_has_the_third(
    epidemiology: Epidemiology, patient: pd.DataFrame
) -> None:
    density = CohortDensity.of(impossible(epidemiology, ("CSCR", "PCV"), "sex", "female"), MACULAR)
    with_drusen = patient.assign(drusen="present")
    assert density.group_posterior(with_drusen).tolist() == [[1.0, 0.0, 0.0]]
    only_armd = density.log_density_by_group(with_drusen)[0, 0]
    assert density.log_density(with_drusen)[0] == pytest.approx(only_armd - log(3))


@pytest.mark.filterwarnings("error")
def test_a_patient_who_is_impossible_has_no_density_and_no_posterior(
    density: CohortDensity, epidemiology: Epidemiology, patient: pd.DataFrame
) -> None:
    """By a category without a disease, by one column for each disease, and by an age beyond the bounds."""
    without_women = CohortDensity.of(impossible(epidemiology, MACULAR["disease"].categories, "sex", "female"), MACULAR)
    other_columns = CohortDensity.of(impossible(epidemiology, ("CSCR", "PCV"), "sex", "female"), MACULAR)
    centuries = patient.assign(age=121.0)
    for impossible_density, who in [(without_women, patient), (other_columns, patient), (density, centuries)]:
        assert impossible_density.log_density(who).tolist() == [-np.inf]
        assert np.isnan(impossible_density.group_posterior(who)).all()
    assert np.isneginf(without_women.log_density_of_independent_columns(patient)).all()
    assert np.isfinite(other_columns.log_density_of_independent_columns(patient)).all()


def test_no_posterior_spoils_another(density: CohortDensity, patient: pd.DataFrame) -> None:
    three = pd.concat([patient, patient.assign(age=121.0), patient])
    posterior = density.group_posterior(three)
    assert np.isnan(posterior).all(axis=1).tolist() == [False, True, False]
    np.testing.assert_array_equal(posterior[[0]], density.group_posterior(patient))
    np.testing.assert_array_equal(posterior[[2]], posterior[[0]])


@pytest.mark.filterwarnings("error")
def test_far_tails_do_not_underflow(density: CohortDensity, patient: pd.DataFrame) -> None:
    """At birth each density is a positive number, and of the three normals that of CSCR reaches there."""
    newborn = patient.assign(age=0.0, drusen="present")
    assert np.isfinite(density.log_density_by_group(newborn)).all()
    assert density.group_posterior(newborn)[0] == pytest.approx([0, 1, 0], abs=exp(-15))


def test_text_and_categoricals_of_any_order_read_alike(
    density: CohortDensity, simulated_patients: pd.DataFrame
) -> None:
    texts = simulated_patients.astype({c.name: "str" for c in MACULAR.inputs if not c.numeric})
    reordered = simulated_patients.assign(sex=simulated_patients["sex"].cat.set_categories(["female", "male"]))
    expected = density.log_density(simulated_patients)
    for patients in (texts, reordered, texts.drop(columns=["patient_id", "disease"])):
        np.testing.assert_array_equal(density.log_density(patients), expected)


def test_no_patients_have_empty_arrays(density: CohortDensity, simulated_patients: pd.DataFrame) -> None:
    nobody = simulated_patients.iloc[:0]
    assert density.log_density(nobody).shape == (0,)
    assert density.log_density_of_independent_columns(nobody).shape == (0,)
    assert density.group_posterior(nobody).shape == (0, 3)


@pytest.mark.parametrize(("column", "value"), [("race", "Martian"), ("sex", None), ("age", np.nan)])
def test_a_value_that_is_missing_or_unknown_is_named(
    density: CohortDensity, patient: pd.DataFrame, column: str, value: str | float | None
) -> None:
    with pytest.raises(InputError, match=f"column '{column}': expected"):
        density.log_density(patient.assign(**{column: value}))
