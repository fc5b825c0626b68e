"""What `ood` and `unlike` share: patients of other tables against patients like the cohort of a run."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retina_vae.commands.saying import say
from retina_vae.errors import InputError
from retina_vae.evaluation.unlike import Measuring, evidence_matrix, regret_matrix, unlikeness_table
from retina_vae.progress import progress
from retina_vae.run import Run
from retina_vae.weights import Weights
from retina_vae.words import amount_of

__all__ = ["Asked", "Compared", "Comparison"]

FloatArray = NDArray[np.float64]

_ROWS = 10_000
_FRESH_PER_GROUP = 1000
_REFERENCE = 1000


class Asked(NamedTuple):
    """How it is measured: draws of each log-evidence, resamples of the intervals, their seed, and whether regret is."""

    draws: int
    resamples: int
    seed: int
    regret: bool


class Compared(NamedTuple):
    """A row per score, and how many rows of the table that was held against the cohort were refused."""

    table: pd.DataFrame
    refused: int


class _Read(NamedTuple):
    """Patients of a table: their features, shape (patients, width), and how many rows have a fault."""

    features: FloatArray
    refused: int


class _Measured(NamedTuple):
    """What the weights say of patients, (weights, patients), and how many of them cannot be computed."""

    evidence: FloatArray
    regret: FloatArray | None
    left_out: int


class Comparison:
    """Patients like the cohort of a run, measured once, that patients of other tables are held against.

    Args:
        run: Whose cohort it is.
        weights: That stand for p(theta | X).
        like: The table of patients like the cohort; without it fresh ones where they are simulated, else those of the
            run.
        asked: How it is measured.
        command: Its name, for what is said.

    Raises:
        InputError: The table cannot be read, is of another schema, or has no patient without a fault.
    """

    def __init__(self, run: Run, weights: Weights, like: Path | None, asked: Asked, command: str) -> None:
        self._run, self._weights, self._asked, self._command = run, weights, asked, command
        self._like, self._words = self._read_like(like)

    def against(self, path: Path) -> Compared:
        """How well each score tells the patients of a table.

        Raises:
            InputError: As of the table of patients like the cohort.
        """
        other, asked = self._read(path), self._asked
        say(
            f"{self._command}: {len(other.features)} patients of {path.name} against {len(self._like.features)} "
            f"{self._words}, by {self._weights.words}"
        )
        near, far = self._near, self._measured(other.features)
        regrets = None if near.regret is None or far.regret is None else (near.regret, far.regret)
        measuring = Measuring(asked.resamples, asked.seed)
        cohort, source = self._cohort, self._weights.source
        table = unlikeness_table(cohort, near.evidence, far.evidence, measuring, source, regrets)
        table.insert(4, "like", self._words)
        return Compared(table, other.refused + far.left_out)

    @property
    def refused(self) -> int:
        """Rows of the patients like the cohort that were refused."""
        return self._like.refused + self._near.left_out

    @cached_property
    def _near(self) -> _Measured:
        return self._measured(self._like.features)

    @cached_property
    def _cohort(self) -> FloatArray:
        """Log-evidences of training patients, at most a thousand by chance, whose mean typicality is measured from."""
        patients, _ = self._run.patients()
        if len(patients) > _REFERENCE:
            rng = np.random.default_rng([self._asked.seed, _REFERENCE])
            patients = patients.iloc[np.sort(rng.choice(len(patients), _REFERENCE, replace=False))]
        return self._evidence(self._weights.description.encoding.encode(patients))[0]

    def _measured(self, features: FloatArray) -> _Measured:
        evidence, computed = self._evidence(features)
        regret = None
        if self._asked.regret:
            with progress(f"{self._command}, patients whose regret is found", int(computed.sum())) as advance:
                regret = regret_matrix(self._weights, features[computed], advance)
        return _Measured(evidence, regret, int((~computed).sum()))

    def _evidence(self, features: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
        """The log-evidences, and which patients these are: not those whose numbers are too far to be computed.

        Raises:
            InputError: All are.
        """
        weights, asked = self._weights, self._asked
        with progress(f"{self._command}, weights", weights.description.replicas) as advance:
            matrix = evidence_matrix(weights, features, asked.draws, asked.seed, advance)
        computed: NDArray[np.bool_] = np.asarray(np.isfinite(matrix).all(axis=0))
        if not computed.any():
            raise InputError(
                "expected patients with numbers that the model can compute, found all too far from the cohort."
            )
        return matrix[:, computed], computed

    def _read_like(self, table: Path | None) -> tuple[_Read, str]:
        """The patients like the cohort, and what they are called."""
        from retina_vae.cohort.simulated import load_epidemiology
        from retina_vae.evaluation import fresh_patients

        if table is not None:
            return self._read(table), f"patients of {table.name}"
        settings, (patients, schema) = self._run.settings, self._run.patients()
        statistics, encoding = settings.found_cohort.epidemiology, self._weights.description.encoding
        if settings.source.simulated and statistics is not None:
            changed = settings.evaluation.model_copy(update={"patients_per_group": _FRESH_PER_GROUP})
            fresh = fresh_patients(load_epidemiology(Path(statistics), schema), schema, changed)
            return _Read(encoding.encode(fresh.patients), 0), "fresh patients"
        say(
            f"{self._command}: warning: the patients like the cohort are those that the run was trained on, which it "
            "knows better than others like them: areas are too high. Name others with --like (unlike.like)."
        )
        return _Read(encoding.encode(patients), 0), "training patients"

    def _read(self, path: Path) -> _Read:
        """The patients of a table that the model can read.

        Raises:
            InputError: The table cannot be read, is of another schema, or has no patient without a fault.
        """
        from retina_vae.assign.cells import reader_of
        from retina_vae.assign.opened import open_by_schema
        from retina_vae.assign.screen import Screen
        from retina_vae.assign.trained import run_table_schema

        encoding, schema = self._weights.description.encoding, self._run.patients()[1]
        document = run_table_schema(self._run, schema)
        table = open_by_schema(path, None, schema, document, strict=False)
        gaps, none = (
            [own.name for own in encoding.columns if getattr(own, name)] for name in ("gaps", "not_applicable")
        )
        screen = Screen(schema, gaps, reader_of(document), none)
        features, refused = [], 0
        for chunk in table.chunks(_ROWS):
            _, patients, faults = screen.check(chunk)
            refused += len({fault.row for fault in faults})
            if len(patients):
                features.append(encoding.encode(patients))
        if not features:
            raise InputError(
                f"{path}: expected patients that the model can read, found none among {amount_of(refused, 'row')}; "
                "`retina-vae assign` on the same table says why."
            )
        return _Read(np.concatenate(features), refused)
