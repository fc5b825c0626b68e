"""What a decoder says, as lines."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retina_vae.cohort import CohortSchema, Column
from retina_vae.report.figures.decoded import DecodedPath, decoded_space
from retina_vae.report.figures.style import group_look, new_figure
from retina_vae.report.tables import RunTables
from retina_vae.studies.macular.schema import MACULAR
from tests.report.family import said
from tests.report.released import cohort_of


@pytest.fixture(scope="module")
def path(family: RunTables) -> DecodedPath:
    table = family.decoded["beta-1"].traversals
    return DecodedPath(table[table["dimension"] == 3], "deviation")


def test_curves_are_the_means_in_the_order_of_the_places(path: DecodedPath) -> None:
    shuffled = DecodedPath(path.table.sample(frac=1, random_state=1), "deviation")
    z = np.zeros((9, 3))
    z[:, 2] = np.linspace(-3, 3, 9)
    expected = {(column, category): mean for column, category, mean in said(z)}
    for (column, category), mean in expected.items():
        places, curve = shuffled.curve(column, category)
        np.testing.assert_allclose(places, z[:, 2])
        np.testing.assert_allclose(curve, mean)


def test_a_column_of_many_categories_shows_the_one_that_moves_most(path: DecodedPath, family: RunTables) -> None:
    table = path.table.copy()
    table.loc[table["category"] == "Black", "mean"] *= 0.5
    space = decoded_space([path, DecodedPath(table, "deviation")], MACULAR, family.cohort)
    labels = [line.label for line in space.lines]
    assert labels == ["Race: Asian", "Polyps", "Drusen", "Subretinal haemorrhage", "Sex: female"]
    assert len({line.look.colour for line in space.lines}) == len({line.look.marker for line in space.lines}) == 5


def test_lines_do_not_wear_the_colours_of_the_groups(path: DecodedPath, family: RunTables) -> None:
    own = {line.look.colour for line in decoded_space([path], MACULAR, family.cohort).lines}
    assert own.isdisjoint(group_look(position).colour for position in range(3))


def test_lines_that_hardly_move_are_pale_and_have_no_name(path: DecodedPath, family: RunTables) -> None:
    space = decoded_space([path], MACULAR, family.cohort)
    figure = new_figure(4, 3)
    grid = figure.add_gridspec(2, 1)
    all_axes = space.add_axes(figure, [grid[0], grid[1]], named=True)
    space.draw(all_axes, path, labelled=True)
    pale = [line.label for line, drawn in zip(space.lines, all_axes[0].lines, strict=True) if drawn.get_alpha() < 1]
    assert pale == ["Subretinal haemorrhage", "Sex: female"]
    assert sorted(text.get_text() for text in all_axes[0].texts) == ["Drusen", "Polyps", "Race: Asian"]
    assert all_axes[1].get_ylabel() == "Age\n(years)"


def test_limits_hold_every_number_of_all_paths(path: DecodedPath, family: RunTables) -> None:
    older = DecodedPath(path.table.assign(mean=path.table["mean"] + 40), "deviation")
    ((column, (low, high)),) = decoded_space([path, older], MACULAR, family.cohort).numbers
    assert column.name == "age"
    assert low < 60 < 100 < high


def test_a_schema_without_findings_or_numbers_is_drawn() -> None:
    outcome = Column(name="group", label="Group", kind="nominal", role="outcome", categories=("a", "b"))
    kind = Column(name="kind", label="Kind", kind="nominal", categories=("x", "y", "z"))
    schema = CohortSchema(identifier="number", columns=(outcome, kind))
    rows = [(step, "kind", name, step if name == "y" else 0.1) for step in (0.0, 1.0) for name in ("x", "y", "z")]
    path = DecodedPath(pd.DataFrame(rows, columns=["step", "column", "category", "mean"]), "step")
    space = decoded_space([path], schema, cohort_of(pd.DataFrame({"kind": ["x"], "group": ["a"]}), schema))
    assert [line.label for line in space.lines] == ["Kind: y"]
    assert space.height_ratios == [3.0]
