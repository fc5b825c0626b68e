from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from retina_vae.report.tables import RunTables
from retina_vae.report.why import signed, why_cluster
from retina_vae.studies.macular.schema import MACULAR
from tests.report.trust import contributions_of


@pytest.fixture
def told(tables: RunTables) -> RunTables:
    return replace(tables, contributions=contributions_of(np.repeat([1, 2, 3], 40), MACULAR))


def test_what_says_most_stands_first_and_what_speaks_against_is_never_folded(told: RunTables) -> None:
    """Of six inputs the first three say most, the last two speak against; the sizes say -0.5."""
    why = why_cluster(told, 1)
    assert why is not None
    labels = [column.label for column in MACULAR.inputs]
    assert [beam.label for beam in why.strongest] == [*labels[:3], *labels[4:]]
    assert [beam.text for beam in why.strongest] == ["+2.0", "+1.4", "+0.8", "−0.4", "−1.0"]
    assert [beam.speaks_for for beam in why.strongest] == [True, True, True, False, False]
    assert [beam.length for beam in why.strongest] == [100.0, 70.0, 40.0, 20.0, 50.0]
    assert [(beam.label, beam.text) for beam in why.rest] == [(labels[3], "+0.2"), ("sizes of both clusters", "−0.5")]
    assert (why.against, why.patients, why.total) == (2, 40, "+2.5")


def test_nothing_is_said_without_a_density_or_of_a_hidden_cluster(told: RunTables) -> None:
    assert why_cluster(replace(told, contributions=None), 1) is None
    assert told.contributions is not None
    hidden = told.contributions.assign(
        contribution=told.contributions["contribution"].mask(told.contributions["cluster"] == 2)
    )
    assert why_cluster(replace(told, contributions=hidden), 2) is None
    assert why_cluster(replace(told, contributions=hidden), 3) is not None


def test_signs_are_true_and_nothing_has_none() -> None:
    assert [signed(value) for value in (1.26, -0.31, 0.04, -0.04)] == ["+1.3", "−0.3", "0.0", "0.0"]
