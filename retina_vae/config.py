"""One typed object for the whole configuration; the JSON schema of the workflow is exported from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from retina_vae.errors import ConfigurationError

__all__ = [
    "ClusterSettings",
    "CohortSettings",
    "Configuration",
    "LatentSettings",
    "VaeSettings",
    "export_schema",
    "load_configuration",
    "parse_configuration",
]

LatentDim = Annotated[int, Field(ge=1, le=32)]
Seed = Annotated[int, Field(ge=0, lt=2**31)]


class _Settings(BaseModel):
    """A frozen section of the configuration that refuses unknown keys and silent conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, validate_default=True, allow_inf_nan=False)


class CohortSettings(_Settings):
    """Who the patients are."""

    source: Literal["simulated", "published"] = Field(
        "simulated",
        description="'simulated' draws patients from the epidemiology; 'published' reads the paper's two arrays.",
    )
    epidemiology: str = Field(
        "data/epidemiology.yaml",
        description="File with the statistics of each disease. Simulated patients are drawn from it; published "
        "patients are compared with it.",
    )
    patients_per_disease: Annotated[int, Field(ge=1)] = Field(
        1000, description="Simulated patients of each disease. The paper has 1,000."
    )
    seed: Seed = Field(1, description="Seed of the simulated patients.")
    published_folder: str = Field(
        "data/published",
        description="Folder with macSpectrum_stack.npy and macSpectrum_labels.npy. The environment variable "
        "RETINA_VAE_PUBLISHED, where set, goes before it.",
    )


class VaeSettings(_Settings):
    """The model and its training; every choice that the paper leaves unstated is a key here."""

    latent_dims: Annotated[list[LatentDim], Field(min_length=1)] = Field(
        [2, 3, 4], description="Latent dimensions to train; Figure 3 compares their losses."
    )
    replicas: Annotated[int, Field(ge=1, le=1024)] = Field(
        8, description="Models with different seeds of the latent dimension that is clustered."
    )
    comparison_replicas: Annotated[int, Field(ge=1, le=1024)] = Field(
        4, description="Models with different seeds of every other latent dimension."
    )
    hidden_units: Annotated[int, Field(ge=1)] = Field(
        512, description="ReLU units of the one hidden layer on each side. The paper has 512."
    )
    epochs: Annotated[int, Field(ge=1)] = Field(1000, description="Passes over the cohort. The paper has 1,000.")
    draws_per_patient: Annotated[int, Field(ge=1)] = Field(
        1, description="L, the reparametrised draws of z per patient and step over which the ELBO averages."
    )
    input_scaling: Literal["raw", "age_by_maximum", "unit_interval", "standardized"] = Field(
        "raw",
        description="What the network reads and reconstructs: raw codes and years; age divided by its maximum; "
        "every column divided by its maximum; or every column as a z-score.",
    )
    reconstruction_loss: Literal["binary_cross_entropy", "squared_error"] = Field(
        "squared_error",
        description="Loss of the sigmoid outputs against the scaled inputs, summed over the columns.",
    )
    probability_floor: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        1e-7,
        description="Sigmoid outputs are clipped to [floor, 1 - floor] before the cross-entropy, as Keras does.",
    )
    kl_weight: Annotated[float, Field(ge=0)] = Field(
        0.05, description="Weight of the KL divergence beside the reconstruction loss."
    )
    batch_size: Annotated[int, Field(ge=1)] = Field(500, description="Patients per training step.")
    optimizer: Literal["adam"] = Field("adam", description="Optimiser.")
    learning_rate: Annotated[float, Field(gt=0)] = Field(1e-3, description="Step size of the optimiser.")
    initialization: Literal["glorot_uniform", "he_uniform", "lecun_uniform"] = Field(
        "lecun_uniform",
        description="Distribution of the initial weights, by its name in Keras; biases start at 0.",
    )
    seed: Seed = Field(
        101,
        description="The first replica draws its weights, batches and noise with this seed, the next with the next.",
    )


class LatentSettings(_Settings):
    """The codes that are drawn from the posterior q(z | x)."""

    draws: Annotated[int, Field(ge=1, le=1000)] = Field(
        16, description="S, the draws from q(z | x) per patient and replica."
    )
    seed: Seed = Field(1, description="The first replica draws with this seed, the next one with the next.")


class ClusterSettings(_Settings):
    """How the latent codes are clustered."""

    latent_dim: LatentDim = Field(3, description="The latent dimension that is clustered; one of vae.latent_dims.")
    k: Annotated[int, Field(ge=2, le=100)] = Field(14, description="Number of clusters. The paper has 14.")
    on: Literal["draws", "means"] = Field(
        "draws", description="Cluster the draws from q(z | x), or the posterior means."
    )
    doubtful_below: Annotated[float, Field(gt=0, le=1)] = Field(
        0.8, description="A patient whose assignment probability lies below this is called doubtful."
    )
    n_init: Annotated[int, Field(ge=1)] = Field(
        10, description="Starts of k-means; the one with the smallest within-cluster sum of squares is kept."
    )
    seed: Seed = Field(1, description="Seed of the k-means starts.")


class Configuration(_Settings):
    """Everything that decides a run's results, and the device that it is computed on."""

    run: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")] = Field(
        "paper", description="Name of the run; its results lie in <results>/<run>/."
    )
    results: Annotated[str, Field(pattern=r"^[^~{}][^{}]*$")] = Field(
        "results", description="Folder of all runs; not with `~`, which only a shell understands, or braces."
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto",
        description="Where the models are trained: 'auto' takes CUDA where there is one, else the CPU.",
    )
    cohort: CohortSettings = Field(CohortSettings(), description="Who the patients are.")
    vae: VaeSettings = Field(VaeSettings(), description="The model and its training.")
    latent: LatentSettings = Field(LatentSettings(), description="The codes drawn from the posterior.")
    clusters: ClusterSettings = Field(ClusterSettings(), description="How the codes are clustered.")

    @model_validator(mode="after")
    def _sections_agree(self) -> Configuration:
        dims = self.vae.latent_dims
        if len(set(dims)) != len(dims):
            raise ValueError(f"vae.latent_dims: expected each dimension once, got {dims}")
        if self.clusters.latent_dim not in dims:
            raise ValueError(
                f"clusters.latent_dim: expected one of vae.latent_dims {dims}, got {self.clusters.latent_dim}"
            )
        if self.clusters.k > self.patients:
            raise ValueError(
                f"clusters.k: expected at most the {self.patients} patients of the cohort, got {self.clusters.k}"
            )
        return self

    @property
    def patients(self) -> int:
        """Number of patients: three diseases, of which the published arrays hold 1,000 each."""
        return 3 * (self.cohort.patients_per_disease if self.cohort.source == "simulated" else 1000)

    @property
    def folder(self) -> Path:
        """Folder of this run's results."""
        return Path(self.results) / self.run

    def replicas_of(self, latent_dim: int) -> int:
        """Number of replicas that are trained with ``latent_dim`` latent dimensions."""
        clustered = latent_dim == self.clusters.latent_dim
        return self.vae.replicas if clustered else self.vae.comparison_replicas

    def to_yaml(self) -> str:
        """The configuration as YAML, every key spelled out."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False)


def parse_configuration(values: dict[str, Any], source: str) -> Configuration:
    """Validate configuration values.

    Args:
        values: Nested keys and values, as read from YAML.
        source: Where the values come from, for the error message.

    Raises:
        ConfigurationError: A key is unknown, or a value has the wrong type or lies out of range.
    """
    try:
        return Configuration.model_validate(_with_text_keys(values))
    except ValidationError as error:
        problems = "\n".join(f"  {_describe(problem)}" for problem in error.errors())
        raise ConfigurationError(
            f"{source}: the configuration is not valid.\n{problems}\n"
            "  config/README.md explains every key and the values that it takes."
        ) from None


def load_configuration(path: Path) -> Configuration:
    """Read and validate a configuration file.

    Raises:
        ConfigurationError: The file is missing, is not YAML, or is not valid.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: expected a configuration file, got: {error.strerror}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: expected YAML, got: {error}") from None
    if not isinstance(values, dict | None):
        raise ConfigurationError(f"{path}: expected keys and values, got {type(values).__name__}.")
    return parse_configuration(values or {}, str(path))


def export_schema() -> str:
    """The JSON schema of the configuration as YAML, for ``snakemake.utils.validate`` and for editors."""
    schema = _inline(Configuration.model_json_schema())
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return "# Made by `retina-vae schema`; edit retina_vae/config.py instead.\n" + yaml.safe_dump(
        json.loads(json.dumps(schema)), sort_keys=False, width=110
    )


def _with_text_keys(values: Any) -> Any:
    """The values with the key ``on`` where YAML 1.1 has read a bare ``on`` as true."""
    if not isinstance(values, dict):
        return values
    return {"on" if key is True else key: _with_text_keys(value) for key, value in values.items()}


def _inline(schema: dict[str, Any]) -> dict[str, Any]:
    """Put each section's definition where it is used, so that the schema reads from top to bottom."""
    definitions = schema.pop("$defs")
    for name, value in schema["properties"].items():
        if "$ref" in value:
            section = definitions[value["$ref"].rsplit("/", 1)[1]]
            schema["properties"][name] = {**section, **{k: v for k, v in value.items() if k != "$ref"}}
    return schema


def _describe(problem: Any) -> str:
    """One line for one problem: the key, what was expected, what was found."""
    key = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"{key}: expected no such key, got {problem['input']!r}; remove it or mend its spelling"
    if problem["type"] == "value_error":
        return str(problem["ctx"]["error"])
    expected = problem["msg"].replace("Input should be", "expected", 1)
    return f"{key}: {expected}, got {problem['input']!r}"
