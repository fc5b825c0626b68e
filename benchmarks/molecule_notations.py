"""SELFIES against SMILES: one network, trained on the same molecules in either notation, and what each then writes.

    pip install "retina_vae[molecules]"
    python benchmarks/molecule_notations.py -o docs/molecule-notations.csv
    python benchmarks/molecule_notations.py --notation selfies --kl-weight 1 --kl-weight 0.3 --kl-weight 0.1 \
        -o docs/molecule-weights.csv
    python benchmarks/molecule_notations.py --source qm9 --sequences 110000 --epochs 8 --notation selfies \
        --network recurrent --kl-weight 0.03 --kl-weight 0.01 --device cuda -o weights.csv

The last needs `pip install --no-deps qm9pack==1.0.3`. A row for each notation and objective: exact reconstruction of
held-out molecules, and of 10,000 codes from the prior (of an autoencoder as its codes are spread) the share that is a
molecule, that differs, and that is new.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import torch
import typer

from retina_vae.cohort.encoding import fit_encoding
from retina_vae.cohort_settings import CohortSettings
from retina_vae.config_files import parse_configuration
from retina_vae.studies.molecules.decoding import SequenceModel
from retina_vae.studies.molecules.loading import Split, notation_of, sequence_schema, sequence_table, split_source
from retina_vae.studies.molecules.measures import Spread, fresh_codes, generated, reconstructed
from retina_vae.studies.molecules.neighbours import neighbourhood_rows
from retina_vae.studies.molecules.notation import NOTATIONS, Alphabet
from retina_vae.studies.molecules.run import some_of
from retina_vae.vae import ModelDescription, Patients, fit_replicas

_AUTOENCODER: dict[str, Any] = {"posterior": "point", "objective": "autoencoder", "kl_weight": 0.0}
_CODES = 10_000
_CENTERS, _DRAWS, _RADII = 200, 10, (0.2, 0.3, 0.5, 1.0)


def measured(split: Split, settings: CohortSettings, changes: dict[str, Any], device: str) -> dict[str, Any]:
    """Train a model on the molecules of the split and measure it."""
    vae = parse_configuration({"study": "molecules", "vae": changes}, "the benchmark").vae
    notation = notation_of(settings)
    written = [notation.write(smiles) for smiles in split.cohort]
    alphabet = Alphabet.of(notation, written)
    symbols = alphabet.codes(written)
    table = sequence_table(symbols, alphabet)
    encoding = fit_encoding(table, sequence_schema(alphabet), vae.input_scaling)
    description = ModelDescription.from_settings(vae, 32, (vae.seed,), encoding, device)
    x = torch.from_numpy(encoding.encode(table).T).float().contiguous()
    start = time.perf_counter()
    trained, _ = fit_replicas(Patients(x), description, vae, torch.device(device))
    seconds = time.perf_counter() - start
    model = SequenceModel.of("", 1, trained.cpu(), description, notation)
    spread = Spread(model.codes(symbols[some_of(len(symbols), _CODES, 1)]))
    fresh = model.molecules(fresh_codes(model, spread, _CODES, np.random.default_rng(1)))
    others = {*split.held_out, *split.others}
    row = {
        "notation": notation.name,
        "network": vae.network,
        "objective": vae.objective,
        "kl_weight": vae.kl_weight,
        "epochs": vae.epochs,
        "training_seconds": round(seconds, 1),
        "trained": len(split.cohort),
        "symbols": len(alphabet.symbols) - 1,
        "length": alphabet.length,
        "held_out": len(split.held_out),
        "reconstruction": float(reconstructed(model, split.held_out).mean()),
    }
    near = neighbourhood_rows(model, spread, _written(split.held_out, alphabet)[:_CENTERS], _DRAWS, 1)
    alike = {f"{own['unit']}_{own['radius']:g}": own["similarity_of_others"] for own in near if own["radius"] in _RADII}
    return row | generated(fresh, set(split.cohort), others) | alike


def _written(molecules: list[str], alphabet: Alphabet) -> list[str]:
    return [own for own in molecules if alphabet.can_write(alphabet.notation.write(own))]


def rows(settings: CohortSettings, notations: list[str], models: list[dict[str, Any]], device: str) -> Iterator[Any]:
    """One for each notation and model."""
    split = split_source(settings)
    for notation in notations:
        for changes in models:
            yield measured(split, settings.model_copy(update={"notation": notation}), changes, device)


def main(
    output: Annotated[Path, typer.Option("--output", "-o", help="The table to write.")],
    source: str = "extract",
    sequences: int | None = None,
    file: Path | None = None,
    epochs: int = 60,
    notation: list[str] | None = None,
    kl_weight: list[float] | None = None,
    network: str = "perceptron",
    autoencoder: bool = True,
    device: str = "cpu",
) -> None:
    """Train and measure every model, and write what was measured so far after each."""
    torch.set_num_threads(1)
    own = {"epochs": epochs, "network": network}
    models = [own | {"kl_weight": weight} for weight in kl_weight or [0.03]]
    models += [own | _AUTOENCODER] if autoencoder else []
    settings = CohortSettings(source=source, sequences=sequences, file=None if file is None else str(file))
    found: list[dict[str, Any]] = []
    for row in rows(settings, notation or list(NOTATIONS), models, device):
        found.append(row)
        pd.DataFrame(found).to_csv(output, index=False)
        print(row, flush=True)


if __name__ == "__main__":
    typer.run(main)
