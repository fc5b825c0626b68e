"""A comparison for a terminal, as Markdown and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from retina_vae.compare.comparison import Comparison
from retina_vae.compare.layout import Section

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["PLAIN_WIDTH", "print_sections", "to_json", "to_markdown"]

PLAIN_WIDTH = 120
"""Columns of the text where it is not printed to a terminal."""


def print_sections(sections: Sequence[Section], console: Console) -> None:
    """Print sections with heads underlined and tables ruled; nothing is said by colour or weight alone."""
    from rich.text import Text

    for section in sections:
        console.print(Text(f"{section.title}\n{'-' * len(section.title)}", style="bold"))
        _print_sentences(section.before, console)
        if section.heads:
            console.print(_table(section))
        _print_sentences(section.after, console)
        console.print()


def _print_sentences(sentences: list[str], console: Console) -> None:
    from rich.text import Text

    # As Text, so that a bracket in a path or a value is not taken for a style.
    for sentence in sentences:
        console.print(Text(sentence))


def _table(section: Section) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for head, numeric in zip(section.heads, _numeric(section), strict=True):
        table.add_column(Text(head), justify="right" if numeric else "left", overflow="fold")
    for row in section.rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def to_markdown(sections: Sequence[Section]) -> str:
    """Sections as Markdown; the first one's head is the title."""
    blocks: list[str] = []
    for level, section in zip(("#", *["##"] * len(sections)), sections, strict=False):
        blocks += [f"{level} {section.title}", *map(_escaped, section.before)]
        blocks += [_markdown_table(section)] if section.heads else []
        blocks += map(_escaped, section.after)
    return "\n\n".join(blocks) + "\n"


def _markdown_table(section: Section) -> str:
    rule = ["---:" if numeric else ":---" for numeric in _numeric(section)]
    rows = [[_escaped(cell) for cell in row] for row in (section.heads, *section.rows)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (rows[0], rule, *rows[1:]))


def _escaped(text: str) -> str:
    """The text with the signs escaped that Markdown would read."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#" else sign for sign in " ".join(text.split()))


def _numeric(section: Section) -> list[bool]:
    """Which columns hold numbers and marks alone."""
    columns = zip(*section.rows, strict=True) if section.rows else [()] * len(section.heads)
    return [all(_is_number(cell) for cell in column) and bool(column) for column in columns]


def _is_number(cell: str) -> bool:
    return cell in ("-", ".", "n/s") or cell.lstrip("+-").replace(",", "").replace(".", "", 1).isdigit()


def to_json(comparison: Comparison) -> str:
    """Every number of the comparison; null where there is none or it is not shown."""
    return json.dumps(_finite(asdict(comparison)), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
