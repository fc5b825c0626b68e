"""Tables that stand in memory: a pandas data frame, read as a file of the same cells would be."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from retina_vae.cohort.tables.arrow_columns import plain_values, require_plain_columns
from retina_vae.cohort.tables.draft import FieldHints
from retina_vae.cohort.tables.evidence import Proposal, plain_categories
from retina_vae.cohort.tables.raw import RawTable, cell_text, clean_name
from retina_vae.cohort.tables.stored import typed_table
from retina_vae.errors import InputError
from retina_vae.files import said_of

__all__ = ["dtype_hints", "frame_table"]


def frame_table(frame: pd.DataFrame, source: str = "the data frame") -> RawTable:
    """A data frame as a table whose cells are texts; its index is no column.

    Args:
        frame: One row per patient.
        source: How messages name it.

    Raises:
        InputError: A column holds values of several types, or none that have a text; two have one name, or there is no
            row.
    """
    names = [str(name) for name in frame.columns]
    columns = [_arrow(frame.iloc[:, place], name, source) for place, name in enumerate(names)]
    require_plain_columns(
        pa.schema([(name, column.type) for name, column in zip(names, columns, strict=True)]), names, source
    )
    values = [plain_values(column, name, source) for name, column in zip(names, columns, strict=True)]
    return typed_table(source, names, values)


def dtype_hints(frame: pd.DataFrame) -> dict[str, FieldHints]:
    """What the types of a data frame's columns say beyond their cells: the order of ordered categories.

    Categories are as many as the type has, also those that no patient is in.
    """
    dtypes = {clean_name(str(name)): frame.dtypes.iloc[place] for place, name in enumerate(frame.columns)}
    return {
        name: FieldHints(proposal=_ordered(dtype))
        for name, dtype in dtypes.items()
        if isinstance(dtype, pd.CategoricalDtype) and dtype.ordered and len(dtype.categories) > 2
    }


def _ordered(dtype: pd.CategoricalDtype) -> Proposal:
    texts = [cell_text(value) for value in dtype.categories.tolist()]
    properties = {"categories": plain_categories(texts), "categories_ordered": True}
    return Proposal("input", "ordinal", "ordered categories of the data frame", "string", properties)


def _arrow(column: pd.Series, name: str, source: str) -> pa.Array | pa.ChunkedArray:
    values = column.astype(object) if isinstance(column.dtype, pd.CategoricalDtype) else column
    try:
        return pa.array(values, from_pandas=True)
    # Some of pyarrow's own errors are TypeErrors, some are ValueErrors.
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"{source}: column {name!r}: expected values of one type, numbers or texts, found: {said_of(error)}."
        ) from None
