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

import numpy as np
import pandas as pd
import torch
import yaml
from dequantised import dequantised
from public_tables import TABLES, load

from retina_vae.config import Configuration
from retina_vae.config_files import parse_configuration
from retina_vae.held_out import HeldOutTables, measure_held_out
from retina_vae.vae.memory import keep_freed_memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--table", action="append", choices=list(TABLES), help="some of the tables; all without it")
    parser.add_argument("--patients", type=Path, required=True, help="folder of rival_densities.py")
    parser.add_argument("--device", default="cpu", help="where the models are trained")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="a key of vae that is no default"
    )
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
    settings, started = _settings(arguments, len(patients)), time.perf_counter()

    def said(done: int, note: str = "") -> None:
        print(f"{name}: {note}, {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)

    found = measure_held_out(patients, schema, settings, torch.device(arguments.device), said)
    chosen = found.dimensions[found.dimensions["chosen"]].iloc[0]
    own = {"table": name, "patients": len(patients), "columns": len(schema.inputs)}
    own |= {"latent_dim": chosen["latent_dim"], "log_density": chosen["log_density"]}
    own |= {"log_density_error": chosen["log_density_error"], "trained_on": chosen["trained_on"]}
    for method, density in _densities(found, arguments.patients / f"{name}.parquet"):
        difference = found.patients["log_density"].to_numpy() - density
        error = difference.std(ddof=1) / np.sqrt(len(difference))
        beside = {"rival": method, "rival_log_density": density.mean()}
        yield own | beside | {"difference": difference.mean(), "difference_error": error}


def _settings(arguments: argparse.Namespace, patients: int) -> Configuration:
    """The defaults with what the command line changes; all patients are measured."""
    given = {key: yaml.safe_load(value) for key, _, value in (text.partition("=") for text in arguments.set)}
    return parse_configuration({"vae": given, "held_out": {"patients": max(50, patients)}}, "the command line")


def _densities(found: HeldOutTables, path: Path) -> Iterator[tuple[str, np.ndarray[Any, np.dtype[np.float64]]]]:
    """Each rival's log-densities of the same patients, in their order."""
    table = pd.read_parquet(path)
    for method, own in table.groupby("method", sort=False):
        ordered = own.sort_values("position")
        if ordered["position"].tolist() != found.patients["position"].tolist():
            raise SystemExit(f"{path}: expected the patients of the folds, found others")
        if ordered["fold"].tolist() != found.patients["fold"].tolist():
            raise SystemExit(f"{path}: expected the folds of this commit, found others")
        yield str(method), ordered["log_density"].to_numpy(dtype=np.float64)


if __name__ == "__main__":
    main()
