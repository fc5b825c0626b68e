"""A finished run as an object: its tables, its configuration, its model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

import pandas as pd

from retina_vae.artefacts import RELEASED, Artefact, artefacts_of
from retina_vae.assign.filling import load_imputer
from retina_vae.assign.trained import trained_run
from retina_vae.cohort import CohortSchema
from retina_vae.config import Configuration
from retina_vae.config_files import load_configuration
from retina_vae.estimator.estimator import RetinaVAE
from retina_vae.estimator.parameters import parameters_of
from retina_vae.opening import load_run as open_finished
from retina_vae.run import Run
from retina_vae.weights import load_weights

__all__ = ["FinishedRun", "ReleasedTables", "load_run"]

_TEXTS = ("column", "category", "group", "outcome", "variant")
"""Columns of a run's tables that hold texts, even where these look like numbers."""

_TABLES = (".csv", ".parquet")


class ReleasedTables(Mapping[str, pd.DataFrame]):
    """The tables of a run that may be passed on, by name; each is read when it is asked for.

    Names are those of the files: ``table1``, ``profiles``, ``stability``, ``summary``. Where there is one for each
    model, the model stands before it: ``d3/history``. Counts of few patients are missing in them.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._paths = {_name(own): own.path for own in artefacts_of(run.settings) if _shown(own)}

    def __getitem__(self, name: str) -> pd.DataFrame:
        """The table of that name.

        Raises:
            KeyError: There is none.
            InputError: Its file is missing, or another than the run wrote.
        """
        if name not in self._paths:
            raise KeyError(f"{name}: expected one of {list(self)}")
        return self._run.table(self._paths[name], texts=_TEXTS)

    def __iter__(self) -> Iterator[str]:
        """The names of the tables that the run has."""
        return (name for name, path in self._paths.items() if self._run.has(path))

    def __len__(self) -> int:
        """How many tables there are."""
        return sum(1 for _ in self)


class FinishedRun:
    """A finished run, wherever it has been moved to.

    Every file is compared with what the run wrote when it is read.

    Attributes:
        folder: ``results/<run>``.
        configuration: What was asked for, with the number of clusters that was found.
        tables: The tables that may be passed on, by name.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self.folder: Path = run.folder
        self.configuration: Configuration = run.settings
        self.tables = ReleasedTables(run)

    def __repr__(self) -> str:
        """The folder, and how many clusters there are."""
        return f"<{self.configuration.clusters.number} clusters in {self.folder}>"

    @property
    def schema(self) -> CohortSchema:
        """What the columns of the patients are."""
        return self._run.patients()[1]

    @property
    def patients(self) -> pd.DataFrame:
        """The patients: a row each, which is not to be passed on."""
        return self._run.patients()[0]

    @property
    def assignments(self) -> pd.DataFrame:
        """The cluster of each patient, from 1: ``cluster, draw_share, consensus_cluster, replica_1 ..``.

        It has a row per patient, and is not to be passed on.
        """
        return self._run.table("clusters/assignments.parquet")

    @property
    def codes(self) -> pd.DataFrame:
        """The codes of each patient under the reported replica: ``mean_1 .., scale_1 .., draw_1_1 ..``.

        It has a row per patient, and is not to be passed on.
        """
        table = self._run.table("latent/{model}/codes.parquet", model=self._run.clustered)
        own = table[table["replica"] == self._run.reported]
        return own.drop(columns="replica").reset_index(drop=True)

    def model(self) -> RetinaVAE:
        """The run as a fitted estimator, which says of patients what ``retina-vae assign`` says.

        Its parameters are those by which a fit to the same patients gives the same clusters.

        Raises:
            InputError: A file is missing, or does not fit the others.
        """
        run = trained_run(self._run)
        asked = load_configuration(self.folder / "config.yaml")
        schema = run.table_schema or run.schema
        # The dimension that the run chose, so that a fit need not search for it again.
        parameters = parameters_of(asked.dimensioned(self.configuration.latent_dim))
        estimator = RetinaVAE(**parameters, schema=schema)
        samples = load_weights(self._run, "sghmc") if self.configuration.vae.weights == "sghmc" else None
        return estimator._opened(run, load_imputer(self._run), self.configuration, self._run.reported, samples)


def load_run(path: str | Path) -> FinishedRun:
    """Open a finished run.

    Args:
        path: Its folder, ``results/<run>``.

    Raises:
        InputError: There is no run, it is not finished, or its configuration is another than it was made with.
        ConfigurationError: Its configuration is not valid.
    """
    return FinishedRun(open_finished(Path(path), _needed))


def _needed(settings: Configuration) -> list[str]:
    """What is looked at when a run is opened: small, and made by one of its last steps."""
    return ["clusters/replicas.csv", f"{RELEASED}/gate.json"]


def _shown(artefact: Artefact) -> bool:
    inner = artefact.path.removeprefix(f"{RELEASED}/")
    pictures = inner.startswith(("pictures/", "report/"))
    return artefact.path != inner and not pictures and PurePosixPath(inner).suffix in _TABLES


def _name(artefact: Artefact) -> str:
    """``release/clusters/table1.csv`` is ``table1``, ``release/vae/d3/history.parquet`` is ``d3/history``."""
    place = PurePosixPath(artefact.path)
    return f"{place.parts[2]}/{place.stem}" if len(place.parts) > 3 else place.stem
