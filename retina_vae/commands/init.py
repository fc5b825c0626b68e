"""The command that sets up a run of an analyst's own table."""

from __future__ import annotations

import re
from contextlib import ExitStack
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
from retina_vae.errors import ConfigurationError
from retina_vae.files import atomic_path
from retina_vae.initial_configuration import initial_configuration, run_name

app = typer.Typer()


@app.command("init", epilog=example("init patients.csv --name patients"))
def init(
    table: TablePath,
    name: Annotated[str | None, typer.Option("--name", help="Name of the run; the table's without it.")] = None,
    k: Annotated[
        int | None, typer.Option("--k", min=1, max=100, help="Number of clusters; the run finds it without this.")
    ] = None,
    folder: Annotated[Path, typer.Option("--folder", help="Where data/ and config/ are.")] = Path(),
    sheet: Sheet = None,
    redcap: Redcap = None,
    missing: Missing = None,
    force: Force = False,
) -> None:
    """Write the schema of a table and the configuration of a run: data/TABLE.schema.yaml and config/RUN.yaml."""
    run = run_name(table) if name is None else name
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", run):
        raise ConfigurationError(f"--name: expected letters, digits, `_`, `.` and `-`, got {run!r}.")
    schema, config = folder / "data" / f"{run_name(table)}.schema.yaml", folder / "config" / f"{run}.yaml"
    require_new([schema, config], force)
    raw, draft = draft_table(table, sheet, redcap, missing)
    configuration = initial_configuration(run, table, schema, config, k, sheet)
    _write_all({schema: draft.schema.to_yaml(), config: configuration})
    print_draft(raw, draft)
    then = f"`snakemake --cores 8 --configfile {config}` runs, and writes results/{run}/report/report.html."
    say(f"init: {schema} and {config}\n{next_step(draft, schema, then)}")


def _write_all(texts: dict[Path, str]) -> None:
    """Write all files, or none: they are renamed into place when each of them is whole.

    Raises:
        ConfigurationError: A file cannot be written.
    """
    try:
        with ExitStack() as stack:
            for path, text in texts.items():
                stack.enter_context(atomic_path(path)).write_text(text, encoding="utf-8")
    except ConfigurationError as error:
        raise ConfigurationError(f"--folder: expected a folder that can be written, got: {error.__cause__}.") from None
