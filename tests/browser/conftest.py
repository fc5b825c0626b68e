"""A browser, and reports of small runs to open in it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from retina_vae.report import RunTables, draw_figures, render_report
from tests.browser.runs import PAPER, TYPED, make_run
from tests.browser.visit import Visit
from tests.report.cohorts import CLINIC, clinic_patients
from tests.report.conftest import CLINIC_RUN, of_a_table, write_run
from tests.report.released import with_floor


@pytest.fixture(scope="session")
def paper_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three latent dimensions, squared error, k-means on draws."""
    return make_run(tmp_path_factory.mktemp("browser") / "paper", PAPER, 3, 6, "draws", "none")


@pytest.fixture(scope="session")
def typed_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two latent dimensions, typed likelihood, corrected codes with a full covariance, k-means on means."""
    return make_run(tmp_path_factory.mktemp("browser") / "typed", TYPED, 2, 3, "means", "importance")


@pytest.fixture(scope="session")
def paper_page(paper_run: Path) -> Path:
    return write_report(paper_run)


@pytest.fixture(scope="session")
def typed_page(typed_run: Path) -> Path:
    return write_report(typed_run)


@pytest.fixture(scope="session")
def clinic_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table without an outcome and with gaps, all counts shown; its explorer has no model behind it."""
    folder = tmp_path_factory.mktemp("browser") / "clinic"
    settings = CLINIC_RUN | {"disclosure": {"small_cell_floor": 0}}
    shown = of_a_table(RunTables.load(write_run(folder, patients=clinic_patients(300), schema=CLINIC, **settings)))
    path = folder / "report" / "report.html"
    path.parent.mkdir()
    path.write_text(render_report(shown, draw_figures(shown)), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def gated_page(paper_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The patients of the first run, of whom numbers below 5 are hidden."""
    folder = tmp_path_factory.mktemp("browser") / "gated"
    shown = with_floor(paper_run, 5, folder)
    path = folder / "report" / "report.html"
    path.parent.mkdir(exist_ok=True)
    path.write_text(render_report(shown, draw_figures(shown)), encoding="utf-8")
    return path


@pytest.fixture(scope="session", params=["paper", "typed"])
def report_page(request: pytest.FixtureRequest) -> Path:
    """The report of each run: with a view in three dimensions, and in two."""
    return request.getfixturevalue(f"{request.param}_page")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window of a desktop."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture
def visit(page: Page) -> Visit:
    """A window that remembers what went wrong in it."""
    return Visit(page)


@pytest.fixture(scope="session")
def windows(browser: Browser) -> Iterator[Callable[..., Visit]]:
    """Windows in which the view of a report is ready, by width: making one takes seconds, so tests share them."""
    opened: dict[tuple[Path, int], Visit] = {}
    context = browser.new_context()

    def window(path: Path, width: int = 1280) -> Visit:
        if (path, width) not in opened:
            visit = opened[path, width] = Visit(context.new_page())
            visit.page.set_viewport_size({"width": width, "height": 900})
            visit.look(path)
        opened[path, width].page.bring_to_front()
        opened[path, width].reset()
        return opened[path, width]

    yield window
    context.close()


@pytest.fixture
def view(windows: Callable[..., Visit], report_page: Path) -> Visit:
    """The view of each report, as it begins."""
    return windows(report_page)


@pytest.fixture(params=[390, 1280])
def wide_and_narrow(windows: Callable[..., Visit], report_page: Path, request: pytest.FixtureRequest) -> Visit:
    """The view of each report as on a phone and on a desktop."""
    return windows(report_page, request.param)


@pytest.fixture
def paper_view(windows: Callable[..., Visit], paper_page: Path) -> Visit:
    """The view in three dimensions."""
    return windows(paper_page)


@pytest.fixture
def typed_view(windows: Callable[..., Visit], typed_page: Path) -> Visit:
    """The view in two dimensions."""
    return windows(typed_page)


@pytest.fixture
def gated_view(windows: Callable[..., Visit], gated_page: Path) -> Visit:
    """The view of points that are nobody."""
    return windows(gated_page)


@pytest.fixture
def clinic_view(windows: Callable[..., Visit], clinic_page: Path) -> Visit:
    """The view of a table without an outcome."""
    return windows(clinic_page)


def write_report(folder: Path) -> Path:
    tables, path = RunTables.load(folder), folder / "report" / "report.html"
    path.parent.mkdir(exist_ok=True)
    path.write_text(render_report(tables, draw_figures(tables)), encoding="utf-8")
    return path
