"""Scripts and data inside the page, and the policy under which a browser runs these scripts and no others."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from markupsafe import Markup
from plotly.offline import get_plotlyjs

from retina_vae.report.interactive.explorer import explorer_payload
from retina_vae.report.interactive.space import space_payload
from retina_vae.report.tables import RunTables

__all__ = ["content_security_policy", "embedded_json", "interactive"]

# In the order in which they stand in the page; each uses functions of those before it.
_SCRIPTS = (
    *("page", "arrays", "elements", "kinds", "assignment", "contributions", "explorer"),
    *("library", "figure", "region", "selection", "space", "takeaway"),
)


def interactive(tables: RunTables) -> dict[str, Any]:
    """What the page's template needs for its scripts.

    Returns:
        ``policy``, the content security policy; ``scripts``, to stand at the end of the body: the data of the view
        (null where there is none) and of the explorer, Plotly packed small, and the scripts.
    """
    sources = [_source(name) for name in _SCRIPTS]
    library = get_plotlyjs()
    blocks = [
        _block("space-data", "application/json", embedded_json(space_payload(tables))),
        _block("explorer-data", "application/json", embedded_json(explorer_payload(tables))),
        _block("plotly-library", "application/gzip", _packed(library)),
        *(f"<script>{source}</script>" for source in sources),
    ]
    # The texts are safe: JSON and base64 without any tag, and the package's own scripts.
    return {"policy": content_security_policy([*sources, library]), "scripts": Markup("\n".join(blocks))}


def content_security_policy(scripts: Iterable[str]) -> str:
    """A policy that loads nothing from anywhere and runs exactly these scripts, told by their SHA-256.

    Pictures may be data in the page, or blobs that a script makes, as Plotly does to save a view. No form may send
    anything, and no element may change where the page's links lead: neither falls back on ``default-src``.
    """
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{own}'" for own in hashes)
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data: blob:; style-src 'unsafe-inline'; "
        f"script-src {allowed}"
    )


def embedded_json(value: Any) -> str:
    r"""JSON that can stand in a script element: nothing in it can end the element or open a comment.

    >>> embedded_json("</script><!--")
    '"\\u003c/script\\u003e\\u003c!--"'
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _block(name: str, kind: str, text: str) -> str:
    return f'<script type="{kind}" id="{name}">{text}</script>'


def _packed(text: str) -> str:
    """Gzip in base64; without a time stamp, so that the same text gives the same bytes."""
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()


def _source(name: str) -> str:
    return (files("retina_vae.report") / "scripts" / f"{name}.js").read_text(encoding="utf-8")
