from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure
from PIL import Image

from retina_vae.report import draw_figures, save_figures
from retina_vae.report.figures import columns, png_bytes, svg_bytes
from retina_vae.report.gallery import draw_gallery
from retina_vae.report.tables import RunTables


def test_a_second_drawing_gives_the_same_bytes(tables: RunTables, figures: dict[str, Figure]) -> None:
    second = draw_figures(tables)
    for name in ("columns", "training", "space"):
        assert svg_bytes(figures[name]) == svg_bytes(second[name])
        assert png_bytes(figures[name], 60) == png_bytes(second[name], 60)


def test_files_are_whole_small_and_without_a_date(figures: dict[str, Figure], tmp_path: Path) -> None:
    paths = save_figures(figures, tmp_path / "figures")
    drawn = ["columns", "training", "space", "outcome", "panels", "latent_structure", "choice", "tree"]
    names = {f"{name}.{suffix}" for name in drawn for suffix in ("svg", "png")}
    assert {path.name for path in (tmp_path / "figures").iterdir()} == names == {path.name for path in paths}
    for path in paths:
        assert path.stat().st_size < 2_000_000
        if path.suffix == ".svg":
            assert "<dc:date>" not in path.read_text(encoding="utf-8")
        else:
            with Image.open(path) as image:
                assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_pictures_of_the_family_are_saved_alike(
    family: RunTables, family_figures: dict[str, Figure], tmp_path: Path
) -> None:
    again = draw_gallery(family)
    pictures = {name: family_figures[name] for name in again}
    assert all(svg_bytes(figure) == svg_bytes(again[name]) for name, figure in pictures.items())
    names = {path.name for path in save_figures(pictures, tmp_path)}
    assert names == {
        f"{name}.{suffix}" for name in ("posteriors", "traversals", "supervised") for suffix in ("svg", "png")
    }
    assert all(path.stat().st_size < 2_000_000 for path in tmp_path.iterdir())


def test_drawing_leaves_no_trace_in_matplotlib(tables: RunTables) -> None:
    before = dict(mpl.rcParams)
    png_bytes(columns(tables.cohort, tables.schema), 40)
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == []
