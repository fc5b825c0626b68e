"""What the study of the retina-VAE paper adds to the report: its claims, its number of clusters, its citation."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from retina_vae.config import Configuration
from retina_vae.files import read_table
from retina_vae.report.html import report_environment
from retina_vae.report.sections import plain_table
from retina_vae.report.study import StudyPages, StudySection

__all__ = ["PAPER_CLUSTERS", "study_pages"]

PAPER_CLUSTERS = 14
"""The number of clusters that the paper reports."""

_CITATION = "S. G. Odaibo. retina-VAE: Variationally Decoding the Spectrum of Macular Disease. arXiv:1907.05195, 2019."

_CLAIM_HEADS = {
    "claim": "Claim",
    "statement": "What the paper says",
    "verdict": "Here",
    "measured": "Measured",
    "how": "How",
}
_PAPER_HEADS = {
    "replica": "Replica",
    "ari_paper": "ARI with the paper's partition",
    "ari_other_replicas": "Mean ARI with the other replicas",
}
_SEPARATION = (
    "The paper holds that the diseases can be told apart inside each cluster. The areas under the curve test it: the "
    "claim needs the clusters only where a regression in each of them does better than one of all patients."
)
_CAPTIONS = {
    "columns": "It shows what the paper's Figure 2 shows.",
    "training": "It is the paper's Figure 3, with replicas.",
    "space": "It is the paper's Figure 4.",
    "outcome": "It is the paper's Figure 5.",
}


def study_pages(folder: Path, configuration: Configuration) -> StudyPages:
    """The study's words on the run in ``folder``; the paper's claims where the run was audited.

    Raises:
        InputError: A table of the audit is unreadable.
    """
    published = configuration.cohort.source == "published"
    claims = _claims(folder / "release" / "audit")
    reported = f"The paper reports {PAPER_CLUSTERS} clusters of such patients."
    return StudyPages(
        sections=claims,
        verdict=[_published_groups() if published else reported],
        structure=[_SEPARATION],
        limits=[_published_limit()] if published else [],
        citation=[_CITATION],
        methods=["The columns are those of the retina-VAE paper (Odaibo 2019)."],
        subtitle="The analysis is that of the retina-VAE paper (arXiv:1907.05195).",
        captions=_CAPTIONS,
        files=[("../release/audit/claims.csv", "the paper's claims, checked")] if claims else [],
    )


def _claims(folder: Path) -> list[StudySection]:
    if not (folder / "claims.csv").is_file():
        return []
    agreement = folder / "agreement.csv"
    html = (
        report_environment("retina_vae.studies.macular")
        .get_template("claims.html.j2")
        .render(
            claims=plain_table(read_table(folder / "claims.csv", list(_CLAIM_HEADS)), _CLAIM_HEADS),
            paper=plain_table(read_table(agreement), _PAPER_HEADS) if agreement.is_file() else None,
        )
    )
    # The template escapes what it fills in.
    return [StudySection("claims", "The paper's claims", Markup(html))]


def _published_groups() -> str:
    return (
        "The paper simulated these patients from three diseases with independent columns in each: 3 groups are really "
        f"there, and not the {PAPER_CLUSTERS} clusters that it reports."
    )


def _published_limit() -> str:
    return (
        "The patients are the paper's published arrays, which the paper simulated. The report can show what the method "
        "does with such data; it holds no evidence about real patients."
    )
