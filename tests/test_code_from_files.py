"""No text is run as code: what looks like a formula in a file is parsed, and only what is expected of it is done."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = [path.relative_to(ROOT) for folder in ("retina_vae", "benchmarks") for path in (ROOT / folder).rglob("*.py")]


def runs_text(call: ast.Call) -> bool:
    """``eval(text)``, ``exec(text)``, ``table.eval(text)`` ``table.query(text)``; a model's ``eval()`` has no text."""
    match call.func:
        case ast.Name("eval" | "exec"):
            return True
        case ast.Attribute(_, "eval" | "query"):
            return bool(call.args or call.keywords)
    return False


@pytest.mark.parametrize(
    ("text", "expected"), [("t.eval('a')", True), ("t.query(expr=a)", True), ("exec(a)", True), ("m.eval()", False)]
)
def test_what_runs_text_is_recognised(text: str, expected: bool) -> None:
    (call,) = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    assert runs_text(call) is expected


@pytest.mark.parametrize("path", FILES, ids=str)
def test_no_module_runs_text_as_code(path: Path) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    calls = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Call) and runs_text(node)]
    assert not calls, f"{path}: lines {calls} run a text as code"
