from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.visit import Visit
from tests.report.cohorts import CLINIC


def point_of_first_group(visit: Visit) -> tuple[float, float]:
    """Where in the window a filled point lies that is farthest from all labels."""
    left, top, width, height = visit.corner()
    x, y = visit.page.evaluate(
        """([width, height]) => {
            const { space, plot } = retinaVae.view;
            const corner = plot.getBoundingClientRect();
            const labels = [...plot.querySelectorAll('.annotation-text')].map((label) => label.getBoundingClientRect());
            const free = ([x, y]) => Math.min(...labels.map((box) => Math.hypot(
                x + corner.left - (box.left + box.right) / 2, y + corner.top - (box.top + box.bottom) / 2)));
            const filled = ({ symbol }) => symbol === 'circle' || symbol === 'square';
            return retinaVae.onScreen(space, plot)
                .filter((_, i) => filled(space.clusters[space.place.get(space.cluster[i])]))
                .filter(([x, y]) => x > 20 && y > 20 && x < width - 20 && y < height - 20)
                .sort((one, other) => free(other) - free(one))[0];
        }""",
        [width, height],
    )
    return left + x, top + y


def far(one: dict[str, float], other: dict[str, float]) -> float:
    return max(abs(one[axis] - other[axis]) for axis in "xyz")


def shown(visit: Visit) -> dict[str, Any]:
    """The trace in colour, which is the last one."""
    return visit.traces()[-1]


def test_a_drag_turns_the_view_and_chooses_no_cluster(paper_view: Visit):
    before = paper_view.camera()
    paper_view.drag(lambda: point_of_first_group(paper_view), 120, 40)
    assert far(before, paper_view.camera()) > 0.2
    expect(paper_view.show).to_have_value("0")
    assert paper_view.errors == []


def test_a_hasty_drag_from_a_point_chooses_no_cluster(paper_view: Visit):
    paper_view.drag(lambda: point_of_first_group(paper_view), 60, 0, steps=1)
    expect(paper_view.show).to_have_value("0")


@pytest.mark.parametrize("button", ["Turn left", "Turn right", "Tilt up", "Tilt down", "Closer", "Farther"])
def test_buttons_move_the_view_by_keyboard_and_reset_takes_it_back(paper_view: Visit, button: str):
    before = paper_view.camera()
    paper_view.page.get_by_role("button", name=button, exact=True).press("Enter")
    paper_view.rest()
    assert far(before, paper_view.camera()) > 0.05
    paper_view.page.get_by_role("button", name="Reset view").press("Enter")
    paper_view.rest()
    assert far(before, paper_view.camera()) < 1e-6


def test_left_and_right_are_opposite_and_keep_the_distance(paper_view: Visit):
    before = paper_view.camera()
    paper_view.page.get_by_role("button", name="Turn left").click()
    turned = paper_view.camera()
    assert sum(turned[a] ** 2 for a in "xyz") == pytest.approx(sum(before[a] ** 2 for a in "xyz"))
    paper_view.page.get_by_role("button", name="Turn right").click()
    assert far(before, paper_view.camera()) < 1e-6


def test_another_colouring_keeps_the_view(paper_view: Visit):
    first = paper_view.camera()
    paper_view.drag(lambda: point_of_first_group(paper_view), 150, 20)
    before = paper_view.camera()
    assert far(first, before) > 0.2
    paper_view.colour_by.select_option("age")
    paper_view.rest()
    assert far(before, paper_view.camera()) < 1e-6


@pytest.mark.parametrize("then", ["another colouring", "a step"])
def test_a_turn_that_plotly_did_not_note_is_kept(paper_view: Visit, then: str):
    # As after a drag that turns on when the button is up, or whose button goes up over a label.
    turned = paper_view.page.evaluate(
        """() => {
            const scene = document.querySelector('.space-plot')._fullLayout.scene._scene;
            const camera = scene.getCamera();
            scene.setViewport({ ...scene.fullSceneLayout, camera: { ...camera, eye: { x: -0.5, y: 1.5, z: 0.5 } } });
            return scene.getCamera().eye;
        }"""
    )
    assert far(turned, {"x": -0.5, "y": 1.5, "z": 0.5}) < 1e-6
    if then == "a step":
        paper_view.page.get_by_role("button", name="Turn left").click()
        paper_view.page.get_by_role("button", name="Turn right").click()
    else:
        paper_view.colour_by.select_option("age")
    paper_view.rest()
    assert far(turned, paper_view.camera()) < 1e-6


@pytest.mark.parametrize(("key", "groups"), [("cluster", 6), ("disease", 3), ("race", 5), ("sex", 2)])
def test_groups_have_their_colours_and_symbols_and_a_legend(paper_view: Visit, key: str, groups: int):
    paper_view.colour_by.select_option(key)
    own = shown(paper_view)
    assert len(own["clusters"]) == 240
    assert len(set(zip(own["colours"], own["symbols"], strict=True))) == groups
    assert len(set(own["symbols"])) == groups
    expect(paper_view.page.locator(".space-legend li")).to_have_count(groups)
    expect(paper_view.page.locator(".space-status")).to_contain_text(f"Coloured by {key}.")


def test_a_number_has_a_scale_with_its_unit(paper_view: Visit):
    paper_view.colour_by.select_option("age")
    expect(paper_view.page.locator(".space-legend")).to_contain_text("years")
    expect(paper_view.page.locator(".space-legend .ramp")).to_be_visible()
    assert len(set(shown(paper_view)["colours"])) > 100


def test_every_cluster_has_its_number_at_its_centre(view: Visit):
    texts = view.labels.all_text_contents()
    options = view.show.locator("option").count() - 1
    assert sorted(texts) == [str(number) for number in range(1, options + 1)]


def test_one_cluster_alone_leaves_the_others_grey(view: Visit):
    view.show.select_option("2")
    grey, own = view.traces()
    assert set(own["clusters"]) == {2}
    assert 2 not in grey["clusters"]
    assert len(grey["clusters"]) + len(own["clusters"]) == 240
    assert len({grey["colours"]} if isinstance(grey["colours"], str) else set(grey["colours"])) == 1
    assert view.labels.all_text_contents() == ["2"]
    expect(view.page.locator(".space-status")).to_contain_text("Cluster 2, ")
    view.show.select_option("0")
    assert len(view.traces()) == 1


def test_the_legend_chooses_a_cluster_and_takes_it_back(view: Visit):
    button = view.page.locator(".space-legend button").nth(1)
    button.press("Enter")
    expect(view.show).to_have_value("2")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_be_focused()
    button.press("Enter")
    expect(view.show).to_have_value("0")


def test_a_click_on_a_number_shows_its_cluster(view: Visit):
    # The last one lies above all others.
    view.rest()
    number = view.labels.last.text_content() or ""
    view.labels.last.click()
    expect(view.show).to_have_value(number)
    view.labels.last.click()
    expect(view.show).to_have_value("0")


def test_a_click_on_a_point_shows_its_cluster_alone_and_its_words(view: Visit):
    x, y, text = view.hover(lambda: point_of_first_group(view))
    assert text.startswith("Cluster ")
    assert " patients" in text
    assert "years" in text
    view.page.mouse.click(x, y)
    expect(view.show).to_have_value(text.removeprefix("Cluster ").split(",")[0])


def test_the_profile_is_marked_where_its_code_lies(view: Visit):
    view.page.get_by_label("Age (years)").fill("33")
    view.rest()
    code = view.page.evaluate("retinaVae.view.state.profile")
    marked = view.page.evaluate(
        "(({ x, y, z }) => [x[0], y[0], ...(z ? [z[0]] : [])])(document.querySelector('.space-plot').data.at(-1))"
    )
    assert marked == pytest.approx(code)
    assert "profile" in view.labels.all_text_contents()


def test_a_code_is_projected_as_the_points_were(paper_view: Visit):
    projection = {"offset": [1, 2, 3], "matrix": [[0, 2, 0, 0], [1, 0, 0, 1], [0, 0, 1, 0]]}
    x, y, z = paper_view.page.evaluate(
        """(projection) => {
            const space = retinaVae.openSpace({ ...retinaVae.readBlock('space-data'), projection });
            const state = { colouring: 'cluster', cluster: 0, profile: [10, 20, 30, 40], narrow: false };
            const { x, y, z } = retinaVae.figureOf(space, state).data.at(-1);
            return [x[0], y[0], z[0]];
        }""",
        projection,
    )
    assert [x, y, z] == [1 + 40, 2 + 10 + 40, 3 + 30]


def test_text_of_the_data_is_shown_as_text(paper_view: Visit):
    texts = paper_view.page.evaluate(
        """() => {
            const file = retinaVae.readBlock('space-data');
            file.clusters.forEach((own) => { own.description = '<a href="x">link</a> & more'; });
            const state = { colouring: 'cluster', cluster: 0, profile: null, narrow: false };
            return retinaVae.figureOf(retinaVae.openSpace(file), state).data[0].text;
        }"""
    )
    assert all("<a" not in text and "&lt;a" in text and "&amp; more" in text for text in texts)


def test_a_profile_from_before_the_view_was_drawn_is_marked(visit: Visit, report_page: Path):
    visit.open(report_page).get_by_label("Age (years)").fill("33")
    visit.page.locator("#space-view").scroll_into_view_if_needed()
    visit.page.wait_for_selector('#space-view[data-state="ready"]', timeout=60_000)
    assert "profile" in visit.labels.all_text_contents()


def test_a_flat_view_is_moved_by_buttons(typed_view: Visit):
    window = "document.querySelector('.space-plot').layout.xaxis.range"
    low, high = typed_view.page.evaluate(window)
    expect(typed_view.page.get_by_role("button", name="Turn left")).to_be_hidden()
    typed_view.page.get_by_role("button", name="Closer").click()
    closer = typed_view.page.evaluate(window)
    assert closer[1] - closer[0] == pytest.approx(0.8 * (high - low))
    typed_view.colour_by.select_option("age")
    assert typed_view.page.evaluate(window) == pytest.approx(closer)
    typed_view.page.get_by_role("button", name="Reset view").click()
    assert typed_view.page.evaluate(window) == pytest.approx([low, high])


def test_the_picture_can_be_saved(view: Visit):
    with view.page.expect_download() as download:
        view.page.get_by_role("button", name="Save picture").click()
    assert download.value.suggested_filename == "latent-space.png"
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    assert view.errors == []


def test_without_an_outcome_the_columns_colour_the_points(clinic_view: Visit):
    labels = clinic_view.colour_by.locator("option").all_text_contents()
    assert labels == ["Cluster", *(column.label for column in CLINIC.columns)]
    clinic_view.colour_by.select_option("grade")
    legend = clinic_view.page.locator(".space-legend li")
    expect(legend).to_have_count(4)
    expect(legend.last).to_have_text("not observed")
    own = shown(clinic_view)
    assert len(own["clusters"]) == 300
    assert len(set(own["colours"])) == 4


def test_a_scale_has_the_decimals_of_its_column_and_says_what_is_missing(clinic_view: Visit):
    clinic_view.colour_by.select_option("creatinine")
    ends = clinic_view.page.locator(".space-legend .ends span").all_text_contents()
    assert len(ends) == 3
    low, middle, high = (float(text) for text in ends)
    # Half-way on the scale of a positive number is the geometric mean.
    assert middle == pytest.approx((low * high) ** 0.5, abs=0.02)
    assert all("." in text for text in ends)
    expect(clinic_view.page.locator(".space-legend")).to_contain_text("not observed")


def test_markup_in_names_is_shown_as_it_is(clinic_view: Visit):
    clinic_view.colour_by.select_option("region")
    expect(clinic_view.page.locator(".space-legend li").first).to_have_text("<b>north</b>")
    expect(clinic_view.page.locator(".space-legend b")).to_have_count(0)
    clinic_view.colour_by.select_option("smoker")
    expect(clinic_view.page.locator(".space-legend h3")).to_have_text("Smoker <i>now</i>")


@pytest.mark.parametrize("width", [390, 1400])
def test_long_names_do_not_widen_the_page(visit: Visit, clinic_page: Path, width: int):
    visit.page.set_viewport_size({"width": width, "height": 844})
    visit.look(clinic_page)
    visit.colour_by.select_option("region")
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
