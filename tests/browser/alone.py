"""The explorer on a page of its own: its section and its scripts, without the rest of a report."""

from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader

from retina_vae.clusters.partitions import PARTITIONS
from retina_vae.config import Configuration
from retina_vae.report.interactive.page import _SCRIPTS, embedded_json
from retina_vae.report.released import Gate


def explorer_alone(model: dict[str, Any], settings: Configuration) -> str:
    """The page as HTML; ``model`` is what ``explorer.json`` holds."""
    template = Environment(loader=PackageLoader("retina_vae.report"), autoescape=True).get_template("explorer.html.j2")
    words = PARTITIONS[settings.clusters.method].words
    gate = Gate(hides=False, fewest=0, mark="", footnote="", hidden_clusters=0, explorer="")
    section = template.render(gate=gate, reported=1, run=settings.run, settings=settings, clustering=words)
    payload = embedded_json({"model": model, "descriptions": {}})
    names = _SCRIPTS[: _SCRIPTS.index("explorer") + 1]
    sources = [(files("retina_vae.report") / "scripts" / f"{name}.js").read_text(encoding="utf-8") for name in names]
    scripts = "\n".join(f"<script>{source}</script>" for source in sources)
    data = f'<script type="application/json" id="explorer-data">{payload}</script>'
    return f'<!doctype html><html lang="en"><title>Explorer</title><main>{section}</main>{data}{scripts}</html>'
