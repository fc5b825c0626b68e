"""The explorer's form and answer in the page."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from retina_vae.assign import load_run
from retina_vae.assign.explorer import explorer_model
from retina_vae.config_files import load_configuration
from tests.assign.clinic import CLINIC, clinic_patients
from tests.assign.runs import TYPED
from tests.assign.runs import make_run as make_small_run
from tests.browser.alone import explorer_alone
from tests.browser.visit import Visit


def headline(page: Page) -> str:
    return page.locator("#explorer-live .headline").inner_text()


def test_controls_are_labelled_and_begin_at_a_typical_profile(visit: Visit, report_page: Path):
    page = visit.open(report_page)
    for label in ("Race", "Age (years)", "Polyps", "Drusen", "Subretinal haemorrhage", "Sex"):
        expect(page.get_by_label(label, exact=True)).to_be_visible()
    expect(page.get_by_label("Age (years)")).to_have_attribute("max", "120")
    expect(page.locator("#explorer-fallback")).to_be_hidden()
    assert headline(page).startswith("Cluster ")


def test_every_change_is_answered_and_the_form_goes_back(view: Visit):
    page = view.page
    first, code = headline(page), page.locator(".code tbody td").first.inner_text()
    page.get_by_label("Age (years)").fill("20")
    page.get_by_label("Drusen").select_option("present")
    assert page.locator(".code tbody td").first.inner_text() != code
    page.get_by_role("button", name="Typical profile").click()
    view.settle()
    assert (headline(page), page.locator(".code tbody td").first.inner_text()) == (first, code)


def test_the_headline_is_that_of_the_computed_assignment(view: Visit):
    page = view.page
    page.get_by_label("Age (years)").fill("71.5")
    result = page.evaluate(
        "retinaVae.assign(retinaVae.explorer.model, {race: 'Asian', age: 71.5, polyps: 'absent', drusen: 'absent', "
        "srh: 'absent', sex: 'male'})"
    )
    page.get_by_label("Race").select_option("Asian")
    page.get_by_label("Sex").select_option("male")
    for name in ("Polyps", "Drusen", "Subretinal haemorrhage"):
        page.get_by_label(name).select_option("absent")
    share = result["probability"][result["cluster"] - 1]
    assert headline(page) == f"Cluster {result['cluster']} ({100 * share:.{int(0 < share < 0.005)}f}\u00a0%)"
    shown = page.locator(".bars li .share").all_inner_texts()
    assert len(shown) == min(5, len(result["probability"]))
    percents = [0.0 if text.startswith("<") else float(text.split("\u00a0")[0]) for text in shown]
    assert percents == sorted(percents, reverse=True)


def test_more_bars_on_demand(paper_view: Visit):
    page = paper_view.page
    expect(page.locator(".bars li")).to_have_count(5)
    more = page.get_by_role("button", name="All 6 clusters")
    expect(more).to_have_attribute("aria-expanded", "false")
    more.press("Enter")
    expect(page.locator(".bars li")).to_have_count(6)
    expect(page.get_by_role("button", name="The first 5 alone")).to_have_attribute("aria-expanded", "true")


def test_few_clusters_have_no_button_for_more(typed_view: Visit):
    page = typed_view.page
    expect(page.locator(".bars li")).to_have_count(3)
    expect(page.locator("#explorer-live .more")).to_be_hidden()


def test_a_value_that_cannot_be_read_is_marked_and_not_answered(view: Visit):
    page = view.page
    age = page.get_by_label("Age (years)")
    for text in ("500", "-1", ""):
        age.fill(text)
        assert headline(page) == "No assignment"
        expect(age).to_have_attribute("aria-invalid", "true")
        expect(page.locator("#explorer-age-fault")).to_have_text("Age: expected a finite number from 0 to 120 years.")
        expect(page.locator("#explorer-live .details")).to_be_hidden()
        assert "explorer-age-fault" in (age.get_attribute("aria-describedby") or "")
    age.fill("50")
    expect(age).to_have_attribute("aria-invalid", "false")
    expect(page.locator("#explorer-age-fault")).to_be_empty()
    assert headline(page).startswith("Cluster ")


def test_the_evidence_is_told_where_there_is_a_density(typed_view: Visit, paper_view: Visit):
    evidence = "#explorer-live .evidence"
    assert "log-evidence" in typed_view.page.locator(evidence).inner_text()
    assert paper_view.page.locator(evidence).inner_text() == ""


def test_an_unlike_patient_is_warned_of(view: Visit):
    page = view.page
    assert page.evaluate("retinaVae.explorer.model.typicality.unlike_below") == 1
    assert "At least as typical as" in page.locator("#explorer-live .typical").inner_text()
    try:
        page.evaluate("retinaVae.explorer.model.typicality.unlike_below = 100.5")
        page.get_by_label("Age (years)").fill("70")
        assert "Unlike the cohort: less typical than" in page.locator("#explorer-live .typical").inner_text()
        expect(page.locator("#explorer-live .details")).to_have_attribute("data-unlike", "true")
    finally:
        page.evaluate("retinaVae.explorer.model.typicality.unlike_below = 0.1")


def test_the_answer_is_told_to_a_screen_reader(view: Visit):
    page = view.page
    expect(page.get_by_role("status").filter(has_text="Cluster").first).to_be_visible()
    assert page.locator("#explorer-live [role=status] .headline").count() == 1


@pytest.fixture(scope="module")
def clinic_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a column of every kind, gaps, and no outcome."""
    home, patients = tmp_path_factory.mktemp("clinic"), clinic_patients(200, seed=7)
    return make_small_run(home, patients, TYPED, "importance", "means", schema=CLINIC)


@pytest.fixture(scope="module")
def clinic_model(clinic_folder: Path) -> dict[str, Any]:
    return explorer_model(load_run(clinic_folder))


@pytest.fixture
def clinic(page: Page, clinic_folder: Path, clinic_model: dict[str, Any]) -> Page:
    page.set_content(explorer_alone(clinic_model, load_configuration(clinic_folder / "config.yaml")))
    return page


def test_categories_stand_in_their_order_and_what_may_be_missing_can_be_not_known(clinic: Page):
    options = clinic.get_by_label("Grade").locator("option")
    assert options.all_inner_texts() == ["none", "mild", "moderate", "severe", "not known"]
    expect(clinic.get_by_label("Visits", exact=True)).to_have_attribute("step", "1")
    expect(clinic.get_by_label("Fluid (mm³)", exact=True)).to_have_attribute("step", "any")
    for label in ("Ferritin", "Fluid", "Visits"):
        expect(clinic.get_by_label(f"{label}: not known")).not_to_be_checked()
    expect(clinic.get_by_label("Pressure: not known")).to_have_count(0)


@pytest.mark.parametrize(
    ("label", "wrong", "right", "expected"),
    [
        ("Ferritin (µg/l)", "0", "0.01", "Ferritin: expected a number above 0"),
        ("Fluid (mm³)", "-1", "0", "Fluid: expected a finite number from 0"),
        ("Visits", "1.5", "3", "Visits: expected a whole number from 0"),
        ("Visits", "100001", "100000", "Visits: expected a whole number from 0"),
        ("Pressure (mmHg)", "", "-0", "Pressure: expected a finite number from 0"),
    ],
)
def test_every_kind_of_number_says_what_it_must_be(clinic: Page, label: str, wrong: str, right: str, expected: str):
    field = clinic.get_by_label(label, exact=True)
    field.fill(wrong)
    assert headline(clinic) == "No assignment"
    expect(clinic.locator(".fault").filter(has_text=expected)).to_be_visible()
    field.fill(right)
    assert headline(clinic).startswith("Cluster ")


def test_what_is_not_known_is_not_read(clinic: Page):
    first = headline(clinic), clinic.locator(".code tbody td").all_inner_texts()
    field = clinic.get_by_label("Ferritin (µg/l)", exact=True)
    field.fill("")
    assert headline(clinic) == "No assignment"
    clinic.get_by_label("Ferritin: not known").check()
    clinic.get_by_label("Grade").select_option("not known")
    expect(field).to_be_disabled()
    result = clinic.evaluate(
        """() => {
            const { model } = retinaVae.explorer;
            const profile = Object.fromEntries(model.columns.map(({ name, start }) => [name, start]));
            return retinaVae.assign(model, { ...profile, 'serum ferritin': null, grade: null });
        }"""
    )
    assert headline(clinic).startswith(f"Cluster {result['cluster']} (")
    shown = clinic.locator(".code tbody tr").nth(0).locator("td").nth(0).inner_text()
    assert shown.replace("\u2212", "-") == f"{result['mean'][0]:.3f}"
    assert result["observed"] == 6
    assert "Of 8 values 6 are known" in clinic.locator(".typical").inner_text()
    clinic.get_by_role("button", name="Typical profile").click()
    Visit(clinic).settle()
    expect(field).to_be_enabled()
    assert (headline(clinic), clinic.locator(".code tbody td").all_inner_texts()) == first
    assert "values" not in clinic.locator(".typical").inner_text()


def test_columns_may_be_called_as_parts_of_a_form(page: Page, clinic_folder: Path, clinic_model: dict[str, Any]):
    names = ["elements", "reset", "a b", 'x" onfocus="alert(1)', "-hint", "<b>", "é", "name"]
    columns = [column | {"name": name} for column, name in zip(clinic_model["columns"], names, strict=True)]
    page.set_content(
        explorer_alone(clinic_model | {"columns": columns}, load_configuration(clinic_folder / "config.yaml"))
    )
    assert headline(page).startswith("Cluster ")
    field = page.get_by_label("Visits", exact=True)
    field.fill("-1")
    (fault,) = [text for text in page.locator(".fault").all_inner_texts() if text]
    assert fault.startswith("Visits: expected")
    described = (field.get_attribute("aria-describedby") or "").split()
    assert page.evaluate("(ids) => ids.map((id) => document.getElementById(id) !== null)", described) == [True, True]


def test_what_speaks_for_the_cluster_is_shown_with_its_side_and_its_sign(visit: Visit, typed_page: Path):
    page = visit.open(typed_page)
    page.get_by_label("Age (years)").fill("71")
    beams = page.locator("#explorer-live .beams li")
    expect(beams.filter(has_text="Age: 71 years")).to_have_count(1)
    why = page.evaluate(
        "(() => { const own = retinaVae.explorer; const profile = Object.fromEntries(own.model.columns.map("
        "(c) => [c.name, c.numeric ? 71 : own.form.elements[`explorer-${c.name}`].value]));"
        "return retinaVae.explain(own.model, profile, retinaVae.assign(own.model, profile).cluster); })()"
    )
    assert (
        page.locator("#explorer-live .why h3").inner_text() == f"What speaks for it, against cluster {why['against']}"
    )
    expect(beams).to_have_count(len(why["columns"]) + 1)
    shown = [
        float(text.replace("−", "-")) for text in page.locator("#explorer-live .beams .said-number").all_inner_texts()
    ]
    expected = [*sorted(why["columns"], reverse=True), why["sizes"]]
    assert shown == [pytest.approx(value, abs=0.051) for value in expected]
    sides = page.locator("#explorer-live .beam span").evaluate_all("(all) => all.map((own) => own.className)")
    assert sides == ["for" if value > 0 else "against" for value in expected]
