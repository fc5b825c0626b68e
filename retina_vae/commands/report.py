"""The command that writes the cluster report."""

from __future__ import annotations

import typer

from retina_vae.commands.options import ConfigPath, example
from retina_vae.commands.saying import say
from retina_vae.opening import open_run
from retina_vae.run import WRITTEN, Content

app = typer.Typer()


@app.command("report", epilog=example("report --run results/paper"))
def report(config: ConfigPath) -> None:
    """Draw the figures and write the cluster report."""
    from retina_vae.progress import progress
    from retina_vae.report import RunTables, StudyPages, draw_figures, render_report, save_figures, takeaway_files
    from retina_vae.report.nouns import renamed_in_figures

    run = open_run(config)
    settings, folder, study = run.settings, run.folder, run.settings.own_study
    tables = RunTables.load(folder)
    pages = StudyPages() if study is None or study.pages is None else study.pages(folder, settings)
    figures = draw_figures(tables) | pages.figures
    if settings.source.called is not None:
        renamed_in_figures(figures.values(), settings.source.called)
    with progress("report, figures", len(figures)) as advance:
        drawn = save_figures(figures, folder / "report" / "figures", advance)
    contents: dict[str, Content] = {path.relative_to(folder).as_posix(): WRITTEN for path in drawn}
    contents |= takeaway_files(tables, pages) | {"report/report.html": render_report(tables, figures, pages)}
    run.write("report", contents)
    say(f"report: {run.path('report/report.html')}")
