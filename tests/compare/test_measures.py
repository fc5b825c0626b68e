from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from retina_vae.clusters.latent_structure.answers import ANSWERS
from retina_vae.compare import open_run
from retina_vae.compare.measures import MEASURES, Findings, findings, measures
from retina_vae.files import write_table
from tests.compare.conftest import write_measures

Make = Callable[..., Path]


def test_measures_are_those_of_the_runs(make: Make, patients: pd.DataFrame, clusters: np.ndarray) -> None:
    a, b = make("a", patients, clusters), make("b", patients[:200], np.minimum(clusters[:200], 4))
    write_measures(b, [0.3, 0.1, 0.2], "Most choose 3.", 2)
    found = {one.name: (one.a, one.b) for one in measures(open_run(a), open_run(b))}
    assert found["patients"] == (300, 200)
    assert found["clusters"] == (6, 4)
    assert found["replicas"] == (3, 3)
    assert found["replica_agreement"] == pytest.approx((0.7, 0.7))
    assert found["jaccard_mean"] == pytest.approx((0.7, 0.7))
    assert found["jaccard_least"] == (0.5, 0.5)
    assert found["bootstrap_jaccard_mean"] == (None, pytest.approx(0.7))
    assert found["retrained_jaccard_mean"] == (None, pytest.approx(0.55))
    assert found["retrained_jaccard_least"] == (None, 0.4)
    assert found["distance"] == (None, 0.2)
    assert found["log_evidence"] == (None, -7.2)
    assert found["groups_found"] == (None, 2)
    assert list(found) == list(MEASURES)


def test_what_neither_run_measured_is_left_out(make: Make, patients: pd.DataFrame, clusters: np.ndarray) -> None:
    run = open_run(make("a", patients, clusters))
    names = [one.name for one in measures(run, run)]
    assert "distance" not in names
    assert "groups_found" not in names
    nothing = pd.DataFrame({"cluster": [1], "resamples": [0], "jaccard_mean": [float("nan")]})
    write_table(nothing, run.folder / "clusters/retrained.csv")
    assert "retrained_jaccard_mean" not in [one.name for one in measures(run, run)]


def test_findings_are_the_runs_own_words(make: Make, patients: pd.DataFrame, clusters: np.ndarray) -> None:
    folder = make("a", patients, clusters)
    assert findings(open_run(folder)) == Findings(None, None)
    write_measures(folder, [0.1], "Most choose 3.", 2)
    assert findings(open_run(folder)) == Findings("separate groups, 2 by held-out log-density", "Most choose 3.")


@pytest.mark.parametrize("answer", ANSWERS)
def test_every_answer_has_its_words(make: Make, patients: pd.DataFrame, clusters: np.ndarray, answer: str) -> None:
    folder = make("a", patients, clusters)
    write_table(pd.DataFrame([{"answer": answer, "k": 4}]), folder / "clusters/latent_structure.csv")
    said = findings(open_run(folder)).answer
    assert said is not None
    assert ("4" in said) == (answer != "nothing")
