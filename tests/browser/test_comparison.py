"""The page of a comparison in a browser: nothing is loaded or refused, and all of it can be read and saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from retina_vae.compare import compare_runs, open_run
from retina_vae.compare.page import comparison_page
from retina_vae.report import RunTables
from tests.browser.test_accessibility import serious_faults
from tests.browser.visit import Visit


@pytest.fixture(scope="module")
def comparison(typed_run: Path, paper_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of the same patients with other models and numbers of clusters."""
    a, b = open_run(typed_run), open_run(paper_run)
    path = tmp_path_factory.mktemp("comparison") / "comparison.html"
    text = comparison_page(compare_runs(a, b), RunTables.load(typed_run), RunTables.load(paper_run))
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("width", [390, 1280])
def test_it_opens_without_a_complaint_or_a_fault_and_fits(visit: Visit, comparison: Path, width: int) -> None:
    visit.page.set_viewport_size({"width": width, "height": 900})
    page = visit.open(comparison)
    assert visit.errors == []
    assert visit.requests == [comparison.as_uri()]
    assert serious_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    tables = page.locator("main table").count()
    assert page.get_by_role("button", name="as CSV").count() == tables > 4
