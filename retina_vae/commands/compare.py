"""The command that holds two finished runs against each other."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retina_vae.commands.options import example
from retina_vae.commands.saying import say
from retina_vae.files import write_text
from retina_vae.outputs import require_output, writing

if TYPE_CHECKING:
    from retina_vae.compare import Comparison

app = typer.Typer()


@app.command("compare", epilog=example("compare results/paper results/typed -o comparison.md"))
def compare(
    a: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a finished run: results/<run>.")],
    b: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of another one.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Save it to this file too: .html, .md or .json."),
    ] = None,
) -> None:
    """Hold two finished runs against each other: settings, patients, clusters and measures."""
    if output is not None:
        require_output(output, (".html", ".md", ".json"))
    from rich.console import Console

    from retina_vae.compare import compare_runs, lay_out, open_run, print_sections, to_json, to_markdown
    from retina_vae.compare.formats import PLAIN_WIDTH
    from retina_vae.release import release_comparison

    runs = open_run(a), open_run(b)
    comparison = release_comparison(compare_runs(*runs), *runs)
    sections = lay_out(comparison)
    # First, because whoever reads the text may stop before its end.
    if output is not None:
        formats = {".json": lambda: to_json(comparison), ".html": lambda: _page(comparison, a, b)}
        _save(formats.get(output.suffix, lambda: to_markdown(sections))(), output)
    print_sections(sections, Console(width=None if sys.stdout.isatty() else PLAIN_WIDTH))


def _page(comparison: Comparison, a: Path, b: Path) -> str:
    """The comparison as a page, with what each run says of itself in its released tables."""
    from retina_vae.compare.page import comparison_page
    from retina_vae.report import RunTables

    return comparison_page(comparison, RunTables.load(a), RunTables.load(b))


def _save(text: str, output: Path) -> None:
    with writing(output):
        write_text(text, output)
    say(f"compare: {output}")
