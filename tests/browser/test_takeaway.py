"""What a reader takes away from the page: tables as CSV, figures as SVG and PNG, the methods on the clipboard."""

from __future__ import annotations

import csv
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

ROWS = """
<table id="mine"><caption>Mine &amp; yours</caption>
<thead><tr><td></td><th colspan="2">Both</th></tr><tr><th>Row</th><th>A</th><th>B, "b"</th></tr></thead>
<tbody>
<tr><th>=1+1</th><td>−2.5</td><td>1,234</td></tr>
<tr><th>@x</th><td>−1 ± 2</td><td>+3</td></tr>
<tr><th>+y</th><td>−</td><td>50&nbsp;%</td></tr>
<tr><th>two<br>lines</th><td>–</td><td>'=z</td></tr>
</tbody></table>
"""


@pytest.fixture(scope="module")
def opened(browser: Browser, paper_page: Path) -> Iterator[Page]:
    """A report, opened once for all tests of this file."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.goto(paper_page.as_uri())
    yield page
    context.close()


def saved(page: Page, button: Locator) -> tuple[str, bytes]:
    """The name and the bytes of what a button saves, which is pressed on the keyboard."""
    button.focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


def test_a_table_is_saved_as_it_is_shown(opened: Page) -> None:
    name, data = saved(opened, opened.get_by_label("Save table What every cluster holds", exact=False).first)
    assert name.startswith("what-every-cluster-holds")
    assert name.endswith(".csv")
    rows = list(csv.reader(data.decode("utf-8-sig").splitlines()))
    table = opened.locator("table", has=opened.locator("caption", has_text="What every cluster holds")).first
    heads = [text.strip() for text in table.locator("thead th").all_inner_texts()]
    assert [head.lower() for head in rows[0]] == [" ".join(head.split()).lower() for head in heads]
    sizes = [text.strip() for text in table.locator("tbody td:nth-child(2)").all_inner_texts()]
    assert [row[1] for row in rows[1:]] == sizes
    assert [row[0] for row in rows[1:]] == [str(number) for number in range(1, len(sizes) + 1)]


def test_a_table_that_was_filtered_is_saved_as_filtered_with_what_its_drawings_say(opened: Page) -> None:
    opened.get_by_label("Find clusters").fill("1")
    table = opened.locator("#overview-table")
    shown = table.locator("tbody tr:not([hidden])")
    text = table.evaluate("own => retinaVae.tableCsv(own)")
    rows = list(csv.reader(text.splitlines()))
    assert 0 < len(rows) - 1 == shown.count()
    assert [row[0] for row in rows[1:]] == [one.strip() for one in shown.locator("th").all_inner_texts()]
    bar = shown.first.locator("svg[aria-label]").get_attribute("aria-label")
    assert bar is not None
    assert " ".join(bar.split()) in rows[1]
    opened.get_by_label("Find clusters").fill("")


def test_no_cell_is_run_by_a_spreadsheet_and_numbers_stay_numbers(opened: Page) -> None:
    text = opened.evaluate(
        """(html) => {
            const box = document.createElement('div');
            box.innerHTML = html;
            return retinaVae.tableCsv(box.querySelector('table'));
        }""",
        ROWS,
    )
    assert text.split("\r\n") == [
        ",Both,",
        'Row,A,"B, ""b"""',
        "'=1+1,-2.5,1234",
        "'@x,'-1 ± 2,3",
        "'+y,'-,50 %",
        "two lines,–,''=z",
        "",
    ]


def test_every_table_and_picture_has_its_buttons(opened: Page) -> None:
    main = opened.locator("main")
    assert main.get_by_role("button", name="CSV").count() > 0
    tables = main.locator("table").count()
    assert main.locator(".takeaway button", has_text="CSV").count() == tables
    vectors = main.locator('img[src^="data:image/svg"]').count()
    pictures = main.locator('img[src^="data:image/"]').count()
    assert main.locator(".takeaway button", has_text="SVG").count() == vectors > 0
    assert main.locator(".takeaway button", has_text="PNG").count() == pictures > vectors
    labels = main.locator(".takeaway button").evaluate_all("own => own.map(one => one.ariaLabel)")
    assert all(label.startswith(("Save table ", "Save figure ", "Copy the methods")) for label in labels)


def test_a_figure_is_saved_as_vectors_and_three_times_as_large_as_pixels(opened: Page) -> None:
    figure = opened.locator("#cohort figure")
    name, data = saved(opened, figure.get_by_role("button", name="SVG"))
    assert (name, data[:5]) == ("columns.svg", b"<?xml")
    name, data = saved(opened, figure.get_by_role("button", name="PNG"))
    assert (name, data[:4]) == ("columns.png", b"\x89PNG")
    width = figure.locator("img").evaluate("own => own.naturalWidth")
    assert struct.unpack(">II", data[16:24])[0] == 3 * width


def test_the_methods_are_copied_with_their_references(opened: Page) -> None:
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    methods = opened.locator("#methods")
    methods.get_by_role("button", name="Copy").click()
    expect(methods.get_by_role("status")).to_have_text("Copied.")
    text = opened.evaluate("navigator.clipboard.readText()")
    paragraphs = methods.locator(".methods-text p").all_inner_texts()
    assert text.startswith("We clustered 240 patients")
    assert all(paragraph in text for paragraph in paragraphs)
    assert f"\n\n{methods.locator('.methods-works li').count()}. " in text


def test_nothing_of_it_is_printed(opened: Page) -> None:
    opened.emulate_media(media="print")
    assert opened.locator(".takeaway:visible").count() == 0
    opened.emulate_media(media="screen")
    assert opened.locator(".takeaway:visible").count() > 0


def test_without_scripts_there_are_no_buttons(browser: Browser, paper_page: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(paper_page.as_uri())
    assert page.locator(".takeaway").count() == 0
    assert page.locator("#methods p").count() > 3
    context.close()
