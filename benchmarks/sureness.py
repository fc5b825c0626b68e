"""What `assign --sure` says of fresh patients, what its 128 points are worth, and what it costs.

    python benchmarks/sureness.py results/typed

reads a finished run of simulated patients of the macular study whose model has a density; one with
``vae.weights: sghmc`` is measured with its samples as well as with its replicas.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import pandas as pd
import torch
import typer
from numpy.typing import NDArray

from retina_vae.assign import TrainedRun, assign_file
from retina_vae.assign import load_run as load_trained
from retina_vae.assign.sureness import LESS_SURE, Sureness
from retina_vae.cohort import simulate
from retina_vae.cohort.simulated import load_epidemiology
from retina_vae.opening import load_run
from retina_vae.progress import silent
from retina_vae.studies.macular.schema import MACULAR
from retina_vae.vae.memory import keep_freed_memory
from retina_vae.vae.proposals import common_noise
from retina_vae.weights import WeightSource, load_weights

ROOT = Path(__file__).parent.parent
SEED, FRESH_PER_GROUP, MANY_POINTS, ROWS = 777, 1000, 2048, 20_000


def patients(per_group: int, seed: int) -> pd.DataFrame:
    """Fresh patients of all groups."""
    return simulate(load_epidemiology(ROOT / "data/epidemiology.yaml", MACULAR), MACULAR, per_group, seed)


def opened(folder: Path, trained: TrainedRun) -> Iterator[tuple[str, Sureness]]:
    """The sureness by the replicas and, where there are any, by the samples of their chains."""
    run = load_run(folder, lambda _: ["clusters/replicas.csv"])
    sources: list[WeightSource] = ["ensemble", "sghmc"] if run.has("vae/samples.safetensors") else ["ensemble"]
    for source in sources:
        weights = load_weights(run, source)
        yield weights.words, Sureness.of(weights.model, weights.description, trained.known.features)


def less_sure(sureness: Sureness, features: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whom the model is called less sure of."""
    return sureness.less_sure_than(sureness.disagreement(features)) >= LESS_SURE


def seconds(trained: TrainedRun, table: Path, sureness: Sureness | None) -> float:
    """CPU seconds of assigning a table."""
    start = time.process_time()
    assign_file(trained, table, table.with_name("assigned.csv"), silent, as_new=True, sureness=sureness)
    return time.process_time() - start


def main(run: Annotated[Path, typer.Argument(help="results/<run>, finished.")]) -> None:
    torch.set_num_threads(1)
    keep_freed_memory()
    trained = load_trained(run)
    encoding, known = trained.scorer.description.encoding, trained.known.features
    fresh = patients(FRESH_PER_GROUP, SEED)
    younger = fresh.assign(age=(fresh["age"] - 30).clip(lower=1))
    near, far = encoding.encode(fresh), encoding.encode(younger)
    with TemporaryDirectory() as folder:
        table = Path(folder) / "new.csv"
        patients(ROWS // 3 + 1, SEED + 1).head(ROWS).to_csv(table, index=False)
        for words, sureness in opened(run, trained):
            finer = replace(sureness, noise=common_noise(trained.scorer.description.latent_dim, MANY_POINTS, SEED))
            finer = replace(finer, reference=np.sort(finer.disagreement(known)))
            said, stays = less_sure(sureness, near), less_sure(finer, near)
            pairs = [(seconds(trained, table, None), seconds(trained, table, sureness)) for _ in range(2)]
            print(
                f"{words}, {sureness.weights} asked, {len(known)} patients of the cohort: less sure of "
                f"{said.mean():.1%} of {len(near)} fresh patients, of {less_sure(sureness, far).mean():.1%} of the "
                f"same 30 years younger; {(said == stays).mean():.1%} of the words stay with {MANY_POINTS} "
                f"points; {ROWS} rows in CPU seconds without and with it: "
                + ", ".join(f"{plain:.1f} and {sure:.1f} ({sure / plain:.1f} times)" for plain, sure in pairs),
                flush=True,
            )


if __name__ == "__main__":
    typer.run(main)
