from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from retina_vae.report.figures import supervised
from retina_vae.report.tables import DecodedModel, RunTables


def test_every_patient_is_marked_once_at_its_posterior_mean(family: RunTables) -> None:
    figure = supervised({"with": family.decoded["supervised"]}, family.cohort, family.schema, 120)
    (axes,) = figure.axes
    drawn = np.concatenate([np.stack(collection._offsets3d, axis=1) for collection in axes.collections])
    means = family.decoded["supervised"].posterior[["mean_1", "mean_2", "mean_3"]].to_numpy()
    np.testing.assert_allclose(np.sort(drawn, axis=0), np.sort(means, axis=0))
    legend = figure.legends[0]
    assert [text.get_text() for text in legend.get_texts()] == ["ARMD", "CSCR", "PCV"]


def test_each_model_has_axes_and_a_title_of_its_own(family: RunTables) -> None:
    models = {"d3: without": family.decoded["d3"], "supervised: with": family.decoded["supervised"]}
    figure = supervised(models, family.cohort, family.schema, 120)
    texts = [text.get_text() for text in figure.texts]
    assert "(a)  d3: without" in texts
    assert "(b)  supervised: with" in texts


@pytest.mark.parametrize("dimensions", [1, 2, 4])
def test_any_number_of_dimensions_is_drawn(family: RunTables, dimensions: int) -> None:
    model = family.decoded["supervised"]
    rng = np.random.default_rng(dimensions)
    posterior = model.posterior[["outcome"]].copy()
    posterior[[f"mean_{j}" for j in range(1, dimensions + 1)]] = rng.normal(size=(len(posterior), dimensions))
    other: DecodedModel = replace(model, posterior=posterior)
    figure = supervised({"with": other}, family.cohort, family.schema, 120)
    assert any("PC" in text.get_text() for text in figure.texts) is (dimensions > 3)
