"""Numbers out of a maximum: what they are, and what a network reads of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import CohortSchema, fit_encoding
from retina_vae.cohort.kinds import KINDS, Coding
from retina_vae.cohort.kinds.level import MOST_LEVELS
from retina_vae.cohort.schema import Column
from retina_vae.errors import InputError

LEVEL = KINDS["level"]
SCORE = Column(name="score", label="Score", kind="level", maximum=30)
SCHEMA = CohortSchema(identifier="id", columns=(SCORE,))


def patients(*scores: float) -> pd.DataFrame:
    return pd.DataFrame({"id": [f"P{place}" for place in range(len(scores))], "score": np.array(scores, dtype=float)})


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({}, "expected a maximum, a whole number from 1 to 65,535, of a number out of a maximum, got none"),
        ({"maximum": 2.5}, r"expected a maximum, a whole number .*, got 2\.5; say it under constraints"),
        ({"maximum": 65_536}, "expected a maximum, a whole number .*, got 65536"),
        ({"maximum": 0}, "expected a minimum below the maximum, got 0 and 0"),
        ({"minimum": 1, "maximum": 30}, "expected no minimum but 0 .*, got 1; subtract it in the table"),
        ({"minimum": -1, "maximum": 30}, "expected a minimum of at least 0 .*, got -1"),
        ({"maximum": 30, "categories": ("a", "b")}, "expected no categories"),
    ],
)
def test_a_definition_has_a_maximum_and_starts_at_0(bounds: dict, message: str) -> None:
    with pytest.raises(ValueError, match=f"column 'x': {message}"):
        Column(name="x", label="X", kind="level", **bounds)


@pytest.mark.parametrize("bounds", [{"maximum": 1}, {"minimum": 0, "maximum": MOST_LEVELS}])
def test_both_ends_of_a_definition_are_taken(bounds: dict) -> None:
    assert Column(name="x", label="X", kind="level", **bounds).kind_of is LEVEL


def test_values_are_whole_numbers_from_0_to_the_maximum() -> None:
    codes = np.array([0.0, 30.0, 17.0, -1.0, 31.0, 2.5, np.nan])
    assert LEVEL.fits(codes, None, 30).tolist() == [True, True, True, False, False, False, False]
    assert LEVEL.fits(np.array([MOST_LEVELS, MOST_LEVELS + 1.0]), None, None).tolist() == [True, False]
    assert SCORE.expectation == "a whole number from 0 to 30"


def test_features_are_shares_of_the_maximum_not_of_the_largest_seen() -> None:
    seen = np.array([0.0, 6.0, np.nan, 15.0])
    assert LEVEL.fit(seen, 30) == (0.0, 30.0)
    assert LEVEL.fit(seen) == (0.0, 15.0)
    assert LEVEL.fit(np.array([np.nan]), 30) == (0.0, 30.0)
    assert LEVEL.fit(np.array([0.0, np.nan])) == (0.0, 1.0)
    np.testing.assert_array_equal(LEVEL.features(seen, Coding(0.0, 30.0), 1)[:, 0], [0, 0.2, np.nan, 0.5])
    (column,) = fit_encoding(patients(3, 15, 6), SCHEMA, "by_kind").columns
    assert (column.center, column.scale) == (0.0, 30.0)


def test_every_number_comes_back_from_its_feature_in_single_precision() -> None:
    for largest in (1, 30, 255, MOST_LEVELS):
        codes, coding = np.arange(largest + 1.0), Coding(0.0, float(largest))
        features = LEVEL.features(codes, coding, 1).astype(np.float32).astype(np.float64)
        np.testing.assert_array_equal(LEVEL.from_features(features, coding), codes)


def test_features_between_and_beyond_give_the_nearest_number() -> None:
    features = np.array([[-0.2], [0.049], [0.051], [1.3]])
    assert LEVEL.from_features(features, Coding(0.0, 10.0)).tolist() == [0, 0, 1, 10]


def test_a_new_patient_above_the_maximum_is_refused_in_one_message() -> None:
    encoding = fit_encoding(patients(3, 15, 6), SCHEMA, "by_kind")
    with pytest.raises(InputError) as error:
        encoding.encode(patients(2, 31, 40))
    said = str(error.value)
    assert "row 2, column 'score': expected a whole number from 0 to 30, got 31.0; 1 more rows like it" in said
    with pytest.raises(InputError, match=r"row 1, column 'score': expected a whole number from 0 to 30, got 2\.5"):
        encoding.encode(patients(2.5))


def test_none_lies_far_from_the_others_and_none_is_known_by_a_limit() -> None:
    assert (LEVEL.bounded, LEVEL.whole, LEVEL.ordered, LEVEL.numeric, LEVEL.censorable) == (
        True,
        True,
        True,
        True,
        False,
    )
    assert [name for name, kind in KINDS.items() if kind.bounded] == ["level"]
