from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort.kinds import KINDS
from retina_vae.cohort.kinds.numbers import taken_for_numbers

NO_NUMBERS = {
    "bool": pd.Series([True, False]),
    "boolean": pd.Series([True, None], dtype="boolean"),
    "object": pd.Series([True, None], dtype=object),
    "mixed": pd.Series([True, np.False_], dtype=object),
    "days": pd.Series(pd.to_datetime(["2020-01-01", None])),
    "zone": pd.Series(pd.to_datetime(["2020-01-01", None], utc=True)),
    "objects": pd.Series([pd.Timestamp(2020, 1, 1), date(2020, 1, 1)], dtype=object),
    "durations": pd.Series(pd.to_timedelta([1, None], "D")),
    "timedelta": pd.Series([pd.Timedelta(1, "D"), None], dtype=object),
}


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.numeric])
@pytest.mark.parametrize("name", NO_NUMBERS)
def test_no_kind_of_number_takes_a_truth_value_a_day_or_a_duration(name: str, kind: str) -> None:
    assert np.isnan(KINDS[kind].codes(NO_NUMBERS[name], ())).all()


@pytest.mark.parametrize("dtype", ["int8", "float32", "Int64", "str", "category", "object"])
def test_numbers_and_their_texts_are_numbers(dtype: str) -> None:
    values = pd.Series([1, 2]).astype("str" if dtype == "category" else "int64").astype(dtype)
    assert not taken_for_numbers(values).any()
    assert KINDS["count"].codes(values, ()).tolist() == [1, 2]


def test_among_other_objects_numbers_stay_numbers() -> None:
    values = pd.Series([True, 1, np.float32(0.5), "2", Decimal("1.5"), None, pd.NaT], dtype=object)
    assert taken_for_numbers(values).tolist() == [True, False, False, False, False, False, False]
    codes = KINDS["continuous"].codes(values, ())
    np.testing.assert_array_equal(codes, [np.nan, 1, 0.5, 2, 1.5, np.nan, np.nan])
