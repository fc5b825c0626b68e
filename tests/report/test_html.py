from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from markupsafe import Markup, escape
from matplotlib.figure import Figure

from retina_vae.cohort import CohortSchema
from retina_vae.report import RunTables, StudyPages, StudySection, draw_figures, render_report
from retina_vae.report.environment import _heat
from tests.report.cohorts import NORTH, QUOTED, SUM
from tests.report.released import People, cohort_of, people_of, release

_VOID = {"meta", "img", "br", "hr", "input", "link", "rect"}


class _Page(HTMLParser):
    """Elements with their attributes; fails where tags do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self._open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def _words(text: str) -> str:
    """The page without its pictures, its scripts and their library, and numbers packed as base64."""
    code = r"<script(?: type=\"application/gzip\"[^>]*)?>.*?</script>"
    return re.sub(r"base64(?:,|\": ?\")[^\"]+", "", re.sub(code, "", text, flags=re.DOTALL))


def _unlinked(text: str) -> str:
    """The words of the page, terms of the glossary without their links."""
    return re.sub(r"</?a\b[^>]*>", "", _words(text))


def page_of(tables: RunTables) -> str:
    return render_report(tables, draw_figures(tables))


@pytest.fixture(scope="module")
def text(tables: RunTables, figures: dict[str, Figure]) -> str:
    return render_report(tables, figures)


@pytest.fixture(scope="module")
def page(text: str) -> _Page:
    return _Page(text)


def test_nothing_is_loaded_from_elsewhere(page: _Page, text: str) -> None:
    for _, attributes in page.elements:
        assert str(attributes.get("src", "data:")).startswith("data:")
        assert not {"srcset", "poster", "onload", "onclick"} & set(attributes)
    assert not page.all("link")
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_no_patient_is_named(text: str, people: People) -> None:
    without_pictures = _words(text)
    assert [name for name in people.patients["patient_id"] if name in without_pictures] == []


def test_pictures_have_alternatives_and_heads_a_scope(page: _Page) -> None:
    assert len(page.all("img")) == 8 + 6
    assert all(str(image["alt"]).strip() for image in page.all("img"))
    assert all(head.get("scope") in {"col", "row", "colgroup"} for head in page.all("th"))


def test_contents_lead_to_sections_and_links_to_files(page: _Page, run_folder: Path) -> None:
    targets = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    links = [str(link["href"]) for link in page.all("a")]
    assert {link[1:] for link in links if link.startswith("#")} <= targets
    beside = [link for link in links if link.startswith("../") and link != "../manifest.json"]
    assert beside
    # Whatever counts patients is linked as it was released; a row per patient is the analyst's own.
    own = {"../config.yaml", "../clusters/assignments.csv", "../clusters/doubtful.csv", "../cohort/refused.csv"}
    assert {link for link in beside if not link.startswith("../release/")} <= own
    assert [link for link in beside if not (run_folder / "report" / link).resolve().is_file()] == []


def test_headings_do_not_skip_a_level(page: _Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


EVIL = "<script>alert('x')</script> & \"more\" =1+1"


def test_text_from_the_data_is_escaped(tables: RunTables, figures: dict[str, Figure]) -> None:
    page = render_report(replace(tables, descriptions=tables.descriptions.assign(description=EVIL)), figures)
    assert EVIL not in page
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;") == 6
    _Page(page)


def test_names_from_the_data_are_escaped(open_clinic: RunTables, clinic_people: People, clinic_text: str) -> None:
    words = _words(clinic_text)
    for name in (NORTH, QUOTED, "Smoker <i>now</i>"):
        assert name not in words
        assert str(escape(name)) in words
    assert SUM in words
    assert "<b>north" not in words
    assert "<i>now" not in words
    # A page of its own in which the label of an outcome, and a category of it, are markup.
    column = open_clinic.schema["region"].model_copy(update={"role": "outcome", "label": EVIL})
    columns = tuple(column if own.name == "region" else own for own in open_clinic.schema.columns)
    schema = CohortSchema(identifier="patient_id", columns=columns)
    evil = replace(open_clinic, schema=schema, cohort=cohort_of(clinic_people.patients, schema))
    page = render_report(evil, draw_figures(evil))
    assert "<script>alert" not in _words(page)
    assert "<b>north" not in _words(page)
    _Page(page)


def test_a_page_without_an_outcome_speaks_of_none(clinic_people: People, clinic_text: str, clinic_folder: Path) -> None:
    page, words = _Page(clinic_text), _words(clinic_text)
    assert len(page.all("img")) == 8 + 6
    assert "separation.csv" not in words
    assert "outcome.svg" not in words
    assert not re.search(r"diagnos(is|es)|disease|the paper", re.sub(r"Nothing supports a diagnosis", "", words))
    assert "nan" not in words.replace("Finance", "")
    assert [name for name in clinic_people.patients["patient_id"] if name in words] == []
    links = {str(link["href"]) for link in page.all("a")}
    beside = [link for link in links if link.startswith("../") and link != "../manifest.json"]
    assert [link for link in beside if not (clinic_folder / "report" / link).resolve().is_file()] == []
    assert links >= {"figures/columns.svg", "figures/panels.svg"}
    assert "The patients are those of the table, as it was given." in words


def test_a_table_with_a_floor_shows_no_small_count(clinic: RunTables) -> None:
    page = _words(page_of(clinic))
    assert "n/s: not shown" in page
    assert "so the points are no patients" in page


@pytest.fixture(scope="module")
def clinic_text(open_clinic: RunTables) -> str:
    return page_of(open_clinic)


def test_a_study_adds_its_words_where_they_belong(tables: RunTables, figures: dict[str, Figure], text: str) -> None:
    pages = StudyPages(
        sections=[StudySection("mine", "My <section>", Markup("<p>Known & told</p>"), after="doubt")],
        verdict=["The verdict's own."],
        structure=["The structure's <own>."],
        limits=["The limit's own."],
        citation=["The work."],
        subtitle="The subtitle.",
        captions={"columns": "The caption's own."},
        files=[("../mine.csv", "my file")],
    )
    page = render_report(tables, figures, pages)
    anchors = re.findall(r'<section id="(\w+)"', page)
    assert anchors[anchors.index("doubt") + 1] == "mine"
    assert '<a href="#mine">My &lt;section&gt;</a>' in page
    assert "<h2>My &lt;section&gt;</h2>\n<p>Known & told</p>" in page
    assert page.count("The verdict&#39;s own.") == 1
    assert "The structure&#39;s &lt;own&gt;." in page
    assert page.index("The limit&#39;s own.") < page.index("Everything here is descriptive")
    assert page.index("The work.") < page.index("retina_vae, run small")
    assert page.count("The caption&#39;s own.") == 1
    assert "The subtitle." in page
    assert 'href="../mine.csv"' in page
    assert "#39;s own." not in text
    _Page(page)


@pytest.mark.parametrize(("anchor", "after"), [("mine", "nowhere"), ("doubt", "agreement")])
def test_a_section_without_a_place_is_refused(
    tables: RunTables, figures: dict[str, Figure], anchor: str, after: str
) -> None:
    pages = StudyPages(sections=[StudySection(anchor, "Mine", Markup(""), after)])
    with pytest.raises(ValueError, match="expected a new section after one of"):
        render_report(tables, figures, pages)


def test_the_page_is_the_same_every_time_and_small(tables: RunTables, text: str) -> None:
    assert page_of(tables) == text
    assert len(text.encode()) < 8_000_000


@pytest.fixture(scope="module")
def family_text(family: RunTables, family_figures: dict[str, Figure]) -> str:
    return render_report(family, family_figures)


def test_a_family_adds_its_pictures_and_names_nobody(family_text: str, family_folder: Path) -> None:
    page = _Page(family_text)
    assert len(page.all("img")) == 9 + 6 + 3
    assert all(str(image["alt"]).strip() for image in page.all("img"))
    links = [str(link["href"]) for link in page.all("a")]
    beside = [link for link in links if link.startswith("../") and link != "../manifest.json"]
    assert "../release/evaluation/evaluation.csv" in beside
    assert [link for link in beside if not (family_folder / "report" / link).resolve().is_file()] == []
    without_pictures = _words(family_text)
    assert [name for name in people_of(family_folder).patients["patient_id"] if name in without_pictures] == []


def test_the_page_of_a_family_is_no_larger_than_a_mail_takes(family_text: str) -> None:
    assert len(family_text.encode()) < 8_000_000


def test_a_run_without_family_has_the_table_alone(text: str) -> None:
    assert 'id="models"' in text
    assert "Generated patients" not in text
    assert "nan" not in _words(text)


def test_what_a_loss_may_say_depends_on_the_likelihood(text: str, family_text: str) -> None:
    assert "its size has no meaning" in text
    assert "its size has no meaning" not in family_text
    assert "Training from another seed turns" in family_text
    assert "Training from another seed turns" not in text


def test_text_of_the_models_is_escaped(family: RunTables, family_figures: dict[str, Figure]) -> None:
    evil = family.evaluation.assign(measured_on="<script>alert(1)</script>")
    text = render_report(replace(family, evaluation=evil), family_figures)
    assert "<script>alert" not in text
    _Page(text)


@pytest.mark.parametrize("dimensions", [1, 5])
def test_one_replica_and_other_dimensions_are_reported(
    make_run: Callable[..., Path], tmp_path: Path, dimensions: int
) -> None:
    clusters = {"k": 6, "latent_dim": dimensions}
    vae = {"latent_dims": [dimensions], "replicas": 1, "comparison_replicas": 1, "epochs": 3}
    folder = make_run(tmp_path / "lone", replicas=1, epochs=3, clusters=clusters, vae=vae)
    path = folder / "clusters/stability.csv"
    missing = {"jaccard_mean": float("nan"), "jaccard_min": float("nan")}
    pd.read_csv(path).assign(**missing).to_csv(path, index=False)
    text = page_of(RunTables.load(release(folder)))
    assert "Only one replica" in text
    assert "<dt>Model trained again on resampled patients</dt>" in text
    assert "<dt>In resampled patients, model held fixed</dt>" in text
    assert "<dt>In other replicas</dt>" not in text
    _Page(text)


@pytest.mark.parametrize("value", [0.0, 0.3, 0.79, 0.8, 0.801, 1.0])
def test_heat_cells_can_be_read(value: float) -> None:
    red, green, blue, ink = re.fullmatch(r"background:rgb\((\d+),(\d+),(\d+)\);color:#(fff|000)", _heat(value)).groups()

    def luminance(*channels: int) -> float:
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in channels)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    one, other = luminance(int(red), int(green), int(blue)), luminance(*([255] * 3 if ink == "fff" else [0] * 3))
    assert (max(one, other) + 0.05) / (min(one, other) + 0.05) >= 4.5


def test_a_report_of_a_mixture_says_nothing_that_is_true_of_kmeans_alone(
    make_run: Callable[..., Path], tmp_path: Path, figures: dict[str, Figure]
) -> None:
    folder = make_run(tmp_path / "mixture", clusters={"k": 6, "method": "gaussian_mixture"})
    words = re.sub(r"<[^>]+>|\s+", " ", _unlinked(render_report(RunTables.load(folder), figures)))
    for said in (
        "Groups of patients that a Gaussian mixture finds in the latent space",
        "Gaussian mixture on draws, k = 6, 10 starts",
        "A Gaussian mixture returns as many groups as it is asked for",
        "With a Gaussian mixture on the posterior means",
        "The probability of a cluster is the mean, over the code's distribution, of the probability that the mixture",
        "about which of the overlapping clusters it comes from",
        "whatever the clusters of this report come from",
    ):
        assert said in words.replace("&#39;", "'"), said
    assert "integrated by quasi-random draws" in words
    assert "nearest to its centre" not in words
    # What the criteria look at, and a measure of the models with its column.
    # The glossary, which stands last, has an entry of its own.
    before = words.split(" Glossary ")[-2]
    assert len(re.findall("k-means", before, flags=re.IGNORECASE)) == 3


def test_a_report_of_a_mixture_of_mean_codes_says_what_its_probability_is(
    make_run: Callable[..., Path], tmp_path: Path, figures: dict[str, Figure]
) -> None:
    clusters = {"k": 6, "method": "gaussian_mixture", "on": "means"}
    page = render_report(RunTables.load(make_run(tmp_path / "means", clusters=clusters)), figures)
    words = re.sub(r"<[^>]+>|\s+", " ", _words(page))
    for said in (
        "of a cluster is the probability that the mixture gives the cluster at the patient's mean code;",
        "which of the overlapping clusters a patient's mean code comes from",
    ):
        assert said in words.replace("&#39;", "'"), said
    assert "quasi-random draws" not in words


def test_a_report_of_kmeans_speaks_of_no_mixture(text: str) -> None:
    words = re.sub(r"<[^>]+>|\s+", " ", _unlinked(text)).replace("&#39;", "'")
    assert "Groups of patients that k-means finds in the latent space" in words
    assert "the share of the code's distribution that lies nearest to its centre" in words
    assert "look at partitions by k-means" not in words
