"""Simpler methods beside the clusters of a run: one module for each, and one registration here."""

from retina_vae.rivals.kmeans_onehot import KMeansOneHot
from retina_vae.rivals.latent_classes import LatentClasses, LatentClassesByBic
from retina_vae.rivals.rival import Fitted, Rival, Starts

__all__ = ["RIVALS", "Fitted", "Rival", "Starts"]

RIVALS: dict[str, Rival] = {rival.name: rival for rival in (LatentClasses(), LatentClassesByBic(), KMeansOneHot())}
"""Every method by the name that the configuration gives it."""
