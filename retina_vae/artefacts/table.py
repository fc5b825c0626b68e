"""The list of artefacts as a reader sees it."""

from __future__ import annotations

from collections.abc import Sequence

from retina_vae.artefacts.base import Artefact

__all__ = ["describe_artefacts"]


def describe_artefacts(artefacts: Sequence[Artefact]) -> str:
    """A table in Markdown with a row per artefact: path, step, what a row stands for, columns, release."""
    head = "| file | step | one row per | columns | released |\n|---|---|---|---|---|\n"
    return head + "".join(_described(own) for own in artefacts)


def _described(own: Artefact) -> str:
    columns = ", ".join(_column(text) for text in own.columns) if own.row else own.columns[0]
    maybe = " (where there are some)" if own.optional else ""
    path = own.path.replace("{model}", "<model>")
    return f"| `{path}`{maybe} | `{own.step}` | {own.row} | {columns} | {own.release} |\n"


def _column(text: str) -> str:
    name, _, meaning = text.partition(": ")
    return f"`{name}` ({meaning})" if meaning else f"`{name}`"
