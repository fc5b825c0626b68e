"""The command that gets the patients."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath, example
from retina_vae.commands.saying import say
from retina_vae.opening import open_run
from retina_vae.run import Content
from retina_vae.words import amount_of

app = typer.Typer()


@app.command("cohort", epilog=example("cohort --config config/typed.yaml"))
def cohort(config: ConfigPath) -> None:
    """Get the patients from their source, and summarise them."""
    from retina_vae.cohort import summarize
    from retina_vae.cohort.outliers import find_outliers, outlier_lines

    run = open_run(config)
    settings, study = run.settings, run.settings.own_study
    found = settings.source.load(settings.found_cohort, None if study is None else study.schema)
    told = found.schema.in_words
    summary = summarize(found.patients, told, found.epidemiology)
    outliers = find_outliers(found.patients, told)
    contents: dict[str, Content] = {
        "cohort/patients.parquet": found.patients,
        "cohort/schema.yaml": found.schema.to_yaml(),
        "cohort/summary.csv": summary,
        "cohort/outliers.csv": outliers,
    }
    if found.table_schema is not None:
        contents["cohort/table_schema.yaml"] = found.table_schema.to_yaml()
    if found.refused is not None:
        contents["cohort/refused.csv"] = found.refused
    run.write("cohort", contents)
    if found.refused is not None:
        path = run.path("cohort/refused.csv")
        refused = found.refused["row"].nunique()
        say(f"cohort: {refused} of {amount_of(len(found.patients) + refused, 'row')} refused (see {path})")
    for warning in found.warnings:
        say(f"cohort: warning: {warning}")
    for line in outlier_lines(outliers):
        say(f"cohort: {line}")
    patients = amount_of(len(found.patients), "patient")
    say(f"cohort: {patients} ({settings.cohort.source}) in {run.folder / 'cohort'}")
