"""From a finished run of molecules to its tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from retina_vae.cohort import CohortSchema
from retina_vae.drawing.models import compared_models
from retina_vae.latent.decode import take_replica
from retina_vae.progress import Advance, silent
from retina_vae.run import Run
from retina_vae.studies.molecules.artefacts import DRAWN, MODELS, MOVED, NEIGHBOURS, PROPERTIES_OF_CODES
from retina_vae.studies.molecules.chemistry import measure_molecules
from retina_vae.studies.molecules.decoding import SequenceModel
from retina_vae.studies.molecules.examples import drawn_molecules
from retina_vae.studies.molecules.loading import notation_of, split_source
from retina_vae.studies.molecules.measures import Spread, fresh_codes, generated, reconstructed
from retina_vae.studies.molecules.neighbours import neighbourhood_rows, random_pairs
from retina_vae.studies.molecules.notation import Alphabet, IntArray
from retina_vae.studies.molecules.properties import moved_rows, regression_rows
from retina_vae.vae import load_model

__all__ = ["Budget", "cohort_symbols", "molecule_tables", "sequence_model", "some_of"]

FloatArray = NDArray[np.float64]


class Budget(NamedTuple):
    """How many molecules are measured.

    Attributes:
        fresh: Codes that are drawn from the prior.
        centers: Held-out molecules whose neighbourhood is looked at.
        draws: Codes near each of them.
        moved: Held-out molecules that are moved along a property.
        fitted: Molecules of the cohort whose codes say how codes are spread and how they go with properties.
    """

    fresh: int = 10_000
    centers: int = 200
    draws: int = 10
    moved: int = 200
    fitted: int = 10_000

    @classmethod
    def of(cls, molecules: int) -> Budget:
        """Less of a cohort of few molecules, of which more would say nothing."""
        most = cls()
        few = max(molecules // 10, 2)
        return most._replace(
            fresh=min(most.fresh, 10 * molecules), centers=min(most.centers, few), moved=min(most.moved, few)
        )


class _Data(NamedTuple):
    """What models are measured on.

    Attributes:
        symbols: Of some molecules of the cohort, drawn at random, because files of molecules have an order; codes of
            the alphabet.
        properties: Of the same.
        shown: The same in canonical SMILES.
        molecules: All of the cohort.
        alphabet: Of the cohort.
        unseen: Molecules that no model sees.
        held_out: Those of them that the alphabet can write, so that they have a code.
        held_out_properties: Of these.
        others: All molecules of the source that are not in the cohort.
    """

    symbols: IntArray
    properties: pd.DataFrame
    shown: list[str]
    molecules: list[str]
    alphabet: Alphabet
    unseen: list[str]
    held_out: list[str]
    held_out_properties: pd.DataFrame
    others: set[str]


def cohort_symbols(patients: pd.DataFrame, schema: CohortSchema) -> IntArray:
    """Codes of the alphabet at each position, shape (molecules, length)."""
    return np.stack([patients[column.name].cat.codes.to_numpy() for column in schema.inputs], axis=1).astype(np.int64)


def some_of(count: int, most: int, seed: int) -> IntArray:
    """Places of at most so many, drawn at random, ascending."""
    return np.sort(np.random.default_rng([seed, 7]).permutation(count)[:most]).astype(np.int64)


def sequence_model(run: Run, name: str, replica: int) -> SequenceModel:
    """One replica of a model of the run.

    Raises:
        InputError: A file of the run is missing or damaged.
    """
    alone, description = take_replica(*load_model(run.model_folder(name)), replica)
    return SequenceModel.of(name, replica, alone, description, notation_of(run.settings.cohort))


def molecule_tables(run: Run, advance: Advance = silent) -> dict[str, pd.DataFrame]:
    """The tables of :data:`retina_vae.studies.molecules.artefacts.ARTEFACTS`, by their paths.

    Args:
        run: Finished as far as its clusters.
        advance: Told of every model that has been looked at.

    Raises:
        InputError: A file of the run or of the source is missing or damaged.
    """
    torch.set_num_threads(1)
    data = _data(run)
    budget = Budget.of(len(data.molecules))
    rows: dict[str, list[dict[str, Any]]] = {path: [] for path in (MODELS, NEIGHBOURS, PROPERTIES_OF_CODES, MOVED)}
    shown: list[SequenceModel] = []
    seed, names = run.settings.latent.seed, compared_models(run.settings)
    notation = data.alphabet.notation
    for done, name in enumerate(names, start=1):
        trained, description = load_model(run.model_folder(name))
        for replica in range(1, description.replicas + 1):
            own = SequenceModel.of(name, replica, *take_replica(trained, description, replica), notation)
            for path, found in _rows(own, data, budget, seed):
                rows[path].extend(found)
            if replica == (run.reported if name == run.clustered else 1):
                shown.append(own)
        advance(done, name)
    rows[NEIGHBOURS].append(random_pairs(data.held_out[: budget.centers], budget.draws, seed))
    rows[PROPERTIES_OF_CODES] += _of_components(data, shown[-1].description.latent_dim)
    tables = {path: pd.DataFrame(found) for path, found in rows.items()}
    return tables | {DRAWN: drawn_molecules(shown, data.held_out, (data.symbols, data.properties), seed)}


def _data(run: Run) -> _Data:
    patients, schema = run.patients()
    split = split_source(run.settings.cohort)
    chosen = some_of(len(patients), Budget().fitted, run.settings.latent.seed)
    alphabet = Alphabet.of_columns(notation_of(run.settings.cohort), schema.inputs)
    held_out = [own for own in split.held_out if alphabet.can_write(alphabet.notation.write(own))]
    own = patients.iloc[chosen]
    return _Data(
        symbols=cohort_symbols(own, schema),
        properties=own[[column.name for column in schema.with_role("held_out")]],
        shown=[split.cohort[place] for place in chosen],
        molecules=split.cohort,
        alphabet=alphabet,
        unseen=split.held_out,
        held_out=held_out,
        held_out_properties=measure_molecules(held_out),
        others={*split.held_out, *split.others},
    )


def _shuffled(molecules: list[str], seed: int) -> list[str]:
    return [molecules[place] for place in np.random.default_rng([seed, 8]).permutation(len(molecules))]


def _rows(model: SequenceModel, data: _Data, budget: Budget, seed: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Rows of each table on one replica."""
    codes = model.codes(data.symbols)
    spread, rng = Spread(codes), np.random.default_rng(seed)
    again = reconstructed(model, data.unseen)
    made = model.molecules(fresh_codes(model, spread, budget.fresh, rng))
    row = {
        "model": model.name,
        "replica": model.replica,
        "trained": len(data.molecules),
        "held_out": len(again),
        "reconstruction": float(again.mean()),
        "reconstruction_error": float(again.std() / np.sqrt(len(again))),
        "reconstruction_trained": float(reconstructed(model, _shuffled(data.shown, seed)[: len(again)]).mean()),
    }
    yield MODELS, [row | generated(made, set(data.molecules), data.others)]
    centers = data.held_out[: budget.centers]
    yield NEIGHBOURS, list(neighbourhood_rows(model, spread, centers, budget.draws, seed))
    trained = codes, data.properties
    held_out = model.codes_of(data.held_out), data.held_out_properties
    yield PROPERTIES_OF_CODES, list(regression_rows(model.name, model.replica, trained, held_out))
    yield MOVED, list(moved_rows(model, trained, data.held_out[: budget.moved]))


def _of_components(data: _Data, dimensions: int) -> list[dict[str, Any]]:
    """The same regressions on principal components of the symbols."""
    from sklearn.decomposition import PCA

    alphabet, size = data.alphabet, len(data.alphabet.symbols)
    seen = _one_hot(data.symbols, size)
    unseen = _one_hot(alphabet.codes([alphabet.notation.write(own) for own in data.held_out]), size)
    fitted = PCA(min(dimensions, *seen.shape), random_state=0).fit(seen)
    trained = fitted.transform(seen), data.properties
    return list(regression_rows("components", 0, trained, (fitted.transform(unseen), data.held_out_properties)))


def _one_hot(symbols: IntArray, size: int) -> FloatArray:
    return np.eye(size)[symbols].reshape(len(symbols), -1)
