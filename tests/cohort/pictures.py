"""Pictures of two rows and three columns, with their mean brightness beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from retina_vae.cohort import CohortSchema, Column
from retina_vae.cohort.image_shape import ImageShape

__all__ = ["PICTURES", "picture_table"]

PICTURES = CohortSchema(
    identifier="id",
    columns=(
        *(Column(name=f"p{place}", label=f"Pixel {place}", kind="level", maximum=16) for place in range(6)),
        Column(name="brightness", label="Brightness", kind="continuous", role="held_out", unit="steps"),
        Column(name="sort", label="Sort", kind="nominal", role="outcome", categories=("a", "b")),
    ),
    image=ImageShape(height=2, width=3),
)


def picture_table(count: int, seed: int = 0) -> pd.DataFrame:
    """As many pictures, of two sorts."""
    rng = np.random.default_rng(seed)
    dark = rng.random(count) < 0.5
    pixels = rng.binomial(16, np.where(dark, 0.2, 0.7)[:, None], (count, 6)).astype(float)
    table = pd.DataFrame(pixels, columns=[f"p{place}" for place in range(6)])
    table.insert(0, "id", [f"I{place}" for place in range(count)])
    sorts = pd.Categorical(np.where(dark, "a", "b"), categories=["a", "b"])
    return table.assign(brightness=pixels.mean(axis=1), sort=sorts)
