from __future__ import annotations

from retina_vae.report.figures.latent_structure import latent_structure
from retina_vae.report.tables import RunTables


def test_every_comparison_is_drawn_where_it_lies(tables: RunTables) -> None:
    figure = latent_structure(tables.number.candidates, tables.number.comparisons, 3)
    pairs, numbers = figure.axes
    drawn = [float(line.get_xdata()[0]) for line in pairs.lines if line.get_marker() == "o"]
    expected = tables.number.comparisons.set_index("comparison")["difference"]
    assert drawn == [expected[name] for name in ("groups_smooth", "groups_curves", "groups_bell", "continuum_bell")]
    assert len(pairs.get_yticklabels()) == 4
    labels = [text.get_text() for text in figure.legends[0].texts]
    assert labels == [
        "best continuum",
        "best bell",
        "found: 3",
        "groups, independent columns",
        "groups with a common factor",
    ]
    assert numbers.get_xlabel() == "Number of groups"


def test_the_best_continuum_is_a_line(tables: RunTables) -> None:
    numbers = latent_structure(tables.number.candidates, tables.number.comparisons, 3).axes[1]
    candidates = tables.number.candidates
    best = candidates.loc[candidates["family"].isin(["continuum", "closed curve"]), "difference"].max()
    (line,) = [line for line in numbers.lines if line.get_label() == "best continuum"]
    assert set(line.get_ydata()) == {best}
