"""Finished runs with untrained models, made without the workflow."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from retina_vae.clusters.replica_clusters import cluster_codes
from retina_vae.cohort import CohortSchema, fit_encoding
from retina_vae.cohort.table_schema import TableSchema
from retina_vae.config_files import parse_configuration
from retina_vae.files import write_table, write_text
from retina_vae.latent.encode import patient_features
from retina_vae.latent.sample import patient_codes
from retina_vae.studies.macular.schema import MACULAR
from retina_vae.vae import ModelDescription, build_model, replica_generators, save_model
from tests.manifests import sign

TYPED = {"likelihood": "typed", "input_scaling": "by_kind", "posterior": "full"}
PAPER = {"likelihood": "squared_error", "input_scaling": "numbers_by_maximum"}


def make_run(
    home: Path,
    patients: pd.DataFrame,
    vae: dict[str, Any],
    correction: str,
    on: str,
    method: str = "kmeans",
    schema: CohortSchema = MACULAR,
    table_schema: TableSchema | None = None,
    k: int = 3,
) -> Path:
    """The folder of a run with ``k`` clusters in two dimensions, two replicas."""
    macular = {"study": "macular", "cohort": {"patients_per_group": len(patients) // 3}}
    values = {
        "run": "r",
        "results": str(home),
        **(macular if schema is MACULAR else {}),
        "vae": {"latent_dims": [2], "replicas": 2, "hidden_units": 8, **vae},
        "latent": {"correction": correction},
        "clusters": {"latent_dim": 2, "k": k, "method": method, "on": on, "n_init": 2},
    }
    settings, folder, seeds = parse_configuration(values, "test"), home / "r", [1, 2]
    encoding = fit_encoding(patients, schema, settings.vae.input_scaling)
    description = ModelDescription.from_settings(settings.vae, 2, seeds, encoding, "cpu")
    model = build_model(description)
    model.initialize("he_uniform", replica_generators(seeds))
    features = patient_features(encoding, patients)
    codes, ids = patient_codes(model, description, features, settings.latent), patients[schema.identifier].tolist()
    tables = cluster_codes(codes, ids, np.array([2.0, 1.0]), settings.clusters, identifier=schema.identifier)
    write_text(yaml.safe_dump(values), folder / "config.yaml")
    write_table(patients, folder / "cohort" / "patients.parquet")
    write_text(schema.to_yaml(), folder / "cohort" / "schema.yaml")
    if table_schema is not None:
        write_text(table_schema.to_yaml(), folder / "cohort" / "table_schema.yaml")
    save_model(model, description, folder / "vae" / "d2")
    write_table(codes.to_table(ids, schema.identifier), folder / "latent" / "d2" / "codes.parquet")
    write_table(tables.assignments, folder / "clusters" / "assignments.parquet")
    write_table(tables.centers, folder / "clusters" / "centers.csv")
    write_table(tables.replicas, folder / "clusters" / "replicas.csv")
    return sign(folder)
