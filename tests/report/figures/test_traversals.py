from __future__ import annotations

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg

from retina_vae.report.figures import traversals
from retina_vae.report.figures.traversals import MOST_DIMENSIONS
from retina_vae.report.tables import DecodedModel, RunTables


def _dimensions(**kl: list[float]) -> pd.DataFrame:
    rows = [(model, dim, value, value > 0.01) for model, own in kl.items() for dim, value in enumerate(own, start=1)]
    return pd.DataFrame(rows, columns=["model", "dimension", "kl", "active"])


def test_dimensions_stand_in_the_order_of_their_divergence(family: RunTables) -> None:
    models = {"one": family.decoded["beta-1"], "four": family.decoded["beta-4"]}
    figure = traversals(models, _dimensions(one=[0.1, 1.2, 0.5], four=[0.0, 0.0, 0.3]), family.cohort, family.schema)
    titles = [axes.get_title(loc="left") for axes in figure.axes[::2]]
    assert titles == [
        *("z2: KL 1.20 nats", "z3: KL 0.50 nats", "z1: KL 0.10 nats"),
        *("z3: KL 0.30 nats", "z1: KL 0.00 nats, inactive", "z2: KL 0.00 nats, inactive"),
    ]
    heads = [text.get_text() for axes in figure.axes for text in axes.texts if text.get_weight() == "bold"]
    assert heads == ["one", "four"]


def test_inactive_dimensions_are_grey_and_panels_share_their_axes(family: RunTables) -> None:
    figure = traversals(
        {"one": family.decoded["beta-1"]}, _dimensions(one=[0.1, 0.0, 0.5]), family.cohort, family.schema
    )
    shades = [axes.get_facecolor() for axes in figure.axes]
    assert len(set(shades)) == 2
    assert shades[4:] == [shades[-1]] * 2
    assert len({axes.get_ylim() for axes in figure.axes[1::2]}) == 1
    assert {axes.get_ylim() for axes in figure.axes[::2]} == {(-0.03, 1.03)}


def test_of_many_dimensions_those_that_tell_most_are_shown(family: RunTables) -> None:
    model = family.decoded["beta-1"]
    own = model.traversals[model.traversals["dimension"] == 1]
    many = pd.concat([own.assign(dimension=dim) for dim in range(1, 10)])
    wide = DecodedModel(model.posterior, many, model.interpolation, model.generated_check)
    figure = traversals(
        {"wide": wide}, _dimensions(wide=[0.1 * dim for dim in range(1, 10)]), family.cohort, family.schema
    )
    assert len(figure.axes) == 2 * MOST_DIMENSIONS
    assert figure.axes[0].get_title(loc="left").startswith("z9")


def test_the_legend_is_no_wider_than_the_figure(family: RunTables) -> None:
    figure = traversals(
        {"one": family.decoded["beta-1"]}, _dimensions(one=[0.1, 0.2, 0.5]), family.cohort, family.schema
    )
    FigureCanvasAgg(figure).draw()
    (legend,) = figure.legends
    assert legend.get_window_extent().x1 <= figure.bbox.x1
    assert len(legend.get_texts()) == 5
