"""When two JSON values are the same."""

from collections.abc import Hashable
from typing import Any


def json_equal(a: Any, b: Any) -> bool:
    """Whether two JSON values are equal: 1 and 1.0 are, 1 and true are not, objects only in the same order of keys.

    Goes no deeper than the shallower of the two.
    """
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, dict):
        return (
            isinstance(b, dict)
            and len(a) == len(b)
            and all(
                name == other and json_equal(value, b[other])
                for (name, value), other in zip(a.items(), b, strict=True)
            )
        )
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(json_equal, a, b))
    return bool(a == b)


def json_key(value: Any) -> Hashable:
    """Something hashable that is equal for equal JSON values, and for no others."""
    if isinstance(value, bool):
        return (bool, value)
    if isinstance(value, dict):
        return (dict, *((name, json_key(inner)) for name, inner in value.items()))
    if isinstance(value, list):
        return (list, *map(json_key, value))
    return value  # type: ignore[no-any-return]
