"""The page as a whole: first screen, tables that sort and filter, cards that open, terms, figures, paper, the dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from retina_vae.report import RunTables
from retina_vae.report.names import cluster_names
from tests.browser.test_accessibility import serious_faults
from tests.browser.visit import Visit


@pytest.fixture
def opened(browser: Browser, paper_page: Path) -> Iterator[Callable[..., Page]]:
    """Opens the report in a window of its own, with these settings of the browser."""
    contexts = []

    def look(width: int = 1400, height: int = 900, anchor: str = "", **settings: str) -> Page:
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **settings))
        page = contexts[-1].new_page()
        page.goto(f"{paper_page.as_uri()}{anchor}")
        return page

    yield look
    for context in contexts:
        context.close()


def first_cells(table: Locator) -> list[str]:
    """The cluster of every row that is shown, in the order in which they stand."""
    return [cell.inner_text().strip() for cell in table.locator("tbody tr:visible > th").all()]


@pytest.mark.parametrize("width", [1400, 390])
def test_the_first_screen_says_what_to_do(opened: Callable[..., Page], width: int) -> None:
    page = opened(width, 844)
    for part in (".headline", ".action"):
        box = page.locator(f"#verdict {part}").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 844
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_nothing_is_wider_than_a_phone(opened: Callable[..., Page]) -> None:
    """What is wider scrolls within itself, under a narrow label that stays."""
    page = opened(390, 844)
    page.locator("#open-cards").click()
    wide = page.evaluate(
        """[...document.querySelectorAll('main *')].filter((e) => e.getClientRects().length && !e.closest('.scroll')
           && e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert wide == []
    pictures = page.evaluate(
        """[...document.querySelectorAll('figure img')].filter((e) => e.getBoundingClientRect().width
           > e.closest('.scroll').clientWidth + 1).length"""
    )
    assert pictures == 0


def test_the_overview_sorts_by_every_column(opened: Callable[..., Page], paper_run: Path) -> None:
    page, tables = opened(), RunTables.load(paper_run)
    table = page.locator("#overview-table")
    by_size = [str(cluster) for cluster in tables.sizes.sort_values(ascending=False, kind="stable").index]
    table.get_by_role("button", name="Patients").click()
    assert [int(tables.sizes[int(cluster)]) for cluster in first_cells(table)] == sorted(tables.sizes, reverse=True)
    assert set(first_cells(table)) == set(by_size)
    expect(table.locator('th[aria-sort="descending"]')).to_contain_text("Patients")
    table.get_by_role("button", name="Patients").click()
    assert [int(tables.sizes[int(cluster)]) for cluster in first_cells(table)] == sorted(tables.sizes)
    table.get_by_role("button", name="Name").click()
    names = cluster_names(tables)
    shown = [names[int(cluster)] for cluster in first_cells(table)]
    assert shown == sorted(shown, key=str.lower)


def test_the_overview_filters_by_words_and_by_badge(opened: Callable[..., Page], paper_run: Path) -> None:
    page, names = opened(), cluster_names(RunTables.load(paper_run))
    table, words = page.locator("#overview-table"), page.locator("#overview-words")
    words.fill("polyps women")
    kept = [str(cluster) for cluster, name in names.items() if "polyps" in name.lower() and "women" in name.lower()]
    assert first_cells(table) == kept
    expect(page.locator("#overview-status")).to_have_text(f"{len(kept)} of {len(names)} clusters")
    words.fill("")
    badge = table.locator("tbody .badge").first.inner_text()
    page.locator("#overview-badge").select_option(badge)
    assert {text.inner_text() for text in table.locator("tbody tr:visible .badge").all()} == {badge}
    page.locator("#overview-badge").select_option("")
    assert len(first_cells(table)) == len(names)


def test_the_map_sorts_its_rows(opened: Callable[..., Page]) -> None:
    table = opened().locator(".differences table")
    table.get_by_role("button", name="Age", exact=True).click()
    place = [head.inner_text() for head in table.locator("thead th").all()].index("Age")
    values = table.evaluate("(e, i) => [...e.tBodies[0].rows].map((row) => Number(row.cells[i].dataset.value))", place)
    assert values == sorted(values, reverse=True)


def test_cards_are_folded_and_open_by_link_address_and_search(opened: Callable[..., Page]) -> None:
    page = opened()
    cards = page.locator("details.card")
    assert cards.evaluate_all("all => all.some((card) => card.open)") is False
    page.locator('#overview-table a[href="#cluster-3"]').click()
    expect(page.locator("#cluster-3")).to_be_in_viewport()
    page.locator("#close-cards").click()
    page.locator('#overview-table a[href="#cluster-3"]').click()
    expect(page.locator("#cluster-3")).to_be_visible()
    page.locator("#card-words").fill("cluster 2 no such word")
    expect(page.locator("#card-status")).to_have_text(f"0 of {cards.count()} cards")
    assert cards.evaluate_all("all => all.every((card) => card.hidden)")
    page.locator("#card-words").fill("")
    expect(cards.first).to_be_visible()
    expect(opened(anchor="#cluster-2").locator("#cluster-2")).to_be_visible()


def test_a_term_says_what_it_means_to_mouse_and_keys(opened: Callable[..., Page]) -> None:
    page = opened()
    term = page.locator("#verdict .term").first
    term.focus()
    expect(page.get_by_role("tooltip")).to_have_text(term.get_attribute("data-tip") or "none")
    page.keyboard.press("Escape")
    expect(page.get_by_role("tooltip")).to_have_count(0)
    term.hover()
    expect(page.get_by_role("tooltip")).to_be_visible()
    term.click()
    assert page.evaluate("document.querySelector(location.hash).closest('#glossary') !== null")


def test_a_figure_opens_in_full_size_and_closes(opened: Callable[..., Page]) -> None:
    page = opened(390, 844)
    page.locator("#groups figure img").click()
    large = page.locator("dialog.zoom img")
    expect(large).to_be_visible()
    box = large.bounding_box()
    assert box is not None
    assert box["width"] >= 900
    page.get_by_role("button", name="Close", exact=True).click()
    expect(large).to_be_hidden()


def test_the_contents_follow_the_reader(opened: Callable[..., Page]) -> None:
    page = opened()
    expect(page.locator("nav [aria-current]")).to_have_text("The decision")
    page.locator("#groups").evaluate("section => section.scrollIntoView()")
    expect(page.locator("nav [aria-current]")).to_have_text("Groups or a continuum")
    box = page.locator("nav").bounding_box()
    assert box is not None
    assert box["y"] == pytest.approx(0, abs=1)


def test_paper_shows_every_card_and_no_controls(opened: Callable[..., Page]) -> None:
    page = opened()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details.card").evaluate_all("all => all.every((card) => card.open)")
    expect(page.locator("#overview-words")).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert not page.locator("details.card").evaluate_all("all => all.some((card) => card.open)")


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_axe_finds_no_serious_fault_with_all_cards_open(opened: Callable[..., Page], scheme: str) -> None:
    page = opened(1280, color_scheme=scheme)
    page.locator("#open-cards").click()
    page.locator("details.how").evaluate_all("all => all.forEach((fold) => { fold.open = true; })")
    assert serious_faults(page) == []


def test_without_scripts_nothing_is_lost(browser: Browser, paper_page: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{paper_page.as_uri()}#cluster-2")
    expect(page.locator("#overview-words")).to_be_hidden()
    page.locator("details.card").first.locator("summary").click()
    expect(page.locator("#cluster-1")).to_be_visible()
    context.close()


def test_it_complains_of_nothing(visit: Visit, paper_page: Path) -> None:
    page = visit.open(paper_page)
    page.locator("#open-cards").click()
    page.locator("#overview-words").fill("a")
    assert visit.errors == []
