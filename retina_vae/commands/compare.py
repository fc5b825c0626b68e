"""The command that holds two finished runs against each other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from retina_vae.commands.options import example
from retina_vae.commands.saying import say
from retina_vae.files import write_text
from retina_vae.outputs import require_output, writing

app = typer.Typer()


@app.command("compare", epilog=example("compare results/paper results/typed -o comparison.md"))
def compare(
    a: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run: results/<run>.")],
    b: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of another one.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the comparison to this file too: .md or .json."),
    ] = None,
) -> None:
    """Hold two finished runs against each other: settings, patients, clusters and measures."""
    if output is not None:
        require_output(output, (".md", ".json"))
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
    with writing(output):
        write_text(text, output)
    say(f"compare: {output}")
