"""The cluster report: one HTML file that opens without a network, reads without scripts and prints well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jinja2 import Environment
from markupsafe import Markup
from matplotlib.figure import Figure

from retina_vae.clusters.description.columns import in_sentence
from retina_vae.images.components import COMPONENTS
from retina_vae.report.account import flow, settings_rows
from retina_vae.report.alerts import find_alerts
from retina_vae.report.answer import (
    HEADLINES,
    answer_in_words,
    candidates_table,
    dependence_in_words,
    number_in_words,
    reached_answer,
)
from retina_vae.report.cards import cluster_cards
from retina_vae.report.chains import chains_part
from retina_vae.report.checklist import MAPPING, checklist_of
from retina_vae.report.choices import training_caption
from retina_vae.report.decision import decide
from retina_vae.report.environment import report_environment
from retina_vae.report.explained import Term, explain, glossary, how_to_read, terms_used
from retina_vae.report.factors import factors_part
from retina_vae.report.figures import PatientMap
from retina_vae.report.files import files_beside
from retina_vae.report.gallery import exhibits
from retina_vae.report.gaps import missing_values
from retina_vae.report.interactive import interactive
from retina_vae.report.latent_dims import held_out_part
from retina_vae.report.manuscript import methods_of
from retina_vae.report.models import models_section
from retina_vae.report.names import cluster_names
from retina_vae.report.outliers import outlier_table, outliers_caption
from retina_vae.report.overview import heat_map, legend, overview
from retina_vae.report.pictures import panel, pictures_of, vector
from retina_vae.report.remarks import remark_sentences
from retina_vae.report.rivals import advice, density_is_compared, rival_sentences, rival_table, uncompared_density
from retina_vae.report.sections import (
    agreement_matrix,
    cohort_rows,
    plain_table,
    probability_bands,
    replica_table,
    table1,
)
from retina_vae.report.stability import judged_in_words, stability_in_words
from retina_vae.report.study import StudyPages
from retina_vae.report.tables import RunTables
from retina_vae.report.trust import (
    doubt_table,
    held_out_caption,
    held_out_table,
    most_entropy,
    separation_table,
    stability_table,
    structure_sentences,
    variants_in_words,
    variants_table,
)
from retina_vae.report.unlike import unlike_part
from retina_vae.report.verdict import verdicts
from retina_vae.report.wording import agreement_in_words

__all__ = ["Section", "render_html"]

_SECTIONS = [
    ("verdict", "The decision"),
    ("overview", "The clusters at a glance"),
    ("run", "Who was analysed"),
    ("clusters", "The clusters, one by one"),
    ("table1", "Table 1"),
    ("structure", "What the clusters are made of"),
    ("groups", "Groups or a continuum"),
    ("number", "How the codes see the number of clusters"),
    ("space", "The latent space"),
    ("factors", "Which coordinate carries what"),
    ("explorer", "Where would a patient fall"),
    ("doubt", "Who is in doubt"),
    ("agreement", "How much the replicas agree"),
    ("rivals", "Beside the simpler methods"),
    ("missing", "Missing values"),
    ("cohort", "The cohort"),
    ("training", "The training"),
    ("models", "The models, measured"),
    ("unlike", "Other patients"),
    ("limits", "What not to conclude"),
    ("methods", "Methods, ready to paste"),
    ("checklist", "Reporting checklist"),
    ("settings", "Settings, seeds and versions"),
    ("files", "Files beside this report"),
    ("cite", "How to cite"),
]
"""Anchor and title of every section; each has a template of the anchor's name. Not every run has ``rivals``
and ``unlike``."""

_CHOICE_HEADS = {
    "label": "Criterion",
    "k": "Clusters (median of the replicas)",
    "lowest": "Lowest",
    "highest": "Highest",
    "rule": "Rule",
}


@dataclass(frozen=True)
class Section:
    """A section of the page: ``html`` is what a study wrote; without it a template of the anchor's name is filled."""

    anchor: str
    title: str
    html: Markup | None = None

    @property
    def how(self) -> Markup:
        """How to read it; empty where the guide has nothing on it."""
        return how_to_read(self.anchor)


def render_html(tables: RunTables, figures: Mapping[str, Figure], where: PatientMap, pages: StudyPages) -> str:
    """Fill the report's template.

    Args:
        tables: The run.
        figures: As :func:`retina_vae.report.draw_figures` returns them; of the panels of the clusters the page shows
            each by itself.
        where: The patients in the latent space, for the pictures of the clusters.
        pages: What the run's study adds.

    Raises:
        ValueError: A section of the study follows one that is not there.
    """
    environment, terms = report_environment(), glossary(pages.glossary)
    context = _context(tables, figures, where, pages)
    filled = [replace(own, html=_filled(own, environment, context, terms)) for own in _sections(tables, pages)]
    text = Markup("").join(section.html or Markup("") for section in filled)
    return environment.get_template("report.html.j2").render(context, sections=filled, terms=terms_used(text, terms))


def _filled(section: Section, environment: Environment, context: Mapping[str, Any], terms: Sequence[Term]) -> Markup:
    """What stands below the heading of a section, with its terms explained."""
    html = section.html
    if html is None:
        html = Markup(environment.get_template(f"{section.anchor}.html.j2").render(context))
    return explain(html, terms)


def _context(tables: RunTables, figures: Mapping[str, Figure], where: PatientMap, pages: StudyPages) -> dict[str, Any]:
    """What the templates lay out."""
    shown = exhibits(tables)
    return {
        "run": tables.configuration.run,
        "settings": tables.configuration,
        "clustering": tables.clustering,
        "undivided": tables.undivided,
        "origin": tables.origin,
        "outcome": tables.schema.outcome,
        "outcome_words": in_sentence(tables.schema.outcome) if tables.schema.outcome else "",
        "gate": tables.gate,
        "reported": tables.reported,
        "pages": pages,
        "figures": pictures_of(figures, tables),
        "captions": {name: pages.captions.get(name, "") for name in figures},
        "gallery": [(own, vector(figures[own.name], own.alternative)) for own in shown],
        "files": [*files_beside(tables, shown), *pages.files],
        **_clusters(tables, where),
        **_background(tables),
        **_evidence(tables, pages),
        **_replicas(tables),
        **_takeaway(tables, pages),
        **interactive(tables),
    }


def _clusters(tables: RunTables, where: PatientMap) -> dict[str, Any]:
    """The clusters at a glance, and one by one."""
    names = cluster_names(tables)
    rows = overview(tables, names)
    return {
        "names": names,
        "overview": rows,
        "legend": legend(rows),
        "differences": heat_map(tables),
        "cards": [(card, panel(where, tables, card.cluster)) for card in cluster_cards(tables)],
    }


def _background(tables: RunTables) -> dict[str, Any]:
    """What was done and on whom, the training, and the models."""
    return {
        "flow": flow(tables),
        "rows": settings_rows(tables),
        "cohort": cohort_rows(tables),
        "outliers": outlier_table(tables),
        "outliers_caption": outliers_caption(),
        "training_caption": training_caption(tables.vae),
        "unseen": held_out_part(tables),
        "chains": chains_part(tables),
        "missing": missing_values(tables),
        "models": models_section(tables),
        "unlike": unlike_part(tables),
        "factors": factors_part(tables),
    }


def _parts_of(tables: RunTables) -> str:
    """Whose principal components stand for the columns where these have no meaning each; empty of other runs."""
    source = tables.configuration.source
    if source.sequences:
        return f"{source.parts}, one number for each at each position"
    return source.parts if source.made_of_parts else ""


def _evidence(tables: RunTables, pages: StudyPages) -> dict[str, Any]:
    """The verdict, the number of clusters, what they are made of, and doubt."""
    return {
        "decision": decide(tables),
        "alerts": find_alerts(tables),
        "verdicts": verdicts(tables, pages.verdict),
        "headline": HEADLINES[reached_answer(tables)],
        "answer": answer_in_words(tables),
        "found": number_in_words(tables),
        "dependence": dependence_in_words(tables),
        "candidates": candidates_table(tables),
        "looked_at": int(tables.number.structure["patients"].iloc[0]),
        "parts": _parts_of(tables),
        "components": COMPONENTS,
        "folds": int(tables.number.structure["folds"].iloc[0]),
        "number": tables.number.sentence,
        "choices": plain_table(tables.number.choices, _CHOICE_HEADS),
        "table1": table1(tables),
        "footnote": tables.gate.footnote,
        "remarks": remark_sentences(tables),
        "structure": [*structure_sentences(tables), *pages.structure],
        "held_out": held_out_table(tables),
        "held_out_caption": held_out_caption(tables),
        "separation": separation_table(tables),
        "bands": probability_bands(tables),
        "doubt": doubt_table(tables),
        "most_entropy": most_entropy(tables),
    }


def _replicas(tables: RunTables) -> dict[str, Any]:
    """How the replicas and other clusterings agree."""
    return {
        "agreement_words": agreement_in_words(tables.agreement["ari"].mean()) if len(tables.agreement) else "",
        "consensus": tables.account.consensus,
        "replicas": replica_table(tables.replicas),
        "matrix": agreement_matrix(tables),
        "numbers": [int(replica) for replica in tables.replicas["replica"]],
        "variants": variants_table(tables),
        "variants_words": variants_in_words(tables),
        "judged": judged_in_words(tables),
        "stability": stability_table(tables),
        "stability_words": stability_in_words(tables),
        "rivals": rival_table(tables),
        "rival_sentences": rival_sentences(tables),
        "rival_advice": advice(tables),
        "rival_uncompared": uncompared_density(tables),
        "rival_densities": density_is_compared(tables),
    }


def _takeaway(tables: RunTables, pages: StudyPages) -> dict[str, Any]:
    """The paragraph on the methods, and the reporting checklist."""
    return {
        "methods": methods_of(tables, pages),
        "checklist": checklist_of(tables),
        "checklist_mapping": MAPPING,
    }


def _sections(tables: RunTables, pages: StudyPages) -> list[Section]:
    """All sections in their order, those of the study among them."""
    absent = {name for name in ("rivals", "unlike") if getattr(tables, name) is None}
    sections = [Section(anchor, title) for anchor, title in _SECTIONS if anchor not in absent]
    for own in pages.sections:
        anchors = [section.anchor for section in sections]
        if own.after not in anchors or own.anchor in anchors:
            raise ValueError(f"expected a new section after one of {anchors}, got {own.anchor!r} after {own.after!r}")
        sections.insert(anchors.index(own.after) + 1, Section(own.anchor, own.title, own.html))
    return sections
