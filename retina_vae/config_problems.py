"""What is wrong with a configuration, in words that lead to the line and to what was meant."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from retina_vae.words import amount_of, closest, enumerated
from retina_vae.yaml_files import KeyPath, read_yaml, read_yaml_lines

__all__ = [
    "Places",
    "describe_problem",
    "describe_problems",
    "meant_problems",
    "no_places",
    "place_of",
    "places_in_files",
    "shown",
]

WHAT = "a configuration file in YAML"

_MOST_PROBLEMS = 20
"""Problems of a configuration that a message lists."""

_OF_LISTS = ("too_short", "too_long")
_OF_NUMBERS = ("int_", "greater_than", "less_than")
"""How pydantic's names of problems begin that a list, or a number, can have alone."""

_LONGEST_SHOWN = 200
"""Characters of a value that a message shows."""

Places = Callable[[], Mapping[KeyPath, str]]
"""Finds where each key stands, as it goes before a message: "line 3: "; asked only where something is wrong."""


def no_places() -> Mapping[KeyPath, str]:
    """Of values that come from no file."""
    return {}


def places_in_files(files: Iterable[Path], values: Mapping[str, Any]) -> Mapping[KeyPath, str]:
    """Where the keys of a configuration stand that was put together from files.

    Args:
        files: Those that go before others last.
        values: What came of them; where it says something else than a file, the command line did.

    Raises:
        InputError: A file cannot be read.
    """
    places: dict[KeyPath, str] = {}
    for path in files:
        shown = os.path.relpath(path) if Path(path).absolute().is_relative_to(Path.cwd()) else str(path)
        found = read_yaml(path, WHAT)
        for key, line in read_yaml_lines(path, WHAT).items():
            if _value(found, key) == _value(values, key):
                places[key] = f"{shown}, line {line}: "
    return places


def place_of(key: KeyPath, places: Mapping[KeyPath, str]) -> str:
    """Where a key stands, or the nearest above it that stands somewhere; empty where none does."""
    return next((places[key[:depth]] for depth in range(len(key), 0, -1) if key[:depth] in places), "")


def describe_problems(error: ValidationError, model: type[BaseModel], places: Mapping[KeyPath, str]) -> str:
    """One line for each problem, as many as a screen holds."""
    problems = meant_problems(error)
    lines = [f"  {_place(own, places)}{describe_problem(own, model)}" for own in problems[:_MOST_PROBLEMS]]
    if len(problems) > len(lines):
        lines.append(f"  and {len(problems) - len(lines)} more")
    return "\n".join(lines)


def describe_problem(problem: Any, model: type[BaseModel]) -> str:
    """One line for one problem: the key, what was expected, what was found, what may have been meant.

    Args:
        problem: As pydantic lists it.
        model: What was validated.
    """
    key = ".".join(shown(part)[1:-1] for part in map(str, _key(problem)))
    if problem["type"] == "extra_forbidden":
        return f"{key}: expected no such key, got {shown(problem['input'])}; {_remedy(_key(problem), model)}"
    if problem["type"] == "value_error":
        return str(problem["ctx"]["error"])
    return f"{key}: {_expected(problem)}, got {shown(problem['input'])}{_meant(problem)}"


def _expected(problem: Any) -> str:
    if problem["type"] in ("too_short", "too_long") and isinstance(problem["input"], list):
        bound = problem["ctx"]["min_length" if problem["type"] == "too_short" else "max_length"]
        return f"expected at {'least' if problem['type'] == 'too_short' else 'most'} {amount_of(bound, 'item')}"
    return str(problem["msg"]).replace("Input should be", "expected", 1)


def meant_problems(error: ValidationError) -> list[Any]:
    """The problems that are said: where a value may be one thing or a list, those of what it was meant to be."""
    problems = error.errors()
    of_lists = {_key(own)[:-1] for own in problems} | {_key(own) for own in problems if own["type"] in _OF_LISTS}
    of_numbers = {_key(own) for own in problems if own["type"].startswith(_OF_NUMBERS)}

    def meant(problem: Any) -> bool:
        key, kind = _key(problem), problem["type"]
        if isinstance(problem["input"], list) and (kind == "literal_error" or kind.startswith(_OF_NUMBERS)):
            return key not in of_lists
        return kind != "list_type" or key not in of_numbers

    return [own for own in problems if meant(own)]


def _key(problem: Any) -> KeyPath:
    """Where a value may be a number, a list or a word, pydantic adds the alternative that it tried to the key."""
    return tuple(
        part for part in problem["loc"] if not re.fullmatch(r"constrained-\w+|literal\[.*\]|list\[.*\]", str(part))
    )


def _place(problem: Any, places: Mapping[KeyPath, str]) -> str:
    if problem["type"] != "value_error":
        return place_of(_key(problem), places)
    # What does not fit together is said of a whole section, and begins with the key, or with keys within each other.
    named = re.match(r"([\w.-]+: )*", str(problem["ctx"]["error"]))
    return "" if named is None else place_of(tuple(named[0].replace(": ", ".").split(".")[:-1]), places)


def _meant(problem: Any) -> str:
    """The value of a closed set that is most like the one found."""
    if problem["type"] != "literal_error" or not isinstance(problem["input"], str):
        return ""
    allowed = re.findall(r"'([^']*)'", problem["ctx"]["expected"])
    return "".join(f"; did you mean {own!r}?" for own in closest(problem["input"], allowed))


def _remedy(key: KeyPath, model: type[BaseModel]) -> str:
    """What to do about a key that the section does not have."""
    name, section = str(key[-1]), _section(model, list(key[:-1]))
    like = closest(name, _keys(section)) if section is not None else []
    elsewhere = [place for place, own in _sections(model) if name in _keys(own)]
    said = [f"did you mean {own!r}?" for own in like]
    if elsewhere:
        said.append(f"{name!r} belongs to {enumerated(elsewhere, 'or')}")
    elif not like:
        said += [f"did you mean {own!r} of {place}?" for place, own in _alike(name, model)]
    return " ".join(said) or "remove it or fix its spelling"


def _alike(name: str, model: type[BaseModel]) -> list[tuple[str, str]]:
    """The key of any section that is most like ``name``, with the section; empty where none is."""
    places = {key: place for place, section in _sections(model) for key in _keys(section)}
    return [(places[own], own) for own in closest(name, places)]


def _sections(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """Each section of a configuration with what a message calls it, the whole first."""
    yield "the top level", model
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield field.alias or name, field.annotation


def _keys(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _section(model: type[BaseModel], key: list[str | int]) -> type[BaseModel] | None:
    """The section that a key names; None where it is none of those with given keys."""
    if not key:
        return model
    field = next((own for name, own in model.model_fields.items() if (own.alias or name) == key[0]), None)
    found, rest = None if field is None else field.annotation, key[1:]
    if get_origin(found) is dict:
        # The first key is a name that the user gave.
        found, rest = get_args(found)[1], rest[1:]
    return _section(found, rest) if isinstance(found, type) and issubclass(found, BaseModel) else None


def _value(values: Any, key: KeyPath) -> Any:
    for part in key:
        found = values.get(part) if isinstance(values, Mapping) else None
        # YAML 1.1 reads a bare `on` as true.
        values = values.get(True) if found is None and part == "on" and isinstance(values, Mapping) else found
    return values


def shown(value: Any) -> str:
    """A value as a message shows it, cut if long."""
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]} ..."
