"""The three lists of requirements say the same."""

import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> dict[str, str]:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    found = {}
    for requirement in requirements:
        (specifier,) = requirement.specifier
        assert specifier.operator == "==", f"{requirement} is not an exact pin"
        found[canonical(requirement.name)] = specifier.version
    return found


def ranges() -> dict[str, SpecifierSet]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    return {canonical(r.name): r.specifier for r in map(Requirement, wanted)}


def test_every_dependency_is_pinned_within_its_range() -> None:
    pinned = pins()
    for name, specifier in ranges().items():
        assert name in pinned, f"{name} is in pyproject.toml and not in requirements.txt"
        assert specifier.contains(pinned[name]), f"{name} {pinned[name]} is outside {specifier}"


def test_the_direct_pins_are_the_projects_dependencies() -> None:
    text = (ROOT / "requirements.txt").read_text().split("# What these need in turn")[0]
    direct = {canonical(line.split("==")[0]) for line in text.splitlines() if "==" in line}
    assert direct == set(ranges())


def test_conda_takes_python_and_pip_and_leaves_the_rest_to_requirements() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *conda, pip = environment["dependencies"]
    python = next(entry for entry in conda if entry.startswith("python"))
    assert [re.split(r"[<>=]", entry)[0] for entry in conda] == ["python", "pip"]
    assert pip == {"pip": ["-r requirements.txt", "-e ."]}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert python.removeprefix("python").startswith(project["requires-python"])


def test_what_the_package_imports_is_declared() -> None:
    imported = set()
    for path in (ROOT / "retina_vae").rglob("*.py"):
        imported |= set(re.findall(r"^\s*(?:import|from) (\w+)", path.read_text(), flags=re.MULTILINE))
    names = {"yaml": "pyyaml", "sklearn": "scikit-learn", "mpl_toolkits": "matplotlib"}
    known = set(ranges())
    standard = {"__future__", "retina_vae"} | set(__import__("sys").stdlib_module_names)
    outside = {canonical(names.get(module, module)) for module in imported - standard}
    assert outside <= known, f"imported and not declared: {outside - known}"
