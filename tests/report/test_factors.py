"""What the page says of coordinates and columns; the small run has one column that coordinate 1 tells alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from retina_vae.report import RunTables
from retina_vae.report.environment import report_environment
from retina_vae.report.factors import factors_part


def told(tables: RunTables, **shares: list[float]) -> RunTables:
    """The reported replica with other shares of some columns, one for each coordinate."""
    table = tables.factors.copy()
    for column, values in shares.items():
        table.loc[(table["column"] == column) & (table["replica"] == str(tables.reported)), "normalised"] = values
    return replace(tables, factors=table)


def with_vae(tables: RunTables, **changes: object) -> RunTables:
    settings = tables.configuration
    vae = settings.vae.model_copy(update=changes)
    return replace(tables, configuration=settings.model_copy(update={"vae": vae}))


def with_mig(tables: RunTables, replicas: float, baseline: float) -> RunTables:
    own = tables.disentanglement
    return replace(tables, disentanglement=own.assign(mig=np.where(own["replica"] == "pca", baseline, replicas)))


def test_the_columns_are_sorted_by_how_many_coordinates_tell_them(tables: RunTables) -> None:
    part = factors_part(tables)
    assert part.introduction.startswith(
        "The code of a patient is 3 numbers, its coordinates. How much each of them tells of each column, in 120 "
        "patients under replica 2, the reported one: 0 is nothing"
    )
    assert part.sentences[:3] == [
        "One coordinate tells at least twice as much as any other: coordinate 1 of race.",
        "Several coordinates share age.",
        "No coordinate tells a tenth of polyps, drusen, subretinal haemorrhage and sex.",
    ]
    assert part.coordinates == [1, 2, 3]
    assert (part.rows[0].label, part.rows[0].mig) == ("Race", "0.77")
    assert part.rows[0].shares == pytest.approx([0.79, 0.02, 0.02])
    assert len(part.rows) == 6
    assert part.left_out == 0
    assert part.chance == "0.17"


def test_a_column_twice_as_well_told_is_told_alone_and_each_coordinate_has_its_own(tables: RunTables) -> None:
    part = factors_part(told(tables, race=[0.1, 0.2, 0.4], age=[0.0, 0.21, 0.1], sex=[0.3, 0.29, 0.0]))
    assert part.sentences[0] == (
        "One coordinate tells at least twice as much as any other: coordinate 2 of age and coordinate 3 of race."
    )
    assert part.sentences[1] == "Several coordinates share sex."


def test_the_model_is_held_against_principal_components(tables: RunTables) -> None:
    better, worse = (factors_part(with_mig(tables, mig, 0.11)).sentences for mig in (0.3, 0.09))
    assert (
        "The best coordinate of a column leads the next by 0.30 of what there is to know (MIG, the median of 3 "
        "replicas); principal components by 0.11. So the columns are better divided among these coordinates than "
        "among those."
    ) in better
    assert not any("Do not give" in own for own in better)
    assert any("So the columns are no better divided" in own for own in worse)
    assert "Do not give these coordinates names: hardly any column is that of one coordinate." in worse


def test_what_holds_the_axes_is_said_of_the_model_of_the_run(tables: RunTables) -> None:
    ways = {
        "may be another in each replica": {"posterior": "full"},
        "Nothing holds the coordinates of an autoencoder": {"posterior": "point"},
        "pressed the coordinates to be independent of each other": {"objective": "beta_tc"},
        "not for one column each": {"objective": "elbo"},
    }
    for words, changes in ways.items():
        assert words in factors_part(with_vae(tables, **changes)).sentences[-1]


def test_one_coordinate_divides_nothing(tables: RunTables) -> None:
    own = tables.factors[tables.factors["coordinate"] == 1].assign(mig=np.nan)
    part = factors_part(replace(tables, factors=own))
    assert not any("Several" in sentence or "leads" in sentence for sentence in part.sentences)
    assert part.rows[0].mig == "–"


def test_columns_that_were_not_measured_are_named(tables: RunTables) -> None:
    own = tables.factors[~tables.factors["column"].isin(["sex", "drusen"])]
    words = "for want of two groups of 20 patients: drusen and sex."
    assert f"Not measured, {words}" in factors_part(replace(tables, factors=own)).sentences
    hides = replace(tables.gate, hides=True)
    assert f"Not measured, or not shown, {words}" in factors_part(replace(tables, factors=own, gate=hides)).sentences
    none = factors_part(replace(tables, factors=own.iloc[:0]))
    assert none.rows == []
    assert report_environment().get_template("factors.html.j2").render(factors=none)


def test_every_model_has_a_row_and_the_same_baseline_one_for_all(family: RunTables) -> None:
    models = factors_part(family).models
    names = family.configuration.models
    assert [row[0] for row in models.rows[: len(names)]] == [
        f"{name}\n(clustered)" if name == family.clustered else name for name in names
    ]
    planes = [name for name in names if family.configuration.model(name).latent_dim == 2]
    assert next(row[:3] for row in models.rows[len(names) :]) == [
        f"PCA, for {', '.join(planes[:-1])} and {planes[-1]}",
        "2",
        "",
    ]
    assert len(models.rows) == len(names) + 2


def test_many_columns_are_cut_to_those_that_are_told_most(tables: RunTables) -> None:
    own = tables.factors[tables.factors["column"] == "sex"]
    column = tables.schema["sex"]
    names = [f"c{place}" for place in range(50)]
    many = [own.assign(column=name, normalised=0.5 - 0.001 * place) for place, name in enumerate(names)]
    columns = tuple(column.model_copy(update={"name": name, "label": f"C {name}"}) for name in names)
    schema = tables.schema.with_inputs(*columns)
    part = factors_part(replace(tables, schema=schema, factors=pd.concat(many)))
    assert [row.label for row in part.rows] == [f"C c{place}" for place in range(40)]
    assert part.left_out == 10
    assert "C c11 and 38 more columns" in part.sentences[0]


def test_the_page_has_the_table(tables: RunTables) -> None:
    html = report_environment().get_template("factors.html.j2").render(factors=factors_part(tables))
    assert "Share of each column that each coordinate tells (darker: more)" in html
    assert 'style="background:rgb(54,125,177);color:#000">0.79</td>' in html
    assert "../release/latent/d3/factors.csv" in html


def test_of_images_it_is_said_that_columns_are_measures(tables: RunTables) -> None:
    settings = tables.configuration
    cohort = settings.cohort.model_copy(update={"source": "digits"})
    images = replace(tables, configuration=settings.model_copy(update={"study": "digits", "cohort": cohort}))
    assert factors_part(images).introduction.endswith(
        "Columns are here what is known of a patient beside the pixels, which nobody reads one by one."
    )
    assert "picture" not in factors_part(tables).introduction
