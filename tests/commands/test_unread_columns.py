"""What the model must not see: the outcome, and columns that are held out."""

from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from tests.clinic import SMALL, ClinicTable
from tests.commands.conftest import Command

MADE = ["vae/d2/weights.safetensors", "latent/d2/codes.parquet", "clusters/assignments.csv", "clusters/centers.csv"]


def clustered(folder: Path, name: str, table: Path, schema: str, command: Command) -> Path:
    """A run of a table up to its clusters, step by step."""
    (folder / f"{name}.schema.yaml").write_text(schema)
    cohort = {"source": "table", "table": str(table), "schema": str(folder / f"{name}.schema.yaml")}
    config = folder / f"{name}.yaml"
    config.write_text(yaml.safe_dump({"run": name, "results": str(folder / "results"), "cohort": cohort} | SMALL))
    for words in (["cohort"], ["vae", "--model", "d2"], ["latent", "--model", "d2"], ["clusters"]):
        code, said = command(*words, "--config", config)
        assert code == 0, said
    return folder / "results" / name


def test_what_the_model_must_not_see_changes_nothing(
    tmp_path: Path, clinic_table_with_outcome: ClinicTable, command: Command
) -> None:
    """Outcome and held-out column shuffled: the same weights, codes and clusters, byte for byte."""
    table, schema = clinic_table_with_outcome.table, clinic_table_with_outcome.schema.to_yaml()
    values = pd.read_csv(table, dtype="str", keep_default_na=False)
    order = np.random.default_rng(5).permutation(len(values))
    shuffled = values.assign(**{name: values[name].to_numpy()[order] for name in ("improved", "days_off")})
    assert not shuffled.equals(values)
    shuffled.to_csv(tmp_path / "shuffled.csv", index=False)
    told = clustered(tmp_path, "told", table, schema, command)
    again = clustered(tmp_path, "shuffled", tmp_path / "shuffled.csv", schema, command)
    assert [name for name in MADE if (told / name).read_bytes() != (again / name).read_bytes()] == []
    outcomes = [pd.read_parquet(run / "cohort/patients.parquet")["improved"].tolist() for run in (told, again)]
    assert outcomes[0] != outcomes[1]
