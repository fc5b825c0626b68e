"""The cluster report: one HTML file that opens without a network, reads without scripts and prints well."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from matplotlib.figure import Figure

from retina_vae.clusters.description.columns import in_sentence
from retina_vae.report.account import flow, settings_rows
from retina_vae.report.answer import (
    HEADLINES,
    answer_in_words,
    candidates_table,
    dependence_in_words,
    number_in_words,
    reached_answer,
)
from retina_vae.report.cards import cluster_cards
from retina_vae.report.checklist import MAPPING, checklist_of
from retina_vae.report.choices import training_caption
from retina_vae.report.decision import decide
from retina_vae.report.figures import PatientMap, cluster_panel, png_bytes, svg_bytes
from retina_vae.report.figures.columns import pictured_columns
from retina_vae.report.files import files_beside
from retina_vae.report.gallery import exhibits
from retina_vae.report.interactive import interactive
from retina_vae.report.manuscript import methods_of
from retina_vae.report.models import models_section
from retina_vae.report.sections import (
    agreement_matrix,
    cohort_rows,
    plain_table,
    probability_bands,
    table1,
)
from retina_vae.report.stability import judged_in_words, stability_in_words
from retina_vae.report.study import StudyPages
from retina_vae.report.tables import RunTables
from retina_vae.report.trust import (
    doubt_table,
    held_out_table,
    most_entropy,
    separation_table,
    stability_table,
    structure_sentences,
    variants_table,
)
from retina_vae.report.verdict import verdicts
from retina_vae.report.wording import agreement_in_words, clusters_in_words, percent

__all__ = ["Picture", "Section", "render_html", "report_environment"]

# Many clusters have coarser pictures, so that the page stays below 8 MB.
_CARD_DPI, _MANY_CLUSTERS, _COARSE_CARD_DPI = 170, 40, 100

_SECTIONS = [
    ("verdict", "The verdict"),
    ("run", "What was done, and on whom"),
    ("groups", "Groups or a continuum"),
    ("number", "How the codes see the number of clusters"),
    ("space", "The latent space"),
    ("explorer", "Where would a patient fall"),
    ("clusters", "The clusters, one by one"),
    ("structure", "What the clusters are made of"),
    ("doubt", "Who is in doubt"),
    ("agreement", "How much the replicas agree"),
    ("cohort", "The cohort"),
    ("training", "The training"),
    ("models", "The models, measured"),
    ("limits", "What not to conclude"),
    ("methods", "Methods, ready to paste"),
    ("checklist", "Reporting checklist"),
    ("files", "Files beside this report"),
    ("cite", "How to cite"),
]
"""Anchor and title of every section; each has a template of the anchor's name."""

_REPLICA_HEADS = {
    "replica": "Replica",
    "loss": "Loss in the last epoch (mean per patient)",
    "within_ss": "Within-cluster sum of squares",
    "mean_ari": "Mean ARI with the others",
    "reported": "Reported",
}
_CHOICE_HEADS = {
    "label": "Criterion",
    "k": "Clusters (median of the replicas)",
    "lowest": "Lowest",
    "highest": "Highest",
    "rule": "Rule",
}


@dataclass(frozen=True)
class Picture:
    """A figure inside the page: its bytes as a data address, and what it shows in words."""

    address: str
    alternative: str


@dataclass(frozen=True)
class Section:
    """A section of the page: ``html`` is what a study wrote; without it a template of the anchor's name is filled."""

    anchor: str
    title: str
    html: Markup | None = None


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
    shown = exhibits(tables)
    pictures = {name: _vector(figures[name], text) for name, text in _alternatives(tables).items()}
    return (
        report_environment()
        .get_template("report.html.j2")
        .render(
            run=tables.configuration.run,
            settings=tables.configuration,
            clustering=tables.clustering,
            undivided=tables.undivided,
            origin=tables.origin,
            outcome=tables.schema.outcome,
            gate=tables.gate,
            reported=tables.reported,
            pages=pages,
            sections=_sections(pages),
            figures=pictures,
            captions={name: pages.captions.get(name, "") for name in figures},
            gallery=[(own, _vector(figures[own.name], own.alternative)) for own in shown],
            cards=[(card, _panel(where, tables, card.cluster)) for card in cluster_cards(tables)],
            files=[*files_beside(tables, shown), *pages.files],
            **_background(tables),
            **_evidence(tables, pages),
            **_replicas(tables),
            **_takeaway(tables, pages),
            **interactive(tables),
        )
    )


def _background(tables: RunTables) -> dict[str, Any]:
    """What was done and on whom, the training, and the models."""
    return {
        "flow": flow(tables),
        "rows": settings_rows(tables),
        "cohort": cohort_rows(tables),
        "training_caption": training_caption(tables.configuration.vae),
        "models": models_section(tables),
    }


def _evidence(tables: RunTables, pages: StudyPages) -> dict[str, Any]:
    """The verdict, the number of clusters, what they are made of, and doubt."""
    return {
        "decision": decide(tables),
        "verdicts": verdicts(tables, pages.verdict),
        "headline": HEADLINES[reached_answer(tables)],
        "answer": answer_in_words(tables),
        "found": number_in_words(tables),
        "dependence": dependence_in_words(tables),
        "candidates": candidates_table(tables),
        "looked_at": int(tables.number.structure["patients"].iloc[0]),
        "folds": int(tables.number.structure["folds"].iloc[0]),
        "number": tables.number.sentence,
        "choices": plain_table(tables.number.choices, _CHOICE_HEADS),
        "table1": table1(tables),
        "footnote": tables.gate.footnote,
        "structure": [*structure_sentences(tables), *pages.structure],
        "held_out": held_out_table(tables),
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
        "replicas": plain_table(tables.replicas, _REPLICA_HEADS),
        "matrix": agreement_matrix(tables),
        "numbers": [int(replica) for replica in tables.replicas["replica"]],
        "variants": variants_table(tables),
        "judged": judged_in_words(tables),
        "stability": stability_table(tables),
        "stability_words": stability_in_words(tables),
    }


def _takeaway(tables: RunTables, pages: StudyPages) -> dict[str, Any]:
    """The paragraph on the methods, and the reporting checklist."""
    return {
        "methods": methods_of(tables, pages),
        "checklist": checklist_of(tables),
        "checklist_mapping": MAPPING,
    }


def _sections(pages: StudyPages) -> list[Section]:
    """All sections in their order, those of the study among them."""
    sections = [Section(anchor, title) for anchor, title in _SECTIONS]
    for own in pages.sections:
        anchors = [section.anchor for section in sections]
        if own.after not in anchors or own.anchor in anchors:
            raise ValueError(f"expected a new section after one of {anchors}, got {own.anchor!r} after {own.after!r}")
        sections.insert(anchors.index(own.after) + 1, Section(own.anchor, own.title, own.html))
    return sections


def report_environment(*packages: str) -> Environment:
    """Templates of these packages, and those of the report, whose macros they may use."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in (*packages, "retina_vae.report")]),
        autoescape=select_autoescape(["html", "html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(percent=percent, heat=_heat, two=_two)
    return environment


def _two(value: float) -> str:
    return "–" if value != value else f"{value:.2f}"


def _heat(value: float) -> str:
    """Background from white (0) to blue (1) with the text colour that is read best on it, as CSS."""
    share = min(max(value, 0.0), 1.0) if value == value else 0.0
    red, green, blue = (round(255 + share * (end - 255)) for end in (0, 90, 156))
    return f"background:rgb({red},{green},{blue});color:{'#fff' if share > 0.8 else '#000'}"


def _vector(figure: Figure, text: str) -> Picture:
    return Picture(f"data:image/svg+xml;base64,{base64.b64encode(svg_bytes(figure)).decode()}", text)


def _panel(where: PatientMap, tables: RunTables, cluster: int) -> Picture:
    dpi = _CARD_DPI if len(where.clusters) <= _MANY_CLUSTERS else _COARSE_CARD_DPI
    data = png_bytes(cluster_panel(where, cluster), dpi)
    marked = f", marked by {in_sentence(tables.schema.outcome)}" if tables.schema.outcome else ""
    text = f"The patients of cluster {cluster} in the latent space{marked}, before all others in grey."
    return Picture(f"data:image/png;base64,{base64.b64encode(data).decode()}", text)


def _alternatives(tables: RunTables) -> dict[str, str]:
    """What each figure shows, for readers who cannot see it."""
    schema = tables.schema
    shown = ", ".join(in_sentence(column) for column in pictured_columns(schema))
    ends = [
        f"{dim}: {history.groupby('epoch')['loss'].median().iloc[-1]:.2f}" for dim, history in tables.histories.items()
    ]
    texts = {
        "columns": f"Bars and curves of {shown}; the table below holds the numbers.",
        "training": f"Training loss over the epochs. Median in the last epoch by latent dimension: {'; '.join(ends)}.",
        "space": f"Map of the latent space with {clusters_in_words(len(tables.sizes))} marked and numbered.",
        "latent_structure": f"Four differences with their intervals, and a curve over the number of groups. "
        f"{answer_in_words(tables)}",
        "choice": f"Six small curves over the number of clusters. {tables.number.sentence}",
        "tree": "Rows of circles, one row for each number of clusters; lines from row to row show which ones split.",
    }
    if (part := tables.calibration) is not None:
        texts["coverage"] = f"Coverage minus credibility of {part.pictured(tables.clustered)}, a line per replica."
    if schema.outcome:
        names = ", ".join(tables.cohort.groups.looks)
        texts["outcome"] = f"The latent space of {names}, one panel each, and of all together on the same axes."
    return texts
