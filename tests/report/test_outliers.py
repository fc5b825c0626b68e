"""What the report tells of values far outside, from the released table alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from retina_vae.report import RunTables
from retina_vae.report.alerts import find_alerts
from retina_vae.report.outliers import far_columns, mixed_columns, outlier_table
from tests.report.test_alerts import quiet


def with_outliers(tables: RunTables, **values: object) -> RunTables:
    """The run with these values in the row of its first column of numbers, and no others outside."""
    table = tables.outliers.assign(below=0, above=0, below_times=np.nan, above_times=np.nan, mixed_times=np.nan)
    table = table.astype(dict.fromkeys(values, object))
    for name, value in values.items():
        table.loc[table.index[0], name] = value
    return replace(tables, outliers=table)


def label(tables: RunTables) -> str:
    return tables.schema[str(tables.outliers["column"].iloc[0])].label


def test_columns_without_values_outside_make_no_table_and_no_alert(tables: RunTables) -> None:
    silent = with_outliers(quiet(tables))
    assert outlier_table(silent) is None
    assert find_alerts(silent) == []


def test_a_count_that_is_not_shown_is_a_mark_in_the_table(tables: RunTables) -> None:
    found = with_outliers(tables, low=20.0, high=150.0, above=np.nan, above_times=10.0)
    table = outlier_table(found)
    assert table is not None
    ((head, low, high, below, above, furthest, mixed),) = table.rows
    assert (low, high, below, above) == ("20", "150", "0", tables.gate.mark)
    assert head.startswith(label(tables))
    assert (furthest, mixed) == ("over 10 times", "")


def test_an_alert_names_columns_far_outside_and_not_those_just_outside(tables: RunTables) -> None:
    sound = quiet(tables)
    assert find_alerts(with_outliers(sound, low=1.0, high=2.0, above=20, above_times=1.0)) == []
    (alert,) = find_alerts(with_outliers(sound, low=1.0, high=2.0, above=20, above_times=100.0))
    assert (alert.title, alert.anchor) == ("Values far outside", "cohort")
    assert f"{label(tables)} (over 100 times beyond the usual range)" in alert.text


def test_two_units_are_a_question_with_their_share(tables: RunTables) -> None:
    found = with_outliers(quiet(tables), mixed_share=0.15, mixed_times=18.0, mixed_side="lower")
    assert mixed_columns(found) == [f"{label(tables)} (15\xa0% of the values about 18 times lower)"]
    assert far_columns(found) == []
    (alert,) = find_alerts(found)
    assert "Two units seem to be mixed" in alert.text
    few = with_outliers(tables, mixed_share=np.nan, mixed_times=18.0, mixed_side="higher")
    assert mixed_columns(few) == [f"{label(tables)} (some values about 18 times higher)"]


def test_measures_of_images_have_no_slips_of_the_pen_and_no_units(tables: RunTables) -> None:
    sound = quiet(tables)
    cohort = sound.configuration.cohort.model_copy(update={"source": "digits"})
    images = replace(sound, configuration=sound.configuration.model_copy(update={"study": "digits", "cohort": cohort}))

    def alerts(**values: object) -> list[str]:
        found = find_alerts(with_outliers(images, **values))
        return [alert.text for alert in found if alert.title == "Values far outside"]

    assert alerts(mixed_share=0.15, mixed_times=18.0, mixed_side="lower") == []
    (said,) = alerts(low=1.0, high=2.0, above=20, above_times=100.0)
    assert f"{label(tables)} (over 100 times beyond the usual range). They were computed" in said
    assert "slip of the pen" not in said


def test_the_released_table_of_a_run_is_read(tables: RunTables) -> None:
    numeric = [column.name for column in tables.schema.columns if column.numeric]
    assert tables.outliers["column"].tolist() == numeric
    assert isinstance(tables.outliers, pd.DataFrame)
