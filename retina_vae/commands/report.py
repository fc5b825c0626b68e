"""The command that writes the cluster report."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath
from retina_vae.commands.saying import say
from retina_vae.config import load_configuration
from retina_vae.files import write_text

app = typer.Typer()


@app.command("report")
def report(config: ConfigPath) -> None:
    """Draw the figures and write the cluster report."""
    from retina_vae.report import RunTables, StudyPages, draw_figures, render_report, save_figures

    settings = load_configuration(config)
    folder, study = settings.folder, settings.own_study
    tables = RunTables.load(folder)
    pages = StudyPages() if study is None or study.pages is None else study.pages(folder, settings)
    figures = draw_figures(tables)
    save_figures(figures, folder / "report" / "figures")
    write_text(render_report(tables, figures, pages), folder / "report" / "report.html")
    say(f"report: {folder / 'report' / 'report.html'}")
