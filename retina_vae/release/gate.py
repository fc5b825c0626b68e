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

import numpy as np
import pandas as pd

from retina_vae.artefacts import AS_IT_IS, NEVER, RELEASED, Artefact, artefacts_of, released_path
from retina_vae.atomic import atomic_path
from retina_vae.latent.codes import read_replica
from retina_vae.pictures import decoded_models
from retina_vae.release.account import account, column_table, doubt_bands, outcome_table
from retina_vae.release.context import Context
from retina_vae.release.groups import group_table
from retina_vae.release.pictures import bar_table, curve_table
from retina_vae.release.points import map_points, posterior_points
from retina_vae.release.rules import RULES, Rule
from retina_vae.release.words import FOOTNOTE
from retina_vae.run import WRITTEN, Content, Run
from retina_vae.words import MARK

__all__ = ["gate_of", "release_run"]

_TEXTS = ("group", "column", "category", "outcome", "statistic", "source", "note", "rule", "detail", "measure")


def release_run(run: Run) -> dict[str, Content]:
    """What of a run may be read by others, by the paths of the released artefacts.

    Raises:
        InputError: An artefact is missing, or another than its step wrote.
    """
    context = _context(run)
    rules = _rules(run)
    made = artefacts_of(run.settings)
    waiting = {own.path for own in made if own.step == RELEASED and own.when(run.settings)}
    contents: dict[str, Content] = {}
    for artefact in made:
        for model in artefact.models(run.settings) if artefact.of_model else [None]:
            path = released_path(artefact.path.format(model=model))
            if path in waiting and artefact.release != NEVER:
                contents[path] = _released(run, artefact, model, rules, context)
    return contents | _made(run, context)


def gate_of(context: Context, run: str, parts: str = "") -> dict[str, Any]:
    """What a reader must know of the gate: whether anything is hidden where it is small, and in which words.

    Args:
        context: Of the run.
        run: Its name.
        parts: What its inputs are, where they have no meaning each ("pixels of a picture"); empty of columns.

    Returns:
        ``hides``; ``fewest``, the fewest patients that anything tells of; ``mark``, what stands in the place of a
        missing number; ``footnote``, what the mark means; ``hidden_clusters``, how many have no size; ``explorer``, why
        there is none, or nothing.
    """
    why = _why_no_explorer(context, run, parts)
    if not context.hides:
        return {"hides": False, "fewest": 1, "mark": "–", "footnote": "", "hidden_clusters": 0, "explorer": why}
    return {
        "hides": True,
        "fewest": context.floor,
        "mark": MARK,
        "footnote": FOOTNOTE.format(floor=context.floor),
        "hidden_clusters": len(context.hidden_clusters),
        "explorer": why,
    }


def _why_no_explorer(context: Context, run: str, parts: str) -> str:
    """The sentence in its place; empty where there is an explorer."""
    instead = f"On the command line, `retina-vae assign --run results/{run} new.csv -o assigned.csv` does the same"
    if parts:
        return f"It is left out of this report, because nobody sets the {parts} in a form. {instead}."
    hidden = len(context.hidden_clusters) if context.hides else 0
    if not hidden:
        return ""
    several = f"{hidden} clusters are" if hidden > 1 else "1 cluster is"
    return (
        f"It is left out of this report: {several} too small to be shown, and the centre of a small cluster can be "
        f"decoded into a patient. {instead}, where the run itself may be read."
    )


def _context(run: Run) -> Context:
    patients, schema = run.patients_in_words()
    clusters = run.labels(patients[schema.identifier].tolist(), ["cluster"])[:, 0]
    counts = run.table("clusters/counts.csv", ["cluster", "column", "category", "patients"], texts=_TEXTS)
    counts = counts.assign(category=counts["category"].fillna(""))
    return Context(run.settings.small_cell_floor, schema, patients, pd.Series(clusters), counts)


def _released(run: Run, artefact: Artefact, model: str | None, rules: Mapping[str, Rule], context: Context) -> Content:
    """The released content of one artefact; a copy of its bytes where nothing is taken out."""
    source = run.verified(artefact.path, model)
    if artefact.release == AS_IT_IS or not context.hides:
        _copy(source, run.folder / released_path(artefact.path.format(model=model)))
        return WRITTEN
    rule = rules[artefact.release]
    if source.suffix in (".csv", ".parquet"):
        return pd.DataFrame(rule(run.table(artefact.path, texts=_TEXTS, model=model), context))
    text = source.read_text(encoding="utf-8")
    if source.suffix == ".json":
        return json.dumps(rule(json.loads(text), context), ensure_ascii=False, allow_nan=False) + "\n"
    return str(rule(text, context))


def _made(run: Run, context: Context) -> dict[str, Content]:
    """What the report says and draws of the patients."""
    settings, source = run.settings, run.settings.source
    bound, key = settings.clusters.doubtful_below, context.schema.identifier
    probability = run.table("clusters/probabilities.parquet", ["probability"])["probability"].to_numpy(np.float64)
    consensus = run.labels(context.patients[key].tolist(), ["consensus_cluster"])[:, 0]
    points = map_points(context, _codes(run, key), settings.latent.seed)
    contents: dict[str, Content] = {
        "gate.json": _json(gate_of(context, settings.run, source.parts_of_one if source.made_of_parts else "")),
        "account.json": _json(account(context, probability, consensus, _count_refused(run), bound)),
        "columns.csv": column_table(context),
        "groups.csv": group_table(context),
        "outcomes.csv": outcome_table(context),
        "doubt_bands.csv": doubt_bands(probability, bound, context.floor),
        "pictures/bars.parquet": bar_table(context),
        "pictures/curves.parquet": curve_table(context),
        "pictures/points.parquet": points.points,
        "pictures/point_values.parquet": points.values,
        "pictures/centers.parquet": points.centers,
    }
    for name in decoded_models(settings):
        posterior = run.table("latent/{model}/posterior.parquet", [key], model=name)
        contents[f"pictures/{name}/posterior.parquet"] = posterior_points(context, posterior)
    return {released_path(name): content for name, content in contents.items()}


def _codes(run: Run, identifier: str) -> pd.DataFrame:
    """Of the reported replica the posterior means, where these are clustered, else the first draws.

    Only these are read, of a file that may be many times as large.
    """
    clusters = run.settings.clusters
    place = "mean" if clusters.on == "means" else "draw_1"
    columns = [identifier, *(f"{place}_{dimension}" for dimension in range(1, run.settings.latent_dim + 1))]
    path = run.verified("latent/{model}/codes.parquet", run.clustered)
    return read_replica(path, run.reported, columns)[columns]


def _count_refused(run: Run) -> int:
    """Rows of the source that are no patients."""
    path = "cohort/refused.csv"
    return int(run.table(path, ["row"])["row"].nunique()) if run.has(path) else 0


def _rules(run: Run) -> Mapping[str, Rule]:
    study = run.settings.own_study
    return RULES if study is None else {**RULES, **study.releases()}


def _json(values: dict[str, Any]) -> str:
    return json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _copy(source: Path, target: Path) -> None:
    with atomic_path(target) as temporary:
        shutil.copyfile(source, temporary)
