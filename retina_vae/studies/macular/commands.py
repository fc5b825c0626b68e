"""The study's commands: what they load, call and save."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath, example
from retina_vae.commands.saying import say
from retina_vae.opening import open_run
from retina_vae.run import Content

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True)


@app.command("audit-rules", epilog=example("macular audit-rules --run results/paper"))
def audit_rules(config: ConfigPath) -> None:
    """Sort the patients by the rules behind the paper's Table 1, and list its misprints."""
    import retina_vae.studies.macular.audit as room

    run = open_run(config)
    patients, schema = run.patients()
    rules, partition, errata = room.audit_rules(patients, schema, run.settings.cohort.source == "published")
    contents: dict[str, Content] = {"audit/rules.csv": rules, "audit/partition.parquet": partition}
    if errata is not None:
        contents["audit/errata.csv"] = errata
    run.write("audit_rules", contents)
    if errata is not None:
        path, count = run.path("audit/errata.csv"), len(errata)
        numbers = "1 printed number is" if count == 1 else f"{count} printed numbers are"
        say(f"audit: {numbers} contradicted by the patients; see {path}")


@app.command("audit", epilog=example("macular audit --run results/paper"))
def audit(config: ConfigPath) -> None:
    """Hold the run against the paper's claims and its Table 1."""
    from retina_vae.latent import read_codes
    from retina_vae.progress import progress
    from retina_vae.studies.macular.audit import audit_run
    from retina_vae.studies.macular.audit.claims import STATEMENTS

    run = open_run(config).dimensioned()
    settings = run.settings
    patients, schema = run.patients()
    path = run.verified("latent/{model}/codes.parquet", run.clustered)
    histories = [run.table("vae/{model}/history.parquet", model=name) for name in settings.plain_models]
    with progress("audit, claims", len(STATEMENTS)) as advance:
        tables = audit_run(
            patients=patients,
            partition=run.table("audit/partition.parquet"),
            assignments=run.table("clusters/assignments.parquet"),
            replicas=run.table("clusters/replicas.csv"),
            histories=dict(zip(settings.latent_dims, histories, strict=True)),
            means=read_codes(path, patients[schema.identifier].tolist(), parts=("mean",)).mean,
            published=settings.cohort.source == "published",
            seed=settings.clusters.seed,
            advance=advance,
        )
    run.write("audit", {f"audit/{name}.csv": table for name, table in tables.items()})
    say(f"audit: {', '.join(tables)} in {run.folder / 'audit'}")
