"""The study's commands: what they load, call and save."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath
from retina_vae.commands.saying import say
from retina_vae.config import load_configuration
from retina_vae.files import read_table, write_table

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.command("audit-rules")
def audit_rules(config: ConfigPath) -> None:
    """Sort the patients by the rules behind the paper's Table 1, and list its misprints."""
    import retina_vae.studies.macular.audit as room
    from retina_vae.cohort import read_cohort

    settings = load_configuration(config)
    folder = settings.folder / "audit"
    patients, schema = read_cohort(settings.folder)
    rules, partition, errata = room.audit_rules(patients, schema, settings.cohort.source == "published")
    write_table(rules, folder / "rules.csv")
    write_table(partition, folder / "partition.parquet")
    if errata is not None:
        write_table(errata, folder / "errata.csv")
        say(f"audit: {len(errata)} printed numbers are contradicted by the patients; see {folder / 'errata.csv'}")


@app.command()
def audit(config: ConfigPath) -> None:
    """Hold the run against the paper's claims and its Table 1."""
    from retina_vae.cohort import read_cohort
    from retina_vae.studies.macular.audit import audit_run

    settings = load_configuration(config)
    folder, dim = settings.folder, settings.clusters.latent_dim
    patients, _ = read_cohort(settings.folder)
    tables = audit_run(
        patients=patients,
        partition=read_table(folder / "audit" / "partition.parquet"),
        assignments=read_table(folder / "clusters" / "assignments.parquet"),
        replicas=read_table(folder / "clusters" / "replicas.csv"),
        histories={d: read_table(folder / "vae" / f"d{d}" / "history.parquet") for d in settings.vae.latent_dims},
        codes=read_table(folder / "latent" / f"d{dim}" / "codes.parquet"),
        published=settings.cohort.source == "published",
        seed=settings.clusters.seed,
    )
    for name, table in tables.items():
        write_table(table, folder / "audit" / f"{name}.csv")
    say(f"audit: {', '.join(tables)} in {folder / 'audit'}")
