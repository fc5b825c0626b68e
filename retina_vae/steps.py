"""The steps of a run: what each reads, which settings decide its results, and the command that it is.

What a step makes is said once, in :mod:`retina_vae.artefacts`. The workflow's rules are read from both
(:mod:`retina_vae.plan`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retina_vae.artefacts import RELEASED, artefacts_of
from retina_vae.model_names import CHOSEN
from retina_vae.pictures import decoded_models

if TYPE_CHECKING:
    from retina_vae.config import Configuration

__all__ = ["OWN_DENSITIES", "STEPS", "Step", "steps_of"]


def _reads_nothing(configuration: Configuration) -> list[str]:
    return []


def _reads_no_file(configuration: Configuration) -> list[Path]:
    return []


def _no_settings(configuration: Configuration) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Step:
    """A step of a run: a rule of the workflow, and the command that it calls.

    Attributes:
        name: Of the rule.
        module: Of the command, below ``retina_vae``.
        reads: Artefacts, by their paths below the run's folder. A step that runs once for each model may leave
            ``{model}`` in them.
        settings: The values of the configuration that decide the results, beside what the inputs hold; a change of them
            runs the step again.
        uses_study: Whether it calls what the study brings along.
        of_model: Whether it runs once for each model.
        reads_source: Whether it reads the files that the patients are made from.
        files: Other files that it reads and no step makes.
        gathers: The module of the command that puts its chunks together, where it may run in several jobs.
        records: Whether it records the hashes of what it wrote; the manifest is their record.
    """

    name: str
    module: str
    reads: Callable[[Configuration], list[str]] = _reads_nothing
    settings: Callable[[Configuration], dict[str, Any]] = _no_settings
    uses_study: bool = False
    of_model: bool = False
    reads_source: bool = False
    files: Callable[[Configuration], list[Path]] = _reads_no_file
    gathers: str | None = None
    records: bool = True


COHORT = ("cohort/patients.parquet", "cohort/schema.yaml")
"""What nearly every step reads."""

OWN_DENSITIES = "vae/held_out_patients.parquet"
"""How the model describes unseen patients, of a run that measures it."""

_MODEL = ("vae/{model}/weights.safetensors", "vae/{model}/model.json")


def _section(configuration: Configuration, name: str) -> dict[str, Any]:
    values: dict[str, Any] = configuration.model_dump(mode="json")[name]
    # How many jobs there are decides no result.
    values.pop("chunks", None)
    return values


def _sections(*names: str) -> Callable[[Configuration], dict[str, Any]]:
    return lambda configuration: {name: _section(configuration, name) for name in names}


def _of_cohort(configuration: Configuration) -> dict[str, Any]:
    """The keys that the source reads; those of other sources do not matter."""
    values = _section(configuration, "cohort")
    return {"source": values["source"]} | {key: values[key] for key in configuration.source.reads}


def _of_resamples(configuration: Configuration) -> dict[str, Any]:
    asked = _section(configuration, "stability")
    own = {key: asked[key] for key in ("retrained", "scheme", "seed")}
    model = model_settings(configuration, configuration.clustered_model)
    return {"model": model, "stability": own, "latent": _section(configuration, "latent")}


def _of_evaluation(configuration: Configuration) -> dict[str, Any]:
    kmeans = {key: _section(configuration, "clusters")[key] for key in ("n_init", "seed")}
    return _sections("evaluation", "latent")(configuration) | {"kmeans": kmeans, "source": configuration.cohort.source}


def model_settings(configuration: Configuration, name: str) -> dict[str, Any]:
    """What decides the weights of a model: its own keys, its size and its replicas."""
    counted = {"latent_dims", "replicas", "comparison_replicas", "chunks", "weights", "sghmc"}
    if name == CHOSEN:
        # Of how many dimensions it is, the table of the held-out evidence says.
        return configuration.vae.model_dump(mode="json", exclude=counted) | {"replicas": configuration.vae.replicas}
    chosen, latent_dim, replicas = configuration.model(name)
    return chosen.model_dump(mode="json", exclude=counted) | {"latent_dim": latent_dim, "replicas": replicas}


def _of(paths: tuple[str, ...], models: list[str]) -> list[str]:
    return [path.format(model=name) for name in models for path in paths]


def _dimension(configuration: Configuration) -> list[str]:
    """The table with the latent dimension, where the run chooses it."""
    return ["vae/held_out.csv"] if configuration.vae.latent_dims == "auto" else []


def _number(configuration: Configuration) -> list[str]:
    """The tables with the number of clusters and the latent dimension, where the run finds them."""
    found = ["clusters/latent_structure.csv"] if configuration.clusters.k == "auto" else []
    return [*found, *_dimension(configuration)]


def _reads_training(configuration: Configuration) -> list[str]:
    return [*COHORT, *_dimension(configuration)]


def _reads_weight_samples(configuration: Configuration) -> list[str]:
    return [*COHORT, *_of(_MODEL, [configuration.clustered_model]), *_dimension(configuration)]


def _of_weight_samples(configuration: Configuration) -> dict[str, Any]:
    """The chain; what it has of the training's settings is that of the weights, which it reads."""
    values = _section(configuration, "vae")
    return {key: values[key] for key in ("weights", "sghmc")}


def _reads_unlike(configuration: Configuration) -> list[str]:
    """The cohort, and the weights that say how unlike it a patient is."""
    weights = {"ensemble": [], "point": ["clusters/replicas.csv"], "sghmc": ["vae/samples.safetensors"]}
    table = ["cohort/table_schema.yaml"] if configuration.source.has_table_schema else []
    return [*_reads_weight_samples(configuration), *table, *weights[configuration.vae.weights]]


def _of_unlike(configuration: Configuration) -> dict[str, Any]:
    own = {"weights": configuration.vae.weights, "fresh": configuration.evaluation.seed}
    return _sections("unlike")(configuration) | own


def _of_held_out(configuration: Configuration) -> dict[str, Any]:
    model = model_settings(configuration, configuration.clustered_model)
    return {"model": model, "held_out": _section(configuration, "held_out")}


def _made_by(configuration: Configuration, *steps: str) -> list[str]:
    made = [own for own in artefacts_of(configuration) if own.step in steps and not own.optional]
    return [path for own in made for path in own.paths(configuration)]


def _reads_clusters(configuration: Configuration) -> list[str]:
    clustered, study = configuration.clustered_model, configuration.own_study
    reference = None if study is None else study.reference(configuration)
    codes = [f"latent/{clustered}/codes.parquet", f"vae/{clustered}/history.parquet"]
    return [*COHORT, *codes, *([] if reference is None else [reference]), *_number(configuration)]


def _reads_stability(configuration: Configuration) -> list[str]:
    codes = _of(("latent/{model}/codes.parquet",), configuration.plain_models)
    return [*_made_by(configuration, "clusters", "resamples"), *COHORT, *codes, *_number(configuration)]


def _reads_rivals(configuration: Configuration) -> list[str]:
    """The clusters, how they hold, and how the model describes the patients that the methods are measured on."""
    declared = {path for own in artefacts_of(configuration) for path in own.paths(configuration)}
    evidence = ["clusters/assignments.parquet", "clusters/retrained.csv"]
    return [*COHORT, *evidence, *({OWN_DENSITIES} & declared), *_number(configuration)]


def _of_rivals(configuration: Configuration) -> dict[str, Any]:
    chosen, asked = _section(configuration, "clusters"), _section(configuration, "stability")
    return {
        "methods": list(configuration.rival_methods),
        "held_out": _section(configuration, "held_out"),
        "clusters": {key: chosen[key] for key in ("k", "patients", "n_init", "seed")},
        "stability": {key: asked[key] for key in ("retrained", "scheme", "n_init", "seed")},
    }


def _reads_trained(configuration: Configuration) -> list[str]:
    """What the reported replica says of a patient: of those of the run, and in the browser of whoever is set there."""
    own = _of((*_MODEL, "latent/{model}/codes.parquet"), [configuration.clustered_model])
    declared = set(_made_by(configuration, "held_out"))
    return [
        *_made_by(configuration, "cohort", "clusters"),
        *own,
        *({OWN_DENSITIES} & declared),
        *_number(configuration),
    ]


def _reads_describe(configuration: Configuration) -> list[str]:
    """The clusters of the patients, and the decoder at their centres."""
    model = _of(_MODEL, [configuration.clustered_model])
    return [*_made_by(configuration, "cohort", "clusters"), *model, *_number(configuration)]


def _reads_evaluate(configuration: Configuration) -> list[str]:
    return [*COHORT, *_of(_MODEL, configuration.models), *_dimension(configuration)]


def _reads_release(configuration: Configuration) -> list[str]:
    """What is released, and what the pictures of the patients are made from."""
    released = [own for own in artefacts_of(configuration) if own.step == RELEASED]
    sources = [own.path.removeprefix(f"{RELEASED}/") for own in released]
    declared = {path for own in artefacts_of(configuration) for path in own.paths(configuration)}
    posteriors = _of(("latent/{model}/posterior.parquet",), decoded_models(configuration))
    codes = f"latent/{configuration.clustered_model}/codes.parquet"
    patients = ["clusters/assignments.parquet", "clusters/probabilities.parquet"]
    return [*COHORT, *(path for path in sources if path in declared), *posteriors, codes, *patients]


def _of_release(configuration: Configuration) -> dict[str, Any]:
    """What decides which cells are small, who is doubtful, and the points that stand for groups."""
    own = {"real": configuration.source.real, "doubtful_below": configuration.clusters.doubtful_below}
    return own | {"seed": configuration.latent.seed} | _sections("disclosure")(configuration)


def _reads_report(configuration: Configuration) -> list[str]:
    return _made_by(configuration, RELEASED)


def _reads_manifest(configuration: Configuration) -> list[str]:
    made = [own for own in artefacts_of(configuration) if own.step != "manifest" and not own.optional]
    return [path for own in made for path in own.paths(configuration)]


STEPS: tuple[Step, ...] = (
    Step("cohort", "commands.cohort", settings=_of_cohort, uses_study=True, reads_source=True),
    Step("held_out", "commands.held_out", lambda _: [*COHORT], _of_held_out),
    Step("vae", "commands.vae", _reads_training, of_model=True, gathers="commands.vae_gather"),
    Step("weight_samples", "commands.weight_samples", _reads_weight_samples, _of_weight_samples),
    Step("evaluate", "commands.evaluate", _reads_evaluate, _of_evaluation, reads_source=True),
    Step(
        "unlike",
        "commands.unlike",
        _reads_unlike,
        _of_unlike,
        reads_source=True,
        files=lambda c: c.unlike.files,
    ),
    Step("latent", "commands.latent", lambda c: [*COHORT, *_MODEL, *_dimension(c)], _sections("latent"), of_model=True),
    Step("decode", "commands.decode", lambda c: [*COHORT, *_MODEL, *_dimension(c)], _sections("latent"), of_model=True),
    Step("factors", "commands.factors", _reads_evaluate, lambda c: {"seed": c.latent.seed}),
    Step("resamples", "commands.resamples", _reads_training, _of_resamples, gathers="commands.resamples_gather"),
    Step("latent_structure", "commands.latent_structure", lambda _: [*COHORT], _sections("latent_structure")),
    Step("clusters", "commands.clusters", _reads_clusters, _sections("clusters")),
    Step(
        "choose",
        "commands.choice",
        lambda c: [*COHORT, f"latent/{c.clustered_model}/codes.parquet", *_dimension(c)],
        _sections("choice"),
    ),
    Step("stability", "commands.stability", _reads_stability, _sections("stability", "clusters")),
    Step("rivals", "commands.rivals", _reads_rivals, _of_rivals),
    Step("describe", "commands.describe", _reads_describe, _sections("description")),
    Step("doubt", "commands.doubt", _reads_trained, lambda c: {"doubtful_below": c.clusters.doubtful_below}),
    Step("explorer", "commands.explorer", _reads_trained),
    Step("release", "commands.release", _reads_release, _of_release, uses_study=True),
    Step("report", "commands.report", _reads_report, uses_study=True),
    Step("manifest", "commands.manifest", _reads_manifest, lambda c: c.model_dump(mode="json"), records=False),
)
"""The steps of the engine, in the order of the chain."""


def steps_of(configuration: Configuration) -> tuple[Step, ...]:
    """The steps of a run, with those of its study."""
    study = configuration.own_study
    return STEPS if study is None else (*STEPS, *study.steps)
