"""How the cohort looks: which panel shows what."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure

from retina_vae.cohort import CohortSchema, Column
from retina_vae.report.figures import columns, png_bytes
from retina_vae.report.tables import RunTables
from retina_vae.studies.macular.schema import MACULAR
from retina_vae.words import MARK
from tests.report.cohorts import CLINIC, clinic_patients, macular_patients
from tests.report.released import People, cohort_of


@pytest.fixture(scope="module")
def patients() -> pd.DataFrame:
    """1,000 patients of each disease."""
    return macular_patients(1000)


def titles(figure: Figure) -> list[str]:
    return [axes.get_title(loc="left") for axes in figure.axes]


def heights(axes: Axes) -> np.ndarray:
    """Heights of the bars, shape (groups, places)."""
    bars = [own for own in axes.containers if isinstance(own, BarContainer) and not own.patches[0].get_hatch()]
    return np.array([[bar.get_height() for bar in own.patches] for own in bars])


def hatched(axes: Axes) -> int:
    return sum(bool(bar.get_hatch()) for bar in axes.patches)


def test_bars_are_as_high_as_the_shares(tables: RunTables, people: People) -> None:
    axes = columns(tables.cohort, MACULAR).axes[0]
    by = people.patients.groupby("disease", observed=False)["race"].value_counts(normalize=True).unstack()
    np.testing.assert_allclose(heights(axes), by[list(MACULAR["race"].categories)].loc[["ARMD", "CSCR", "PCV"]])


def test_a_column_of_two_categories_shows_the_second(tables: RunTables, people: People) -> None:
    axes = columns(tables.cohort, MACULAR).axes[2]
    women = (people.patients.loc[people.patients["disease"] == "CSCR", "sex"] == "female").mean()
    assert heights(axes)[1, 3] == pytest.approx(women)
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert (labels[0], labels[3]) == ("Polyps", "Sex: female")


def test_the_groups_stand_in_the_legend_with_their_sizes(patients: pd.DataFrame) -> None:
    def entries(table: pd.DataFrame, floor: int) -> list[str]:
        return [text.get_text() for text in columns(cohort_of(table, MACULAR, floor), MACULAR).legends[0].get_texts()]

    assert entries(patients, 0) == ["ARMD (n = 1,000)", "CSCR (n = 1,000)", "PCV (n = 1,000)"]
    few = pd.concat([patients[:6], patients[1000:2000], patients[2000:2100]])
    assert entries(few, 11) == [f"ARMD (n = {MARK})", "CSCR (n = 1,000)", f"PCV (n = {MARK})"]


def test_every_kind_has_its_picture_and_gaps_are_counted(open_clinic: RunTables, clinic_people: People) -> None:
    figure = columns(open_clinic.cohort, CLINIC)
    known = clinic_people.patients.notna().sum()
    assert figure.legends == []
    assert titles(figure)[:5] == [
        f"(a)  Visits in the last year, {known['visits']} observed",
        f"(b)  Grade, {known['grade']} observed",
        f"(c)  Creatinine, {known['creatinine']} observed",
        f"(d)  Albumin in the urine, {known['albumin']} observed",
        "(e)  Body mass index",
    ]
    assert titles(figure)[-1] == "(h)  Findings"
    assert [label.get_text() for label in figure.axes[1].get_xticklabels()] == ["mild", "moderate", "severe"]
    labels = [label.get_text().replace("\n", " ") for label in figure.axes[-1].get_xticklabels()]
    assert labels == [f"Smoker <i>now</i> ({known['smoker']} observed)", f"Diabetes ({known['diabetes']} observed)"]
    shares = [(clinic_people.patients[name].dropna() == "yes").mean() for name in ("smoker", "diabetes")]
    np.testing.assert_allclose(heights(figure.axes[-1]), [shares])


def test_names_are_no_formulas_and_no_markup(open_clinic: RunTables) -> None:
    figure = columns(open_clinic.cohort, CLINIC)
    axes = next(axes for axes in figure.axes if "Region" in axes.get_title(loc="left"))
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert {"<b>north</b>", "=1+1", "US$ or CA$"} <= set(labels)
    assert labels[-1] == "3 others"
    assert not any(label.get_parse_math() for label in axes.get_xticklabels())
    assert png_bytes(figure, 20)


def test_forty_columns_stand_in_rows_of_three() -> None:
    kinds = ("continuous", "positive", "count", "zero_inflated")
    schema = CohortSchema(
        identifier="patient_id",
        columns=tuple(Column(name=f"c{i}", label=f"Column {i}", kind=kinds[i % 4]) for i in range(40)),
    )
    rng = np.random.default_rng(1)
    table = pd.DataFrame({f"c{i}": rng.poisson(3, 60) + 1.0 for i in range(40)})
    figure = columns(cohort_of(table, schema), schema)
    assert len(figure.axes) == 40
    assert figure.axes[0].get_gridspec().ncols == 3
    assert figure.get_figheight() < 32


def test_a_column_without_any_value_says_so() -> None:
    schema = CohortSchema(
        identifier="patient_id",
        columns=tuple(Column(name=kind, label=kind, kind=kind) for kind in ("continuous", "count", "zero_inflated")),
    )
    empty = pd.DataFrame(dict.fromkeys(("continuous", "count", "zero_inflated"), [np.nan] * 30))
    figure = columns(cohort_of(empty, schema), schema)
    assert [[text.get_text() for text in axes.texts] for axes in figure.axes] == [["nothing to show"]] * 3
    assert "0 observed" in titles(figure)[0]


def test_bars_that_tell_of_few_patients_are_notes(patients: pd.DataFrame) -> None:
    """Of 1,000 with ARMD about 12 are Black; with a floor of 20 this share and others are left out."""
    axes = columns(cohort_of(patients, MACULAR, 20), MACULAR).axes[0]
    black = ((patients["disease"] == "ARMD") & (patients["race"] == "Black")).sum()
    assert 0 < black < 20
    missing = np.isnan(heights(axes))
    assert missing[0, 1]
    assert missing.sum() > 1
    assert hatched(axes) == missing.sum() == [text.get_text() for text in axes.texts].count(MARK)
    shown = columns(cohort_of(patients, MACULAR), MACULAR).axes[0]
    np.testing.assert_allclose(heights(axes)[~missing], heights(shown)[~missing])


def test_a_group_of_few_patients_has_notes_alone(patients: pd.DataFrame) -> None:
    few = pd.concat([patients[:6], patients[1000:2000], patients[2000:2100]])
    figure = columns(cohort_of(few, MACULAR, 11), MACULAR)
    assert np.isnan(heights(figure.axes[0])).all(axis=1).tolist() == [True, False, True]
    assert [line.get_label() for line in figure.axes[1].lines] == ["CSCR"]


def test_the_axis_does_not_tell_the_oldest_patient(patients: pd.DataFrame) -> None:
    older = patients.assign(age=patients["age"].where(patients.index != 7, 119.0))
    ends = [columns(cohort_of(table, MACULAR, 11), MACULAR).axes[1].get_xlim() for table in (patients, older)]
    assert ends[0] == ends[1]
    assert columns(cohort_of(older, MACULAR), MACULAR).axes[1].get_xlim()[1] > 119


def test_a_table_with_a_floor_hides_small_counts_of_a_count_column() -> None:
    table = clinic_patients(300)
    axes = columns(cohort_of(table, CLINIC, 11), CLINIC).axes[0]
    labels = [label.get_text() for label in axes.get_xticklabels()]
    assert labels[-1].startswith("≥ ")
    assert int(labels[-1][2:]) < table["visits"].max()
    shares = heights(axes)[0] * table["visits"].notna().sum()
    assert np.nanmin(shares) >= 11 - 1e-9


def test_without_a_floor_no_bar_is_hatched(patients: pd.DataFrame) -> None:
    assert not any(hatched(axes) for axes in columns(cohort_of(patients, MACULAR), MACULAR).axes)
