"""What the flags of patients unlike the cohort are worth: the typed study, with patients whose exact density is known.

A cohort is simulated, config/typed.yaml's model of 3 dimensions is trained on it, and held-out log-densities are
measured as the step `held-out` measures them. Then fresh patients and invented ones are scored as `assign` scores them.
A row per cohort: false alarms at nominal 1 %, with held-out scores and with those of the training patients as the
reference; the AUROC of the model's log p(x) and of the exact one for each kind of invented patients, against the fresh
ones; and how often the batch test rejects files of 300 fresh patients, and of 270 and 30 of a fourth disease. The table
goes on where it ends.

    python benchmarks/unlike_patients.py --patients 300 --cohorts 20 --jobs 2 -o docs/unlike-patients.csv
    python benchmarks/unlike_patients.py --patients 3000 --cohorts 3 --jobs 2 -o docs/unlike-patients.csv
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from retina_vae.assign.batches import batch_p_value
from retina_vae.assign.conformal import Calibration
from retina_vae.cohort import CohortSchema
from retina_vae.cohort.simulated import simulate
from retina_vae.cohort.simulated.density import CohortDensity
from retina_vae.cohort.simulated.epidemiology import load_epidemiology
from retina_vae.config import Configuration, ModelSettings
from retina_vae.config_files import load_configuration
from retina_vae.held_out import measure_held_out
from retina_vae.latent.encode import patient_features
from retina_vae.studies.macular.schema import MACULAR
from retina_vae.training import TrainingCohort, plan_training, prepare_cohort, train_replicas
from retina_vae.vae import VariationalAutoencoder
from retina_vae.vae.evidence import log_evidence
from retina_vae.vae.memory import keep_freed_memory
from retina_vae.vae.proposals import common_noise

FloatArray = NDArray[np.float64]

ROOT = Path(__file__).parent.parent
FRESH, INVENTED = 6000, 1500
DIM, DRAWS = 3, 256
FILES, FILE, FOURTH, PERMUTATIONS = 40, 300, 30, 999


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--patients", type=int, default=300, help="of a cohort, divisible by 3")
    parser.add_argument("--cohorts", type=int, default=20, help="how many, counted from seed 1")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the table to write, or to go on with")
    arguments = parser.parse_args()
    rows: list[Any] = pd.read_csv(arguments.output).to_dict("records") if arguments.output.exists() else []
    done = {(row["patients"], row["cohort"]) for row in rows}
    asked = [(arguments.patients, seed) for seed in range(1, arguments.cohorts + 1)]
    with ProcessPoolExecutor(arguments.jobs, get_context("spawn")) as pool:
        jobs = [pool.submit(measured, *job) for job in asked if job not in done]
        for job in as_completed(jobs):
            rows.append(job.result())
            table = pd.DataFrame(rows).sort_values(["patients", "cohort"])
            table.to_csv(arguments.output, index=False, float_format="%.4g", lineterminator="\n")
            print(rows[-1], flush=True)


def measured(patients: int, seed: int) -> dict[str, Any]:
    """The row of one cohort."""
    torch.set_num_threads(1)
    keep_freed_memory()
    epidemiology = load_epidemiology(
        Path(str(load_configuration(ROOT / "config/typed.yaml").found_cohort.epidemiology)), MACULAR
    )
    training, fresh, others = (
        simulate(epidemiology, MACULAR, count // 3, 1000 * stream + seed)
        for stream, count in enumerate((patients, FRESH, INVENTED), start=1)
    )
    settings = configuration(len(training))
    cohort = prepare_cohort(training, MACULAR, settings.vae)
    plan = plan_training(cohort, ModelSettings(settings.vae, DIM, 1), torch.device("cpu"))
    model, _, _ = train_replicas(cohort, plan)
    held_out = measure_held_out(training, MACULAR, settings, torch.device("cpu")).patients["log_density"].to_numpy()
    scores = log_density(model, cohort, fresh)
    trained_on = log_density(model, cohort, training)
    row: dict[str, Any] = {"patients": patients, "cohort": seed}
    for name, calibration in (
        ("held_out", Calibration.of(trained_on, held_out)),
        ("trained_on", Calibration.of(trained_on, None)),
    ):
        alarms = calibration.is_unlike(calibration.p_value(scores), 1.0)
        row |= {f"false_alarms_{name}": alarms.mean(), f"log_density_{name}": calibration.scores.mean()}
    row["log_density_fresh"] = scores.mean()
    exact, calibration = CohortDensity.of(epidemiology, MACULAR), Calibration.of(trained_on, held_out)
    for kind, table in invented(others, MACULAR, seed).items():
        own = log_density(model, cohort, table)
        row[f"{kind}_auroc"] = auroc(scores, own)
        row[f"{kind}_exact"] = auroc(exact.log_density(fresh), exact.log_density(table))
        row[f"{kind}_flagged"] = calibration.is_unlike(calibration.p_value(own), 1.0).mean()
        if kind == "fourth_disease":
            row |= batches(held_out, scores, own, seed)
    return row


def configuration(patients: int) -> Configuration:
    """The settings of config/typed.yaml, with every patient of the cohort held out once."""
    settings = load_configuration(ROOT / "config/typed.yaml")
    held_out = settings.held_out.model_copy(update={"patients": patients})
    return settings.model_copy(update={"held_out": held_out, "vae": settings.vae.of_cohort(patients)})


@torch.no_grad()
def log_density(model: VariationalAutoencoder, cohort: TrainingCohort, patients: pd.DataFrame) -> FloatArray:
    """log p(x) as `assign` estimates it, every patient with the same 256 points."""
    x = patient_features(cohort.encoding, patients)
    noise, found = common_noise(DIM, DRAWS, 1), []
    for start in range(0, x.shape[1], 500):
        batch = x[:, start : start + 500]
        own = noise.expand(-1, -1, -1, batch.shape[1])
        evidence = log_evidence(model, batch.unsqueeze(0), own)
        # What `assign` leaves out: the correction of a logarithm's bias, which is small.
        found.append((evidence.log_evidence - evidence.bias)[0].double().numpy())
    jacobian: FloatArray = cohort.encoding.log_jacobian(x.T.double().numpy())
    return np.concatenate(found) + jacobian


def invented(patients: pd.DataFrame, schema: CohortSchema, seed: int) -> dict[str, pd.DataFrame]:
    """Patients that no group of the cohort has, made of fresh ones."""
    rng = np.random.default_rng(seed)
    count, age = len(patients), patients["age"]
    findings = {name: rng.choice(["present", "absent"], count, p=[0.9, 0.1]) for name in ("polyps", "drusen")}
    shuffled = {column.name: rng.permutation(patients[column.name]) for column in schema.inputs}
    swapped = {"present": "absent", "absent": "present"}
    return {
        "fourth_disease": patients.assign(age=rng.normal(50, 8, count).clip(20, 90).round(1), **findings),
        "columns_shuffled": patients.assign(**shuffled),
        "polyps_swapped": patients.assign(polyps=patients["polyps"].map(swapped)),
        "younger_by_30": patients.assign(age=(age - 30).clip(lower=0)),
        "age_mirrored": patients.assign(age=(2 * age.mean() - age).clip(0, 120)),
    }


def auroc(fresh: FloatArray, others: FloatArray) -> float:
    """Probability that an invented patient has a lower log p(x) than a fresh one."""
    labels = np.repeat([0, 1], [len(fresh), len(others)])
    return float(roc_auc_score(labels, -np.concatenate([fresh, others])))


def batches(reference: FloatArray, fresh: FloatArray, fourth: FloatArray, seed: int) -> dict[str, float]:
    """How often files of fresh patients are rejected at 5 %, and files in which some have the fourth disease."""
    rng = np.random.default_rng(seed)
    size, power = [], []
    for number in range(FILES):
        chosen = rng.choice(fresh, FILE, replace=False)
        mixed = np.concatenate([chosen[FOURTH:], rng.choice(fourth, FOURTH, replace=False)])
        size.append(batch_p_value(reference, chosen, PERMUTATIONS, number) <= 0.05)
        power.append(batch_p_value(reference, mixed, PERMUTATIONS, number) <= 0.05)
    return {"batch_rejected_fresh": float(np.mean(size)), "batch_rejected_fourth": float(np.mean(power))}


if __name__ == "__main__":
    main()
