from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from retina_vae.cohort.identifiers import identifier_texts

LARGE = 10**17 + 1
"""Of 18 digits; as a float64 it would be 10^17."""


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pd.Series(["007", "1001.0", " x "], dtype="str"), ["007", "1001.0", " x "]),
        (pd.Series(["007", None, "b"], dtype="category"), ["007", "", "b"]),
        (pd.Series([LARGE, -1]), [str(LARGE), "-1"]),
        (pd.Series([LARGE, None, 7], dtype=object), [str(LARGE), "", "7"]),
        (pd.Series([LARGE, None], dtype="Int64"), [str(LARGE), ""]),
        (pd.Series(pd.Categorical.from_codes([1, -1, 0], [LARGE, LARGE + 2])), [str(LARGE + 2), "", str(LARGE)]),
        (pd.Series([2**64 - 1], dtype="uint64"), [str(2**64 - 1)]),
        (pd.Series([LARGE, None], dtype=pd.ArrowDtype(pa.int64())), [str(LARGE), ""]),
        (pd.Series([Decimal(10**30 + 1), Decimal("7.00"), Decimal("1.50"), None]), [str(10**30 + 1), "7", "1.50", ""]),
        (pd.Series([Decimal("1E+3"), Decimal("1E-7")]), ["1000", "0.0000001"]),
        (pd.Series([1001.0, np.nan, -0.0, 2.0**53 - 1]), ["1001", "", "0", str(2**53 - 1)]),
        (pd.Series([1001, np.nan, 2**24 - 1], dtype="float32"), ["1001", "", str(2**24 - 1)]),
    ],
)
def test_identifiers_are_the_text_of_what_is_stored(values: pd.Series, texts: list[str]) -> None:
    found, faults = identifier_texts(values)
    assert found.tolist() == texts
    assert not faults.any()


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        (pd.Series([2.0**53]), "a floating-point number so large that it may have been rounded"),
        (pd.Series([-1e300]), "a floating-point number so large that it may have been rounded"),
        (pd.Series([2**24], dtype="float32"), "a floating-point number so large that it may have been rounded"),
        (pd.Series([2.0**11], dtype="float16"), "a floating-point number so large that it may have been rounded"),
        (pd.Series([2.0**24], dtype="Float32"), "a floating-point number so large that it may have been rounded"),
        (pd.Series([1001.5]), "a floating-point number that is not whole"),
        (pd.Series([np.inf]), "a floating-point number that is not whole"),
        (pd.Series([b"1001"]), "a value of the type bytes"),
        (pd.Series([True]), "a value of the type bool"),
        (pd.Series([pd.Timestamp("2020-01-01")]), "a value of the type Timestamp"),
    ],
)
def test_what_may_not_be_what_was_written_is_said_and_not_shown(values: pd.Series, fault: str) -> None:
    found, faults = identifier_texts(values)
    assert (found.tolist(), faults.tolist()) == ([""], [fault])


def test_the_index_is_kept_and_a_missing_one_is_no_fault() -> None:
    found, faults = identifier_texts(pd.Series([None, "", "a"], index=[5, 5, 9], dtype=object))
    assert found.index.tolist() == faults.index.tolist() == [5, 5, 9]
    assert found.tolist() == ["", "", "a"]
    assert not faults.any()
    assert identifier_texts(pd.Series([], dtype=object))[0].empty
