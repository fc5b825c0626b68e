"""The names of a run's models, and which latent dimension is clustered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retina_vae.cluster_settings import ClusterSettings
    from retina_vae.settings import VaeSettings

__all__ = ["CHOSEN", "plain_model_names", "require_dimensions", "require_family_name"]

CHOSEN = "chosen"
"""The model whose latent dimension the run chooses; one of a dimension that is stated is called ``d<D>``."""


def plain_model_names(vae: VaeSettings) -> list[str]:
    """Names of the models that differ in the latent dimension alone."""
    return [CHOSEN] if vae.latent_dims == "auto" else [f"d{dim}" for dim in vae.latent_dims]


def require_dimensions(vae: VaeSettings, clusters: ClusterSettings) -> None:
    """Check that the dimensions that are trained and the one that is clustered agree.

    Raises:
        ValueError: A dimension stands there twice, the clustered one is not trained, it is not said which of several
            it is, or it shall be chosen by a density that the model does not have.
    """
    dims, clustered = vae.latent_dims, clusters.latent_dim
    if dims == "auto":
        if clustered != "auto":
            raise ValueError(
                "clusters.latent_dim: expected 'auto', because vae.latent_dims leaves the dimension to the run, got "
                f"{clustered}; state vae.latent_dims: [{clustered}] to set it"
            )
        if not vae.has_density:
            raise ValueError(
                "vae.latent_dims: expected a list, because 'auto' chooses by a density that only the likelihood "
                f"'typed' and a posterior other than 'point' have, got 'auto' with {vae.likelihood!r} and "
                f"{vae.posterior!r}"
            )
    elif len(set(dims)) != len(dims):
        raise ValueError(f"vae.latent_dims: expected each dimension once, got {dims}")
    elif clustered not in (dims if len(dims) > 1 else [*dims, "auto"]):
        raise ValueError(f"clusters.latent_dim: expected one of vae.latent_dims {dims}, got {clustered}")


def require_family_name(name: str) -> None:
    """Check the name of a model beside those that are clustered.

    Raises:
        ValueError: It is none, or that of a clustered model.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name) or re.fullmatch(rf"d\d+|{CHOSEN}", name):
        raise ValueError(
            f"family.{name}: expected a name of letters, digits, `_` and `-` that begins with a letter and is not "
            f"that of a clustered model (d2, d3, ..., {CHOSEN})"
        )
