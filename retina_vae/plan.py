"""What the workflow's rules are read from: the steps of a run with their files, settings and code, as plain values.

A Snakefile asks for the plan of its configuration and knows nothing else of the package. Where the package is not
installed, as where a workflow is linted or deployed, ``workflow/plan.json`` stands in: the plan of the default
configuration, which :func:`export_plan` writes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from retina_vae.artefacts import artefacts_of
from retina_vae.chunks import model_chunks, resample_chunks
from retina_vae.closure import code_fingerprint, import_closure
from retina_vae.config import Configuration
from retina_vae.config_files import check_sources, parse_configuration
from retina_vae.config_problems import places_in_files
from retina_vae.errors import ConfigurationError
from retina_vae.files import require_writable, write_text
from retina_vae.hashes import record_path
from retina_vae.module_contents import remember
from retina_vae.run import Run
from retina_vae.steps import Step, model_settings, steps_of

__all__ = ["Plan", "export_plan", "make_plan", "write_configuration"]

Plan = dict[str, Any]


def make_plan(values: Mapping[str, Any], files: Sequence[Path] = ()) -> Plan:
    """The plan of a configuration, after everything was checked that is cheap to check.

    Args:
        values: Nested keys and values, as Snakemake has read them.
        files: Where it has read them, those that go before others last; messages name file and line.

    Returns:
        ``configuration`` (every key spelled out), ``run`` (its folder), ``study``, ``models`` (settings that decide
        each model's weights), ``chunks`` (jobs that train each model) and ``resample_chunks``, ``everything`` (what a
        finished run holds), and of each of ``steps`` its ``inputs``, ``outputs``, ``settings``, ``code`` and
        ``gather_code``.

    Raises:
        ConfigurationError: The configuration is not valid, names files that are not there, its folder cannot be
            written, or a file in it is shorter or longer than its step wrote it.
    """
    source = "the workflow's configuration"
    configuration = parse_configuration(dict(values), source, lambda: places_in_files(files, values))
    require_writable(configuration.folder)
    check_sources(configuration)
    _require_sizes(configuration)
    plan = _plan(configuration)
    remember()
    return plan


def export_plan(path: Path, values: Mapping[str, Any]) -> None:
    """Write the plan that stands in where the package is not installed.

    It has no fingerprints, which change daily, and no files that the patients are made from, which may lie elsewhere.
    """
    plan = _plan(parse_configuration(dict(values), str(path)), stand_in=True)
    write_text(json.dumps(plan, indent=1, sort_keys=True) + "\n", path)


def write_configuration(plan: Plan) -> None:
    """Write the configuration that the steps read, ``<run>/config.yaml``.

    It is no rule's output: the settings of each step name what it depends on, so that a change of one key does not run
    everything again.

    Raises:
        ConfigurationError: It cannot be written.
    """
    configuration = parse_configuration(dict(plan["configuration"]), "the workflow's configuration")
    write_text(configuration.to_yaml(), Path(plan["run"]) / "config.yaml")


def _plan(configuration: Configuration, stand_in: bool = False) -> Plan:
    folder, study = configuration.folder.as_posix(), configuration.own_study
    made = [own for own in artefacts_of(configuration) if not own.optional]
    return {
        "configuration": configuration.model_dump(mode="json"),
        "run": folder,
        "study": None if study is None else study.name,
        "study_rules": bool(study is not None and study.steps),
        "reference": _reference(configuration),
        "models": {name: model_settings(configuration, name) for name in configuration.models},
        "chunks": {name: model_chunks(configuration, name) for name in configuration.models},
        "resample_chunks": resample_chunks(configuration),
        "everything": [f"{folder}/{path}" for own in made for path in own.paths(configuration)],
        "steps": {step.name: _step(step, configuration, folder, stand_in) for step in steps_of(configuration)},
    }


def _step(step: Step, configuration: Configuration, folder: str, stand_in: bool) -> dict[str, Any]:
    made = [own for own in artefacts_of(configuration) if own.step == step.name and own.when(configuration)]
    outputs = [own.path for own in made if not own.optional]
    record = record_path(step.name, "{model}" if step.of_model else None)
    read = configuration.source.files(configuration.found_cohort) if step.reads_source and not stand_in else []
    read = [*read, *([] if stand_in else step.files(configuration))]
    return {
        # Where one is not there, the command's own message says more.
        "inputs": [f"{folder}/{path}" for path in step.reads(configuration)] + [str(p) for p in read if p.is_file()],
        "outputs": [f"{folder}/{path}" for path in [*outputs, *([record] if step.records else [])]],
        "settings": step.settings(configuration),
        "code": "" if stand_in else _code(step, configuration),
        "gather_code": "" if stand_in or step.gathers is None else _closure_code(step.gathers),
    }


def _closure_code(module: str) -> str:
    return code_fingerprint(import_closure(f"retina_vae.{module}"))


def _code(step: Step, configuration: Configuration) -> str:
    modules = set(import_closure(f"retina_vae.{step.module}"))
    if step.uses_study and configuration.study is not None:
        modules |= _study_modules(configuration.study)
    return code_fingerprint(sorted(modules))


def _study_modules(name: str) -> set[str]:
    """The modules of a study; what they import of the engine, the step imports itself where it needs it."""
    folder = Path(__file__).parent / "studies" / name
    paths = [path.relative_to(folder.parents[1]).with_suffix("") for path in folder.rglob("*.py")]
    return {".".join(["retina_vae", *path.parts]).removesuffix(".__init__") for path in paths}


def _reference(configuration: Configuration) -> str | None:
    """A known partition that the clusters are numbered by."""
    study = configuration.own_study
    known = None if study is None else study.reference(configuration)
    return None if known is None else f"{configuration.folder.as_posix()}/{known}"


def _require_sizes(configuration: Configuration) -> None:
    """Notice a file that was truncated with its old time stamp, which Snakemake takes for done."""
    for name, entry in Run(configuration, configuration.folder).recorded().items():
        path = configuration.folder / name
        if path.is_file() and path.stat().st_size != entry["bytes"]:
            raise ConfigurationError(
                f"{path}: expected the {entry['bytes']} bytes that its step wrote, found {path.stat().st_size}. "
                "Delete it and run the same command again, which makes it again."
            )
