"""One typed object for the whole configuration, and how it is read from files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import yaml
from pydantic import Field, ValidationError, model_validator

from retina_vae.cluster_settings import (
    ChoiceSettings,
    ClusterSettings,
    DescriptionSettings,
    DisclosureSettings,
    HeldOutSettings,
    LatentStructureSettings,
    RivalSettings,
    StabilitySettings,
)
from retina_vae.cohort_settings import CohortSettings
from retina_vae.config_problems import describe_problem, meant_problems
from retina_vae.errors import ConfigurationError
from retina_vae.model_names import CHOSEN, plain_model_names, require_dimensions, require_family_name
from retina_vae.section import Settings
from retina_vae.settings import EvaluationSettings, FamilyMember, LatentSettings, VaeSettings
from retina_vae.sources import SOURCES, Source
from retina_vae.studies import Study, find_study
from retina_vae.unlike_settings import UnlikeSettings
from retina_vae.words import did_you_mean

__all__ = [
    "ChoiceSettings",
    "ClusterSettings",
    "CohortSettings",
    "Configuration",
    "DescriptionSettings",
    "DisclosureSettings",
    "EvaluationSettings",
    "FamilyMember",
    "HeldOutSettings",
    "LatentSettings",
    "LatentStructureSettings",
    "ModelSettings",
    "RivalSettings",
    "StabilitySettings",
    "UnlikeSettings",
    "VaeSettings",
]


_FLOOR_OF_REAL_PATIENTS = 11

RIVAL_METHODS = ("latent_classes", "latent_classes_bic", "kmeans_onehot")
"""Every simpler method, as the configuration calls it (:data:`retina_vae.rivals.RIVALS`)."""


class ModelSettings(NamedTuple):
    """What one model of a run is trained with."""

    vae: VaeSettings
    latent_dim: int
    replicas: int


class Configuration(Settings):
    """Everything that decides a run's results, and the device that it is computed on."""

    run: Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")] = Field(
        "run", description="Name of the run; its results lie in <results>/<run>/."
    )
    study: str | None = Field(
        None, description="The study that the run belongs to, with its own defaults, data, tables and words."
    )
    results: Annotated[str, Field(max_length=2000, pattern=r"^[^~{}\x00-\x1f][^{}\x00-\x1f]*$")] = Field(
        "results", description="Folder of all runs; not with `~`, which only a shell understands, or braces."
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto",
        description="Where the models are trained: 'auto' takes CUDA where there is one, else the CPU.",
    )
    cohort: CohortSettings = Field(CohortSettings(), description="Who the patients are.")
    vae: VaeSettings = Field(VaeSettings(), description="The model and its training.")
    family: dict[str, FamilyMember] = Field(
        {},
        description="More models to train beside those that are clustered, by name: letters, digits, `_` and `-`.",
    )
    evaluation: EvaluationSettings = Field(EvaluationSettings(), description="How the models are measured.")
    unlike: UnlikeSettings = Field(
        UnlikeSettings(), description="Which other patients the run is asked to tell from its cohort."
    )
    latent: LatentSettings = Field(LatentSettings(), description="The codes drawn from the posterior.")
    clusters: ClusterSettings = Field(ClusterSettings(), description="How the codes are clustered.")
    latent_structure: LatentStructureSettings = Field(
        LatentStructureSettings(), description="How groups and a continuum are distinguished."
    )
    held_out: HeldOutSettings = Field(
        HeldOutSettings(), description="On whom it is measured how well unseen patients are described."
    )
    choice: ChoiceSettings = Field(ChoiceSettings(), description="How the codes are asked for the number of clusters.")
    stability: StabilitySettings = Field(StabilitySettings(), description="How it is judged which clusters hold.")
    rivals: RivalSettings = Field(RivalSettings(), description="Which simpler methods stand beside the clusters.")
    description: DescriptionSettings = Field(
        DescriptionSettings(), description="How it is said what the clusters mean."
    )
    disclosure: DisclosureSettings = Field(
        DisclosureSettings(), description="What a reader of the results may see of few patients."
    )

    @model_validator(mode="after")
    def _sections_agree(self) -> Configuration:
        require_dimensions(self.vae, self.clusters)
        if self.latent.correction == "importance" and not self.vae.has_density:
            raise ValueError(
                "latent.correction: expected 'none' unless vae.likelihood is 'typed' and vae.posterior is a Gaussian, "
                f"got 'importance' with {self.vae.likelihood!r} and {self.vae.posterior!r}"
            )
        self._check_weights()
        if self.unlike.tables and not self.vae.has_density:
            raise ValueError(
                "unlike.tables: expected none unless vae.likelihood is 'typed' and vae.posterior is a Gaussian, got "
                f"{list(self.unlike.tables)} with {self.vae.likelihood!r} and {self.vae.posterior!r}, without which no "
                "score is defined"
            )
        for name in self.family:
            self._check_member(name)
        return self

    def _check_weights(self) -> None:
        if self.vae.weights != "sghmc":
            return
        if not self.vae.has_density:
            raise ValueError(
                "vae.weights: expected 'point' or 'ensemble' unless vae.likelihood is 'typed' and vae.posterior is a "
                f"Gaussian, got 'sghmc' with {self.vae.likelihood!r} and {self.vae.posterior!r}, under which weights "
                "have no posterior"
            )
        if self.vae.weight_prior is None:
            raise ValueError(
                "vae.weight_prior: expected a number because vae.weights is 'sghmc', which samples from prior and "
                "likelihood, got none"
            )

    def _check_member(self, name: str) -> None:
        require_family_name(name)
        of_run = {"latent_dims", "replicas", "comparison_replicas", "chunks", "weights", "sghmc"}
        counted = of_run & set(self.family[name].changes)
        if counted:
            raise ValueError(
                f"family.{name}.changes: expected keys of one model, got {sorted(counted)}; latent_dim and replicas of "
                "a family member stand beside its changes"
            )
        try:
            self.model(name)
        except ValidationError as error:
            problems = "; ".join(describe_problem(problem, VaeSettings) for problem in meant_problems(error))
            raise ValueError(f"family.{name}.changes: {problems}") from None

    @property
    def own_study(self) -> Study | None:
        """The study that the run belongs to.

        Raises:
            ConfigurationError: There is none of that name.
        """
        return None if self.study is None else find_study(self.study)

    @property
    def source(self) -> Source:
        """Where the patients come from.

        Raises:
            ConfigurationError: Neither the engine nor the study has a source of that name.
        """
        study = self.own_study
        sources = SOURCES | (dict(study.sources) if study is not None else {})
        if self.cohort.source not in sources:
            raise ConfigurationError(
                f"cohort.source: expected one of {list(sources)}, "
                f"got {self.cohort.source!r}{did_you_mean(self.cohort.source, sources)}"
            )
        return sources[self.cohort.source]

    @property
    def found_cohort(self) -> CohortSettings:
        """The section ``cohort``, with the statistics that the study ships where its default names no file here.

        A workflow that is deployed has the package, and not the folder ``data`` of its repository.
        """
        study, path = self.own_study, self.cohort.epidemiology
        if study is None or study.package is None or path is None or Path(path).is_file():
            return self.cohort
        if path != study.defaults.get("cohort", {}).get("epidemiology"):
            return self.cohort
        return self.cohort.model_copy(update={"epidemiology": str(study.package / path)})

    @property
    def small_cell_floor(self) -> int:
        """Counts of patients below this are not shown: as configured, else 0 for patients who are not real, else 11."""
        if self.disclosure.small_cell_floor is not None:
            return self.disclosure.small_cell_floor
        return _FLOOR_OF_REAL_PATIENTS if self.source.real else 0

    @property
    def rival_methods(self) -> tuple[str, ...]:
        """The simpler methods beside the clusters: as configured, else all beside those of a table."""
        if self.rivals.methods is not None:
            return tuple(dict.fromkeys(self.rivals.methods))
        return RIVAL_METHODS if self.cohort.source == "table" else ()

    @property
    def folder(self) -> Path:
        """Folder of this run's results."""
        return Path(self.results) / self.run

    @property
    def models(self) -> list[str]:
        """Names of all models: ``d<D>`` of each latent dimension, then the family."""
        return [*self.plain_models, *self.family]

    @property
    def plain_models(self) -> list[str]:
        """Names of the models without the family: ``d<D>`` of each latent dimension, or ``chosen``."""
        return plain_model_names(self.vae)

    @property
    def latent_dim(self) -> int:
        """The latent dimension that is clustered, once it is known.

        Raises:
            ValueError: It is still to be chosen (:func:`retina_vae.run.Run.dimensioned` finds it).
        """
        if self.clusters.latent_dim == "auto" and self.vae.latent_dims != "auto":
            return self.vae.latent_dims[0]
        return self.clusters.dimension

    @property
    def latent_dims(self) -> list[int]:
        """The latent dimensions of the plain models, in their order; ValueError as :attr:`latent_dim`."""
        return [self.latent_dim] if self.vae.latent_dims == "auto" else self.vae.latent_dims

    @property
    def clustered_model(self) -> str:
        """Name of the model whose codes are clustered."""
        return CHOSEN if self.vae.latent_dims == "auto" else f"d{self.latent_dim}"

    @property
    def candidate_dims(self) -> list[int]:
        """The latent dimensions whose held-out evidence is measured: those to choose from, or the one that is set."""
        return self.held_out.latent_dims if self.vae.latent_dims == "auto" else [self.latent_dim]

    def vae_of(self, name: str) -> VaeSettings:
        """How a model is trained, whatever its latent dimension; ConfigurationError as :meth:`model`."""
        return self.vae if name in self.plain_models else self.model(name).vae

    def replicas_of(self, name: str) -> int:
        """How many replicas a model has; ConfigurationError as :meth:`model`."""
        if name == self.clustered_model:
            return self.vae.replicas
        return self.vae.comparison_replicas if name in self.plain_models else self.model(name).replicas

    def model(self, name: str) -> ModelSettings:
        """The settings of one model.

        Raises:
            ConfigurationError: The run has no model of that name.
        """
        if name in self.family:
            member = self.family[name]
            values = self.vae.model_dump() | member.changes
            return ModelSettings(VaeSettings.model_validate(values), member.latent_dim, member.replicas)
        if name not in self.models:
            raise ConfigurationError(
                f"expected one of the models {self.models}, got {name!r}{did_you_mean(name, self.models)}"
            )
        dim = self.latent_dim if name == self.clustered_model else int(name[1:])
        return ModelSettings(self.vae, dim, self.replicas_of(name))

    def dimensioned(self, latent_dim: int) -> Configuration:
        """The same configuration with the latent dimension that was chosen."""
        return self.model_copy(update={"clusters": self.clusters.model_copy(update={"latent_dim": latent_dim})})

    def numbered(self, k: int) -> Configuration:
        """The same configuration with the number of clusters that was found."""
        return self.model_copy(update={"clusters": self.clusters.model_copy(update={"k": k})})

    def to_yaml(self) -> str:
        """The configuration as YAML, every key spelled out."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False)
