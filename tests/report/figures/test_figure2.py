from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.container import BarContainer

from retina_vae.cohort import CohortSchema, Column
from retina_vae.disclosure import MARK
from retina_vae.report.figures.figure2 import density, figure2, proportions
from retina_vae.report.tables import RunTables
from retina_vae.studies.macular.schema import MACULAR


def test_bars_are_as_high_as_the_shares(tables: RunTables) -> None:
    figure = figure2(tables.patients, tables.schema)
    for axes, disease in zip(figure.axes, MACULAR.diagnosis.categories, strict=False):
        own = tables.patients[tables.patients["disease"] == disease]
        expected = own["race"].value_counts(normalize=True, sort=False)
        heights = [bar.get_height() for bar in axes.patches]
        np.testing.assert_allclose(heights, expected[list(MACULAR["race"].categories)])
        assert f"n = {len(own)}" in axes.get_title(loc="left")


def test_binary_panel_shows_the_second_category(tables: RunTables) -> None:
    axes = figure2(tables.patients, tables.schema).axes[3]
    bars = [container for container in axes.containers if isinstance(container, BarContainer)]
    women = (tables.patients.loc[tables.patients["disease"] == "CSCR", "sex"] == "female").mean()
    assert bars[1].patches[3].get_height() == pytest.approx(women)
    assert [label.get_text() for label in axes.get_xticklabels()][3] == "Sex: female"


def test_panels_of_one_column_share_their_axis(tables: RunTables) -> None:
    limits = {axes.get_ylim() for axes in figure2(tables.patients, tables.schema).axes[:3]}
    assert len(limits) == 1


def test_standard_error_of_a_share() -> None:
    patients = pd.DataFrame({"disease": ["ARMD"] * 100, "sex": ["male"] * 20 + ["female"] * 80})
    row = proportions(patients, MACULAR, MACULAR["sex"]).query("disease == 'ARMD' and category == 'male'").iloc[0]
    assert row["share"] == pytest.approx(0.2)
    assert row["standard_error"] == pytest.approx(0.04)


def test_missing_values_leave_the_denominator() -> None:
    patients = pd.DataFrame({"disease": ["PCV"] * 4, "sex": ["male", "female", None, None]})
    row = proportions(patients, MACULAR, MACULAR["sex"]).query("disease == 'PCV' and category == 'male'").iloc[0]
    assert (row["n"], row["share"]) == (2, 0.5)


def test_density_integrates_to_one_and_finds_the_normal() -> None:
    values = np.random.default_rng(0).normal(60, 5, 20_000)
    grid = np.linspace(20, 100, 2001)
    height = density(values, grid)
    assert np.trapezoid(height, grid) == pytest.approx(1, abs=1e-6)
    normal = np.exp(-0.5 * ((grid - 60) / 5) ** 2) / (5 * np.sqrt(2 * np.pi))
    assert np.abs(height - normal).max() < 0.1 * normal.max()


def test_density_of_equal_values_is_finite() -> None:
    grid = np.linspace(0, 100, 2001)
    assert np.trapezoid(density(np.full(50, 40.0), grid), grid) == pytest.approx(1, abs=1e-6)


def test_any_schema_has_its_own_panels() -> None:
    schema = CohortSchema(
        identifier="number",
        columns=(
            Column(name="group", label="Group", kind="nominal", role="outcome", categories=("a", "b", "c", "d")),
            Column(name="pressure", label="Pressure", kind="continuous", unit="mmHg"),
            Column(name="weight", label="Weight", kind="continuous", unit="kg"),
            Column(name="smoker", label="Smoker", kind="binary", categories=("no", "yes")),
        ),
    )
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"group": rng.choice(list("abcd"), 80), "smoker": rng.choice(["no", "yes"], 80)})
    table[["pressure", "weight"]] = rng.normal(100, 10, (80, 2))
    figure = figure2(table, schema)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["(a)  Findings", "(b)  Pressure", "(c)  Weight"]
    assert figure.axes[1].get_xlabel() == "Pressure (mmHg)"
    assert figure.axes[0].get_xticklabels()[0].get_text() == "Smoker"


def hatched(figure, place: int) -> list[float]:
    """Middles of the hatched boxes of a panel."""
    return [bar.get_x() + bar.get_width() / 2 for bar in figure.axes[place].patches if bar.get_hatch()]


def test_bars_that_tell_of_few_patients_are_notes(simulated_patients: pd.DataFrame) -> None:
    """Of 1,000 with ARMD 12 are Black and 39 of another race; with a floor of 20 both shares are left out."""
    shares = proportions(simulated_patients, MACULAR, MACULAR["race"], floor=20)
    gone = shares[shares["share"].isna()]
    assert {("ARMD", "Black"), ("CSCR", "Asian")} & set(zip(gone["disease"], gone["category"], strict=True))
    figure = figure2(simulated_patients, MACULAR, floor=20)
    for place, disease in enumerate(MACULAR.diagnosis.categories):
        own = shares[shares["disease"] == disease].reset_index(drop=True)
        expected = own.index[own["share"].isna()].tolist()
        assert hatched(figure, place) == pytest.approx(expected)
        assert [text.get_text() for text in figure.axes[place].texts] == [MARK] * len(expected)
        heights = [bar.get_height() for bar in figure.axes[place].patches if not bar.get_hatch()]
        np.testing.assert_allclose(heights, own["share"])


def test_a_disease_of_few_patients_has_notes_alone(simulated_patients: pd.DataFrame) -> None:
    parts = [simulated_patients[simulated_patients["disease"] == name] for name in ("ARMD", "CSCR", "PCV")]
    figure = figure2(pd.concat([parts[0][:6], parts[1], parts[2][:100]]), MACULAR, floor=11)
    titles = [axes.get_title(loc="left") for axes in figure.axes[:3]]
    assert titles == [f"(a)  ARMD, n = {MARK}", "(b)  CSCR, n = 1,000", f"(c)  PCV, n = {MARK}"]
    assert [len(hatched(figure, place)) for place in (0, 2)] == [5, 5]
    assert [line.get_label() for line in figure.axes[4].lines] == ["CSCR (n = 1,000)"]


def test_the_axis_does_not_tell_the_oldest_patient(simulated_patients: pd.DataFrame) -> None:
    older = simulated_patients.assign(age=simulated_patients["age"].where(simulated_patients.index != 7, 119.0))
    ends = [figure2(table, MACULAR, floor=11).axes[4].get_xlim() for table in (simulated_patients, older)]
    assert ends[0] == ends[1]
    assert figure2(older, MACULAR).axes[4].get_xlim()[1] > 119


def test_without_a_floor_no_bar_is_hatched(simulated_patients: pd.DataFrame) -> None:
    figure = figure2(simulated_patients, MACULAR)
    assert not any(hatched(figure, place) for place in range(4))
