"""The names of properties in a Table Schema: which are read, which are the standard's, which are slips of the pen."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any, NamedTuple

__all__ = ["CATEGORY_KEYS", "CONSTRAINT_KEYS", "FIELD_KEYS", "SCHEMA_KEYS", "Keys", "require_known"]

_OURS = "retinaVae:"
_SIMILAR = 0.8


class Keys(NamedTuple):
    """Properties that are read, and others that the standard knows and that change nothing here."""

    read: frozenset[str]
    tolerated: frozenset[str]


SCHEMA_KEYS = Keys(
    frozenset({"fields", "primaryKey", "missingValues", _OURS + "image", _OURS + "sequence"}),
    frozenset({"$schema", "fieldsMatch", "uniqueKeys", "foreignKeys", "name", "title", "description"}),
)
FIELD_KEYS = Keys(
    frozenset(
        {"name", "type", "title", "description", "categories", "categoriesOrdered", "missingValues", "decimalChar"}
        | {"groupChar", "bareNumber", "constraints", "format"}
        | {_OURS + word for word in ("kind", "role", "finding", "unit", "phrases", "part", "since")}
        | {_OURS + word for word in ("censored", "notApplicable")}
    ),
    frozenset({"example", "examples", "rdfType", "trueValues", "falseValues", "delimiter", "itemType"}),
)
CONSTRAINT_KEYS = Keys(
    frozenset({"required", "unique", "minimum", "maximum", "enum"}),
    frozenset({"minLength", "maxLength", "exclusiveMinimum", "exclusiveMaximum", "jsonSchema", "pattern"}),
)
CATEGORY_KEYS = Keys(frozenset({"value", "label"}), frozenset())


def require_known(values: Any, keys: Keys, what: str) -> Any:
    """The values that are given, once none of their names looks like a mistyped name of ours.

    Other names may stand there: the standard lets anybody add properties.

    Raises:
        ValueError: A name begins like ours, or resembles one that is read.
    """
    if not isinstance(values, Mapping):
        return values
    plain = {_plain(key): key for key in sorted(keys.read)}
    names = keys.read | keys.tolerated
    # Code passes the names of attributes.
    attributes = {_attribute(key) for key in keys.read}
    for key in values:
        if key in names or key in attributes:
            continue
        close = difflib.get_close_matches(_plain(str(key)), list(plain), n=1, cutoff=_SIMILAR)
        if close or _plain(str(key)).startswith(_plain(_OURS)):
            meant = f"; {plain[close[0]]!r} is meant, perhaps" if close else ""
            raise ValueError(f"{what}: expected a property out of {sorted(keys.read)}, got {key!r}{meant}")
    # A name with nothing behind it says nothing.
    return {key: value for key, value in values.items() if value is not None}


def _plain(key: str) -> str:
    return "".join(sign for sign in key.casefold() if sign.isalnum())


def _attribute(key: str) -> str:
    name = key.removeprefix(_OURS)
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name)
