"""The released table of values far outside: no small count, no exact number of values."""

import numpy as np
import pandas as pd

from retina_vae.cohort import CohortSchema, Column
from retina_vae.cohort.outliers import find_outliers
from retina_vae.release.outliers import release_outliers
from tests.release.full import context_of

SCHEMA = CohortSchema(
    identifier="id", columns=tuple(Column(name=name, label=name, kind="positive") for name in ("a", "b", "c", "d"))
)
FLOOR = 11


def patients() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    table = pd.DataFrame(
        {"id": [str(i) for i in range(500)], **{c.name: rng.lognormal(0, 0.2, 500) for c in SCHEMA.columns}}
    )
    table.loc[:2, "a"] *= 1e4
    table.loc[:39, "b"] *= 18
    table.loc[:8, "c"] /= 1000
    return table


def released(floor: int) -> pd.DataFrame:
    table = patients()
    context = context_of(table, pd.Series(1, index=table.index), SCHEMA, floor)
    return release_outliers(find_outliers(table, SCHEMA), context).set_index("column")


def test_few_values_are_not_counted_and_many_are() -> None:
    shown = released(FLOOR)
    assert pd.isna(shown.loc["a", "above"])
    assert shown.loc["a", "above_times"] == 1000
    assert shown.loc["b", "above"] == 40
    assert shown.loc["b", "mixed_share"] == 0.08
    assert pd.isna(shown.loc["c", "mixed_share"])
    assert shown.loc["c", "mixed_times"] == 1000
    assert shown.loc["d", ["below", "above"]].tolist() == [0, 0]
    assert not shown[["below", "above"]].apply(lambda counts: counts.between(1, FLOOR - 1)).any(axis=None)


def test_how_many_values_a_column_has_is_not_told() -> None:
    assert released(FLOOR)["values"].isna().all()


def test_of_a_column_of_few_values_nothing_is_said() -> None:
    shown = released(501)
    assert shown.drop(columns=["unit", "mixed_side"]).isna().all(axis=None)
    assert (shown["mixed_side"] == "").all()


def test_nothing_is_taken_out_where_nobody_is_hidden() -> None:
    pd.testing.assert_frame_equal(released(0).reset_index(), find_outliers(patients(), SCHEMA))
