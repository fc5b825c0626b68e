"""What the estimator says of patients, and what it refuses."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from retina_vae import RetinaVAE
from retina_vae.cohort.table_schema import SchemaField, TableSchema
from retina_vae.errors import ConfigurationError, RefusedValueError
from retina_vae.estimator.scoring import new_patients, sureness_of
from retina_vae.weights import WeightSource
from tests.clinic import clinic_patients
from tests.estimator.runs import PARAMETERS

SMALL = PARAMETERS | {"replicas": 1}
BLOBS = np.concatenate([np.random.default_rng(group).normal(6 * group, 1, size=(30, 3)) for group in range(3)])
GROUPS = np.repeat([0, 1, 2], 30)


@pytest.fixture(scope="module")
def of_array() -> RetinaVAE:
    return RetinaVAE(3, **SMALL).fit(BLOBS)


def test_the_dimension_that_was_chosen_is_that_of_the_codes() -> None:
    settings = SMALL["settings"] | {"held_out": {"latent_dims": [4], "folds": 2, "draws": 8}}
    model = RetinaVAE(2, **SMALL | {"latent_dim": "auto", "settings": settings}).fit(BLOBS)
    assert model.transform(BLOBS).shape == (90, 4)
    assert model.get_params()["latent_dim"] == "auto"


def test_groups_far_apart_are_the_clusters_whatever_the_container(of_array: RetinaVAE) -> None:
    assert adjusted_rand_score(of_array.labels_, GROUPS) == 1
    assert of_array.fit_predict(BLOBS).tolist() == of_array.labels_.tolist()
    named = RetinaVAE(3, **SMALL).fit(pd.DataFrame(BLOBS, columns=["a", "b", "c"]))
    assert adjusted_rand_score(named.predict(pd.DataFrame(BLOBS[::-1], columns=["a", "b", "c"])), GROUPS) == 1
    assert named.feature_names_in_.tolist() == ["a", "b", "c"]
    assert not hasattr(of_array, "feature_names_in_")


def test_every_column_of_an_array_is_a_number(of_array: RetinaVAE) -> None:
    grades = np.column_stack([BLOBS, GROUPS])
    kinds = [field.kind for field in RetinaVAE(3, **SMALL).fit(grades).schema_.fields]
    assert kinds == [None, *["continuous"] * 4]


def test_predictions_are_of_the_patient_alone(fitted: RetinaVAE) -> None:
    new = clinic_patients(80, seed=4)[0].drop(columns="record_id")
    together, alone = fitted.predict_proba(new), fitted.predict_proba(new.iloc[[70]])
    np.testing.assert_allclose(together[70:71], alone, atol=1e-6)
    np.testing.assert_allclose(together.sum(axis=1), 1, atol=1e-6)
    assert (together.argmax(axis=1) == fitted.predict(new)).mean() > 0.9


def test_patients_of_the_fit_keep_their_clusters_where_they_are_named(fitted: RetinaVAE, frame: pd.DataFrame) -> None:
    np.testing.assert_array_equal(fitted.predict(frame), fitted.labels_)
    unnamed = fitted.predict(frame.drop(columns="record_id"))
    assert (unnamed == fitted.labels_).mean() > 0.95


def test_evidence_is_higher_where_patients_are(of_array: RetinaVAE) -> None:
    apart = np.array([[0.0, 12.0, 0.0]])
    assert of_array.score_samples(apart)[0] < of_array.score_samples(BLOBS).min()
    assert of_array.score(BLOBS) == pytest.approx(of_array.score_samples(BLOBS).astype(float).mean(), rel=1e-5)


def test_evidence_needs_a_density() -> None:
    settings = {
        "vae": {"input_scaling": "unit_interval", "objective": "elbo", "refit_epochs": 0},
        "latent": {"correction": "none"},
    }
    model = RetinaVAE(2, likelihood="squared_error", epochs=2, replicas=1, latent_dim=2, settings=settings)
    model.fit(np.abs(BLOBS))
    with pytest.raises(RefusedValueError, match=r"expected a model with a density.*got 'squared_error' and 'full'"):
        model.score_samples(BLOBS)
    with pytest.raises(RefusedValueError, match="whose likelihood is 'typed'"):
        model.sample()
    with pytest.raises(RefusedValueError, match="whose likelihood is 'typed'"):
        model.impute(np.abs(BLOBS))


def test_samples_are_like_the_cohort_and_have_its_columns(of_array: RetinaVAE, fitted: RetinaVAE) -> None:
    made = of_array.sample(400, random_state=3)
    assert made.columns.tolist() == ["x0", "x1", "x2"]
    assert np.abs(made.to_numpy().mean(axis=0) - 6).max() < 1.5
    assert made.equals(of_array.sample(400, random_state=3))
    assert not made.equals(of_array.sample(400, random_state=4))
    grades = fitted.sample(50)["rhinitis"]
    assert set(grades) <= {"0", "1", "2", "3", "4"}


def test_a_gap_is_filled_by_what_the_other_values_say() -> None:
    rng = np.random.default_rng(5)
    group = np.repeat([0, 1], 60)
    frame = pd.DataFrame(
        {
            "marker": group * 8 + rng.normal(size=120),
            "level": group * 50.0 + rng.normal(size=120),
            "sign": np.where(group == 1, "yes", "no"),
        }
    )
    gaps = frame.copy()
    gaps.loc[rng.random(120) < 0.2, ["level", "sign"]] = np.nan
    filled = RetinaVAE(2, **SMALL | {"epochs": 60}).fit(gaps).impute(gaps.set_index(gaps.index + 1000))
    assert filled.index.tolist() == list(range(1000, 1120))
    assert filled.notna().all(axis=None)
    known = gaps["level"].notna().to_numpy()
    assert (filled["level"].to_numpy()[known] == frame["level"].to_numpy()[known]).all()
    assert np.abs(filled["level"].to_numpy() - 50 * group)[~known].max() < 25
    assert (filled["sign"].to_numpy() == frame["sign"].to_numpy())[~known].mean() > 0.9


def test_intervals_come_beside_the_values() -> None:
    gaps = pd.DataFrame(BLOBS).add_prefix("x")
    gaps.loc[gaps.index[::7], "x0"] = np.nan
    model = RetinaVAE(2, **SMALL).fit(gaps)
    values, intervals = model.impute(gaps, interval=0.9)
    pd.testing.assert_frame_equal(values, model.impute(gaps))
    assert list(intervals) == ["x0 (low)", "x0 (high)"]
    lacking = gaps["x0"].isna()
    assert intervals["x0 (low)"].notna().equals(lacking)
    inside = values["x0"].between(intervals["x0 (low)"], intervals["x0 (high)"])
    assert inside[lacking].all()
    with pytest.raises(RefusedValueError, match="interval: expected None or a number between 0 and 1, got 1"):
        model.impute(gaps, interval=1)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("asthma", "maybe", r"row 8, column 'asthma': expected one of \['no', 'yes'\], found 'maybe'"),
        ("asthma", None, "row 8, column 'asthma': expected .*, found nothing, and no patient of the training cohort"),
        ("age", 1000.0, "row 8, column 'age': expected a .*number.*, found '1000'"),
        ("visits", -3, "row 8, column 'visits': expected a whole number from 0 visits, found '-3'"),
    ],
)
def test_what_does_not_fit_is_named_by_row_and_column(
    fitted: RetinaVAE, frame: pd.DataFrame, column: str, value: Any, message: str
) -> None:
    wrong = frame.set_index(frame.index + 100)
    wrong.loc[107, column] = value
    with pytest.raises(ValueError, match=message) as error:
        fitted.predict(wrong)
    assert wrong.loc[107, "record_id"] not in str(error.value)


def test_a_missing_column_is_named(fitted: RetinaVAE, frame: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match=r"\['age'\] missing"):
        fitted.predict(frame.drop(columns="age"))


def test_a_fit_refuses_what_a_run_refuses(frame: pd.DataFrame, fitted: RetinaVAE) -> None:
    wrong = frame.copy()
    wrong.loc[4, "visits"] = -1
    with pytest.raises(ValueError, match="row 5, column 'visits': expected a whole number from 0"):
        RetinaVAE(2, schema=fitted.schema_, **SMALL).fit(wrong)
    with pytest.raises(ValueError, match=r"clusters.k: expected at most 4"):
        RetinaVAE(5, **SMALL).fit(BLOBS[:4])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_samples": 0}, "n_samples: expected a whole number from 1 on, got 0"),
        ({"n_samples": 2.5}, "n_samples: expected a whole number from 1 on, got 2.5"),
        ({"random_state": "x"}, "random_state: expected None, a whole number or a numpy RandomState, got 'x'"),
    ],
)
def test_samples_that_nobody_can_draw_are_refused(of_array: RetinaVAE, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(RefusedValueError, match=message):
        of_array.sample(**arguments)


def test_samples_of_a_stream_of_numpy_go_on_with_it(of_array: RetinaVAE) -> None:
    first, second = ([of_array.sample(3, state) for _ in range(2)] for state in map(np.random.RandomState, (1, 1)))
    assert first[0].equals(second[0])
    assert not first[0].equals(first[1])


@pytest.mark.parametrize("bound", ["x", -1, 101, np.nan, True])
def test_a_bound_that_is_no_percentile_is_refused(of_array: RetinaVAE, bound: Any) -> None:
    with pytest.raises(RefusedValueError, match="unlike_below: expected a number from 0 to 100"):
        of_array.assign(BLOBS[:2], bound)


def test_columns_that_numbers_name_are_found_by_them_too() -> None:
    frame = pd.DataFrame({0: BLOBS[:, 0], 1: np.where(GROUPS == 0, "yes", "no"), 2: BLOBS[:, 2]})
    fitted = RetinaVAE(3, **SMALL).fit(frame)
    assert fitted.predict(frame[[2, 1, 0]]).tolist() == fitted.predict(frame).tolist()


def test_copied_patients_are_warned_of() -> None:
    with pytest.warns(UserWarning, match="4 patients have exactly the values of another one"):
        RetinaVAE(2, **SMALL | {"epochs": 1}).fit(np.concatenate([BLOBS, BLOBS[:2]]))


def test_a_model_is_pickled_as_a_whole(fitted: RetinaVAE, frame: pd.DataFrame) -> None:
    copy = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(copy.predict_proba(frame), fitted.predict_proba(frame))


def test_threads_change_nothing_of_a_prediction(fitted: RetinaVAE, frame: pd.DataFrame) -> None:
    copy = pickle.loads(pickle.dumps(fitted)).set_params(n_jobs=-1)
    new = frame.drop(columns="record_id")
    np.testing.assert_array_equal(copy.predict_proba(new), fitted.predict_proba(new))


def test_an_explanation_adds_up_and_names_another_cluster(fitted: RetinaVAE, frame: pd.DataFrame):
    found = fitted.explain(frame.iloc[:12], named=2)
    assert found.index.equals(frame.index[:12])
    numbers = found[[name for name in found if name.startswith("why_")]]
    np.testing.assert_allclose(numbers.sum(axis=1) + found["sizes"], found["log_odds"], atol=1e-3)
    assert (found["against"] != fitted.predict(frame.iloc[:12]) + 1).all()
    assert found["why"].str.contains("sizes").all()


@pytest.mark.parametrize(("weights", "message"), [("point", "got one alone"), ("sghmc", "a fit samples no weights")])
def test_how_sure_it_is_takes_several_weights(fitted: RetinaVAE, weights: WeightSource, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        sureness_of(fitted._run, fitted._imputer, weights, None, threads=1)


def test_days_are_read_with_those_that_they_are_measured_from() -> None:
    rng = np.random.default_rng(4)
    birth = pd.to_datetime("1950-01-01") + pd.to_timedelta(rng.integers(0, 9000, 60), unit="D")
    seen = birth + pd.to_timedelta(rng.integers(7000, 20_000, 60), unit="D")
    days = pd.DataFrame({"birth": birth.strftime("%Y-%m-%d"), "seen": seen.strftime("%Y-%m-%d")})
    frame = days.assign(height=rng.normal(170, 9, 60))
    schema = TableSchema(
        fields=(
            SchemaField(name="birth", type="date", role="ignore"),
            SchemaField(name="seen", type="date", role="input", kind="positive", since="birth"),
            SchemaField(name="height", type="number", role="input", kind="positive"),
        )
    )
    model = RetinaVAE(2, schema=schema, **SMALL).fit(frame)
    read = new_patients(model._run, frame, numbered=True)
    np.testing.assert_allclose(read["seen"], (seen - birth).days / 365.25)
    assert len(model.predict(frame)) == 60
    with pytest.raises(RefusedValueError, match=r"\['birth'\] missing"):
        model.predict(frame.drop(columns="birth"))
