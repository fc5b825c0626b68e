"""The one list of artefacts, the steps that make and read them, and what is written from both."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from retina_vae.artefacts import artefacts_of
from retina_vae.config import Configuration
from retina_vae.config_files import parse_configuration
from retina_vae.hashes import record_path
from retina_vae.plan import export_plan, make_plan
from retina_vae.run import Run
from retina_vae.steps import steps_of

ROOT = Path(__file__).parent.parent
CONFIGURATIONS = [*sorted((ROOT / "config").glob("*.yaml"))]


@pytest.fixture(params=CONFIGURATIONS, ids=lambda path: path.stem)
def configuration(request: pytest.FixtureRequest) -> Configuration:
    return parse_configuration(yaml.safe_load(request.param.read_text()), str(request.param))


def test_every_artefact_is_made_by_one_step_and_has_one_path(configuration: Configuration) -> None:
    steps = {step.name for step in steps_of(configuration)}
    paths = [path for own in artefacts_of(configuration) for path in own.paths(configuration)]
    assert len(set(paths)) == len(paths)
    assert {own.step for own in artefacts_of(configuration)} == steps


def test_what_a_step_reads_is_made_by_a_step_before_it(configuration: Configuration) -> None:
    """So that there is no circle, and no rule waits for what nobody makes."""
    made_by = {path: own.step for own in artefacts_of(configuration) for path in own.paths(configuration)}
    readers: dict[str, set[str]] = {}
    for step in steps_of(configuration):
        for path in step.reads(configuration):
            known = made_by if "{model}" not in path else {own.path: own.step for own in artefacts_of(configuration)}
            readers.setdefault(step.name, set()).add(known[path])
    done: set[str] = set()
    while waiting := {name for name in made_by.values() if name not in done}:
        ready = {name for name in waiting if readers.get(name, set()) <= done}
        assert ready, f"these wait for each other: {waiting}"
        done |= ready


def test_a_step_that_leaves_an_artefact_out_is_a_fault_of_the_program(tmp_path: Path) -> None:
    settings = parse_configuration({"study": "macular", "results": str(tmp_path), "run": "r"}, "x")
    run = Run(settings, settings.folder)
    with pytest.raises(KeyError, match=r"clusters/replicas\.csv"):
        run.write("clusters", {"clusters/agreement.csv": "a\n"})
    with pytest.raises(KeyError, match=r"none\.csv"):
        run.write("explorer", {"assign/explorer.json": "{}", "assign/none.csv": ""})
    assert not (tmp_path / "r").exists()


def test_what_is_written_is_recorded_and_what_was_changed_is_named(tmp_path: Path) -> None:
    settings = parse_configuration({"study": "macular", "results": str(tmp_path), "run": "r"}, "x")
    run = Run(settings, settings.folder)
    run.write("explorer", {"assign/explorer.json": "{}"})
    record = json.loads((run.folder / record_path("explorer")).read_text())
    assert record["assign/explorer.json"]["bytes"] == 2
    assert run.checked() == record
    (run.folder / "assign/explorer.json").write_text("[]")
    with pytest.raises(Exception, match=r"explorer\.json: expected the file that the step explorer wrote"):
        Run(settings, settings.folder).verified("assign/explorer.json")


def test_the_plan_that_stands_in_for_the_package_is_that_of_the_default_configuration(tmp_path: Path) -> None:
    values = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    export_plan(tmp_path / "plan.json", values)
    assert (tmp_path / "plan.json").read_text() == (ROOT / "workflow/plan.json").read_text()


def test_a_plan_holds_plain_values_with_the_code_of_every_step() -> None:
    plan = make_plan(yaml.safe_load((ROOT / "config/config.yaml").read_text()))
    assert json.loads(json.dumps(plan)) == plan
    assert all(len(step["code"]) == 16 for step in plan["steps"].values())


def test_the_architecture_lists_every_artefact() -> None:
    command = [sys.executable, "-m", "retina_vae", "artefacts"]
    table = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert table in (ROOT / "docs/architecture.md").read_text()
