"""Figures to bytes: the same figure gives the same bytes on every run."""

from __future__ import annotations

import io
from pathlib import Path
from weakref import WeakKeyDictionary

from matplotlib.figure import Figure

from retina_vae.files import atomic_path
from retina_vae.report.figures.style import shared_style

__all__ = ["PRINT_DPI", "SCREEN_DPI", "png_bytes", "save_figure", "svg_bytes"]

PRINT_DPI = 300
"""Resolution of the PNG files, in dots per inch."""

SCREEN_DPI = 200
"""Resolution of the rasterised points inside an SVG and of the pictures in the report."""


# The page shows what lies beside it as a file, and an SVG takes half a second.
_drawn: WeakKeyDictionary[Figure, bytes] = WeakKeyDictionary()


def svg_bytes(figure: Figure) -> bytes:
    """The figure as SVG, without a date; it is drawn once, so it must not be changed afterwards."""
    if figure not in _drawn:
        _drawn[figure] = _draw_svg(figure)
    return _drawn[figure]


@shared_style()
def _draw_svg(figure: Figure) -> bytes:
    stream = io.BytesIO()
    figure.savefig(stream, format="svg", dpi=SCREEN_DPI, metadata={"Date": None, "Creator": None})
    return stream.getvalue()


@shared_style()
def png_bytes(figure: Figure, dpi: int = PRINT_DPI) -> bytes:
    """The figure as PNG."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=dpi, metadata={"Software": None})
    return stream.getvalue()


def save_figure(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write ``<folder>/<name>.svg`` and ``.png``, each whole or not at all, and return their paths."""
    paths = [folder / f"{name}.svg", folder / f"{name}.png"]
    for path, draw in zip(paths, (svg_bytes, png_bytes), strict=True):
        with atomic_path(path) as temporary:
            temporary.write_bytes(draw(figure))
    return paths
