"""What holds the default model where tables are small, and where a value stands in another unit.

Small: a model of 2 latent dimensions is trained on 100 patients of a public table and measured on all others, with
several normal priors of the decoder's weights (`vae.weight_prior`). Spoiled: whas500, of whose training patients three
values (heart rate, body mass index, age) are multiplied by a factor; the clean fold is measured, with and without what
keeps such values from deciding (robust scale, bounded features, bounded gradients). Log-densities are in nats per
patient and unit of the columns.

    export RETINA_VAE_TABLES=FOLDER_OF_SKSURV:FOLDER_OF_IMPUTATION_MASKS
    python benchmarks/small_and_spoiled.py -o docs/small-and-spoiled.csv
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from public_tables import load

from retina_vae.cohort import CohortSchema
from retina_vae.config import ModelSettings, VaeSettings
from retina_vae.errors import NonFiniteLossError
from retina_vae.latent.encode import patient_features
from retina_vae.training import plan_training, prepare_cohort, train_replicas
from retina_vae.vae import estimate_evidence, replica_generators
from retina_vae.vae.memory import keep_freed_memory

REPLICAS, DRAWS = 2, 128
SMALL = 100
SPOILED = ("hr", "bmi", "age")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("-o", "--output", type=Path, required=True, help="the table to write")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    rows = []
    for row in [*small_cohorts(), *spoiled_cohorts()]:
        rows.append(row)
        print(row, flush=True)
    pd.DataFrame(rows).to_csv(arguments.output, index=False, float_format="%.4g", lineterminator="\n")


def small_cohorts() -> Iterator[dict[str, Any]]:
    """Models of few patients, by the prior of their weights."""
    for name in ("breast", "GBSG2", "whas500"):
        patients, schema = load(name)
        drawn = np.zeros(len(patients), dtype=np.bool_)
        drawn[np.random.default_rng(3).permutation(len(patients))[:SMALL]] = True
        for prior in (None, 1.0, 0.5, 0.25):
            settings = VaeSettings(weight_prior=prior)
            about = {"what": "small", "table": name, "trained_on": SMALL, "weight_prior": prior}
            yield about | measured(patients, schema, drawn, settings, latent_dim=2)


def spoiled_cohorts() -> Iterator[dict[str, Any]]:
    """Models of a table with impossible values, with and without what keeps these from deciding."""
    patients, schema = load("whas500")
    fold = np.random.default_rng(1).permutation(np.arange(len(patients)) % 5)
    rows = np.flatnonzero(fold != 0)[[3, 77, 3]]
    for factor in (1, 10, 1000):
        spoiled = patients.copy()
        for row, column in zip(rows, SPOILED, strict=True):
            spoiled[column] = spoiled[column].astype(float)
            spoiled.loc[row, column] *= factor
        for guarded in (True, False):
            about = {"what": "spoiled", "table": "whas500", "factor": factor, "guarded": guarded}
            with ExitStack() as stack:
                if not guarded:
                    stack.enter_context(patch("retina_vae.cohort.kinds.base.FAR", math.inf))
                    stack.enter_context(patch("retina_vae.vae.model.FEATURE_BOUND", math.inf))
                settings = VaeSettings(max_gradient_norm=VaeSettings().max_gradient_norm if guarded else None)
                yield about | measured(spoiled, schema, fold != 0, settings, latent_dim=3)


def measured(
    patients: pd.DataFrame, schema: CohortSchema, trained: NDArray[np.bool_], settings: VaeSettings, latent_dim: int
) -> dict[str, float]:
    """Mean log-density of those who were trained on and of the others; not a number where the training diverged."""
    cohort = prepare_cohort(patients, schema, settings)
    own = cohort._replace(patients=cohort.patients.__class__(cohort.patients.x[:, torch.from_numpy(trained)]))
    plan = plan_training(own, ModelSettings(settings, latent_dim, REPLICAS), torch.device("cpu"))
    try:
        model, _, _ = train_replicas(own, plan)
    except NonFiniteLossError:
        return {"unseen": math.nan, "trained": math.nan}
    x = patient_features(cohort.encoding, patients)
    evidence = estimate_evidence(model, x, DRAWS, replica_generators([1] * REPLICAS)).log_evidence.double().numpy()
    density = evidence.mean(axis=0) + cohort.encoding.log_jacobian(x.T.double().numpy())
    return {"unseen": float(density[~trained].mean()), "trained": float(density[trained].mean())}


if __name__ == "__main__":
    main()
