"""The gate: every artefact of a run without small cells, and what the report says and draws of the patients.

What passes is said once, by each artefact's declaration (:mod:`retina_vae.artefacts`): never, as it is, or by a rule
that takes out what tells of few patients. What is not declared does not pass.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from retina_vae.artefacts import AS_IT_IS, NEVER, RELEASED, Artefact, artefacts_of
from retina_vae.run import WRITTEN, Content, Run

from retina_vae.atomic import atomic_path
from retina_vae.release.context import Context
from retina_vae.release.rules import RULES, Rule
from retina_vae.words import MARK

__all__ = ["FOOTNOTE", "gate_of", "release_run"]

FOOTNOTE = "n/s: not shown, because it counts fewer than {floor} patients or would let such a count be computed."
"""What the mark means; ``FOOTNOTE.format(floor=floor)``."""

_TEXTS = ("group", "column", "category", "outcome", "statistic", "source", "note", "rule", "detail", "measure")


def release_run(run: Run) -> dict[str, Content]:
    """What of a run may be read by others, by the declared paths of the released artefacts.

    Raises:
        InputError: An artefact is missing, or another than its step wrote.
    """
    context = _context(run)
    contents: dict[str, Content] = {}
    for artefact in artefacts_of(run.settings):
        if artefact.release == NEVER or not artefact.when(run.settings) or artefact.path.startswith(_OWN):
            continue
        for path in artefact.paths(run.settings):
            contents[f"{RELEASED}/{path}"] = _released(run, artefact, path, context)
    return contents | _made(run, context)


_OWN = (f"{RELEASED}/", "report/", "manifest.json")


def gate_of(context: Context, run: str) -> dict[str, Any]:
    """What a reader must know of the gate: whether anything is hidden where it is small, and in which words.

    Returns:
        ``hides``; ``fewest``, the fewest patients that anything tells of; ``mark``, what stands in the place of a
        missing number; ``footnote``, what the mark means; ``hidden_clusters``, how many have no size; ``explorer``, why
        there is none, or nothing.
    """
    if not context.hides:
        return {"hides": False, "fewest": 1, "mark": "–", "footnote": "", "hidden_clusters": 0, "explorer": ""}
    hidden = len(context.hidden_clusters)
    several = f"{hidden} clusters are" if hidden > 1 else "1 cluster is"
    why = (
        f"It is left out of this report: {several} too small to be shown, and the centre of a small cluster can be "
        f"decoded into a patient. On the command line, `retina-vae assign --run results/{run} new.csv -o assigned.csv` "
        "does the same, where the run itself may be read."
    )
    return {
        "hides": True,
        "fewest": context.floor,
        "mark": MARK,
        "footnote": FOOTNOTE.format(floor=context.floor),
        "hidden_clusters": hidden,
        "explorer": why if hidden else "",
    }


def _context(run: Run) -> Context:
    patients, schema = run.patients()
    clusters = run.labels(patients[schema.identifier].tolist(), ["cluster"])[:, 0]
    counts = run.table("clusters/counts.csv", ["cluster", "column", "category", "patients"], texts=_TEXTS)
    counts = counts.assign(category=counts["category"].fillna(""))
    return Context(run.settings.small_cell_floor, schema, patients, pd.Series(clusters), counts)


def _released(run: Run, artefact: Artefact, path: str, context: Context) -> Content:
    """The released content of one artefact; a copy of its bytes where nothing is taken out."""
    source, target = run.verified_path(path), run.folder / RELEASED / path
    if artefact.release == AS_IT_IS or not context.hides:
        _copy(source, target)
        return WRITTEN
    rule = _rules(run)[artefact.release]
    if source.suffix in (".csv", ".parquet"):
        full = run.table(artefact.path, texts=_TEXTS, model=_model(artefact, path))
        shown = rule(full, context)
        if shown is full:
            _copy(source, target)
            return WRITTEN
        return pd.DataFrame(shown)
    text = source.read_text(encoding="utf-8")
    if source.suffix == ".json":
        return json.dumps(rule(json.loads(text), context), ensure_ascii=False, allow_nan=False) + "\n"
    return str(rule(text, context))


def _rules(run: Run) -> Mapping[str, Rule]:
    study = run.settings.own_study
    return RULES if study is None else {**RULES, **study.releases()}


def _copy(source: Path, target: Path) -> None:
    with atomic_path(target) as temporary:
        shutil.copyfile(source, temporary)
