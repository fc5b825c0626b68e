"""A model of a few molecules that writes every one of them again: its code is the molecule."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from retina_vae.cohort.encoding import fit_encoding
from retina_vae.studies.molecules.decoding import SequenceModel
from retina_vae.studies.molecules.loading import sequence_schema, sequence_table
from retina_vae.studies.molecules.notation import NOTATIONS, Alphabet
from retina_vae.vae import ModelDescription, build_model

__all__ = ["MOLECULES", "known_model"]

MOLECULES = ["CCO", "CC=O", "c1ccoc1", "CCN", "C#CC", "CC(C)O", "N", "C1CC1"]


class _Table(nn.Module):
    """Passes its input on; its one weight, of one replica, is not used."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The input itself."""
        return x

    def initialize(self, method: str, generators: list[torch.Generator]) -> None:
        """Nothing is drawn."""


def known_model(notation: str = "selfies") -> SequenceModel:
    """An autoencoder whose code is the features, so that it is decoded into what was encoded."""
    own = NOTATIONS[notation]
    written = [own.write(smiles) for smiles in MOLECULES]
    alphabet = Alphabet.of(own, written)
    schema = sequence_schema(alphabet)
    table = sequence_table(alphabet.codes(written), alphabet)
    encoding = fit_encoding(table, schema, "by_kind")
    description = ModelDescription(
        replicas=1,
        seeds=(1,),
        hidden_units=2,
        decoder_units=2,
        latent_dim=encoding.width,
        encoding=encoding,
        likelihood="typed",
        posterior="point",
        device="cpu",
    )
    model = build_model(description)
    model.encoder, model.decoder = _Table(), _Table()
    assert np.prod((alphabet.length, len(alphabet.symbols))) == encoding.width
    return SequenceModel.of("ae", 1, model, description, own)
