"""The command that drafts the schema of a table of patients."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retina_vae.commands.drafting import (
    Force,
    Missing,
    Redcap,
    Sheet,
    TablePath,
    draft_table,
    next_step,
    print_draft,
    require_new,
)
from retina_vae.commands.options import example
from retina_vae.commands.saying import say
from retina_vae.files import write_text
from retina_vae.outputs import require_output, writing

app = typer.Typer()


@app.command("describe-table", epilog=example("describe-table patients.csv -o patients.schema.yaml"))
def describe_table(
    table: TablePath,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The schema to write: .yaml or .json.")
    ],
    sheet: Sheet = None,
    redcap: Redcap = None,
    missing: Missing = None,
    force: Force = False,
) -> None:
    """Draft the schema of a table: what each column probably holds, and what only you can decide."""
    require_output(output, (".yaml", ".yml", ".json"))
    require_new([output], force)
    raw, draft = draft_table(table, sheet, redcap, missing)
    with writing(output):
        write_text(draft.schema.to_text(output), output)
    print_draft(raw, draft)
    then = f"`retina-vae init {table}` writes a configuration, or name {output} under cohort.schema in your own."
    say(f"describe-table: {output}\n{next_step(draft, output, then)}")
