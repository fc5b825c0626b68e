"""What the study of the retina-VAE paper adds to the report: its claims, its number of clusters, its citation."""

from __future__ import annotations

from pathlib import Path

from retina_vae.config import Configuration
from retina_vae.report.study import StudyPages, StudySection
from retina_vae.studies.macular.claims_section import claims_html, reconciled
from retina_vae.studies.macular.defaults import DEFAULTS

__all__ = ["PAPER_CLUSTERS", "study_pages"]

PAPER_CLUSTERS = 14
"""The number of clusters that the paper reports."""

_CITATION = "S. G. Odaibo. retina-VAE: Variationally Decoding the Spectrum of Macular Disease. arXiv:1907.05195, 2019."

_SEPARATION = (
    "The paper holds that the diseases can be distinguished inside each cluster. The areas under the curve test it: "
    "the claim needs the clusters only where a regression in each of them does better than one of all patients."
)
_GLOSSARY = {
    "ARMD": "Age-related macular degeneration.",
    "CSCR": "Central serous chorioretinopathy.",
    "PCV": "Polypoidal choroidal vasculopathy.",
}
_CAPTIONS = {
    "columns": "It shows what the paper's Figure 2 shows.",
    "training": "It corresponds to the paper's Figure 3, with replicas.",
    "space": "It corresponds to the paper's Figure 4.",
    "outcome": "It corresponds to the paper's Figure 5.",
    "panels": "It corresponds to the paper's Figure 6.",
}


def study_pages(folder: Path, configuration: Configuration) -> StudyPages:
    """The study's words on the run in ``folder``; the paper's claims where the run was audited.

    Raises:
        InputError: A table of the audit is unreadable.
    """
    published = configuration.cohort.source == "published"
    release = folder / "release"
    claims = claims_html(release / "audit", release / "clusters" / "table1.csv")
    return StudyPages(
        sections=[] if claims is None else [StudySection("claims", "The paper's claims", claims)],
        verdict=[_published_groups()] if published else _reported(configuration),
        structure=[_SEPARATION, *filter(None, [reconciled(release)])],
        limits=[_published_limit()] if published else [],
        citation=[_CITATION],
        glossary=_GLOSSARY,
        methods=["The columns are those of the retina-VAE paper (Odaibo 2019)."],
        subtitle="A run of the study of the retina-VAE paper (arXiv:1907.05195).",
        captions=_CAPTIONS,
        files=[("../release/audit/claims.csv", "the paper's claims, checked")] if claims is not None else [],
    )


def _reported(configuration: Configuration) -> list[str]:
    """What the paper finds in patients of the same statistics; nothing where those of this run are others."""
    if configuration.cohort.epidemiology != DEFAULTS["cohort"]["epidemiology"]:
        return []
    return [f"The paper reports {PAPER_CLUSTERS} clusters of such patients."]


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
