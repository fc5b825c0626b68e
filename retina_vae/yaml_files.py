"""Reading YAML that somebody wrote by hand: what it says is what stands there, and no file holds the reader up.

The one way by which a configuration, a schema and an epidemiology are read. It refuses what passes for something else
than its writer meant: a key that stands there twice, of which YAML keeps the last, and texts that YAML 1.1 takes for
numbers (``190:20:30`` is 685230, to base 60; ``010`` is 8) or for days. Files that are too large or too deep, or that
grow without end by aliases, are refused before they are put together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, NoReturn, cast

import yaml
from yaml.composer import Composer
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from retina_vae.errors import InputError
from retina_vae.files import read_small_text

__all__ = ["KeyPath", "read_yaml", "read_yaml_lines"]

KeyPath = tuple[str | int, ...]
"""Keys within each other, and numbers within lists, from 0."""

_DEEPEST = 50
"""Keys and lists within each other."""

_MOST_VALUES = 300_000
"""Keys and values, those that aliases repeat counted each time; a schema has some twenty for a column."""

_LARGEST = 2**21
"""Bytes of a file."""

_TAG = "tag:yaml.org,2002:"

# Written so, a number is the same one in YAML 1.1, which Snakemake reads, in YAML 1.2 and to a person.
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,24})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def read_yaml(path: Path, what: str, *, texts: bool = False) -> Any:
    """The keys and values of a YAML file, or of a JSON file, which is YAML too.

    Args:
        path: Of the file.
        what: It should be, for the error message: "a configuration in YAML".
        texts: Whether every value is the text that stands there, except null, rather than a number or a truth value.

    Returns:
        None of an empty file.

    Raises:
        InputError: The file is missing, no regular file, not UTF-8 or no YAML; or it is one of those refused above.
    """
    return _loaded(path, what, _TextLoader if texts else _Loader, lambda loader: loader.get_single_data())


def read_yaml_lines(path: Path, what: str) -> dict[KeyPath, int]:
    """The lines, from 1, in which the keys and the entries of lists of a YAML file stand.

    Args:
        path: Of the file.
        what: It should be, for the error message.

    Raises:
        InputError: As :func:`read_yaml`.
    """
    node: Node | None = _loaded(path, what, _TextLoader, lambda loader: loader.get_single_node())
    return {} if node is None else dict(_lines(node, ()))


def _lines(node: Node, above: KeyPath) -> Iterator[tuple[KeyPath, int]]:
    """Each key below a node with its line; of what aliases repeat that of the first time."""
    pairs: list[tuple[str | int, Node, Node]] = []
    if isinstance(node, MappingNode):
        pairs = [(key.value, key, value) for key, value in node.value]
    elif isinstance(node, SequenceNode):
        pairs = [(number, value, value) for number, value in enumerate(node.value)]
    for name, place, value in pairs:
        yield (*above, name), place.start_mark.line + 1
        yield from _lines(value, (*above, name))


def _loaded(path: Path, what: str, loader_type: type[_Loader], read: Callable[[Any], Any]) -> Any:
    """What ``read`` makes of a file.

    Raises:
        InputError: As :func:`read_yaml`.
    """
    text = read_small_text(path, what, _LARGEST)
    loader: Any = None
    try:
        if len(text) > _MOST_VALUES:
            _require_few_values(text)
        loader = loader_type(text)
        return read(loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = "" if mark is None else f"line {mark.line + 1}, column {mark.column + 1}: "
        said = ", ".join(part for part in (error.context, error.problem) if part)
        raise InputError(f"{path}: {place}expected {what}, found: {said}.") from None
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        raise InputError(f"{path}: expected {what}, found: {said}.") from None
    finally:
        if loader is not None:
            loader.dispose()


def _require_few_values(text: str) -> None:
    """Refuse too many values before any is put together, which takes longer; a shorter text cannot have as many."""
    seen = 0
    for event in yaml.parse(text, Loader=_Parser):
        seen += isinstance(event, yaml.NodeEvent)
        if seen > _MOST_VALUES:
            _refuse_many(event.start_mark)


# Of the two that PyYAML has, the one in C is five times as fast; a build may lack it.
_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Parser):  # type: ignore[misc]
    """YAML 1.1 with bounds, without tags, and with each key once."""

    # Put together here and not in C, which goes as deep as its stack and then ends the process.
    get_single_node = Composer.get_single_node
    compose_document = Composer.compose_document
    compose_scalar_node = Composer.compose_scalar_node
    compose_sequence_node = Composer.compose_sequence_node

    yaml_constructors: ClassVar[dict[str | None, Any]] = dict(SafeConstructor.yaml_constructors)

    def __init__(self, text: str) -> None:
        super().__init__(text)
        Composer.__init__(self)
        self._depth = 0
        self._values = 0
        self._sizes: dict[Node, int] = {}

    def compose_node(self, parent: Node | None, index: Any) -> Node:
        """Put the next value together.

        Raises:
            ConstructorError: It lies too deep, contains itself or has a tag, or there are too many values.
        """
        event, before = self.peek_event(), self._values
        if type(event) is yaml.ScalarEvent and event.tag is None and event.anchor is None:
            return self._compose_plain(event)
        repeated = isinstance(event, yaml.AliasEvent)
        if getattr(event, "tag", None) is not None:
            _refuse(f"the tag {event.tag!r}; leave it out, and put what is a text into quotes", event.start_mark)
        self._depth += 1
        if self._depth > _DEEPEST:
            _refuse(f"more than {_DEEPEST} keys and lists within each other", event.start_mark)
        node = cast(Node, Composer.compose_node(self, parent, index))
        self._depth -= 1
        if repeated and node not in self._sizes:
            _refuse("a value that contains itself", event.start_mark)
        self._count(self._sizes[node] if repeated else 1, event)
        if not repeated:
            self._sizes[node] = self._values - before
        return node

    def _compose_plain(self, event: Any) -> ScalarNode:
        """A value that no other repeats, which most are, without the calls that lead to nothing for it."""
        if self._depth == _DEEPEST:
            _refuse(f"more than {_DEEPEST} keys and lists within each other", event.start_mark)
        self._count(1, event)
        self.get_event()
        tag = self.resolve(ScalarNode, event.value, event.implicit)
        return ScalarNode(tag, event.value, event.start_mark, event.end_mark, style=event.style)

    def _count(self, values: int, event: Any) -> None:
        self._values += values
        if self._values > _MOST_VALUES:
            _refuse_many(event.start_mark)

    def compose_mapping_node(self, anchor: Any) -> MappingNode:
        """Put keys and values together.

        Raises:
            ConstructorError: A key stands there twice, or is no text.
        """
        node: MappingNode = Composer.compose_mapping_node(self, anchor)
        seen: dict[Any, Any] = {}
        for key_node, _ in node.value:
            if not isinstance(key_node, ScalarNode):
                _refuse("a list, or keys and values, in place of a key", key_node.start_mark)
            merged = key_node.tag == f"{_TAG}merge"
            key = key_node.value if merged else self.construct_object(key_node)
            if key in seen:
                first = seen[key].line + 1
                _refuse(f"the key {str(key)[:60]!r} twice, before in line {first}", key_node.start_mark)
            seen[key] = key_node.start_mark
        return node

    def construct_number(self, node: ScalarNode, pattern: re.Pattern[str], number: Callable[[str], Any]) -> Any:
        """The number that stands there, if every reader takes it for the same."""
        if not pattern.fullmatch(node.value):
            _refuse(
                f"{node.value[:60]!r}, which YAML takes for another number; write it with plain digits, and put what "
                "is a text into quotes",
                node.start_mark,
            )
        return number(node.value)

    def construct_day(self, node: ScalarNode) -> NoReturn:
        """No value is a day."""
        _refuse(f"{node.value[:60]!r}, which YAML takes for a day; put it into quotes", node.start_mark)


def _number(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


_Loader.yaml_constructors |= {
    f"{_TAG}int": lambda loader, node: loader.construct_number(node, _INTEGER, int),
    f"{_TAG}float": lambda loader, node: loader.construct_number(node, _FLOAT, _number),
    f"{_TAG}timestamp": _Loader.construct_day,
}


class _TextLoader(_Loader):
    """YAML in which every scalar is the text that stands there, except null."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {
        sign: [(tag, pattern) for tag, pattern in resolvers if tag in (f"{_TAG}null", f"{_TAG}merge")]
        for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _refuse_many(mark: Any) -> NoReturn:
    _refuse(f"more than {_MOST_VALUES} values, those that aliases repeat counted each time", mark)


def _refuse(found: str, mark: Any) -> NoReturn:
    raise ConstructorError(None, None, found, mark)
