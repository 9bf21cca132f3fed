"""The rows of a dataset: a record each, and one that tells how far the index has come.

That row is part of each change. Two changes at once are therefore in conflict, and the later one is tried again on what
the earlier one left: the number of the last change, and what came with it, cannot be at odds. A record that is deleted
stays as a row without contents until the dataset is looked after.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.plugin import IndexedRecord
from photomill_lance.ordered import Extent, extents
from photomill_lance.words import values_of, words_of

if TYPE_CHECKING:
    import pyarrow as pa

STATE = -1
"""The serial of the row that tells how far the index has come."""

_MADE = b"photomill.made"
_ATTRIBUTES = b"photomill.attributes"


@frozen
class State:
    """How far an index has come.

    :ivar sequence: the last change that is in it.
    :ivar rows: how many records it holds.
    :ivar last: the largest serial that was ever in it.
    """

    sequence: int = 0
    rows: int = 0
    last: int = 0


def schema_of(dimension: int, attributes: Sequence[str], made: str) -> "pa.Schema":
    """The columns of a dataset.

    :param attributes: that are compared by size.
    :param made: tells it from one of the same name that was removed.
    """
    import pyarrow as pa

    fields = [
        pa.field("serial", pa.int64(), nullable=False),
        pa.field("dead", pa.bool_(), nullable=False),
        pa.field("sequence", pa.int64()),
        pa.field("rows", pa.int64()),
        pa.field("last", pa.int64()),
        pa.field("words", pa.list_(pa.string())),
    ]
    for number, _ in enumerate(attributes):
        for kind, type_ in (("text", pa.string()), ("number", pa.float64())):
            fields += [pa.field(name, type_) for name in Extent(number).names(kind)]
    fields.append(pa.field("vector", pa.list_(pa.float32(), dimension)))
    told = {_MADE: made.encode(), _ATTRIBUTES: json.dumps(list(attributes)).encode()}
    return pa.schema(fields, metadata=told)


def made_of(schema: "pa.Schema") -> bytes:
    """What tells a dataset from others of its name."""
    return bytes((schema.metadata or {}).get(_MADE, b""))


def attributes_of(schema: "pa.Schema") -> list[str]:
    """The attributes of which a dataset has columns."""
    return list(json.loads((schema.metadata or {}).get(_ATTRIBUTES, b"[]")))


def dimension_of(schema: "pa.Schema") -> int:
    return int(schema.field("vector").type.list_size)


def rows_of(
    schema: "pa.Schema",
    state: State,
    upserted: Sequence[IndexedRecord] = (),
    deleted: Sequence[int] = (),
) -> "pa.Table":
    """What is written with one change."""
    import pyarrow as pa

    attributes = attributes_of(schema)
    written: list[dict[str, Any]] = [
        {
            "serial": STATE,
            "dead": True,
            "sequence": state.sequence,
            "rows": state.rows,
            "last": state.last,
        }
    ]
    written += [{"serial": serial, "dead": True} for serial in deleted]
    empty = len(written)
    written += [
        {"serial": each.serial, "dead": False, **_attributes(each.record, attributes)}
        for each in upserted
    ]
    columns = [
        _vectors([each.vector for each in upserted], empty, dimension_of(schema))
        if field.name == "vector"
        else pa.array([row.get(field.name) for row in written], field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _attributes(record: Mapping[str, Any], attributes: Sequence[str]) -> dict[str, Any]:
    values: dict[str, list[Any]] = {path: [] for path in attributes}
    for path, value in values_of(record):
        if path in values:
            values[path].append(value)
    words = words_of(record, apart=attributes)
    columns: dict[str, Any] = {}
    for number, path in enumerate(attributes):
        ends, between = extents(values[path], path)
        names = [*Extent(number).names("text"), *Extent(number).names("number")]
        columns |= dict(zip(names, ends, strict=True))
        words |= between
    return {"words": sorted(words), **columns}


def _vectors(vectors: Sequence[NDArray[np.float32]], empty: int, dimension: int) -> "pa.Array":
    """Vectors after some rows that have none."""
    import pyarrow as pa

    flat = np.zeros((empty + len(vectors), dimension), np.float32)
    if vectors:
        flat[empty:] = vectors
    missing = np.arange(len(flat)) < empty
    return pa.FixedSizeListArray.from_arrays(
        pa.array(flat.ravel()), dimension, mask=pa.array(missing)
    )
