"""What a finished run says of one molecule: what lies near it, and on the way to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from retina_vae.errors import ConfigurationError, InputError
from retina_vae.run import Run
from retina_vae.studies.molecules.chemistry import PROPERTIES, measure_molecules, require_packages, similarities
from retina_vae.studies.molecules.decoding import SequenceModel, interpolated
from retina_vae.studies.molecules.measures import Spread
from retina_vae.studies.molecules.neighbours import near, similar_table
from retina_vae.studies.molecules.reading import read_molecule
from retina_vae.studies.molecules.run import cohort_symbols, sequence_model, some_of

__all__ = ["Asked", "open_molecules"]

_FITTED = 10_000
_PER_RADIUS = 200


@dataclass(frozen=True)
class Asked:
    """A model of a run and how its codes are spread.

    Attributes:
        model: One replica.
        spread: Of the codes of the cohort.
        cohort: Its molecules.
    """

    model: SequenceModel
    spread: Spread
    cohort: frozenset[str]

    def molecule(self, text: str, option: str) -> str:
        """The canonical SMILES of a molecule that the model can read.

        Raises:
            InputError: The text is no molecule, or the model's alphabet cannot write it.
        """
        found = read_molecule(text, option)
        try:
            self.model.codes_of([found])
        except ValueError as error:
            raise InputError(
                f"{option}: {text}: {error}. The model knows no other; take another molecule, or train a model on "
                "molecules that are like it."
            ) from None
        return found

    def similar(self, molecule: str, radii: Sequence[float], seed: int, count: int) -> tuple[pd.DataFrame, float]:
        """Different molecules near a given one, the most similar first, and the share of valid ones.

        Args:
            molecule: In canonical SMILES.
            radii: Of the steps, which are draws with the covariance of the codes.
            seed: Of the draws.
            count: The most molecules.

        Returns:
            ``smiles``, ``similarity``, ``radius``, ``times``, ``in_cohort`` and the properties.
        """
        codes = self.model.codes_of([molecule])
        found = [
            (own, radius)
            for radius in radii
            for own in near(self.model, self.spread, codes, radius, "codes", _PER_RADIUS, seed)[0]
        ]
        valid = float(np.mean([own is not None for own, _ in found]))
        table = similar_table(molecule, [own for own, _ in found], [radius for _, radius in found]).head(count)
        return self._measured(table), valid

    def path(self, start: str, stop: str, steps: int) -> pd.DataFrame:
        """What is decoded on a straight line of codes, with the similarity to both ends and the properties."""
        ends = self.model.codes_of([start, stop])
        found = self.model.molecules(interpolated(ends[0], ends[1], steps))
        table = pd.DataFrame(
            {
                "step": range(1, steps + 1),
                "smiles": found,
                "similarity_start": similarities(start, found),
                "similarity_end": similarities(stop, found),
            }
        )
        return self._measured(table)

    def _measured(self, table: pd.DataFrame) -> pd.DataFrame:
        names = [column.name for column in PROPERTIES]
        known = table["smiles"].notna()
        properties = pd.DataFrame(np.nan, index=table.index, columns=names)
        properties[known] = measure_molecules(table.loc[known, "smiles"].tolist()).to_numpy()
        return table.assign(in_cohort=table["smiles"].isin(self.cohort)).join(properties.round(3))


def open_molecules(run: Run, name: str | None, replica: int) -> Asked:
    """A model of a run, the clustered one without a name.

    Raises:
        ConfigurationError: The run is none of molecules, or has no such model or replica.
        InputError: A file of the run is missing or damaged.
    """
    require_packages()
    if run.settings.study != "molecules":
        raise ConfigurationError(
            "--run: expected a run of the study molecules, got one of another study or of a table."
        )
    name = run.clustered if name is None else name
    run.settings.model(name)
    model = sequence_model(run, name, replica)
    patients, schema = run.patients()
    symbols = cohort_symbols(patients, schema)
    cohort = frozenset(own for own in model.alphabet.molecules(symbols) if own is not None)
    chosen = some_of(len(symbols), _FITTED, run.settings.latent.seed)
    return Asked(model, Spread(model.codes(symbols[chosen])), cohort)
