"""The four lists of requirements say the same."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lines: Iterable[str]) -> dict[str, str]:
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    found = {}
    for requirement in requirements:
        (specifier,) = requirement.specifier
        assert specifier.operator == "==", f"{requirement} is not an exact pin"
        found[canonical(requirement.name)] = specifier.version
    return found


def pinned() -> dict[str, str]:
    return pins((ROOT / "requirements.txt").read_text().splitlines())


def ranges() -> dict[str, SpecifierSet]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["dev"], *extras["docs"], *extras["rivals"], *extras["molecules"]]
    return {canonical(r.name): r.specifier for r in map(Requirement, wanted)}


def test_every_dependency_is_pinned_within_its_range() -> None:
    versions = pinned()
    for name, specifier in ranges().items():
        assert name in versions, f"{name} is in pyproject.toml and not in requirements.txt"
        assert specifier.contains(versions[name]), f"{name} {versions[name]} is outside {specifier}"


def test_the_direct_pins_are_the_projects_dependencies() -> None:
    text = (ROOT / "requirements.txt").read_text().split("# What these need in turn")[0]
    direct = {canonical(line.split("==")[0]) for line in text.splitlines() if "==" in line}
    assert direct == set(ranges())


def hashed() -> dict[str, list[str]]:
    """The hashes of each pin in requirements-hashes.txt."""
    lines = (ROOT / "requirements-hashes.txt").read_text().replace("\\\n", " ").splitlines()
    entries = [re.split(r"\s+--hash=", line.strip()) for line in lines if not line.startswith("#")]
    return {pin: hashes for pin, *hashes in entries}


def test_every_pin_but_that_of_torch_has_hashes() -> None:
    assert pins(hashed()) == {name: version for name, version in pinned().items() if name != "torch"}
    for pin, hashes in hashed().items():
        assert hashes, f"{pin} has no hash"
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", each) for each in hashes), pin


def test_what_has_hashes_is_installed_before_what_has_none() -> None:
    lines = (ROOT / "Makefile").read_text().splitlines()
    assert [line.split("check ")[1] for line in lines if " -m pip install" in line] == [
        "--require-hashes -r requirements-hashes.txt",
        "-r requirements.txt",
        "--no-deps --no-build-isolation --editable .",
    ]


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
    names = {
        "yaml": "pyyaml",
        "sklearn": "scikit-learn",
        "mpl_toolkits": "matplotlib",
        "markdown_it": "markdown-it-py",
        "docx": "python-docx",
    }
    known = set(ranges())
    standard = {"__future__", "retina_vae"} | set(__import__("sys").stdlib_module_names)
    outside = {canonical(names.get(module, module)) for module in imported - standard}
    assert outside <= known, f"imported and not declared: {outside - known}"


def test_the_plugin_for_slurm_is_pinned_with_hashes_within_its_range() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (ROOT / "tests/slurm/requirements.txt").read_text().replace("\\\n", " ")
    entries = [re.split(r"\s+--hash=", line.strip()) for line in text.splitlines() if not line.startswith("#")]
    versions = pins(entry[0] for entry in entries)
    assert all(re.fullmatch("sha256:[0-9a-f]{64}", each) for _, *hashes in entries for each in hashes)
    assert all(len(entry) > 1 for entry in entries)
    for wanted in map(Requirement, project["optional-dependencies"]["slurm"]):
        assert wanted.specifier.contains(versions[canonical(wanted.name)])
