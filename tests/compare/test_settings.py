from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from retina_vae.compare import open_run
from retina_vae.compare.settings import Difference, differences, provenance_differences, setting_differences
from tests.compare.conftest import MANIFEST

Make = Callable[..., Path]


def test_keys_that_differ_or_that_one_has_are_listed() -> None:
    a = {"vae": {"seed": 1, "dims": [2, 3]}, "family": {}, "only": None}
    b = {"vae": {"seed": 2, "dims": [2, 3]}, "family": {"x": {"seed": 3}}}
    assert differences(a, b) == [
        Difference("vae.seed", [1], [2]),
        Difference("only", [None], []),
        Difference("family.x.seed", [], [3]),
    ]
    assert differences(a, a) == []


def test_defaults_are_compared_as_if_they_were_written_and_names_are_not(
    make: Make, patients: pd.DataFrame, clusters: np.ndarray
) -> None:
    a = open_run(make("a", patients, clusters))
    b = open_run(make("b", patients, clusters, latent={"draws": 16, "seed": 5}))
    assert setting_differences(a, b) == [Difference("latent.seed", [1], [5])]


def test_versions_devices_and_inputs_are_compared_but_not_seconds(
    make: Make, patients: pd.DataFrame, clusters: np.ndarray
) -> None:
    other = MANIFEST | {"versions": {"retina_vae": "0.2.0", "torch": "2.13.0"}, "seconds": {"vae-d2": 99.0}, "run": "b"}
    runs = [open_run(make(name, patients, clusters, manifest=own)) for name, own in (("a", MANIFEST), ("b", other))]
    assert provenance_differences(*runs) == [Difference("versions.retina_vae", ["0.1.0"], ["0.2.0"])]
