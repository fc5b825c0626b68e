"""Which models of a run have a density, which are decoded, and which pictures of the family they make."""

from __future__ import annotations

from retina_vae.config import Configuration

__all__ = ["decoded_models", "dense_models", "has_contributions", "has_picture", "pictured_models"]

_OF_FAMILY = ("posteriors", "traversals", "supervised")


def pictured_models(configuration: Configuration) -> dict[str, list[str]]:
    """The pictures of a run's model family, each with the models that it shows; a picture without models is not drawn.

    ``posteriors`` puts the models with a plane for a latent space side by side, ``traversals`` the members of the
    family that differ in the weight of the KL divergence, ``supervised`` the models that learned the outcome. They are
    about columns, so models of images have none of them.
    """
    if configuration.source.images:
        return {}
    typed = [name for name in configuration.models if configuration.vae_of(name).likelihood == "typed"]
    family = {name: configuration.model(name) for name in typed if name in configuration.family}
    chosen = {
        "posteriors": [n for n, own in family.items() if own.latent_dim == 2],
        "traversals": [
            n for n, own in family.items() if own.latent_dim > 2 and own.vae.objective in ("elbo", "beta_tc")
        ],
        "supervised": [name for name in typed if configuration.vae_of(name).objective == "supervised"],
    }
    return {picture: names for picture, names in chosen.items() if names}


def dense_models(configuration: Configuration) -> list[str]:
    """Models with a density p(x) and a posterior q(z | x) that has one: those whose draws can be calibrated."""
    return [name for name in configuration.models if configuration.vae_of(name).has_density]


def decoded_models(configuration: Configuration) -> list[str]:
    """Models whose decoder is looked at: those in pictures, and the clustered one where its likelihood is typed.

    Of images none, because what is looked at are columns, one by one.
    """
    if configuration.source.images:
        return []
    pictured = {name for names in pictured_models(configuration).values() for name in names}
    if configuration.vae.likelihood == "typed":
        pictured.add(configuration.clustered_model)
    return [name for name in configuration.models if name in pictured]


def has_contributions(configuration: Configuration) -> bool:
    """Whether it is said which columns speak for a cluster: of a density, and of columns that have a meaning each."""
    return configuration.clustered_model in dense_models(configuration) and not configuration.source.images


def has_picture(configuration: Configuration, name: str) -> bool:
    """Whether the report of a run has this picture, as far as its configuration says.

    The coverage of the codes needs a model with a density, pictures of the model family the models that they show.
    """
    if name == "coverage":
        return bool(dense_models(configuration))
    return name not in _OF_FAMILY or name in pictured_models(configuration)
