"""Columns as Parquet stores them: which hold single values that have a text, and the values of these."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from retina_vae.errors import InputError
from retina_vae.files import said_of

__all__ = ["plain_values", "require_plain_columns"]

_PLAIN = (
    pa.types.is_null,
    pa.types.is_boolean,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal,
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_date,
    pa.types.is_time,
    pa.types.is_timestamp,
    pa.types.is_duration,
)
"""Types of which every value is a number, a text, a truth value, a day or a time."""


def require_plain_columns(schema: pa.Schema, names: Iterable[str], source: str) -> None:
    """Check that columns hold single values that have a text: no lists, structures or bytes.

    Args:
        schema: Of the Parquet table.
        names: Columns that are wanted, as they are called there.
        source: The file, for the error message.

    Raises:
        InputError: A column holds something else; the message names all of them.
    """
    wanted = set(names)
    found = [f"{field.type} in {field.name!r}" for field in schema if field.name in wanted and not _plain(field.type)]
    if found:
        more = f" and {len(found) - 10} more" if len(found) > 10 else ""
        raise InputError(
            f"{source}: expected columns of single values, found {', '.join(found[:10])}{more}. Drop these columns, or "
            "store texts, numbers or days."
        )


def plain_values(column: pa.Array | pa.ChunkedArray, name: str, source: str) -> list[Any]:
    """The values of a column as Python has them; None where there is none.

    Raises:
        InputError: One of them is beyond what Python holds, such as the year 300000, or is no text in UTF-8.
    """
    try:
        values: list[Any] = column.to_pylist()
        return values
    # An unknown time zone is a KeyError.
    except (ValueError, OverflowError, KeyError, pa.ArrowException) as error:
        raise InputError(
            f"{source}: column {name!r}: expected values of the type {column.type} that can be read, "
            f"found: {said_of(error)}."
        ) from None


def _plain(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return any(is_kind(kind) for is_kind in _PLAIN)
