"""From codes of a model to molecules, and from molecules to codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from retina_vae.latent.encode import encode_patients, patient_features
from retina_vae.studies.molecules.loading import sequence_table
from retina_vae.studies.molecules.notation import Alphabet, IntArray, Notation
from retina_vae.vae import ModelDescription, VariationalAutoencoder

__all__ = ["SequenceModel", "interpolated"]

FloatArray = NDArray[np.float64]

_BATCH = 2048


@dataclass(frozen=True)
class SequenceModel:
    """One replica of a model, with the alphabet of the sequences that it reads.

    Attributes:
        name: Of the model.
        replica: From 1.
        model: The replica alone.
        description: Of it.
        alphabet: Of its encoding.
    """

    name: str
    replica: int
    model: VariationalAutoencoder
    description: ModelDescription
    alphabet: Alphabet

    @classmethod
    def of(
        cls,
        name: str,
        replica: int,
        model: VariationalAutoencoder,
        description: ModelDescription,
        notation: Notation,
    ) -> SequenceModel:
        """With the alphabet that the encoding keeps."""
        return cls(name, replica, model, description, Alphabet.of_columns(notation, description.encoding.columns))

    @property
    def has_density(self) -> bool:
        """Whether codes can be drawn from its prior."""
        return self.description.has_density

    def codes(self, symbols: IntArray) -> FloatArray:
        """Middle of q(z | x) of sequences of codes of the alphabet, shape (sequences, latent dimensions)."""
        table = sequence_table(symbols, self.alphabet)
        x = patient_features(self.description.encoding, table)
        return encode_patients(self.model, x).mean[0].T.double().numpy()

    def codes_of(self, molecules: Sequence[str]) -> FloatArray:
        """The same of molecules in canonical SMILES.

        Raises:
            ValueError: A molecule has a symbol that is not in the alphabet, or is too long.
        """
        return self.codes(self.alphabet.codes([self.alphabet.notation.write(own) for own in molecules]))

    @torch.no_grad()
    def symbols(self, codes: FloatArray) -> IntArray:
        """The most probable symbol at each position, shape (codes, length)."""
        z = torch.from_numpy(np.ascontiguousarray(codes.T)).float()
        parts = [self._most_probable(part) for part in z.split(_BATCH, dim=1)]
        found: IntArray = torch.cat(parts).numpy()
        return found

    def molecules(self, codes: FloatArray) -> list[str | None]:
        """Canonical SMILES of what is decoded from each code; None where it is no molecule."""
        return self.alphabet.molecules(self.symbols(codes))

    def _most_probable(self, z: Tensor) -> Tensor:
        mean = self.model.decode(z.unsqueeze(0)).mean[0]
        return mean.unflatten(0, (self.alphabet.length, len(self.alphabet.symbols))).argmax(dim=1).T


def interpolated(start: FloatArray, stop: FloatArray, steps: int) -> FloatArray:
    """Codes on a straight line, both ends among them, shape (steps, latent dimensions)."""
    share = np.linspace(0.0, 1.0, steps)[:, None]
    return np.asarray(start + (stop - start) * share)
