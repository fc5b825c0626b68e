"""From a file of patients to a file of assignments."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.assign.cells import reader_of
from retina_vae.assign.conformal import DISCOVERED, PVALUE_DIGITS, PValues
from retina_vae.assign.discoveries import P_VALUE, Q_VALUE, write_assigned
from retina_vae.assign.explain import Explainer, explained_table
from retina_vae.assign.opened import open_by_schema
from retina_vae.assign.outputs import refused_path, require_another_file
from retina_vae.assign.parts import WHOLE, Part
from retina_vae.assign.score import Scores
from retina_vae.assign.screen import Screen
from retina_vae.assign.sink import write_faults, write_stream
from retina_vae.assign.sureness import LESS_SURE, Sureness
from retina_vae.assign.trained import TrainedRun
from retina_vae.errors import InputError
from retina_vae.faults import Fault, describe_faults
from retina_vae.progress import Advance
from retina_vae.words import amount_of

__all__ = [
    "UNLIKE_BELOW",
    "Explanation",
    "ScoredPatients",
    "Summary",
    "assign_file",
    "assign_patients",
    "score_patients",
]

UNLIKE_BELOW = 1.0
"""Percent of patients like the cohort that are flagged where nobody asks for another number."""

TOO_FAR = ("numbers that the model can compute", "numbers so far from the cohort that it cannot")


@dataclass
class Summary:
    """Counts of patients, and the columns that were not read.

    ``changed`` carry the identifier of a training patient with other inputs, and are assigned as new; ``unlike`` are
    flagged; ``discovered`` have a q-value of at most :data:`~retina_vae.assign.conformal.DISCOVERED`, 0 where a part of
    a file was assigned; ``unsure`` are patients of whom the model is less sure than of
    :data:`~retina_vae.assign.sureness.LESS_SURE` in a hundred of the cohort; ``refused`` are rows with a fault.
    """

    assigned: int = 0
    known: int = 0
    changed: int = 0
    unlike: int = 0
    discovered: int = 0
    unsure: int = 0
    refused: int = 0
    ignored: tuple[str, ...] = ()


class Explanation(NamedTuple):
    """What says why patients are where they are.

    Attributes:
        explainer: Of the run.
        named: How many columns for a cluster, and how many against it, the text names.
    """

    explainer: Explainer
    named: int

    def of(
        self, patients: pd.DataFrame, features: NDArray[np.float64], cluster: NDArray[np.int64], threads: int
    ) -> pd.DataFrame:
        """The columns of :func:`retina_vae.assign.explain.explained_table` of patients with these features."""
        explained = self.explainer.explain(features, cluster, threads=threads)
        names = [column.name for column in self.explainer.scorer.description.encoding.columns]
        return explained_table(explained, patients, names, self.named)


class ScoredPatients(NamedTuple):
    """What a run says of patients.

    Attributes:
        scores: Of those whose numbers the model can compute.
        typicality: Of each of them.
        places: Where each stands in the training cohort; -1 for a new one, -2 for a known one with other inputs.
        features: What the model read of each.
        computed: Which of the patients these are, shape (all patients,).
    """

    scores: Scores
    typicality: NDArray[np.float64]
    places: NDArray[np.int64]
    features: NDArray[np.float64]
    computed: NDArray[np.bool_]


def score_patients(run: TrainedRun, patients: pd.DataFrame, threads: int, as_new: bool) -> ScoredPatients:
    """Score patients that have passed the screen; those of the training cohort keep what the run says of them.

    Args:
        run: What they are scored with.
        patients: The identifier and the inputs, n rows.
        threads: CPU threads.
        as_new: Score patients of the training cohort like any other.
    """
    features = run.scorer.description.encoding.encode(patients)
    scores = run.scorer.score(features, threads)
    typicality = run.typicality.score(scores)
    computed = np.isfinite(np.column_stack([scores.probability, scores.mean, scores.scale, typicality])).all(axis=1)
    if not computed.all():
        patients, features = patients[computed], features[computed]
        scores, typicality = scores.take(computed), typicality[computed]
    places = np.full(len(patients), -1) if as_new else run.known.find(patients[run.schema.identifier], features)
    run.known.restore(places, scores, typicality)
    return ScoredPatients(scores, typicality, places, features, computed)


def assign_patients(
    run: TrainedRun,
    patients: pd.DataFrame,
    unlike_below: float,
    threads: int,
    as_new: bool,
    summary: Summary,
    explanation: Explanation | None = None,
    sureness: Sureness | None = None,
) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """The assignments of patients that have passed the screen, and their counts added to ``summary``.

    Args:
        run: What they are assigned with.
        patients: The identifier and the inputs, n rows.
        unlike_below: p-value in per cent up to which a patient is flagged, which is how many in a hundred patients like
            the cohort are flagged.
        threads: CPU threads.
        as_new: Score patients of the training cohort like any other.
        summary: Is changed.
        explanation: Says why each patient is where it is, in further columns.
        sureness: Says how sure the model is of each patient, in two columns more.

    Returns:
        Identifier, ``cluster`` (1..k), ``probability`` (of that cluster), ``probability_1 ..``, ``mean_1 ..``,
        ``scale_1 ..``, ``observed`` (inputs that have a value), ``typicality``, ``percentile``, ``p_value``,
        ``q_value`` (not a number before all patients are assigned), ``unlike``, ``known``; with a sureness
        ``disagreement`` (of the weights on log p(x), nats) and ``sure`` (in words); with an explanation the columns of
        :func:`retina_vae.assign.explain.explained_table`; and which of the n patients these are: not those whose
        numbers are so large that the model cannot compute them.
    """
    name = run.schema.identifier
    scores, typicality, places, features, computed = score_patients(run, patients, threads, as_new)
    patients = patients[computed]
    percentile = run.typicality.percentile(typicality)
    # One of the cohort is no fresh draw beside the others: it is of those that the model or the reference is made of.
    p_value = np.where(places >= 0, np.nan, run.calibration.p_value(typicality))
    unlike = run.calibration.is_unlike(p_value, unlike_below)
    summary.assigned += len(patients)
    summary.known += int((places >= 0).sum())
    summary.changed += int((places == -2).sum())
    summary.unlike += int(unlike.sum())
    chosen = scores.probability[np.arange(len(patients)), scores.cluster]
    parts = {"probability": scores.probability, "mean": scores.mean, "scale": scores.scale}
    vectors = {f"{part}_{j}": np.round(own, 6) for part, all_ in parts.items() for j, own in enumerate(all_.T, start=1)}
    table = pd.DataFrame(
        {name: patients[name], "cluster": scores.cluster + 1, "probability": np.round(chosen, 6)}
        | vectors
        | {"observed": run.observed(features), "typicality": np.round(typicality, 4)}
        | {"percentile": np.round(percentile, 4), P_VALUE: np.round(p_value, PVALUE_DIGITS), Q_VALUE: np.nan}
        | {"unlike": unlike, "known": places >= 0}
    )
    if sureness is not None:
        table = table.join(_sure_columns(sureness, features, threads, summary).set_index(table.index))
    if explanation is not None:
        table = table.join(explanation.of(patients, features, scores.cluster, threads))
    return table, computed


def _sure_columns(sureness: Sureness, features: NDArray[np.float64], threads: int, summary: Summary) -> pd.DataFrame:
    """How sure the model is of each patient, as a number and in words; those it is less sure of are counted."""
    disagreement = sureness.disagreement(features, threads)
    less_sure_than = sureness.less_sure_than(disagreement)
    summary.unsure += int((less_sure_than >= LESS_SURE).sum())
    return pd.DataFrame({"disagreement": np.round(disagreement, 4), "sure": sureness.words(less_sure_than)})


def assign_file(
    run: TrainedRun,
    source: Path,
    output: Path,
    advance: Advance,
    *,
    sheet: str | None = None,
    unlike_below: float = UNLIKE_BELOW,
    strict: bool = False,
    threads: int = 1,
    as_new: bool = False,
    part: Part | None = None,
    explain: int | None = None,
    sureness: Sureness | None = None,
    rows_per_chunk: int = 25_000,
) -> Summary:
    """Assign every patient of a table, chunk by chunk.

    Memory does not grow with the file but for eight bytes per row that find repeated identifiers; workbooks and files
    of statistics programs are read as a whole.

    Args:
        run: What they are assigned with. Where its cohort came from an analyst's table, cells are read by the schema
            of that table, and a category may also be its label; otherwise they hold the labels of the run.
        source: CSV, TSV, Parquet or an Excel workbook; of a run from a table, whatever such a table may be.
        output: CSV or Parquet; faults go to ``<output>.refused.csv`` beside it.
        advance: Told how many per cent of the file are done.
        sheet: Which sheet of a workbook.
        unlike_below: p-value in per cent up to which a patient is flagged.
        strict: Refuse the file for any fault or unknown column.
        threads: CPU threads.
        as_new: Score patients of the training cohort like any other.
        part: Assign these rows alone; those before them are read for their identifiers, so that a repeated one is
            refused as it is in one run. The output is Parquet, with the table of faults beside it even where there is
            none, and may hold no patient; :func:`retina_vae.assign.gather.gather_parts` puts the parts together.
        explain: Say why each patient is where it is, with as many columns in words for the cluster and against it.
        sureness: Say how sure the model is of each patient.
        rows_per_chunk: Rows that are read at once; the same for all parts of a table.

    Raises:
        InputError: The file cannot be read, lacks a column, has no good row, or has a fault and ``strict`` is set.
        ConfigurationError: The run cannot explain.
    """
    explanation = None if explain is None else Explanation(Explainer.of(run.scorer), explain)
    schema, refused = run.schema, refused_path(output)
    require_another_file(source, output)
    table = open_by_schema(source, sheet, schema, run.table_schema, strict=strict)
    summary = Summary(ignored=table.ignored)
    screen = Screen(schema, run.gaps, reader_of(run.table_schema), run.not_applicable)
    counted = PValues()
    # The q-values of a part are filled in with those of all others.
    writer = write_assigned(output, counted) if part is None else write_stream(output, part.metadata(source))
    with writer as write:
        with write_faults(refused, always=part is not None) as report:
            for chunk, own in (part or WHOLE).select(table.chunks(rows_per_chunk)):
                if not own:
                    screen.pass_over(chunk)
                    continue
                rows, patients, faults = screen.check(chunk)
                if len(rows):
                    assigned, computed = assign_patients(
                        run, patients, unlike_below, threads, as_new, summary, explanation, sureness
                    )
                    faults += [Fault(int(row), "", *TOO_FAR) for row in rows[~computed]]
                if strict and faults:
                    _refuse(source, faults)
                report(sorted(faults, key=lambda fault: fault.row))
                summary.refused += len({fault.row for fault in faults})
                if len(rows) and computed.any():
                    write(assigned)
                advance(int(100 * chunk.share), f"% of the file, {amount_of(summary.assigned, 'patient')}")
        if part is None:
            _require_patients(source, refused, summary)
        elif not summary.assigned:
            # The parts that have patients say what columns there are.
            write(pd.DataFrame({schema.identifier: pd.Series(dtype=object)}))
    summary.discovered = counted.discovered(DISCOVERED)
    return summary


def _refuse(source: Path, faults: list[Fault]) -> None:
    raise InputError(
        f"{source}: refused because of --strict.\n{describe_faults(faults)}\n"
        "  Correct these rows (counted from 1 below the header), or leave --strict out to have them written aside."
    )


def _each(rows: int) -> str:
    return "its only row" if rows == 1 else f"each of {rows} rows"


def _require_patients(source: Path, refused: Path, summary: Summary) -> None:
    if summary.refused and not summary.assigned:
        raise InputError(f"{source}: expected a patient, but {_each(summary.refused)} has a fault; see {refused}.")
    if not summary.assigned:
        raise InputError(f"{source}: expected a row of a patient, found only the header. Name another file.")
