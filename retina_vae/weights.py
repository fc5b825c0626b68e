"""What stands for p(theta | X) in a finished run: one replica, all of them, or samples of chains."""

from __future__ import annotations

from typing import Literal, NamedTuple

from retina_vae.errors import ConfigurationError
from retina_vae.latent.decode import take_replica
from retina_vae.run import Run
from retina_vae.vae import ModelDescription, VariationalAutoencoder, load_model
from retina_vae.vae.storage import load_samples
from retina_vae.words import amount_of

__all__ = ["WeightSource", "Weights", "load_weights"]

WeightSource = Literal["point", "ensemble", "sghmc"]


class Weights(NamedTuple):
    """What stands for p(theta | X).

    Attributes:
        model: A replica for each.
        description: Of them.
        source: Where they come from.
        words: The same for a reader.
    """

    model: VariationalAutoencoder
    description: ModelDescription
    source: WeightSource
    words: str


def load_weights(run: Run, source: WeightSource) -> Weights:
    """The weights of the clustered model of a run: one replica, the reported one if there is any, all, or samples.

    Raises:
        ConfigurationError: The model has no density, or the run has no samples.
        InputError: A file of the model is missing or another than was written.
    """
    model, description = load_model(run.model_folder(run.clustered))
    if not description.has_density:
        raise ConfigurationError(
            f"{run.folder}: expected a run whose model has a density, vae.likelihood 'typed' with a Gaussian "
            f"vae.posterior, got {description.likelihood!r} with {description.posterior!r}. Name another run."
        )
    if source == "point":
        replica = run.reported if run.has("clusters/replicas.csv") else 1
        return Weights(*take_replica(model, description, replica), source, f"replica {replica} alone")
    if source == "ensemble":
        return Weights(model, description, source, amount_of(description.replicas, "replica"))
    if not run.has("vae/samples.safetensors"):
        raise ConfigurationError(
            f"{run.folder}: expected samples of the weights, which a run with vae.weights 'sghmc' makes, found none. "
            "Set it and run the workflow again, or ask for --weights ensemble."
        )
    samples, described = load_samples(run.verified("vae/samples.safetensors"), description)
    chains = amount_of(description.replicas, "chain")
    return Weights(samples, described, source, f"{amount_of(described.replicas, 'sample')} of {chains}")
