"""What the gate says of itself."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retina_vae.release.gate import gate_of
from tests.cohort.pictures import PICTURES, picture_table
from tests.release.full import context_of


@pytest.mark.parametrize("floor", [0, 11])
@pytest.mark.parametrize(("sizes", "hidden"), [([30, 30], 0), ([55, 5], 1)])
def test_why_there_is_no_explorer(floor: int, sizes: list[int], hidden: int) -> None:
    """Of pictures because they are pictures, of others because of small clusters, where these are hidden."""
    table, clusters = picture_table(60), pd.Series(np.repeat([1, 2], sizes))
    pictures = gate_of(context_of(table, clusters, PICTURES, floor), "r", parts="pixels of a picture")["explorer"]
    assert pictures.startswith("It is left out of this report, because nobody sets the pixels of a picture in a form.")
    assert "retina-vae assign --run results/r" in pictures
    others = gate_of(context_of(table, clusters, PICTURES.model_copy(update={"image": None}), floor), "r")["explorer"]
    assert ("small" in others) == bool(hidden and floor)
    assert bool(others) == bool(hidden and floor)
