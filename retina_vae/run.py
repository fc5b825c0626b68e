"""A run as a room: its settings, its artefacts, and whether they are those that its steps wrote.

Every step writes its artefacts through :meth:`Run.write`, which records their hashes (``hashes/<step>.json``), and
reads those of others through the run, which compares them. So a file of another run, a half-written or a damaged one is
named where it is read, instead of giving other results in silence. The manifest of a finished run holds all the hashes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from retina_vae.artefacts import Artefact, artefacts_of
from retina_vae.config import Configuration
from retina_vae.errors import InputError
from retina_vae.files import read_table, write_bytes, write_table, write_text
from retina_vae.hashes import Record, make_again, make_run, read_record, record_path, require_same, write_record

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from retina_vae.cohort import CohortSchema

__all__ = ["WRITTEN", "Content", "Run"]

WRITTEN = None
"""In the place of an artefact's content: the step has written the file itself."""

Content: TypeAlias = "pd.DataFrame | str | bytes | None"


class Run:
    """The folder of a run, finished or being made.

    Attributes:
        settings: Its configuration.
        folder: ``results/<run>``, wherever it lies.
    """

    def __init__(
        self,
        settings: Configuration,
        folder: Path,
        recorded: Record | None = None,
        verified: set[Path] | None = None,
    ) -> None:
        self.settings = settings
        self.folder = folder
        self._recorded = recorded
        self._artefacts = {own.path: own for own in artefacts_of(settings)}
        self._verified = set() if verified is None else verified

    def path(self, artefact: str, model: str | None = None) -> Path:
        """Where an artefact lies, whether it is there or not.

        Args:
            artefact: Its declared path, such as ``vae/{model}/history.parquet``.
            model: The model, where the path names one.

        Raises:
            KeyError: No such artefact is declared.
        """
        return self.folder / self._artefacts[artefact].path.format(model=model)

    def has(self, artefact: str, model: str | None = None) -> bool:
        """Whether the run has an artefact: it is there, or the manifest speaks of it."""
        path = self.path(artefact, model)
        return path.is_file() or path.relative_to(self.folder).as_posix() in (self._recorded or {})

    def verified(self, artefact: str, model: str | None = None) -> Path:
        """Where an artefact lies, after it was compared with what its step wrote.

        Raises:
            InputError: The file is missing, or another than was written.
        """
        path = self.path(artefact, model)
        if path not in self._verified:
            self._verify(path, self._artefacts[artefact], model)
            self._verified.add(path)
        return path

    def table(
        self, artefact: str, columns: list[str] | None = None, model: str | None = None, texts: Iterable[str] = ()
    ) -> pd.DataFrame:
        """Read a table; ``columns`` and ``texts`` as in :func:`retina_vae.files.read_table`.

        Raises:
            InputError: As :meth:`verified`, or the file is unreadable or lacks one of ``columns``.
        """
        return read_table(self.verified(artefact, model), columns, texts)

    def patients(self) -> tuple[pd.DataFrame, CohortSchema]:
        """The patients of the run and their schema.

        Raises:
            InputError: A file of the cohort is missing, another than was written, or does not fit the other.
        """
        from retina_vae.cohort import read_cohort

        self.verified("cohort/schema.yaml")
        self.verified("cohort/patients.parquet")
        return read_cohort(self.folder)

    def patients_in_words(self) -> tuple[pd.DataFrame, CohortSchema]:
        """The patients with the columns that tables, texts and pictures are about, and the schema of these.

        Raises:
            InputError: As :meth:`patients`.
        """
        patients, schema = self.patients()
        told = schema.in_words
        return patients[told.table_columns], told

    def model_folder(self, name: str) -> Path:
        """The folder of a trained model, for :func:`retina_vae.vae.storage.load_model`.

        Raises:
            InputError: As :meth:`verified`.
        """
        self.verified("vae/{model}/model.json", name)
        return self.verified("vae/{model}/weights.safetensors", name).parent

    @property
    def clustered(self) -> str:
        """Name of the model whose codes are clustered."""
        return self.settings.clustered_model

    @property
    def reported(self) -> int:
        """Number of the replica whose clusters are reported, from 1.

        Raises:
            InputError: The table of the replicas is missing, or reports another number of them than one.
        """
        replicas = self.table("clusters/replicas.csv", ["replica", "reported"])
        reported = replicas.loc[replicas["reported"].astype(bool), "replica"].tolist()
        if len(reported) != 1:
            path = self.path("clusters/replicas.csv")
            raise InputError(f"{path}: expected one reported replica, got {len(reported)}. {make_again(path)}")
        return int(reported[0])

    def labels(self, identifiers: Sequence[str], columns: Sequence[str]) -> NDArray[np.int64]:
        """Columns of the assignments that hold clusters from 1, shape (patients, columns).

        Raises:
            InputError: The assignments are missing, those of other patients, or of other clusters than 1 to k.
        """
        import numpy as np

        k, path = self.settings.clusters.number, self.path("clusters/assignments.parquet")
        table = self.table("clusters/assignments.parquet", list(columns))
        # The identifier stands first, whatever its name is.
        if table.iloc[:, 0].tolist() != list(identifiers):
            raise InputError(
                f"{path}: expected the patients of the cohort in their order, got others. {make_again(path)}"
            )
        labels = table[list(columns)].to_numpy(dtype=np.int64)
        if not np.isin(labels, np.arange(1, k + 1)).all():
            raise InputError(f"{path}: expected clusters from 1 to {k}, got others. {make_again(path)}")
        return labels

    def numbered(self) -> Run:
        """The same run with the latent dimension that it chose and the number of clusters that it found.

        Raises:
            InputError: A table that holds one that was left to the run is missing.
        """
        run = self.dimensioned()
        if run.settings.clusters.k != "auto":
            return run
        table = self.table("clusters/latent_structure.csv", ["answer", "k"])
        return self._settled(run.settings.numbered(int(table["k"].iloc[0])))

    def dimensioned(self) -> Run:
        """The same run with the latent dimension that it chose, where that was left to it.

        Raises:
            InputError: The table that holds it is missing, or chooses another number of dimensions than one.
        """
        if self.settings.vae.latent_dims != "auto" or self.settings.clusters.latent_dim != "auto":
            return self
        table = self.table("vae/held_out.csv", ["latent_dim", "chosen"])
        chosen = table.loc[table["chosen"].astype(bool), "latent_dim"].tolist()
        if len(chosen) != 1:
            path = self.path("vae/held_out.csv")
            raise InputError(f"{path}: expected one chosen dimension, got {len(chosen)}. {make_again(path)}")
        return self._settled(self.settings.dimensioned(int(chosen[0])))

    def _settled(self, settings: Configuration) -> Run:
        return Run(settings, self.folder, self._recorded, self._verified)

    def write(self, step: str, contents: Mapping[str, Content], model: str | None = None) -> None:
        """Write everything that a step makes, and record the hashes.

        Args:
            step: Its name.
            contents: By declared path: a table, a text, bytes, or :data:`WRITTEN` of a file that is there already.
            model: The model that the step ran for, where it runs once for each.

        Raises:
            KeyError: An artefact of the step is left out, or one that it does not make is among them.
            ConfigurationError: A file cannot be written.
        """
        import pandas as pd

        self._require_all_of(step, set(contents), model)
        for artefact, content in contents.items():
            if isinstance(content, pd.DataFrame):
                write_table(content, self.path(artefact, model))
            elif isinstance(content, str):
                write_text(content, self.path(artefact, model))
            elif isinstance(content, bytes):
                write_bytes(content, self.path(artefact, model))
        # What an earlier run has left, and this one does not have, says nothing of it.
        for own in self._artefacts.values():
            if own.step == step and own.path not in contents and not (own.of_model and model is None):
                self.path(own.path, model).unlink(missing_ok=True)
        write_record(self.folder, {self.path(own, model) for own in contents}, record_path(step, model))

    def recorded(self) -> Record:
        """Hash and size of every artefact of this configuration that its step has written, by path below the folder.

        Raises:
            InputError: A record is damaged.
        """
        return {path: entry for _, _, path, entry in self._entries()}

    def checked(self) -> Record:
        """The same, after every file was compared.

        Raises:
            InputError: A file is missing, or another than its step wrote.
        """
        found: Record = {}
        for own, model, path, entry in self._entries():
            self.verified(own.path, model)
            found[path] = entry
        return found

    def _entries(self) -> Iterator[tuple[Artefact, str | None, str, dict[str, Any]]]:
        """Every artefact that is recorded, with its model, its path below the folder, and its hash and size."""
        records = {}
        for own in self._artefacts.values():
            for model in own.models(self.settings) if own.of_model else [None]:
                record, path = record_path(own.step, model), own.path.format(model=model)
                if record not in records:
                    records[record] = read_record(self.folder / record)
                if path in records[record] and own.when(self.settings):
                    yield own, model, path, records[record][path]

    def _require_all_of(self, step: str, given: set[str], model: str | None) -> None:
        own = [made for made in self._artefacts.values() if made.step == step and made.when(self.settings)]
        own = [made for made in own if not made.of_model or model in made.models(self.settings)]
        required, possible = {made.path for made in own if not made.optional}, {made.path for made in own}
        if not required <= given <= possible:
            raise KeyError(f"{step}: expected to write {sorted(required)}, got {sorted(given)}")

    def _verify(self, path: Path, artefact: Artefact, model: str | None) -> None:
        if not path.is_file():
            raise InputError(
                f"{path}: expected a file that the step {artefact.step} makes, found none. Run {make_run(self.folder)}."
            )
        records = self._recorded
        if records is None:
            records = read_record(self.folder / record_path(artefact.step, model if artefact.of_model else None))
        entry = records.get(path.relative_to(self.folder).as_posix())
        if entry is not None:
            require_same(path, entry, f"the step {artefact.step} wrote")
