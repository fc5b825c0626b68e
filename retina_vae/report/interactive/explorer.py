"""The explorer of profiles as the page's script reads it."""

from __future__ import annotations

from typing import Any

from retina_vae.report.tables import RunTables

__all__ = ["explorer_payload"]


def explorer_payload(tables: RunTables) -> dict[str, Any] | None:
    """What ``assign/explorer.json`` holds, with the clusters that have patients in plain words; None without it."""
    if tables.explorer is None:
        return None
    texts = tables.descriptions.set_index("cluster")["description"]
    return {"model": tables.explorer, "descriptions": {str(number): str(text) for number, text in texts.items()}}
