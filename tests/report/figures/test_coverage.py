import numpy as np
import pandas as pd
import pytest

from retina_vae.report.figures import coverage_curves


def test_curves_are_coverage_minus_credibility_of_every_replica_within_a_binomial_band() -> None:
    share = np.arange(1, 20) / 20
    table = pd.concat(
        [
            pd.DataFrame(
                {
                    "draws_from": kind,
                    "replica": replica,
                    "patients": 400,
                    "credibility": share,
                    "coverage": share + bend * replica,
                }
            )
            for kind, bend in (("encoded", -0.02), ("corrected", 0.01))
            for replica in (1, 2)
        ]
    )
    figure = coverage_curves(table)
    encoded, corrected = figure.axes
    assert "q(z | x)" in encoded.get_title(loc="left")
    for axes, bend in ((encoded, -0.02), (corrected, 0.01)):
        curves = [line for line in axes.lines if len(line.get_xdata()) == 19]
        assert len(curves) == 2
        for replica, line in enumerate(curves, start=1):
            np.testing.assert_allclose(line.get_ydata(), bend * replica)
    band = corrected.collections[0].get_paths()[0].vertices
    assert band[:, 1].max() == pytest.approx(1.96 * 0.5 / 20, rel=1e-3)
