"""The command that gets the patients."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath
from retina_vae.commands.saying import say
from retina_vae.config import load_configuration
from retina_vae.files import write_table, write_text

app = typer.Typer()


@app.command("cohort")
def cohort(config: ConfigPath) -> None:
    """Get the patients from their source, and summarise them."""
    from retina_vae.cohort import summarize

    settings = load_configuration(config)
    study, folder = settings.own_study, settings.folder / "cohort"
    found = settings.source.load(settings.cohort, None if study is None else study.schema)
    floor = settings.small_cell_floor
    write_table(found.patients, folder / "patients.parquet")
    write_text(found.schema.to_yaml(), folder / "schema.yaml")
    if found.table_schema is not None:
        write_text(found.table_schema.to_yaml(), folder / "table_schema.yaml")
    else:
        # What an earlier run from a table has left says nothing of these patients.
        (folder / "table_schema.yaml").unlink(missing_ok=True)
    write_table(summarize(found.patients, found.schema, found.epidemiology, floor=floor), folder / "summary.csv")
    if found.refused is not None:
        write_table(found.refused, folder / "refused.csv")
        say(f"cohort: {found.refused['row'].nunique()} rows were refused; {folder / 'refused.csv'} says which and why")
    for warning in found.warnings:
        say(f"cohort: warning: {warning}")
    say(f"cohort: {len(found.patients)} patients ({settings.cohort.source}) in {folder}")
