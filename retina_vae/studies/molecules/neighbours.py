"""What lies near a molecule in the latent space of a model, and how alike it is to the molecule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.studies.molecules.chemistry import similarities
from retina_vae.studies.molecules.decoding import SequenceModel
from retina_vae.studies.molecules.measures import Spread

__all__ = ["RADII", "UNITS", "near", "neighbourhood_rows", "random_pairs", "similar_table"]

FloatArray = NDArray[np.float64]

RADII = (0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
UNITS = ("codes", "distance")


def near(
    model: SequenceModel, spread: Spread, codes: FloatArray, radius: float, unit: str, draws: int, seed: int
) -> list[list[str | None]]:
    """What is decoded from codes near each of some, a list of ``draws`` for each.

    Args:
        model: One replica.
        spread: Of its codes.
        codes: Of the molecules, shape (molecules, latent dimensions).
        radius: By which the steps are multiplied.
        unit: Of :meth:`~retina_vae.studies.molecules.measures.Spread.steps`.
        draws: Near each molecule.
        seed: Of the steps, which are the same at every radius.
    """
    steps = spread.steps(np.random.default_rng(seed), len(codes) * draws, unit)
    found = model.molecules(codes.repeat(draws, axis=0) + radius * steps)
    return [found[start : start + draws] for start in range(0, len(found), draws)]


def neighbourhood_rows(
    model: SequenceModel, spread: Spread, molecules: Sequence[str], draws: int, seed: int
) -> Iterator[dict[str, Any]]:
    """A row for each unit and radius, in the columns of ``molecules/neighbours.csv``."""
    codes = model.codes_of(molecules)
    for unit in UNITS:
        for radius in RADII:
            found = near(model, spread, codes, radius, unit, draws, seed)
            yield {
                "model": model.name,
                "replica": model.replica,
                "unit": unit,
                "radius": radius,
                "draws": draws,
            } | _alike(molecules, found)


def random_pairs(molecules: Sequence[str], draws: int, seed: int) -> dict[str, Any]:
    """How alike molecules are that have nothing to do with each other: a row of the same table."""
    rng, count = np.random.default_rng(seed), len(molecules)
    # So many places further around the list: any molecule but itself.
    apart = rng.integers(1, max(count, 2), (count, draws))
    others: list[list[str | None]] = [
        [molecules[(place + step) % count] for step in steps] for place, steps in enumerate(apart.tolist())
    ]
    return {"model": "", "replica": 0, "unit": "", "radius": np.nan, "draws": draws} | _alike(molecules, others)


def _alike(molecules: Sequence[str], found: Sequence[Sequence[str | None]]) -> dict[str, Any]:
    alike = np.array([similarities(own, near_by) for own, near_by in zip(molecules, found, strict=True)])
    same = np.array([[other == own for other in near_by] for own, near_by in zip(molecules, found, strict=True)])
    valid = np.array([[other is not None for other in near_by] for near_by in found])
    means = alike.mean(axis=1)
    others = alike[valid & ~same]
    return {
        "molecules": len(molecules),
        "similarity": float(means.mean()),
        "similarity_error": float(means.std(ddof=1) / np.sqrt(len(means))) if len(means) > 1 else np.nan,
        "same": float(same.mean()),
        "similarity_of_others": float(others.mean()) if others.size else np.nan,
        "valid": float(valid.mean()),
    }


def similar_table(molecule: str, found: Sequence[str | None], radii: Sequence[float]) -> pd.DataFrame:
    """Each different molecule that was found, at the smallest radius, the most similar first.

    Args:
        molecule: The given one.
        found: What was decoded; None where it is no molecule.
        radii: Of each.

    Returns:
        ``smiles``, ``similarity``, ``radius``, ``times`` (how often it was decoded); the given one is not among them.
    """
    table = pd.DataFrame({"smiles": found, "radius": radii}).dropna()
    table = table[table["smiles"] != molecule]
    grouped = table.groupby("smiles", sort=False)["radius"].agg(radius="min", times="size").reset_index()
    grouped["similarity"] = similarities(molecule, grouped["smiles"].tolist())
    return grouped.sort_values(["similarity", "times"], ascending=False, kind="stable", ignore_index=True)
