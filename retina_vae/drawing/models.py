"""Which models of a run are looked at side by side."""

from __future__ import annotations

from retina_vae.config import Configuration, ModelSettings

__all__ = ["compared_models", "model_words", "plane_model", "traversed_models"]


def compared_models(configuration: Configuration) -> list[str]:
    """The clustered model and the members of the family that differ from it in their objective alone.

    Those are as many-dimensional, and none of them has learned labels. An ordinary autoencoder comes first, then
    variational ones by the weight of their KL divergence.
    """
    clustered = configuration.clustered_model
    own = configuration.model(clustered)
    beside = {name: configuration.model(name) for name in configuration.family}
    alike = {
        name: other
        for name, other in beside.items()
        if other.latent_dim == own.latent_dim
        and other.vae.objective != "supervised"
        and other.vae.likelihood == "typed"
    }
    return [*sorted(alike, key=lambda name: _order(alike[name])), clustered]


def traversed_models(configuration: Configuration) -> list[str]:
    """The compared models whose coordinates are moved one at a time.

    They are the clustered one, and variational ones whose KL divergence, or total correlation, has its full weight or
    a larger one.
    """
    clustered = configuration.clustered_model
    return [name for name in compared_models(configuration) if name == clustered or _held(configuration, name)]


def _held(configuration: Configuration, name: str) -> bool:
    own = configuration.model(name).vae
    return own.has_density and own.objective in ("elbo", "beta_tc") and own.kl_weight >= 1


def plane_model(configuration: Configuration) -> str | None:
    """The first model with a plane for a latent space and a density, which is drawn as a whole; None without one."""
    for name in configuration.models:
        own = configuration.model(name)
        if own.latent_dim == 2 and own.vae.has_density:
            return name
    return None


def model_words(own: ModelSettings) -> str:
    """What a model is, in a few words."""
    vae = own.vae
    if vae.posterior == "point":
        return "autoencoder"
    if vae.objective == "importance_weighted":
        return "importance-weighted VAE"
    if vae.objective == "beta_tc":
        return f"VAE, total correlation weighted {vae.kl_weight:g}"
    if vae.kl_weight == 0:
        return "VAE without the KL divergence"
    return "VAE" if vae.kl_weight == 1 else f"VAE, KL divergence weighted {vae.kl_weight:g}"


def _order(own: ModelSettings) -> tuple[bool, float]:
    return own.vae.posterior != "point", own.vae.kl_weight
