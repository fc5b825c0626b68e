from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.visit import Visit

# The parts of a report that change under the reader's hands.
CHANGING = [["#space-view"], ["#explorer"]]


def serious_faults(page: Page, parts: list[list[str]] | None = None) -> list[str]:
    """In these parts of the page, or in all of it."""
    found = Axe().run(page, context=parts, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{fault['id']}: {node['html'][:120]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def test_axe_finds_no_serious_fault(wide_and_narrow: Visit):
    assert serious_faults(wide_and_narrow.page) == []


def test_axe_finds_no_serious_fault_in_other_states(view: Visit):
    view.show.select_option("1")
    view.colour_by.select_option("age")
    view.page.get_by_label("Age (years)").fill("500")
    assert serious_faults(view.page, CHANGING) == []
    view.page.get_by_label("Age (years)").fill("119")
    view.colour_by.select_option("disease")
    assert serious_faults(view.page, CHANGING) == []


def test_all_controls_can_be_reached_by_tab_and_show_where_they_are(view: Visit):
    view.colour_by.focus()
    reached = []
    for _ in range(60):
        name = view.page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")
        outline = view.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        reached.append((name, outline))
        view.page.keyboard.press("Tab")
    names = [name for name, _ in reached]
    controls = ["space-colouring", "space-cluster", "Reset view", "Save picture", "explorer-race", "explorer-age"]
    for name in (*controls, "explorer-sex", "Typical profile"):
        assert name in names
        assert dict(reached)[name] != "none"


def test_the_view_has_a_name_in_words(view: Visit):
    plot = view.plot
    expect(plot).to_have_attribute("role", "img")
    view.show.select_option("2")
    assert "Cluster 2" in (plot.get_attribute("aria-label") or "")
