"""Obstacles that no sweep of the cohort has: does the density tell them, and what does the classifier call them?

    make run CONFIG=config/terrain.yaml
    python benchmarks/unseen_obstacles.py results/terrain -o docs/unseen-obstacles.csv

A wall across the course, a thicket there, which beams enter for metres, a thin post, and a post farther away than those
of the cohort, 1,000 sweeps of each. A row for each and score: the area under the ROC curve against as many fresh sweeps
of the cohort, as ``retina-vae ood`` measures it with the clustered model; and what the supervised model says of them,
which must name one of its terrains: the share of each, and how many get 0.9 or more.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import pandas as pd
import torch
import typer
from numpy.typing import NDArray

from retina_vae.commands.comparing import Asked, Comparison
from retina_vae.files import write_table
from retina_vae.latent.decode import take_replica
from retina_vae.latent.encode import patient_features
from retina_vae.opening import open_run
from retina_vae.run import Run
from retina_vae.studies.terrain.cohort import sweep_schema
from retina_vae.studies.terrain.scenes import TERRAINS, Scenes, draw_scenes
from retina_vae.studies.terrain.sweeps import draw_sweeps
from retina_vae.vae import load_model
from retina_vae.weights import load_weights

FloatArray = NDArray[np.float64]

SWEEPS, SEED, SURE = 1000, 7, 0.9


def seen(rng: np.random.Generator) -> Scenes:
    """Scenes as those of the cohort, as many of each terrain."""
    return draw_scenes(rng.permutation(np.arange(SWEEPS) % len(TERRAINS)), rng)


def obstacles(rng: np.random.Generator, near: tuple[float, float], radius: float, depth: tuple[float, float]) -> Scenes:
    """Scenes with a round obstacle on a clear course.

    Args:
        rng: What draws.
        near: Between which distances its near side is, in metres.
        radius: In metres.
        depth: Between which lengths the mean path of a beam through it is, in metres.
    """
    free = draw_scenes(np.full(SWEEPS, TERRAINS.index("free")), rng)
    return Scenes(
        free.offset,
        free.heading,
        distance=rng.uniform(*near, SWEEPS) + radius,
        aside=rng.uniform(-0.06, 0.06, SWEEPS),
        radius=np.full(SWEEPS, radius),
        depth=depth[0] * (depth[1] / depth[0]) ** rng.random(SWEEPS),
    )


UNSEEN: dict[str, Callable[[np.random.Generator], Scenes]] = {
    "wall across the course": lambda rng: obstacles(rng, (0.3, 0.7), 5.0, (0.03, 0.07)),
    "thicket across the course": lambda rng: obstacles(rng, (0.3, 0.7), 5.0, (1.0, 3.0)),
    "thin post": lambda rng: obstacles(rng, (0.4, 0.8), 0.03, (0.03, 0.07)),
    "post farther away": lambda rng: obstacles(rng, (1.4, 2.0), 0.2, (0.03, 0.07)),
}
"""By name, what draws their scenes."""


def table_of(scenes: Scenes, rng: np.random.Generator) -> pd.DataFrame:
    """One sweep of each scene in the form of the cohort's table."""
    schema = sweep_schema()
    levels = pd.DataFrame(draw_sweeps(scenes, rng), columns=[column.name for column in schema.inputs])
    levels.insert(0, schema.identifier, [f"U{number:04d}" for number in range(1, SWEEPS + 1)])
    return levels


@torch.no_grad()
def terrains_of(run: Run, sweeps: pd.DataFrame) -> FloatArray:
    """p(terrain | sweep) of the supervised model, shape (sweeps, terrains)."""
    model, description = take_replica(*load_model(run.model_folder("supervised")), 1)
    x = patient_features(description.encoding, sweeps)
    found: FloatArray = model.classify(model.encode(x.unsqueeze(0))).exp()[0].T.double().numpy()
    return found


def said_of(run: Run, sweeps: pd.DataFrame) -> dict[str, float]:
    """Share of the sweeps that are called each terrain, and of those that are called one with 0.9 or more."""
    found = terrains_of(run, sweeps)
    shares = np.bincount(found.argmax(axis=1), minlength=len(TERRAINS)) / len(found)
    return dict(zip(TERRAINS, shares.tolist(), strict=True)) | {"sure": float((found.max(axis=1) >= SURE).mean())}


def main(folder: Path, output: Annotated[Path, typer.Option("-o", "--output")]) -> None:
    """Measure every kind of obstacle, and fresh sweeps as the last row."""
    torch.set_num_threads(1)
    run, rng = open_run(folder).dimensioned(), np.random.default_rng(SEED)
    rows = []
    with TemporaryDirectory() as name:
        like = Path(name) / "like.csv"
        fresh = table_of(seen(rng), rng)
        fresh.to_csv(like, index=False)
        weights = load_weights(run, run.settings.vae.weights)
        comparison = Comparison(run, weights, like, Asked(256, 1000, SEED, False), "unseen obstacles")
        for kind, draw in UNSEEN.items():
            own, path = table_of(draw(rng), rng), Path(name) / "unseen.csv"
            own.to_csv(path, index=False)
            scores, _ = comparison.against(path)
            kept = scores[["score", "auroc", "auroc_low", "auroc_high", "fpr_at_95"]].to_dict("records")
            rows += [{"obstacle": kind} | row | said_of(run, own) for row in kept]
    found = pd.DataFrame([*rows, {"obstacle": "none: fresh sweeps"} | said_of(run, fresh)])
    write_table(found.round(4), output)
    print(found.round(3).to_string(index=False))


if __name__ == "__main__":
    typer.run(main)
