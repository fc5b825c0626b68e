import numpy as np
import pandas as pd
import pytest

from retina_vae.assign.repeats import Repeats


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
def test_finds_what_pandas_finds_whatever_the_chunks(size: int):
    texts = pd.Series([f"P{number}" for number in np.random.default_rng(0).integers(0, 800, 1000)], dtype=object)
    repeats = Repeats()
    found = np.concatenate([repeats.repeated(texts[start : start + size]) for start in range(0, 1000, size)])
    assert (found == texts.duplicated().to_numpy()).all()


def test_holds_eight_bytes_per_row():
    repeats = Repeats()
    for start in range(0, 50_000, 1000):
        repeats.repeated(pd.Series([f"P{number}" for number in range(start, start + 1000)], dtype=object))
    assert sum(block.nbytes for block in repeats._blocks) == 8 * 50_000
    assert len(repeats._blocks) < 10


def test_nothing_repeats_in_nothing():
    assert Repeats().repeated(pd.Series([], dtype=object)).tolist() == []
