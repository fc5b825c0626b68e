"""The molecules that the report draws: near one, from the prior, on the way between two, along a property."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.studies.molecules.chemistry import measure_molecules, similarities
from retina_vae.studies.molecules.decoding import SequenceModel, interpolated
from retina_vae.studies.molecules.measures import Spread, fresh_codes
from retina_vae.studies.molecules.neighbours import near
from retina_vae.studies.molecules.notation import IntArray
from retina_vae.studies.molecules.properties import MOVED_BY, fit_direction

__all__ = ["SHOWN_RADII", "drawn_molecules"]

FloatArray = NDArray[np.float64]

SHOWN_RADII = (0.2, 0.3, 0.5)
_ACROSS = 7
_SEARCHED = 60
_STEPS = 9
_MOVED_ALONG = "logp"


def drawn_molecules(
    models: Sequence[SequenceModel], held_out: Sequence[str], trained: tuple[IntArray, pd.DataFrame], seed: int
) -> pd.DataFrame:
    """The table of what is drawn, in the columns of ``molecules/drawn.csv``.

    Args:
        models: One replica of each, the clustered model last.
        held_out: Molecules that no model sees; the first that every model reconstructs is the one in the middle.
        trained: Sequences of the cohort and their properties.
        seed: Of the draws.
    """
    center, other = _examples(models, held_out)
    rows: list[dict[str, Any]] = []
    for model in models:
        codes = model.codes(trained[0])
        spread = Spread(codes)
        rows += _neighbours(model, spread, center, seed)
        rows += _prior(model, spread, seed)
        rows += _path(model, center, other)
        direction = fit_direction(codes, trained[1][_MOVED_ALONG].to_numpy())
        moved = np.concatenate([direction.moved(model.codes_of([center]), step) for step in MOVED_BY])
        rows += _moved(model, model.molecules(moved))
    return pd.DataFrame(rows)


def _examples(models: Sequence[SequenceModel], held_out: Sequence[str]) -> tuple[str, str]:
    """A held-out molecule that as many models as possible reconstruct, and one that is as unlike it as any.

    Of the first hundred; the middle one has rings and atoms of other elements, so that there is something to see.
    """
    several = list(held_out[:100])
    again = sum(
        np.array(
            [own == back for own, back in zip(several, model.molecules(model.codes_of(several)), strict=True)], int
        )
        for model in models
    )
    properties = measure_molecules(several)
    rings = properties["rings"].clip(upper=2).to_numpy()
    place = int(np.lexsort((-rings, -np.asarray(again)))[0])
    alike = similarities(several[place], several)
    best = np.asarray(again) == np.asarray(again).max()
    return several[place], several[int(np.where(best, alike, 2.0).argmin())]


def _row(kind: str, model: SequenceModel, row: int, place: int, smiles: str | None, caption: str) -> dict[str, Any]:
    return {"set": kind, "model": model.name, "row": row, "place": place, "smiles": smiles, "caption": caption}


def _neighbours(model: SequenceModel, spread: Spread, center: str, seed: int) -> Iterator[dict[str, Any]]:
    """A row for each radius: the molecule, and the first different ones that are decoded near it."""
    codes = model.codes_of([center])
    for row, radius in enumerate(SHOWN_RADII, start=1):
        yield _row("neighbours", model, row, 1, center, "")
        found = near(model, spread, codes, radius, "codes", _SEARCHED, seed)[0]
        # The order in which they are drawn, so that none is picked.
        others = [own for own in dict.fromkeys(found) if own is not None and own != center][: _ACROSS - 1]
        for place, (own, alike) in enumerate(zip(others, similarities(center, others), strict=True), start=2):
            yield _row("neighbours", model, row, place, own, f"{alike:.2f}")


def _prior(model: SequenceModel, spread: Spread, seed: int) -> Iterator[dict[str, Any]]:
    codes = fresh_codes(model, spread, 2 * _ACROSS, np.random.default_rng(seed))
    for place, own in enumerate(model.molecules(codes)):
        yield _row("prior", model, place // _ACROSS + 1, place % _ACROSS + 1, own, "")


def _path(model: SequenceModel, start: str, stop: str) -> Iterator[dict[str, Any]]:
    ends = model.codes_of([start, stop])
    for place, own in enumerate(model.molecules(interpolated(ends[0], ends[1], _STEPS)), start=1):
        yield _row("path", model, 1, place, own, "")


def _moved(model: SequenceModel, found: Sequence[str | None]) -> Iterator[dict[str, Any]]:
    for place, (step, own) in enumerate(zip(MOVED_BY, found, strict=True), start=1):
        value = "" if own is None else f"{measure_molecules([own])[_MOVED_ALONG].iloc[0]:.1f}"
        yield _row("moved", model, 1, place, own, f"{step:+g}: {value}" if step else f"0: {value}")
