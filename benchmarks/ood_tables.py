"""Which score tells invented patients from fresh ones, with an ensemble of replicas and with samples of their weights.

    python benchmarks/ood_tables.py --per-group 100 --per-group 1000 -o results/ood-tables.csv

Simulated patients of three groups train the typed model of config/typed.yaml in three dimensions. Fresh patients of the
same groups are held against invented ones: a group that is not among the three, with every value in its range; columns
shuffled among patients; polyps coded the other way round; patients 30 years younger; ages mirrored at their mean. The
limit is the exact log-density of the simulator. What stands in the table already is not measured again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import torch
import typer
from numpy.typing import NDArray

from retina_vae.cohort import CohortDensity, simulate
from retina_vae.cohort.simulated import load_epidemiology
from retina_vae.config_files import load_configuration, parse_configuration
from retina_vae.evaluation.detection import resampled_detection
from retina_vae.evaluation.unlike import Measuring, evidence_matrix, unlikeness_table
from retina_vae.files import write_table
from retina_vae.sampling import chain_table, sample_run
from retina_vae.studies.macular.schema import MACULAR
from retina_vae.training import plan_training, prepare_cohort, train_replicas
from retina_vae.vae.memory import keep_freed_memory
from retina_vae.weights import Weights

ROOT = Path(__file__).parent.parent
FRESH_PER_GROUP, DRAWS, SEED = 500, 128, 1
STATISTICS = load_epidemiology(ROOT / "data/epidemiology.yaml", MACULAR)

FloatArray = NDArray[np.float64]


def invented(fresh: pd.DataFrame, seed: int) -> Iterator[tuple[str, pd.DataFrame]]:
    """Each kind of invented patients with its name, made from fresh ones."""
    rng, count = np.random.default_rng(seed), len(fresh)
    findings = {
        name: pd.Categorical.from_codes((rng.random(count) < 0.8).astype(int), fresh[name].cat.categories)
        for name in ("polyps", "drusen", "srh")
    }
    yield "another group", fresh.assign(age=rng.normal(55, 7, count).clip(20, 100), **findings)
    columns = [column.name for column in MACULAR.inputs]
    yield "columns shuffled", fresh.assign(**{name: fresh[name].to_numpy()[rng.permutation(count)] for name in columns})
    other = fresh["polyps"].cat.codes.to_numpy()
    yield (
        "polyps the other way",
        fresh.assign(polyps=pd.Categorical.from_codes(1 - other, fresh["polyps"].cat.categories)),
    )
    yield "30 years younger", fresh.assign(age=(fresh["age"] - 30).clip(lower=1))
    yield "age mirrored", fresh.assign(age=(2 * fresh["age"].mean() - fresh["age"]).clip(1, 119))


def weights_of(patients: pd.DataFrame, replicas: int, steps: int) -> Iterator[tuple[Weights, str]]:
    """The trained replicas, and samples of their weights, each with what is to be said of them."""
    values = load_configuration(ROOT / "config/typed.yaml").model_dump(mode="json")
    chain = {"steps": steps, "burn_in": steps // 3, "thinning": max(1, steps // 30)}
    values["vae"] |= {"replicas": replicas, "weights": "sghmc", "sghmc": chain, "latent_dims": [3], "weight_prior": 0.5}
    values["clusters"] |= {"latent_dim": 3}
    settings = parse_configuration(values, "benchmarks/ood_tables.py").model("d3")
    cohort, cpu = prepare_cohort(patients, MACULAR, settings.vae), torch.device("cpu")
    started = time.process_time()
    model, description, _ = train_replicas(cohort, plan_training(cohort, settings, cpu))
    trained = time.process_time()
    yield Weights(model, description, "ensemble", ""), f"training {trained - started:.0f} CPU s"
    samples = sample_run(cohort, model, description, settings, cpu)
    table = chain_table(samples).set_index("quantity")
    agreed = ", ".join(
        f"R-hat of {name} {row.r_hat:.3f}, ESS {row.effective_samples:.0f}" for name, row in table.iterrows()
    )
    described = description.model_copy(
        update={"replicas": samples.model.replicas, "seeds": (SEED,) * samples.model.replicas}
    )
    said = f"sampling {time.process_time() - trained:.0f} CPU s; {agreed}"
    yield Weights(samples.model, described, "sghmc", ""), said


def measure(per_group: int, replicas: int, steps: int) -> pd.DataFrame:
    """All scores of all invented patients with both sources of weights, and the limit."""
    patients = simulate(STATISTICS, MACULAR, per_group, SEED)
    fresh = simulate(STATISTICS, MACULAR, FRESH_PER_GROUP, SEED + 1)
    made = dict(invented(simulate(STATISTICS, MACULAR, FRESH_PER_GROUP, SEED + 2), SEED))
    density, measuring = CohortDensity.of(STATISTICS, MACULAR), Measuring(200, SEED)
    exact = np.nan_to_num(-density.log_density(fresh), posinf=1e9)
    parts = []
    for name, table in made.items():
        limit = resampled_detection(exact, np.nan_to_num(-density.log_density(table), posinf=1e9), 200, SEED)
        row = {"score": "exact log-density", "weights": "limit", "auroc": limit["auroc"].value}
        parts.append(pd.DataFrame([row | {"invented": name}]))
    for weights, said in weights_of(patients, replicas, steps):
        print(f"{per_group} a group, {weights.source}: {said}", flush=True)

        def evidence(table: pd.DataFrame, weights: Weights = weights) -> FloatArray:
            return evidence_matrix(weights, weights.description.encoding.encode(table), DRAWS, SEED)

        cohort, near = evidence(patients.iloc[:: max(1, len(patients) // 500)]), evidence(fresh)
        for name, table in made.items():
            found = unlikeness_table(cohort, near, evidence(table), measuring, weights.source)
            parts.append(found.drop(columns=["words", "source"]).assign(invented=name))
    return pd.concat(parts, ignore_index=True).assign(patients=3 * per_group)


def main(
    output: Annotated[Path, typer.Option("-o", "--output")] = Path("results/ood-tables.csv"),
    per_group: Annotated[list[int] | None, typer.Option("--per-group")] = None,
    replicas: int = 4,
    steps: int = 6000,
) -> None:
    torch.set_num_threads(1)
    keep_freed_memory()
    for count in per_group or [100, 1000]:
        done = pd.read_csv(output) if output.is_file() else pd.DataFrame({"patients": []})
        if (done["patients"] == 3 * count).any():
            continue
        found = pd.concat([done, measure(count, replicas, steps)], ignore_index=True)
        counts = dict.fromkeys(("patients", "samples", "patients_like", "patients_unlike"), "Int64")
        write_table(found.astype(counts).round(4), output)
    table = pd.read_csv(output)
    shown = table.pivot_table(index=["patients", "weights", "score"], columns="invented", values="auroc", sort=False)
    print(shown.round(3).to_string())


if __name__ == "__main__":
    typer.run(main)
