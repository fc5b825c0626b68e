"""The first screen of a finished run's report as text: the decision, the clusters by name, the alerts.

    python benchmarks/first_screen.py results/paper

prints it as it stands in docs/reading-a-report.md.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from retina_vae.report import RunTables
from retina_vae.report.alerts import find_alerts
from retina_vae.report.decision import decide


def lines(tables: RunTables) -> Iterator[str]:
    """Paragraphs of the first screen in their order."""
    decision = decide(tables)
    yield f"**{decision.headline}**"
    yield f"**What to do.** {decision.action}"
    yield from decision.same
    if decision.caution:
        yield decision.caution
    for use in decision.uses:
        yield f"*{use.words}*\n" + "".join(f"\n- cluster {number}: {name}" for number, name in use.clusters)
    for alert in find_alerts(tables):
        yield f"▲ *{alert.title}.* {alert.text}"
    yield f"**Why?** {decision.answer}"
    yield f"**How many?** {decision.number}"


def main(run: Annotated[Path, typer.Argument(help="Folder of a finished run.")]) -> None:
    """Print the first screen as a quotation in Markdown."""
    paragraphs = []
    for paragraph in lines(RunTables.load(run)):
        wrapped = [textwrap.fill(line, 128, break_on_hyphens=False) for line in paragraph.split("\n")]
        paragraphs.append(textwrap.indent("\n".join(wrapped), "> ", lambda _: True))
    text = "\n>\n".join(paragraphs).replace("\N{NO-BREAK SPACE}", " ")
    print("\n".join(line.rstrip() for line in text.splitlines()))


if __name__ == "__main__":
    typer.run(main)
