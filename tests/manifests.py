"""The manifest of a run that was made by hand, so that it opens as a finished one."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from retina_vae.files import sha256
from retina_vae.hashes import RUN_FORMAT


def sign(folder: Path, **values: Any) -> Path:
    """Write down the hashes of all files that lie in a run's folder, beside ``values``."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "manifest.json"]
    hashes = {
        path.relative_to(folder).as_posix(): {"sha256": sha256(path), "bytes": path.stat().st_size} for path in files
    }
    if "configuration" not in values and (folder / "config.yaml").is_file():
        with suppress(ValueError, RecursionError, yaml.YAMLError):
            values["configuration"] = yaml.safe_load((folder / "config.yaml").read_text())
    text = json.dumps({"format": RUN_FORMAT, **values, "artefacts": hashes})
    (folder / "manifest.json").write_text(text)
    return folder
