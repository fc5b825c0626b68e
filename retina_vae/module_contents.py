"""What a module of Python says: its meaning, without comments and docstrings, and the names that it imports.

Reading all modules of the package takes seconds, at each start of the workflow, so what was read is remembered beside
what Python itself remembers of them, in ``__pycache__``, by the bytes of the module.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from retina_vae.atomic import atomic_path
from retina_vae.errors import ConfigurationError

__all__ = ["Contents", "contents_of", "remember"]

_MOST = 5_000
"""Contents that are remembered at most: those of each edit stay until then."""


class Contents(NamedTuple):
    """Of one module: a hash of its syntax tree, and the names that it imports, of modules or of names in them."""

    meaning: str
    names: list[str]


@cache
def contents_of(path: Path) -> Contents:
    """Read a module, or remember it.

    Imports inside functions count, those for type checkers do not.

    Args:
        path: Of the module; a process looks at it once.
    """
    source = path.read_bytes()
    key = sha256(source).hexdigest()
    known = _remembered()
    if key not in known:
        tree = _without_docstrings(ast.parse(source))
        meaning = sha256(ast.dump(tree).encode()).hexdigest()
        known[key] = _NEW[key] = Contents(meaning, list(_imported_names(tree)))
    return known[key]


_NEW: dict[str, Contents] = {}
"""What this process has read and not yet written down."""


def remember() -> None:
    """Write down what was read, for the next process; where nothing may be written there, it reads again."""
    if not _NEW or sys.dont_write_bytecode:
        return
    known = _remembered() if len(_remembered()) <= _MOST else _NEW
    with suppress(ConfigurationError), atomic_path(_memory()) as temporary:
        temporary.write_text(json.dumps(known), encoding="utf-8")
    _NEW.clear()


def _memory() -> Path:
    """A file of this Python and of this way to read: both decide what is read."""
    own = sha256(Path(__file__).read_bytes()).hexdigest()[:16]
    return Path(__file__).parent / "__pycache__" / f"contents.{sys.implementation.cache_tag}.{own}.json"


@cache
def _remembered() -> dict[str, Contents]:
    try:
        stored = json.loads(_memory().read_text(encoding="utf-8"))
        return {key: Contents(str(meaning), list(map(str, names))) for key, (meaning, names) in stored.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            del body[0]
    return tree


def _is_text(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _imported_names(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            yield from _imported_names(ast.Module(child.orelse, []))
        elif isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module is not None:
            # What is imported may be a module or a name in one.
            yield child.module
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        else:
            yield from _imported_names(child)
