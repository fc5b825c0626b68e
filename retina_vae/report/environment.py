"""How templates of the report are filled: where they lie, and what they may ask of a value."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from retina_vae.report.wording import number, percent

__all__ = ["report_environment"]

_PER_CENT = re.compile(r"(?<=\d) %")


@cache
def report_environment(*packages: str) -> Environment:
    """Templates of these packages, and those of the report, whose macros they may use; compiled once."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in (*packages, "retina_vae.report")]),
        autoescape=select_autoescape(["html", "html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_spaced,
    )
    environment.filters.update(percent=percent, heat=_heat, two=_two, diverging=_diverging)
    return environment


def _spaced(value: Any) -> Any:
    """What a template fills in, with a space that does not break before every per cent sign."""
    plain = isinstance(value, str) and not isinstance(value, Markup)
    return _PER_CENT.sub("\N{NO-BREAK SPACE}%", value) if plain else value


def _two(value: float) -> str:
    return number(value, 2)


def _heat(value: float) -> str:
    """Background from white (0) to blue (1) with the text colour that is read best on it, as CSS."""
    share = min(max(value, 0.0), 1.0) if value == value else 0.0
    red, green, blue = (round(255 + share * (end - 255)) for end in (0, 90, 156))
    return f"background:rgb({red},{green},{blue});color:{'#fff' if share > 0.8 else '#000'}"


def _diverging(level: float) -> str:
    """Background from blue (-1) over white to orange (1), which colour-blind readers distinguish, as CSS."""
    if level != level:
        return "background:#eee;color:#333"
    end = (213, 94, 0) if level > 0 else (0, 90, 156)
    red, green, blue = (round(255 + abs(level) * (part - 255)) for part in end)
    return f"background:rgb({red},{green},{blue});color:{'#fff' if level < -0.75 else '#000'}"
