"""The sections of the configuration on the clusters and the evidence for them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from retina_vae.resamples import Scheme
from retina_vae.section import LatentDim, Seed, Settings

__all__ = [
    "ChoiceSettings",
    "ClusterSettings",
    "DescriptionSettings",
    "DisclosureSettings",
    "HeldOutSettings",
    "LatentStructureSettings",
    "RivalSettings",
    "StabilitySettings",
]


class ClusterSettings(Settings):
    """How the latent codes are clustered."""

    latent_dim: LatentDim | Literal["auto"] = Field(
        "auto",
        description="The latent dimension that is clustered, one of vae.latent_dims; 'auto' where these are 'auto' or "
        "one number.",
    )
    k: Annotated[int, Field(ge=1, le=100)] | Literal["auto"] = Field(
        "auto",
        description="Number of clusters; 'auto' takes the number of groups that describes unseen patients best, and 1 "
        "where there is nothing beyond margins and correlations.",
    )
    method: Literal["kmeans", "gaussian_mixture"] = Field(
        "kmeans",
        description="'kmeans' gives every code to the nearest centre; 'gaussian_mixture' fits a mixture of Gaussians "
        "with full covariances, whose clusters may overlap and differ in shape and size.",
    )
    on: Literal["draws", "means"] = Field(
        "means", description="Cluster the draws from q(z | x), or the posterior means."
    )
    doubtful_below: Annotated[float, Field(gt=0, le=1)] = Field(
        0.8, description="A patient whose assignment probability lies below this is called doubtful."
    )
    patients: Annotated[int, Field(ge=1000, le=10_000_000)] = Field(
        10_000,
        description="Patients, drawn at random, whose codes a clustering is fitted to, in the run, in its resamples "
        "and in the variants it is compared with; the others are assigned. All of them where they are no more.",
    )
    n_init: Annotated[int, Field(ge=1, le=10_000)] = Field(
        10,
        description="Starts of the clustering; the one with the smallest within-cluster sum of squares is kept, of a "
        "mixture that with the largest likelihood.",
    )
    seed: Seed = Field(1, description="Seed of the starts of the clustering, and of the patients drawn for it.")

    @property
    def dimension(self) -> int:
        """The latent dimension that is clustered, once it is known.

        Raises:
            ValueError: It is still to be chosen (:func:`retina_vae.run.Run.dimensioned` finds it).
        """
        if self.latent_dim == "auto":
            raise ValueError("clusters.latent_dim: expected the dimension that the run chose, got 'auto'")
        return self.latent_dim

    @property
    def number(self) -> int:
        """The number of clusters, once it is known.

        Raises:
            ValueError: It is still to be found (:func:`retina_vae.run.Run.numbered` finds it).
        """
        if self.k == "auto":
            raise ValueError("clusters.k: expected the number that the run found, got 'auto'")
        return self.k


class LatentStructureSettings(Settings):
    """How groups, a continuum and nothing of either are distinguished."""

    patients: Annotated[int, Field(ge=50, le=10_000_000)] = Field(
        5000, description="Patients, drawn at random, that are looked at; all of them where they are no more."
    )
    folds: Annotated[int, Field(ge=2, le=20)] = Field(
        5, description="Folds of the cross-validation: each is described by what is fitted to the others."
    )
    k_max: Annotated[int, Field(ge=2, le=30)] = Field(
        10, description="The most groups that are tried; fewer where more describe unseen patients no better."
    )
    seed: Seed = Field(1, description="Seed of the patients drawn, of the folds and of the starts.")


class HeldOutSettings(Settings):
    """On whom it is measured how well unseen patients are described, by the model and by what stands beside it."""

    folds: Annotated[int, Field(ge=2, le=20)] = Field(
        5, description="Folds of the cross-validation: each is described by what is fitted to the others."
    )
    patients: Annotated[int, Field(ge=50, le=10_000_000)] = Field(
        5000, description="Patients, drawn at random, that are divided into folds; all of them where they are no more."
    )
    seed: Seed = Field(1, description="Seed of the patients drawn and of the folds.")
    latent_dims: Annotated[list[LatentDim], Field(min_length=1, max_length=32)] = Field(
        [1, 2, 3, 4, 6, 8],
        description="Under vae.latent_dims 'auto', the latent dimensions that are tried, rising until the choice "
        "has stood against two more.",
    )
    draws: Annotated[int, Field(ge=8, le=100_000)] = Field(
        128, description="Draws per patient that estimate the log-density of who was kept out."
    )

    @field_validator("latent_dims")
    @classmethod
    def _rising(cls, dims: list[int]) -> list[int]:
        if dims != sorted(set(dims)):
            raise ValueError(f"expected rising numbers, each once, got {dims}")
        return dims


class RivalSettings(Settings):
    """Which simpler methods stand beside the clusters."""

    methods: list[Literal["latent_classes", "latent_classes_bic", "kmeans_onehot"]] | None = Field(
        None,
        description="Simpler methods that are fitted to the same patients and measured beside the clusters: "
        "'latent_classes', as many classes as there are clusters (StepMix); 'latent_classes_bic', as many as the BIC "
        "chooses; 'kmeans_onehot', k-means on the columns. An empty list asks for none; null for all where the "
        "patients come from a table, else none.",
    )


class ChoiceSettings(Settings):
    """How the codes are asked for the number of clusters."""

    k_max: Annotated[int, Field(ge=2, le=100)] = Field(
        20, description="Numbers of clusters from 1 to this are compared; fewer where there are few patients."
    )
    references: Annotated[int, Field(ge=2, le=10_000)] = Field(
        10, description="B, the reference data sets without clusters that the gap statistic compares with."
    )
    patients: Annotated[int, Field(ge=1000, le=10_000_000)] = Field(
        10_000,
        description="Patients, drawn at random, whose codes the criteria are measured on; all of them where they are "
        "no more.",
    )
    sample: Annotated[int, Field(ge=2, le=100_000)] = Field(
        1000, description="Of them, how many, drawn at random, the silhouette is computed on."
    )
    seed: Seed = Field(1, description="Seed of the starts of k-means and of every draw.")


class StabilitySettings(Settings):
    """How it is judged which clusters hold."""

    bootstraps: Annotated[int, Field(ge=2, le=100_000)] = Field(
        100,
        description="B, the resamples of the patients that the clusters are looked for again in with the trained "
        "model held fixed.",
    )
    retrained: Annotated[int, Field(ge=0, le=1024)] = Field(
        8, description="Resamples of the patients that the model is trained on again; 0 does not measure that."
    )
    chunks: Annotated[int, Field(ge=1, le=1024)] = Field(
        1,
        description="Jobs that the model is trained on resamples in, as `vae.chunks`. It changes no result.",
    )
    scheme: Scheme = Field(
        "bootstrap",
        description="The resamples that the model is trained on again: 'bootstrap', as many patients drawn with "
        "repetition; 'subset', half of them without; 'noise', all of them, with a share of 0.05 of their values "
        "replaced by those of random patients.",
    )
    n_init: Annotated[int, Field(ge=1, le=10_000)] = Field(10, description="Starts of the clustering on each resample.")
    seed: Seed = Field(1, description="Seed of the resamples and of the starts of the clustering.")


class DescriptionSettings(Settings):
    """How it is said what the clusters mean."""

    conditions: Annotated[int, Field(ge=1, le=10)] = Field(
        5, description="Depth of the tree that describes the clusters: the most conditions that a rule may have."
    )
    folds: Annotated[int, Field(ge=2, le=20)] = Field(
        5,
        description="Folds of the cross-validation that measures the tree and how well inputs distinguish outcomes.",
    )
    patients: Annotated[int, Field(ge=1000, le=10_000_000)] = Field(
        20_000,
        description="Patients, drawn at random, that a regression on an outcome is fitted to, and that cross-tables "
        "are compared on; all of them where they are no more.",
    )
    seed: Seed = Field(1, description="Seed of the folds and of the patients drawn.")


class DisclosureSettings(Settings):
    """What a reader of the results may see of few patients."""

    small_cell_floor: Annotated[int, Field(ge=0, le=1_000_000)] | None = Field(
        None,
        description="Counts of patients below this are not shown, nor others from which they would follow. Without a "
        "number it is 0 for patients who are not real, and 11 for all others.",
    )
