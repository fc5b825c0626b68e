"""How well unseen patients of six public tables are described: the model at its defaults beside latent classes.

Each table is measured as the step `held-out` of a run measures it: five folds, the latent dimension by the rule of one
standard error, nothing set for any table. The latent classes are those of `rival_densities.py` on the same folds, so
the differences are of the same patients, in nats per unit of the columns. With ``--dequantised`` both are measured on
rounded numbers that are spread over what they were rounded from (dequantised.py).

    export RETINA_VAE_TABLES=FOLDER_OF_SKSURV:FOLDER_OF_IMPUTATION_MASKS
    python benchmarks/rival_densities.py --patients DENSITIES
    python benchmarks/held_out_density.py --patients DENSITIES -o docs/held-out-density.csv
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import torch
import yaml
from dequantised import dequantised
from public_tables import TABLES, load
from unseen_patients import by_model, chosen_dimension, of_rivals

from retina_vae.vae.held_out import difference
from retina_vae.vae.memory import keep_freed_memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--table", action="append", choices=list(TABLES), help="some of the tables; all without it")
    parser.add_argument("--patients", type=Path, required=True, help="folder of rival_densities.py")
    parser.add_argument("--device", default="cpu", help="where the models are trained")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a key of vae to change")
    parser.add_argument("--dequantised", action="store_true", help="as rival_densities.py --dequantised measured them")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the table to write")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    keep_freed_memory()
    rows = []
    for name in arguments.table or TABLES:
        rows += list(measure(name, arguments))
        pd.DataFrame(rows).to_csv(arguments.output, index=False, float_format="%.4g", lineterminator="\n")


def measure(name: str, arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """A row per rival that was measured on this table."""
    patients, schema = load(name)
    patients = dequantised(patients, schema) if arguments.dequantised else patients
    changes = {key: yaml.safe_load(value) for key, _, value in (text.partition("=") for text in arguments.set)}
    rivals = arguments.patients / f"{name}.parquet"
    started = time.perf_counter()

    def said(done: int, note: str = "") -> None:
        print(f"{name}: {note}, {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)

    found = by_model(patients, schema, said, arguments.device, changes)
    ours = {"table": name, "patients": len(patients), "columns": len(schema.inputs)} | chosen_dimension(found)
    for method, density in of_rivals(found, pd.read_parquet(rivals), str(rivals)):
        mean, error = difference(found.patients["log_density"].to_numpy(), density)
        beside = {"rival": method, "rival_log_density": density.mean()}
        yield ours | beside | {"difference": mean, "difference_error": error}


if __name__ == "__main__":
    main()
