"""Who is selected in the view of the latent space, and what the page tells of them."""

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.visit import Visit

# Four points in two clusters; the last one's age is missing.
SUMMARY = """(given) => {
    const step = (share) => Math.round(share * retinaVae.STEPS);
    const groups = [{ label: 'A' }, { label: 'B' }, { label: 'not observed', missing: true }];
    const plain = { decimals: 0, whole: false };
    const space = {
        items: 'patients', stand_ins: false, fewest: 1, mark: '–', cluster: [1, 1, 2, 2],
        colourings: [
            { key: 'cluster', label: 'Cluster', groups: [{ number: 1 }, { number: 2 }], codes: [0, 0, 1, 1] },
            { key: 'kind', label: 'Kind', outcome: true, groups, codes: [0, 1, 1, 2] },
            { key: 'age', label: 'Age', unit: 'years', low: 20, high: 120, ...plain,
              steps: [step(0.1), step(0.3), step(0.5), retinaVae.MISSING] },
            { key: 'dose', label: 'Dose', unit: 'mg', low: 1, high: 10000, logarithmic: true, decimals: 1, whole: false,
              steps: [0, step(0.5), step(1), step(1)] },
        ],
        ...given.space,
    };
    return retinaVae.summaryOf(space, given.selected);
}"""


def summary(visit: Visit, selected: list[bool], **space: Any) -> dict[str, Any]:
    return visit.page.evaluate(SUMMARY, {"selected": selected, "space": space})


def draw(visit: Visit, tool: str, corners: list[tuple[float, float]]) -> None:
    """Drag over these places, which are shares of the plot's width and height."""
    visit.page.get_by_role("button", name=tool).click()
    left, top, width, height = visit.corner()
    places = [(left + x * width, top + y * height) for x, y in corners]
    visit.page.mouse.move(*places[0])
    visit.page.mouse.down()
    for place in places[1:]:
        visit.page.mouse.move(*place)
    visit.page.mouse.up()
    visit.settle()


def who(visit: Visit) -> Locator:
    return visit.page.locator(".space-who")


def selected(visit: Visit) -> list[bool] | None:
    return visit.page.evaluate("retinaVae.view.state.region")


def test_a_summary_has_counts_shares_of_the_known_and_medians(paper_view: Visit):
    found = summary(paper_view, [True, True, False, True])
    assert (found["count"], found["total"]) == (3, 4)
    counts = [[(row["label"], row["cells"]) for row in part["rows"]] for part in found["counts"]]
    assert counts == [[("1", ["2"]), ("2", ["1"])], [("A", ["1"]), ("B", ["1"]), ("not observed", ["1"])]]
    kind, age, dose = found["columns"]
    assert [(row["label"], row["cells"]) for row in kind["rows"]] == [
        ("A", ["50\u00a0%", "0\u00a0%"]),
        ("B", ["50\u00a0%", "100\u00a0%"]),
    ]
    assert age["rows"][0]["cells"] == ["40 (35 to 45)", "70 (70 to 70)"]
    # The values of a scale of logarithms: 1, 100 and 10,000.
    assert dose["rows"][0]["cells"] == ["100.0 (50.5 to 5,050.0)", "10,000.0 (10,000.0 to 10,000.0)"]


def test_of_points_that_are_nobody_only_rounded_numbers_are_told(paper_view: Visit):
    many = {"cluster": [1] * 9 + [2] * 4, "stand_ins": True, "fewest": 5, "mark": "n/s"}
    groups = [{"number": 1}, {"number": 2}]
    many["colourings"] = [{"key": "cluster", "label": "Cluster", "groups": groups, "codes": [0] * 9 + [1] * 4}]
    found = summary(paper_view, [True] * 13, **many)
    assert (found["count"], found["columns"]) == (10, [])
    assert [row["cells"] for row in found["counts"][0]["rows"]] == [["about 5"], ["n/s"]]
    # One point more or less is not seen, and a few are not told of.
    assert summary(paper_view, [True] * 12 + [False], **many) == found
    assert summary(paper_view, [True] * 4 + [False] * 9, **many)["counts"] == []


@pytest.mark.parametrize(
    ("place", "inside"), [([2, 2], True), ([0.5, 3.5], True), ([3, 3], False), ([5, 2], False), ([-1, 2], False)]
)
def test_a_line_may_be_bent(paper_view: Visit, place: list[float], inside: bool):
    # An L: a square of four by four without its lower right quarter.
    corners = [[0, 0], [4, 0], [4, 2.5], [2.5, 2.5], [2.5, 4], [0, 4]]
    assert (
        paper_view.page.evaluate("([place, corners]) => retinaVae.isInside(place, corners)", [place, corners]) is inside
    )


def test_points_are_where_plotly_draws_them(view: Visit):
    """Of a cluster's number Plotly itself says where its place is."""
    view.rest()
    off = view.page.evaluate(
        """() => {
            const { space, plot } = retinaVae.view;
            const corner = plot.getBoundingClientRect();
            const at = space.clusters.map(({ center }) => center);
            const coordinates = space.limits.map((_, j) => at.map((place) => place[j]));
            const own = { ...space, cluster: at.map(() => 1), coordinates };
            const labels = new Map([...plot.querySelectorAll('.annotation-text')].map((e) => [e.textContent, e]));
            return retinaVae.onScreen(own, plot).map(([x, y], i) => {
                const box = labels.get(`${space.clusters[i].number}`).getBoundingClientRect();
                const [across, down] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
                return Math.hypot(x + corner.left - across, y + corner.top - down);
            });
        }"""
    )
    assert max(off) < 4


def test_a_box_around_all_selects_all_and_select_none_takes_it_back(view: Visit):
    draw(view, "Draw a box", [(0.01, 0.01), (0.5, 0.5), (0.99, 0.99)])
    assert selected(view) == [True] * 240
    expect(view.page.locator(".space-status")).to_contain_text("A region with 240 of 240 patients (100\u00a0%)")
    view.page.get_by_role("button", name="Select none").click()
    expect(who(view)).to_be_hidden()
    assert len(view.traces()) == 1


def test_a_line_selects_the_points_that_it_runs_around(view: Visit):
    """A triangle that is the upper left half of the plot: the others are grey, and the tables count the same points."""
    view.rest()
    draw(view, "Draw around points", [(0.01, 0.01), (0.98, 0.01), (0.01, 0.98)])
    places = np.array(view.page.evaluate("retinaVae.onScreen(retinaVae.view.space, retinaVae.view.plot)"))
    _, _, width, height = view.corner()
    across = places[:, 0] / width + places[:, 1] / height
    expected = across < 0.99
    found = np.array(selected(view))
    # The mouse is on whole pixels.
    near = np.abs(across - 0.99) < 0.01
    assert (found == expected)[~near].all()
    assert 0 < found.sum() < 240
    grey, own = view.traces()
    assert (len(grey["clusters"]), len(own["clusters"])) == (240 - found.sum(), found.sum())
    tables = who(view).locator("table")
    expect(tables).to_have_count(2)
    cells = tables.first.locator("tbody").first.locator("td").all_text_contents()
    assert sum(int(text) for text in cells) == found.sum()


def test_a_tiny_drawing_selects_nobody_and_escape_puts_the_tool_down(paper_view: Visit):
    draw(paper_view, "Draw a box", [(0.5, 0.5), (0.501, 0.501)])
    assert selected(paper_view) is None
    button = paper_view.page.get_by_role("button", name="Draw around points")
    button.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    button.press("Escape")
    expect(button).to_have_attribute("aria-pressed", "false")


def test_by_keyboard_a_cluster_is_summarised(paper_view: Visit):
    paper_view.show.focus()
    paper_view.show.press("ArrowDown")
    expect(paper_view.show).to_have_value("1")
    expect(who(paper_view).locator("h3")).to_have_text("Cluster 1 beside all others")
    size = paper_view.page.evaluate("retinaVae.view.space.clusters[0].size")
    cells = who(paper_view).locator("table").first.locator("td:not(:empty)").all_text_contents()
    assert sum(int(text) for text in cells) == int(size)
    expect(who(paper_view)).to_contain_text("Age (years): median (quartiles)")


def test_with_a_floor_no_column_and_no_exact_number_is_told(gated_view: Visit):
    draw(gated_view, "Draw a box", [(0.01, 0.01), (0.5, 0.5), (0.99, 0.99)])
    expect(gated_view.page.locator(".space-status")).to_contain_text("which are no patients")
    cells = who(gated_view).locator("td:not(:empty)").all_text_contents()
    numbers = [int(text.removeprefix("about ")) for text in cells if text != "n/s"]
    assert numbers
    assert all(number % 5 == 0 and number >= 5 for number in numbers)
    expect(who(gated_view)).not_to_contain_text("median")
    expect(who(gated_view)).to_contain_text("whole multiples of 5")


def test_a_wheel_scrolls_the_page_and_with_control_moves_closer(view: Visit):
    flat = view.page.evaluate("retinaVae.view.space.flat")
    seen = "document.querySelector('.space-plot').layout.xaxis.range.map((x) => x)" if flat else ""
    where = (lambda: view.page.evaluate(seen)) if flat else view.camera
    left, top, width, height = view.corner()
    before, start = where(), view.page.evaluate("scrollY")
    view.page.mouse.move(left + width / 2, top + height / 2)
    view.page.mouse.wheel(0, -80)
    view.page.wait_for_function("(start) => scrollY < start", arg=start)
    view.rest()
    assert where() == before
    # The page may have moved away from under the mouse.
    left, top, width, height = view.corner()
    view.page.mouse.move(left + width / 2, top + height / 2)
    view.page.keyboard.down("Control")
    view.page.mouse.wheel(0, -80)
    view.page.keyboard.up("Control")
    view.page.wait_for_timeout(100)
    view.rest()
    assert where() != before
