"""Three cohorts whose first screens stand word for word in docs/reading-a-report.md.

    python benchmarks/structure/example_cohorts.py results/examples
    snakemake --cores 8 --configfile results/examples/identical.yaml
    snakemake --cores 8 --configfile results/examples/u.yaml
    snakemake --cores 8 --configfile results/examples/typed.yaml

``identical`` simulates three diseases that differ in nothing but their names; ``u`` is a table of 1,500 patients whose
findings are U-shaped in age, in one bell and without groups (``families.py``); ``typed`` is the run of
``config/typed.yaml``, the three diseases that are there, without its other models and with the number left to the run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import yaml
from cohorts import generator
from families import FAMILIES

from retina_vae.files import write_table, write_text

ROOT = Path(__file__).parents[2]
PATIENTS = 1500


def identical(folder: Path) -> None:
    """The paper's diseases, each with the statistics of the first."""
    statistics = yaml.safe_load((ROOT / "data/epidemiology.yaml").read_text(encoding="utf-8"))
    first = next(iter(statistics["groups"].values()))["columns"]
    statistics["groups"] = {name: group | {"columns": first} for name, group in statistics["groups"].items()}
    write_text(yaml.safe_dump(statistics, sort_keys=False), folder / "identical.epidemiology.yaml")
    cohort = {"source": "simulated", "epidemiology": str(folder / "identical.epidemiology.yaml")}
    write_typed(folder, "identical", cohort=cohort, clusters={"k": 3, "on": "means"})


def write_typed(folder: Path, run: str, **changes: object) -> None:
    """The typed run without its other models, measured on few fresh patients."""
    typed = yaml.safe_load((ROOT / "config/typed.yaml").read_text(encoding="utf-8"))
    vae = typed["vae"] | {"latent_dims": [3]}
    values = typed | {"run": run, "vae": vae, "family": {}, "evaluation": {"patients_per_group": 500}} | changes
    write_text(yaml.safe_dump(values, sort_keys=False), folder / f"{run}.yaml")


def u_shaped(folder: Path) -> None:
    """A table with its schema, as an analyst would bring one."""
    patients, schema, _ = FAMILIES["U"].draw(PATIENTS, generator("U", PATIENTS, 1))
    write_table(patients, folder / "u.csv")
    write_text(schema.to_yaml(), folder / "u.schema.yaml")
    cohort = {"source": "table", "table": str(folder / "u.csv"), "schema": str(folder / "u.schema.yaml")}
    values = {"run": "u", "cohort": cohort, "latent": {"correction": "importance"}}
    write_text(yaml.safe_dump(values, sort_keys=False), folder / "u.yaml")


def main(folder: Annotated[Path, typer.Argument(help="Where the files are written.")]) -> None:
    """Write tables and configurations."""
    folder.mkdir(parents=True, exist_ok=True)
    identical(folder)
    u_shaped(folder)
    write_typed(folder, "typed", clusters={"k": "auto", "on": "means"})


if __name__ == "__main__":
    typer.run(main)
