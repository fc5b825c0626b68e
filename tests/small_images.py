"""Pictures of 2 x 3 pixels, and a decoder whose pictures are known."""

import numpy as np
import torch

from retina_vae.cohort import Encoding
from retina_vae.cohort.encoding import ColumnEncoding
from retina_vae.cohort.image_shape import ImageShape
from retina_vae.drawing.pictures import Member
from retina_vae.vae import ModelDescription, VariationalAutoencoder, build_model

SHAPE = ImageShape(height=2, width=3)
LEVELS = 4


def encoding() -> Encoding:
    columns = (
        ColumnEncoding(name=f"pixel_{i}", kind="level", by_kind=True, scale=float(LEVELS)) for i in range(SHAPE.pixels)
    )
    return Encoding(columns=tuple(columns), image=SHAPE)


def known_model(latent_dim: int = 2) -> VariationalAutoencoder:
    """Its decoder lights pixel 0 by the first coordinate where that is above 0, pixel 1 by the second.

    The other pixels are half lit. Its encoder's mean is twice the first two pixels, so that codes are known too.
    """
    description = ModelDescription(
        replicas=1,
        seeds=(1,),
        hidden_units=2,
        decoder_units=latent_dim,
        latent_dim=latent_dim,
        encoding=encoding(),
        likelihood="typed",
        device="cpu",
    )
    model = build_model(description)
    with torch.no_grad():
        for weights in model.parameters():
            weights.zero_()
        model.decoder.hidden.weight[0] = torch.eye(latent_dim)
        for coordinate in range(2):
            model.decoder.output.weight[0, coordinate, coordinate] = 1.0
            model.encoder.hidden.weight[0, coordinate, coordinate] = 1.0
            model.encoder.output.weight[0, coordinate, coordinate] = 2.0
    return model


def images(count: int = 40, seed: int = 0) -> np.ndarray:
    """Shares of the maximum, shape (count, 6)."""
    return np.random.default_rng(seed).integers(0, LEVELS + 1, (count, SHAPE.pixels)) / LEVELS


def member(name: str = "d2", pictures: np.ndarray | None = None) -> Member:
    own = images() if pictures is None else pictures
    return Member.of(name, known_model(), torch.from_numpy(own.T).float())
