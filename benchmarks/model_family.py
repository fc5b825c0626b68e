"""What brings a VAE near the exact density of the simulated patients, and what does not.

    python benchmarks/model_family.py
    python benchmarks/model_family.py --only "ELBO"

Trains the typed run's 3-D model (config/typed.yaml) and variants of it that change one thing, eight seeds each, on
the run's 3,000 patients, and measures each on 100,002 fresh ones as `retina-vae evaluate` does. Writes
docs/model-family.csv, one row per variant, and prints it; a variant that is in the table already is left alone.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from retina_vae.config import Configuration
from retina_vae.config_files import load_configuration
from retina_vae.files import write_table
from retina_vae.settings import VaeSettings

if TYPE_CHECKING:
    from retina_vae.evaluation import Measured

ROOT = Path(__file__).parent.parent
TABLE = ROOT / "docs/model-family.csv"

ELBO = {"objective": "elbo", "kl_weight": 1.0, "draws_per_patient": 1, "refit_epochs": 0}
SLOW = {"learning_rate": 0.001, "learning_rate_schedule": "constant", "adam_beta2": 0.999}
VARIANTS: dict[str, dict[str, Any]] = {
    "typed run": {},
    "ELBO, 1 draw": ELBO,
    "ELBO, 10 draws": ELBO | {"draws_per_patient": 10},
    "ELBO, warm-up of 100 epochs": ELBO | {"kl_warmup_epochs": 100},
    "5 importance-weighted draws": {"draws_per_patient": 5},
    "20 importance-weighted draws": {"draws_per_patient": 20},
    "no additional KL divergence": {"kl_weight": 0.0},
    "additional KL divergence with weight 0.5": {"kl_weight": 0.5},
    "no refit of the encoder": {"refit_epochs": 0},
    "codes not corrected": {"correction": "none"},
    "diagonal posterior": {"posterior": "diagonal"},
    "sigma learned": {"gaussian_scale": "learned"},
    "sigma fixed at 0.4": {"gaussian_scale": "fixed", "sigma": 0.4},
    "learning rate 0.001, constant": SLOW,
    "512 units on both sides, learning rate 0.005": {"hidden_units": 512, "decoder_units": 512, "learning_rate": 0.005},
    "weight decay 0.01": {"weight_decay": 0.01},
    "weight decay 0.1": {"weight_decay": 0.1},
    "best epoch on a fifth kept out": {"validation_fraction": 0.2},
    "another cohort, seed 2": {"cohort_seed": 2},
    "another cohort, seed 3": {"cohort_seed": 3},
}
"""Changes of `vae`, of `latent.correction` and of `cohort.seed`."""


def configure(changes: dict[str, Any]) -> tuple[Configuration, VaeSettings]:
    """The typed run and its model with the changes of a variant."""
    changes, run = dict(changes), load_configuration(ROOT / "config/typed.yaml")
    latent = run.latent.model_copy(update={"correction": changes.pop("correction", run.latent.correction)})
    cohort = run.cohort.model_copy(update={"seed": changes.pop("cohort_seed", run.cohort.seed)})
    settings = VaeSettings.model_validate(run.vae.model_dump() | changes)
    return run.model_copy(update={"latent": latent, "cohort": cohort}), settings


def measure(name: str, changes: dict[str, Any], replicas: int) -> dict[str, Any]:
    """Train and measure one variant on one thread."""
    import torch

    from retina_vae.cohort import fit_encoding, load_epidemiology, simulate
    from retina_vae.evaluation import choose_subjects, code_training_patients, fresh_patients, measure_model
    from retina_vae.latent.encode import patient_features
    from retina_vae.studies.macular.schema import MACULAR
    from retina_vae.vae import ModelDescription, Patients, fit_replicas, replica_seeds
    from retina_vae.vae.memory import keep_freed_memory

    torch.set_num_threads(1)
    keep_freed_memory()
    run, settings = configure(changes)
    epidemiology = load_epidemiology(ROOT / str(run.cohort.epidemiology), MACULAR)
    patients = simulate(epidemiology, MACULAR, run.cohort.patients_per_group, run.cohort.seed)
    encoding = fit_encoding(patients, MACULAR, settings.input_scaling)
    x = patient_features(encoding, patients)
    seeds = replica_seeds(settings.seed, replicas)
    description = ModelDescription.from_settings(settings, run.latent_dim, seeds, encoding, "cpu")
    started = time.perf_counter()
    model, _ = fit_replicas(Patients(x), description, settings, torch.device("cpu"))
    seconds = (time.perf_counter() - started) / replicas
    subjects = choose_subjects(patients, MACULAR, run.evaluation, fresh_patients(epidemiology, MACULAR, run.evaluation))
    training = code_training_patients(model, description, patients, run.latent)
    return row(name, measure_model(model, description, training, subjects, run), seconds)


def row(name: str, found: Measured, seconds: float) -> dict[str, Any]:
    """Medians and ranges over the replicas."""
    distance, ari = pd.Series(found.distance), pd.Series(found.outcome_ari)
    return {
        "variant": name,
        "distance_median": distance.median(),
        "distance_lowest": distance.min(),
        "distance_highest": distance.max(),
        "elbo_gap_median": pd.Series(found.log_evidence - found.elbo).median(),
        "ari_median": ari.median(),
        "ari_lowest": ari.min(),
        "ari_highest": ari.max(),
        "active_units_median": pd.Series(found.active_units).median(),
        "seconds_per_replica": seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="variants whose name contains this")
    parser.add_argument("--replicas", type=int, default=8)
    parser.add_argument("--jobs", type=int, default=2, help="variants at the same time")
    arguments = parser.parse_args()
    done = pd.read_csv(TABLE) if TABLE.exists() else pd.DataFrame(columns=["variant"])
    waiting = [n for n in VARIANTS if n not in set(done["variant"]) and (arguments.only or "") in n]
    with ProcessPoolExecutor(arguments.jobs) as pool:
        jobs = [pool.submit(measure, name, VARIANTS[name], arguments.replicas) for name in waiting]
        for job in as_completed(jobs):
            done = pd.concat([done, pd.DataFrame([job.result()])], ignore_index=True)
            order = done["variant"].map(list(VARIANTS).index)
            write_table(done.assign(order=order).sort_values("order").drop(columns="order").round(4), TABLE)
    print(pd.read_csv(TABLE).to_string(index=False))


if __name__ == "__main__":
    main()
