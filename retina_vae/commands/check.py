"""The command that looks at a configuration before Snakemake does."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retina_vae.commands.options import example
from retina_vae.commands.saying import say
from retina_vae.config_files import check_sources, load_merged
from retina_vae.files import require_writable
from retina_vae.replacement import replacement_warning

if TYPE_CHECKING:
    from retina_vae.config import Configuration

app = typer.Typer()

DEFAULT = Path("config/config.yaml")
"""Whose keys a configuration without a section ``cohort`` changes, as in workflow/Snakefile."""


@app.command("check", epilog=example("check config/typed.yaml"))
def check(
    configs: Annotated[
        list[Path], typer.Argument(metavar="CONFIG", help="Configuration files, as for `snakemake --configfile`.")
    ],
    ask: Annotated[
        bool,
        typer.Option(
            "--ask", help="On a terminal, ask before a finished run is replaced; elsewhere say nothing of it."
        ),
    ] = False,
) -> None:
    """Check a configuration and the files that it names, and say which finished run it would replace.

    Exit code 2: something is wrong with it; 1: the question of --ask was answered with no.
    """
    configuration = load_merged(configs, DEFAULT)
    require_writable(configuration.folder)
    check_sources(configuration)
    _check_table(configuration)
    say(f"check: {', '.join(map(str, configs))} can be run; the results go to {configuration.folder}")
    warning = replacement_warning(configuration)
    if warning is not None and (not ask or _on_terminal()):
        say(f"check: warning: {warning}")
        if ask and not typer.confirm("Replace these results?", err=True):
            say("check: nothing was changed")
            raise typer.Exit(1)


def _check_table(configuration: Configuration) -> None:
    """Read an analyst's table by its schema, and say which columns have values far outside the rest.

    Raises:
        InputError: The schema leaves a column undecided or is none, or the table does not fit it.
        ConfigurationError: A model cannot read such patients.
    """
    if configuration.source.has_table_schema:
        from retina_vae.cohort.outliers import find_outliers, outlier_lines
        from retina_vae.model_schema import require_readable

        found = configuration.source.load(configuration.found_cohort, None)
        for name in configuration.models:
            section = f"family.{name}.changes" if name in configuration.family else "vae"
            require_readable(found.schema, configuration.vae_of(name), section)
        for line in [*found.warnings, *outlier_lines(find_outliers(found.patients, found.schema))]:
            say(f"check: {line}")


def _on_terminal() -> bool:
    """Whether somebody is there to answer: a process in the background is stopped when it asks."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
