"""What a command is made of: the modules that it imports, directly or through others, at once or when it runs.

The workflow puts a fingerprint of them into the parameters of each rule, so that an edit runs again what it concerns.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import retina_vae

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
    digest = hashlib.sha256()
    packages = {name for name in modules if (file := _file_of(name, root)) is not None and file.name == "__init__.py"}
    for name in sorted(modules):
        digest.update(f"{name} {_meaning(_required(name, root))}".encode())
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
    named = _imports(_parsed(_required(module, root)))
    return tuple(name for name in (*parents, *named) if _file_of(name, root) is not None)


def _imports(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            for other in child.orelse:
                yield from _imports(other)
        elif isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module is not None:
            # What is imported may be a module or a name in one.
            yield child.module
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        else:
            yield from _imports(child)


@cache
def _parsed(path: Path) -> ast.Module:
    """A module without its comments and docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            del body[0]
    return tree


@cache
def _meaning(path: Path) -> str:
    return hashlib.sha256(ast.dump(_parsed(path)).encode()).hexdigest()


def _is_text(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


@cache
def _data(root: Path) -> tuple[tuple[Path, str], ...]:
    """Files that are no modules, each with the package that it belongs to: the nearest one above it."""
    found = []
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix not in (".py", ".pyc"):
            folder = next(parent for parent in path.parents if (parent / "__init__.py").is_file())
            found.append((path, ".".join([root.name, *folder.relative_to(root).parts])))
    return tuple(found)
