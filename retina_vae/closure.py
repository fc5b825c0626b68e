"""What a command is made of: the modules that it imports, directly or through others, at once or when it runs.

The workflow puts a fingerprint of them into the parameters of each rule, so that an edit runs again what it concerns.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

import retina_vae
from retina_vae.module_contents import contents_of

__all__ = ["code_fingerprint", "import_closure"]

_ROOT = Path(retina_vae.__file__).parent

_LISTS = ("artefacts", "steps")
# Modules that only list what there is: an entry more in them changes no step but the one that it is about, whose
# inputs and outputs the workflow sees.


def import_closure(module: str, root: Path = _ROOT) -> list[str]:
    """Every module of the package that ``module`` imports, itself included, by name, sorted.

    Imports inside functions count, those for type checkers do not. A package that a module stands in is imported with
    it. What is imported by a name that is computed, as a study is, is not seen; modules that only list what there is
    are left out.

    Args:
        module: With the package's name: ``retina_vae.commands.doubt``.
        root: Folder of the package.

    Raises:
        ValueError: There is no such module.
    """
    if _file_of(module, root) is None:
        raise ValueError(f"expected a module below {root}, got {module!r}")
    found, waiting, listed = set[str](), [module], {f"{root.name}.{name}" for name in _LISTS}
    while waiting:
        name = waiting.pop()
        if name not in found and not any(f"{name}.".startswith(f"{own}.") for own in listed):
            found.add(name)
            waiting += _imported(name, root)
    return sorted(found)


def code_fingerprint(modules: list[str], root: Path = _ROOT) -> str:
    """SHA-256 over what modules say and over the data beside them, shortened.

    Comments, docstrings and layout do not count. Data are files of a package that are no modules, such as templates.

    Args:
        modules: Names, as from :func:`import_closure`.
        root: Folder of the package.
    """
    digest = sha256()
    packages = {name for name in modules if (file := _file_of(name, root)) is not None and file.name == "__init__.py"}
    for name in sorted(modules):
        digest.update(f"{name} {contents_of(_required(name, root)).meaning}".encode())
    for path, package in _data(root):
        if package in packages:
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _required(module: str, root: Path) -> Path:
    path = _file_of(module, root)
    if path is None:
        raise ValueError(f"expected a module below {root}, got {module!r}")
    return path


@cache
def _file_of(module: str, root: Path) -> Path | None:
    """The file of a module of the package; None of anything else."""
    first, *rest = module.split(".")
    if first != root.name:
        return None
    path = root.joinpath(*rest)
    files = (path / "__init__.py", path.with_suffix(".py"))
    return next((file for file in files if file.is_file()), None)


@cache
def _imported(module: str, root: Path) -> tuple[str, ...]:
    """Modules of the package that one names in its imports, and the packages that it stands in."""
    parents = [module.rsplit(".", depth)[0] for depth in range(1, module.count(".") + 1)]
    named = contents_of(_required(module, root)).names
    return tuple(name for name in (*parents, *named) if _file_of(name, root) is not None)


@cache
def _data(root: Path) -> tuple[tuple[Path, str], ...]:
    """Files that are no modules, each with the package that it belongs to: the nearest one above it."""
    found = []
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix != ".py" and path.parent.name != "__pycache__":
            folder = next(parent for parent in path.parents if (parent / "__init__.py").is_file())
            found.append((path, ".".join([root.name, *folder.relative_to(root).parts])))
    return tuple(found)
