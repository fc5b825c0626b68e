from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from retina_vae.report import RunTables, draw_figures, render_report
from retina_vae.report.html import _heat

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


def page_of(tables: RunTables) -> str:
    return render_report(tables, draw_figures(tables))


@pytest.fixture(scope="module")
def text(tables: RunTables) -> str:
    return page_of(tables)


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


def test_no_patient_is_named(text: str, tables: RunTables) -> None:
    without_pictures = _words(text)
    assert [name for name in tables.patients["patient_id"] if name in without_pictures] == []


def test_pictures_have_alternatives_and_heads_a_scope(page: _Page) -> None:
    assert len(page.all("img")) == 6 + 6
    assert all(str(image["alt"]).strip() for image in page.all("img"))
    assert all(head.get("scope") in {"col", "row", "colgroup"} for head in page.all("th"))


def test_contents_lead_to_sections_and_links_to_files(page: _Page, run_folder: Path) -> None:
    targets = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    links = [str(link["href"]) for link in page.all("a")]
    assert {link[1:] for link in links if link.startswith("#")} <= targets
    beside = [link for link in links if link.startswith("../") and link != "../manifest.json"]
    assert beside
    assert [link for link in beside if not (run_folder / "report" / link).resolve().is_file()] == []


def test_headings_do_not_skip_a_level(page: _Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def _claims(**texts: str) -> pd.DataFrame:
    return pd.DataFrame([{"claim": 1, "statement": "s", "verdict": "holds", "measured": "m", "how": "h"} | texts])


def test_text_from_the_data_is_escaped(tables: RunTables) -> None:
    evil = "<script>alert('x')</script> & \"more\""
    descriptions = tables.descriptions.assign(description=evil)
    claims = _claims(statement=evil, measured=evil, how="by & by")
    text = page_of(replace(tables, descriptions=descriptions, claims=claims))
    assert evil not in text
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;") == 6 + 2
    _Page(text)


def test_claims_appear_only_where_there_are_some(tables: RunTables, text: str) -> None:
    assert 'id="claims"' not in text
    claims = _claims(verdict="does not hold")
    paper = pd.DataFrame({"replica": ["1", "consensus"], "ari_paper": [0.71, 0.84], "ari_other_replicas": [0.7, 0.8]})
    audited = page_of(replace(tables, claims=claims, audit_agreement=paper))
    assert "does not hold" in audited
    assert "0.840" in audited
    assert 'href="#claims"' in audited


def test_the_page_is_the_same_every_time_and_small(tables: RunTables, text: str) -> None:
    assert page_of(tables) == text
    assert len(text.encode()) < 8_000_000


@pytest.fixture(scope="module")
def family_figures(family: RunTables) -> dict[str, Figure]:
    return draw_figures(family)


@pytest.fixture(scope="module")
def family_text(family: RunTables, family_figures: dict[str, Figure]) -> str:
    return render_report(family, family_figures)


def test_a_family_adds_its_pictures_and_names_nobody(family: RunTables, family_text: str, family_folder: Path) -> None:
    page = _Page(family_text)
    assert len(page.all("img")) == 6 + 6 + 3
    assert all(str(image["alt"]).strip() for image in page.all("img"))
    links = [str(link["href"]) for link in page.all("a")]
    beside = [link for link in links if link.startswith("../") and link != "../manifest.json"]
    assert "../vae/evaluation.csv" in beside
    assert [link for link in beside if not (family_folder / "report" / link).resolve().is_file()] == []
    without_pictures = _words(family_text)
    assert [name for name in family.patients["patient_id"] if name in without_pictures] == []


def test_a_measurement_of_the_machine_does_not_reach_the_page(family_text: str) -> None:
    assert "123.4" not in _words(family_text)


def test_the_page_is_the_same_when_only_seconds_differ(
    family: RunTables, family_figures: dict[str, Figure], family_text: str
) -> None:
    other = replace(family, evaluation=family.evaluation.assign(seconds=9.0))
    # Drawn again, a figure's layout settles a little further, so that only the words are compared.
    assert _words(render_report(other, family_figures)) == _words(family_text)
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
    text = page_of(RunTables.load(folder))
    assert "Only one replica" in text
    assert "<dt>In resampled patients</dt>" in text
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
    make_run: Callable[..., Path], tmp_path: Path
) -> None:
    folder = make_run(tmp_path / "mixture", clusters={"k": 6, "method": "gaussian_mixture"})
    words = re.sub(r"<[^>]+>|\s+", " ", _words(page_of(RunTables.load(folder))))
    for said in (
        "Groups of patients that a Gaussian mixture finds in the latent space",
        "Gaussian mixture on draws, k = 6, 10 starts",
        "A Gaussian mixture returns as many groups as it is asked for",
        "With a Gaussian mixture on the posterior means",
        "The probability of a cluster is the mean, over the code's distribution, of the probability that the mixture",
        "about which of the overlapping clusters it comes from",
        "All of them and the tree look at partitions by k-means",
    ):
        assert said in words.replace("&#39;", "'"), said
    assert "nearest to its centre" not in words
    # What the criteria look at, and a measure of the models with its column.
    assert len(re.findall("k-means", words, flags=re.IGNORECASE)) == 3


def test_a_report_of_kmeans_speaks_of_no_mixture(text: str) -> None:
    words = re.sub(r"<[^>]+>|\s+", " ", _words(text)).replace("&#39;", "'")
    assert "Groups of patients that k-means finds in the latent space" in words
    assert "the share of the code's distribution that lies nearest to its centre" in words
    assert "look at partitions by k-means" not in words
