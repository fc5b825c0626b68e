"""Sequences of at most four symbols, with their length beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from retina_vae.cohort import CohortSchema, Column
from retina_vae.cohort.sequence_shape import END, SequenceShape

__all__ = ["ALPHABET", "SEQUENCES", "sequence_table"]

ALPHABET = ("a", "b", "c", END)
LENGTH = 4

SEQUENCES = CohortSchema(
    identifier="id",
    columns=(
        *(
            Column(name=f"s{place}", label=f"Symbol {place}", kind="nominal", categories=ALPHABET, required=True)
            for place in range(LENGTH)
        ),
        Column(name="length", label="Length", kind="count", role="held_out"),
    ),
    sequence=SequenceShape(length=LENGTH),
)


def sequence_table(count: int, seed: int = 0) -> pd.DataFrame:
    """As many sequences, each of one to four symbols."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(1, LENGTH + 1, count)
    codes = rng.integers(0, 3, (count, LENGTH))
    codes[np.arange(LENGTH) >= lengths[:, None]] = 3
    columns = {
        f"s{place}": pd.Categorical.from_codes(codes[:, place], categories=list(ALPHABET)) for place in range(LENGTH)
    }
    return pd.DataFrame({"id": [f"S{place}" for place in range(count)], **columns, "length": lengths.astype(float)})
