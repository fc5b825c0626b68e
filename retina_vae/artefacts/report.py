"""What a reader opens, and the record of the run."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from retina_vae.artefacts.base import AS_IT_IS, NEVER, Artefact
from retina_vae.pictures import has_picture

__all__ = ["REPORT"]

_PICTURES = {
    "columns": "every column, by the outcome where there is one",
    "training": "the losses",
    "space": "the latent space, all clusters",
    "outcome": "the latent space by the first outcome that has categories, where there is one",
    "panels": "every cluster on its own",
    "latent_structure": "groups or a continuum, and how many groups",
    "choice": "the criteria on the codes",
    "tree": "which clusters split into which",
    "coverage": "expected coverage of the codes",
    "posteriors": "posteriors with and without the KL divergence",
    "traversals": "what each latent dimension does",
    "supervised": "the latent space that knows the outcome",
}


def _pictures() -> Iterator[Artefact]:
    for name, subject in _PICTURES.items():
        for suffix in ("svg", "png"):
            yield Artefact(
                f"report/figures/{name}.{suffix}",
                "report",
                "",
                (f"{subject[0].upper()}{subject[1:]}.",),
                AS_IT_IS,
                when=partial(has_picture, name=name),
                # Whether there is an outcome only the cohort's schema says, which a run writes itself.
                optional=name == "outcome",
            )


REPORT = (
    *_pictures(),
    Artefact("report/tables.docx", "report", "", ("Table 1 and the profiles of the clusters, for Word.",), AS_IT_IS),
    Artefact("report/tables.tex", "report", "", ("The same tables for LaTeX, with booktabs.",), AS_IT_IS),
    Artefact("report/methods.md", "report", "", ("What the run did, with citations, ready to paste.",), AS_IT_IS),
    Artefact(
        "report/checklist.csv",
        "report",
        "item of the reporting checklist",
        (
            "item: from 1",
            "topic",
            "guidelines: with the numbers of their items",
            "answer: answered, in part, or the author must state",
            "says: this run",
            "where: sections of the page and files",
            "mapping: version of the mapping to the guidelines",
        ),
        AS_IT_IS,
    ),
    Artefact("report/report.html", "report", "", ("The cluster report, one file.",), AS_IT_IS),
    Artefact(
        "manifest.json",
        "manifest",
        "",
        (
            "Configuration, seeds, versions, commit, machine, device of each model, hashes of what was read and of "
            "every artefact, seconds per step.",
        ),
        NEVER,
    ),
)
