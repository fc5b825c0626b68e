"""Search over what the paper leaves unstated for the setting that comes closest to its Table 1.

    python benchmarks/what_the_paper_did.py data/published --jobs 2

trains 8 replicas (1,000 epochs) of every setting on the published patients, clusters each (k = 14) and writes one row
per setting to docs/what-the-paper-did.csv: the adjusted Rand index with the paper's partition, per replica and for the
consensus of the replicas. Rows that are already there are kept, so a stopped search goes on where it was. The best of
many is partly luck, so

    python benchmarks/what_the_paper_did.py data/published --best 4 --seed 101

repeats the best settings with fresh seeds.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from retina_vae.files import write_table

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "docs" / "what-the-paper-did.csv"
KEYS = ["likelihood", "input_scaling", "initialization", "kl_weight", "batch_size", "learning_rate"]


# Every combination within a line is tried: loss, scaling, initialisation, KL weights, batch sizes, learning rates.
GRID: list[tuple[str, str, str, list[float], list[int], list[float]]] = [
    ("binary_cross_entropy", "raw", "glorot_uniform", [0.05, 0.1, 0.2, 0.4], [500], [0.001, 0.003]),
    ("binary_cross_entropy", "raw", "glorot_uniform", [1.0], [500], [0.001]),
    ("binary_cross_entropy", "raw", "glorot_uniform", [0.1, 0.2], [128], [0.001]),
    ("binary_cross_entropy", "raw", "glorot_uniform", [0.2], [1000], [0.001]),
    ("binary_cross_entropy", "raw", "lecun_uniform", [0.1, 0.2], [500], [0.001]),
    ("binary_cross_entropy", "numbers_by_maximum", "glorot_uniform", [0.1, 0.3], [500], [0.001]),
    ("binary_cross_entropy", "unit_interval", "glorot_uniform", [0.1], [500], [0.001]),
    ("binary_cross_entropy", "standardized", "glorot_uniform", [0.1], [500], [0.001]),
    ("squared_error", "raw", "glorot_uniform", [0.05, 0.1], [500], [0.001]),
    ("squared_error", "raw", "lecun_uniform", [0.02, 0.05, 0.1], [500, 1000], [0.001]),
    ("squared_error", "raw", "lecun_uniform", [0.05], [128, 1500, 3000], [0.001]),
    ("squared_error", "raw", "lecun_uniform", [0.2], [1000], [0.001]),
    ("squared_error", "raw", "lecun_uniform", [0.05], [500], [0.0005]),
    ("squared_error", "numbers_by_maximum", "lecun_uniform", [0.05], [500], [0.001]),
    ("squared_error", "numbers_by_maximum", "glorot_uniform", [0.1, 0.15, 0.25], [500], [0.001]),
    ("squared_error", "unit_interval", "glorot_uniform", [0.02], [500], [0.001]),
    ("squared_error", "standardized", "glorot_uniform", [0.1], [500], [0.001]),
]


def settings_to_try() -> list[dict[str, Any]]:
    """The settings of the grid; each changes only what the paper leaves unstated."""
    return [
        dict(zip(KEYS, (loss, scaling, start, *numbers), strict=True))
        for loss, scaling, start, weights, sizes, rates in GRID
        for numbers in product(weights, sizes, rates)
    ]


def evaluate(setting: dict[str, Any], folder: Path, seed: int) -> dict[str, Any]:
    """Train, cluster and compare one setting; one thread, so that two settings fit on two cores."""
    import numpy as np
    import torch
    from sklearn.metrics import adjusted_rand_score

    from retina_vae.clusters.replica_clusters import cluster_codes
    from retina_vae.cohort import fit_encoding
    from retina_vae.config import ClusterSettings, VaeSettings
    from retina_vae.latent.encode import encode_patients, patient_features
    from retina_vae.latent.sample import sample_codes
    from retina_vae.studies.macular.audit import audit_rules
    from retina_vae.studies.macular.published import read_published
    from retina_vae.studies.macular.schema import MACULAR
    from retina_vae.vae import ModelDescription, Patients, fit_replicas, replica_seeds
    from retina_vae.vae.memory import keep_freed_memory

    torch.set_num_threads(1)
    keep_freed_memory()
    started = time.perf_counter()
    patients = read_published(folder)
    rows = audit_rules(patients, MACULAR, published=True)[1]["row"].to_numpy()
    settings = VaeSettings(**setting, seed=seed)
    encoding = fit_encoding(patients, MACULAR, settings.input_scaling)
    seeds = replica_seeds(seed, settings.replicas)
    x = patient_features(encoding, patients)
    description = ModelDescription.from_settings(settings, 3, seeds, encoding, "cpu")
    model, history = fit_replicas(Patients(x), description, settings, torch.device("cpu"))
    sampled = sample_codes(encode_patients(model, x), 16, seeds)
    losses = history.loss[-1].double().numpy()
    result: dict[str, Any] = {key: getattr(settings, key) for key in KEYS} | {"seed": seed}
    for on in ("draws", "means"):
        tables = cluster_codes(sampled, patients["patient_id"].tolist(), losses, ClusterSettings(on=on))
        replicas = [f"replica_{number}" for number in tables.replicas["replica"]]
        ari = np.array([adjusted_rand_score(rows, tables.assignments[column]) for column in replicas])
        reported = int(tables.replicas["reported"].to_numpy().argmax())
        result |= {
            f"{on}_lowest": ari.min(),
            f"{on}_median": np.median(ari),
            f"{on}_best": ari.max(),
            f"{on}_consensus": adjusted_rand_score(rows, tables.assignments["consensus_cluster"]),
            f"{on}_reported": ari[reported],
            f"{on}_lowest_loss": ari[losses.argmin()],
            f"{on}_between_replicas": tables.agreement["ari"].mean(),
        }
    return result | {"seconds": time.perf_counter() - started}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder with the published arrays")
    parser.add_argument("--jobs", type=int, default=2, help="settings at the same time")
    parser.add_argument("--best", type=int, help="repeat only the best settings so far, with another --seed")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first replica")
    arguments = parser.parse_args()
    done = pd.read_csv(TABLE) if TABLE.exists() else pd.DataFrame(columns=[*KEYS, "seed"])
    candidates = settings_to_try()
    if arguments.best:
        ranked = done[done["seed"] == 1].nlargest(arguments.best, "draws_median")
        candidates = [{key: row[key] for key in KEYS} for _, row in ranked.iterrows()]
    known = set(done[[*KEYS, "seed"]].itertuples(index=False, name=None))
    waiting = [s for s in candidates if (*(s[key] for key in KEYS), arguments.seed) not in known]
    with ProcessPoolExecutor(arguments.jobs) as pool:
        jobs = [pool.submit(evaluate, setting, arguments.folder, arguments.seed) for setting in waiting]
        for number, job in enumerate(as_completed(jobs), start=1):
            row = job.result()
            done = pd.concat([done, pd.DataFrame([row])], ignore_index=True)
            write_table(done.sort_values([*KEYS, "seed"]).round(4), TABLE)
            print(f"{number}/{len(waiting)}", {key: row[key] for key in KEYS}, f"median {row['draws_median']:.3f}")


if __name__ == "__main__":
    main()
