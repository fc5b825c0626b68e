"""The posteriors: ellipses, who is drawn, and what lies between."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import EllipseCollection
from matplotlib.patches import Circle

from retina_vae.report.figures import MOST_ELLIPSES, path_ends, posteriors, supervised
from retina_vae.report.figures.posteriors import ellipses
from retina_vae.report.tables import RunTables


def _drawn(family: RunTables, *names: str):
    return posteriors({name: family.decoded[name] for name in names}, family.cohort, family.schema, 120)


def test_points_on_the_ellipse_are_one_standard_deviation_away() -> None:
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(20, 2, 2))
    covariance = factors @ factors.transpose(0, 2, 1)
    width, height, angle = ellipses(covariance)
    turn = np.deg2rad(angle)
    for t in np.linspace(0, 2 * np.pi, 9):
        x, y = width / 2 * np.cos(t), height / 2 * np.sin(t)
        point = np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], axis=1)
        squares = np.einsum("ni,nij,nj->n", point, np.linalg.inv(covariance), point)
        np.testing.assert_allclose(squares, 1, rtol=1e-8)


def test_ellipse_of_a_known_covariance() -> None:
    # Rotating diag(4, 1) by 30 degrees turns the longer axis, of standard deviation 2, to 30 degrees.
    turn = np.deg2rad(30)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    width, height, angle = ellipses((rotation @ np.diag([4.0, 1.0]) @ rotation.T)[None])
    assert (width[0], height[0], angle[0] % 180) == pytest.approx((4, 2, 30))


def test_a_point_has_no_ellipse_and_a_posterior_has_one_per_patient(family: RunTables) -> None:
    figure = _drawn(family, "autoencoder", "regularised")
    planes = [axes for axes in figure.axes if axes.get_xlabel() == "z1"]
    found = [[c for c in axes.collections if isinstance(c, EllipseCollection)] for axes in planes]
    assert not found[0]
    (own,) = found[1]
    count = min(family.account.patients, MOST_ELLIPSES)
    assert len(own.get_offsets()) == count
    values = np.linalg.eigvalsh(0.36 * np.array([[1.0, 0.3], [0.3, 1.0]]))
    assert own.get_widths()[0] == pytest.approx(2 * np.sqrt(values[1]))
    assert own.get_heights()[0] == pytest.approx(2 * np.sqrt(values[0]))


def test_every_plane_is_true_to_scale_and_holds_prior_and_ellipses(family: RunTables) -> None:
    figure = _drawn(family, "autoencoder", "unregularised", "regularised")
    planes = [axes for axes in figure.axes if axes.get_xlabel() == "z1"]
    assert [axes.get_title(loc="left") for axes in planes] == [
        "(a)  autoencoder",
        "(b)  unregularised",
        "(c)  regularised",
    ]
    for axes in planes:
        circles = [patch for patch in axes.patches if isinstance(patch, Circle)]
        assert [circle.radius for circle in circles] == [1, 2]
        assert axes.get_aspect() == 1
        assert np.ptp(axes.get_xlim()) == pytest.approx(np.ptp(axes.get_ylim()))
        for low, high in (axes.get_xlim(), axes.get_ylim()):
            assert low < -2
            assert high > 2


def test_the_line_runs_between_the_ends_of_the_interpolation(family: RunTables) -> None:
    axes = _drawn(family, "regularised").axes[0]
    table = family.decoded["regularised"].interpolation
    ends = table[table["step"].isin([0, 1])].drop_duplicates("step")[["z_1", "z_2"]].to_numpy()
    np.testing.assert_allclose(np.stack(axes.lines[0].get_data(), axis=1), ends)
    assert [text.get_text() for text in axes.texts] == ["ARMD", "PCV"]


def test_ends_are_the_outcomes_that_occur(family: RunTables) -> None:
    without = replace(family.cohort, occurring=["ARMD", "CSCR"])
    assert path_ends(family.cohort, family.schema) == ("ARMD", "PCV")
    assert path_ends(without, family.schema) == ("ARMD", "CSCR")


def test_more_models_than_fit_in_a_row_stand_below(family: RunTables) -> None:
    models = {f"model {i}": family.decoded["regularised"] for i in range(4)}
    figure = posteriors(models, family.cohort, family.schema, 120)
    assert sum(axes.get_xlabel() == "z1" for axes in figure.axes) == 4


def test_where_nobody_may_be_drawn_a_sentence_says_so(family: RunTables) -> None:
    for draw, name in ((posteriors, "regularised"), (supervised, "supervised")):
        model = family.decoded[name]
        nobody = replace(model, posterior=model.posterior.iloc[:0], interpolation=model.interpolation.iloc[:0])
        figure = draw({"model": nobody}, family.cohort, family.schema, 120)
        assert figure.axes == []
        assert figure.texts[0].get_text().startswith("Not shown")
