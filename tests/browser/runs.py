"""Whole runs with untrained models, so that a page can be held against what ``assign`` says."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

from retina_vae.assign import load_run
from retina_vae.assign.explorer import explorer_model
from retina_vae.clusters.description.counts import count_table
from retina_vae.clusters.description.sentences import cluster_facts, cluster_sentences, number_decimals
from retina_vae.clusters.description.table1 import table1
from retina_vae.clusters.replica_clusters import cluster_codes
from retina_vae.cohort import fit_encoding, read_patients
from retina_vae.config import Configuration
from retina_vae.config_files import load_configuration
from retina_vae.files import write_table, write_text
from retina_vae.latent import Codes
from retina_vae.latent.sample import patient_codes
from retina_vae.studies.macular.schema import MACULAR
from retina_vae.vae import ModelDescription, build_model, replica_generators, replica_seeds, save_model
from tests.manifests import sign
from tests.report.conftest import write_run
from tests.report.released import release
from tests.report.trust import write_trust

PAPER = {"likelihood": "squared_error", "input_scaling": "raw", "seed": 4}
TYPED = {"likelihood": "typed", "input_scaling": "by_kind", "posterior": "full"}


def make_run(folder: Path, vae: dict[str, Any], latent_dim: int, k: int, on: str, correction: str) -> Path:
    """A run of 240 patients and two replicas, with all tables and models that report and ``assign`` read."""
    sizes = {"latent_dims": [latent_dim], "replicas": 2, "epochs": 5, "hidden_units": 8}
    clusters = {"latent_dim": latent_dim, "k": k, "on": on, "n_init": 2}
    # The patients are not real, and the page shall rank among all of them.
    changes = {"latent": {"correction": correction}, "clusters": clusters, "disclosure": {"small_cell_floor": 0}}
    write_run(folder, per_disease=80, replicas=2, epochs=5, vae=sizes | vae, **changes)
    settings = load_configuration(folder / "config.yaml")
    codes = _write_model(folder, settings)
    _write_clusters(folder, settings, codes)
    model = explorer_model(load_run(sign(folder)))
    write_text(json.dumps(model), folder / "assign" / "explorer.json")
    return sign(release(folder))


def _write_model(folder: Path, settings: Configuration) -> Codes:
    dim, seeds = settings.clusters.latent_dim, replica_seeds(settings.vae.seed, settings.vae.replicas)
    patients = read_patients(folder / "cohort" / "patients.parquet", MACULAR)
    encoding = fit_encoding(patients, MACULAR, settings.vae.input_scaling)
    description = ModelDescription.from_settings(settings.vae, dim, seeds, encoding, "cpu")
    model = build_model(description)
    model.initialize("glorot_uniform", replica_generators(seeds))
    with torch.no_grad():
        # Ages in years would make codes of an untrained model as large as they are.
        model.encoder.hidden.weight /= 30 if settings.vae.input_scaling == "raw" else 1
    save_model(model, description, folder / "vae" / f"d{dim}")
    features = torch.from_numpy(encoding.encode(patients).T).float().contiguous()
    codes = patient_codes(model, description, features, settings.latent)
    write_table(codes.to_table(patients["patient_id"].tolist()), folder / "latent" / f"d{dim}" / "codes.parquet")
    return codes


def _write_clusters(folder: Path, settings: Configuration, codes: Codes) -> None:
    patients = read_patients(folder / "cohort" / "patients.parquet", MACULAR)
    losses = np.arange(float(settings.vae.replicas))
    tables = cluster_codes(codes, patients["patient_id"].tolist(), losses, settings.clusters)
    for name in ("centers", "replicas", "agreement", "stability"):
        write_table(getattr(tables, name), folder / "clusters" / f"{name}.csv")
    chosen = tables.assignments["cluster"]
    write_table(tables.assignments, folder / "clusters" / "assignments.parquet")
    write_trust(folder, settings, patients, tables.assignments, np.full(len(patients), 0.9))
    baseline = table1(patients, chosen, MACULAR)
    facts = cluster_facts(count_table(patients, chosen, MACULAR), chosen.value_counts(), MACULAR)
    texts = cluster_sentences(facts, baseline, MACULAR, number_decimals(patients, MACULAR))
    write_table(baseline, folder / "clusters" / "table1.csv")
    write_table(texts, folder / "clusters" / "descriptions.csv")
