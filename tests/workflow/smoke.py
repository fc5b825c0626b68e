"""The smoke runs of the studies of items, each in another folder."""

import sys
from pathlib import Path
from typing import Any

import yaml

from retina_vae.artefacts import artefacts_of
from retina_vae.config_files import load_configuration
from tests.workflow import forks


def smoke_run(study: str, folder: Path, target: str | None = None, **changes: Any) -> Path:
    """Run ``config/<study>-smoke.yaml`` to its end, or as far as a file below the run's folder; returns that folder."""
    values = yaml.safe_load((forks.ROOT / f"config/{study}-smoke.yaml").read_text())
    config, made = folder / f"{study}.yaml", folder / "results" / values["run"]
    config.write_text(yaml.safe_dump(values | {"results": str(folder / "results")} | changes))
    targets = [] if target is None else [str(made / target)]
    result = forks.run([sys.executable, "-m", "snakemake", *targets, "--cores", "2", "--configfile", str(config)])
    assert result.returncode == 0, result.stderr[-3000:]
    return made


def assert_complete(run: Path) -> None:
    """Every file that is declared is there."""
    settings = load_configuration(run / "config.yaml")
    for own in artefacts_of(settings):
        for path in own.paths(settings):
            assert own.optional or (run / path).is_file(), path
