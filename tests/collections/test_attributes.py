"""How much a record may hold."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from photomill.collections.collection import Collection
from photomill.collections.model import NewRecord
from photomill.errors import InvalidInput

VECTOR = np.eye(8, dtype=np.float32)[0]


def nested(levels: int) -> Any:
    return [nested(levels - 1)] if levels else 1


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"a": list(range(10_001))}, "at most 10000 values"),
        ({str(number): number for number in range(10_001)}, "at most 10000 values"),
        ({"a": [{"b": [0] * 100}] * 101}, "at most 10000 values"),
        ({"a": "x" * (1024 * 1024 + 1)}, "at most 1048576 bytes"),
        ({"a": "é" * (600 * 1024)}, "at most 1048576 bytes"),
        ({str(number): "x" * 2000 for number in range(600)}, "at most 1048576 bytes"),
        ({"x" * 2_000_000: 1}, "at most 1048576 bytes"),
        ({"a": nested(20)}, "at most 20 levels"),
    ],
)
def test_a_record_holds_so_much(
    make_collection: Callable[..., Collection], attributes: dict[str, Any], message: str
) -> None:
    collection = make_collection()
    collection.insert([NewRecord("there", None, {"b": 1}, VECTOR)])
    report = collection.insert([NewRecord("new", None, attributes, VECTOR)])
    assert message in str(report.skipped[0].error)
    with pytest.raises(InvalidInput, match=message):
        collection.update([("there", attributes)])
    (kept,) = collection.get(["there"])
    assert kept is not None
    assert kept.attributes == {"b": 1}


def test_updates_do_not_add_up_to_more(make_collection: Callable[..., Collection]) -> None:
    collection = make_collection()
    collection.insert([NewRecord("there", None, {"a": "x" * 600_000}, VECTOR)])
    with pytest.raises(InvalidInput, match="at most 1048576 bytes"):
        collection.update([("there", {"b": "x" * 600_000})])
    collection.update([("there", {"a": "short"})])
    collection.update([("there", {"b": "x" * 600_000})])
