"""The law that nobody but the gate knows how few patients are few."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import retina_vae

PACKAGE = Path(retina_vae.__file__).parent
FILES = sorted(path for suffix in ("py", "j2", "js", "css") for path in PACKAGE.rglob(f"*.{suffix}"))

HOLD_THE_KEY = ("config.py", "cluster_settings.py")
"""Where the configuration's key stands."""

OF_A_PROBABILITY = ("settings.py", "vae/outputs.py", "vae/likelihoods/sigmoid.py")
"""Where a probability is clipped to a floor, which is no number of patients."""

WORDS = re.compile(r"small_cell_floor|(?<!np\.)(?<!math\.)(?<!Math\.)\bfloor\b|suppress", flags=re.IGNORECASE)


@pytest.mark.parametrize("path", [path.relative_to(PACKAGE).as_posix() for path in FILES])
def test_no_module_but_the_gate_knows_the_floor(path: str) -> None:
    if path.startswith("release/") or path in (*HOLD_THE_KEY, *OF_A_PROBABILITY):
        return
    lines = (PACKAGE / path).read_text(encoding="utf-8").splitlines()
    found = [line for line in lines if WORDS.search(line) and not re.search(r"contextlib|suppress\(\w*Error", line)]
    assert found == []


def test_the_gate_itself_is_found() -> None:
    assert {"release/gate.py", "commands/release.py", "report/html.py"} <= {
        path.relative_to(PACKAGE).as_posix() for path in FILES
    }
    assert WORDS.search((PACKAGE / "release" / "suppression.py").read_text())


def test_the_workflow_asks_for_the_key_in_the_release_alone() -> None:
    from retina_vae.config_files import parse_configuration
    from retina_vae.steps import steps_of

    settings = parse_configuration({"study": "macular"}, "here")
    asking = [step.name for step in steps_of(settings) if "disclosure" in step.settings(settings)]
    assert asking == ["release", "manifest"]
