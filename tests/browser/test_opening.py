import re
from pathlib import Path

import pandas as pd
from playwright.sync_api import Browser, expect

from tests.browser.visit import Visit


def test_it_opens_without_a_complaint_and_without_a_request(visit: Visit, report_page: Path):
    visit.look(report_page)
    visit.page.get_by_label("Age (years)").fill("80")
    visit.rest()
    assert visit.errors == []
    assert [url for url in visit.requests if not url.startswith(("data:", "blob:", report_page.as_uri()))] == []


def test_the_library_waits_until_the_view_is_near(visit: Visit, report_page: Path):
    page = visit.open(report_page)
    page.wait_for_load_state("load")
    visit.frames(30)
    assert page.evaluate("typeof Plotly") == "undefined"
    page.locator("#space-view").scroll_into_view_if_needed()
    page.wait_for_selector('#space-view[data-state="ready"]', timeout=60_000)
    assert page.evaluate("typeof Plotly") == "object"


def test_another_script_does_not_run(visit: Visit, report_page: Path, tmp_path: Path):
    page = tmp_path / "report.html"
    text = report_page.read_text(encoding="utf-8")
    page.write_text(text.replace("</body>", "<script>document.title = 'changed'</script></body>"), encoding="utf-8")
    visit.open(page)
    assert visit.page.title() != "changed"
    assert any("Content Security Policy" in error for error in visit.errors)


def test_without_scripts_the_picture_stays_and_the_command_is_named(browser: Browser, report_page: Path):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report_page.as_uri())
    expect(page.locator(".space-still img")).to_be_visible()
    expect(page.locator(".space-live")).to_be_hidden()
    expect(page.locator("#explorer-fallback")).to_be_visible()
    expect(page.locator("#explorer-fallback")).to_contain_text("retina-vae assign --run")
    expect(page.locator("#explorer-live")).to_be_hidden()
    context.close()


def test_without_webgl_the_picture_stays_and_the_page_says_why(visit: Visit, paper_page: Path):
    visit.page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null;")
    visit.open(paper_page).locator("#space-view").scroll_into_view_if_needed()
    expect(visit.page.locator(".space-failed")).to_be_visible()
    expect(visit.page.locator(".space-still img")).to_be_visible()
    expect(visit.page.locator(".space-live")).to_be_hidden()


def test_two_dimensions_need_no_webgl(visit: Visit, typed_page: Path):
    context = "HTMLCanvasElement.prototype.getContext"
    visit.page.add_init_script(
        f"const own = {context}; {context} = function (name, ...rest) "
        "{ return name.startsWith('webgl') ? null : own.call(this, name, ...rest); };"
    )
    expect(visit.look(typed_page)).to_be_visible()


def test_paper_gets_the_still_picture(view: Visit):
    view.page.emulate_media(media="print")
    expect(view.page.locator(".space-still img")).to_be_visible()
    expect(view.page.locator(".space-live")).to_be_hidden()
    expect(view.page.locator("#explorer-live")).to_be_hidden()


def test_the_page_does_not_scroll_sideways(wide_and_narrow: Visit):
    width = wide_and_narrow.page.viewport_size["width"]
    assert wide_and_narrow.page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_page_holds_no_patient(report_page: Path):
    patients = pd.read_parquet(report_page.parents[1] / "cohort" / "patients.parquet")["patient_id"]
    # Bytes in base64 look like an identifier here and there.
    text = re.sub(r"[A-Za-z0-9+/=]{100,}", "", report_page.read_text(encoding="utf-8"))
    assert len(patients) == 240
    assert not set(re.findall(r"\b\w+\b", text)) & set(patients)
