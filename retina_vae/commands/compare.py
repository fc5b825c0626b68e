"""The command that holds two finished runs against each other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from retina_vae.commands.saying import say
from retina_vae.errors import ConfigurationError
from retina_vae.files import write_text

app = typer.Typer()


@app.command("compare")
def compare(
    a: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run: results/<run>.")],
    b: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of another one.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the comparison to this file too: .md or .json.")
    ] = None,
) -> None:
    """Hold two finished runs against each other: settings, patients, clusters and measures."""
    if output is not None and output.suffix not in (".md", ".json"):
        raise ConfigurationError(f"--output: expected a file that ends in .md or .json, got {output}.")
    from rich.console import Console

    from retina_vae.compare import compare_runs, lay_out, open_run, print_sections, to_json, to_markdown
    from retina_vae.compare.formats import PLAIN_WIDTH
    from retina_vae.release import release_comparison

    runs = open_run(a), open_run(b)
    comparison = release_comparison(compare_runs(*runs), *runs)
    sections = lay_out(comparison)
    # First, because whoever reads the text may stop before its end.
    if output is not None:
        _save(to_json(comparison) if output.suffix == ".json" else to_markdown(sections), output)
    print_sections(sections, Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH))


def _save(text: str, output: Path) -> None:
    try:
        write_text(text, output)
    except ConfigurationError as error:
        # Its remedy, another folder of results, is none for a path from the command line.
        raise ConfigurationError(
            f"--output: expected a file that can be written, got {output}: {error.__cause__}."
        ) from None
    say(f"compare: {output}")
