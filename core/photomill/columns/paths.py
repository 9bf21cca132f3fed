"""What a dotted path finds in a record.

MongoDB's rules (``src/mongo/db/matcher/path.cpp``): ``a.b`` looks ``b`` up in the object ``a``; where ``a`` is an array,
in each object of it; a numeric part is also an index into an array.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

Json = Any
Parts = tuple[str, ...]


class Missing:
    """The type of :data:`MISSING`."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()
"""What a path finds where there is nothing."""


class Several:
    """What a path finds when it goes through an array: any number of values.

    :ivar values: the values, :data:`MISSING` among them; of an array that a field's name leads to, its elements and then
        the array itself.
    :ivar wholes: the same with such arrays only as themselves.
    """

    __slots__ = ("values", "wholes")

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.wholes: list[Any] = []

    def add(self, found: Any) -> None:
        if isinstance(found, Several):
            self.values += found.values
            self.wholes += found.wholes
            return
        if isinstance(found, list):
            self.values += found
        self.add_whole(found)

    def add_whole(self, value: Any) -> None:
        self.values.append(value)
        self.wholes.append(value)


def split_path(path: str) -> Parts:
    """The parts of a dotted path."""
    return tuple(path.split("."))


def find_value(record: Mapping[str, Json], parts: Parts) -> Any:
    """The value at a path: JSON, :data:`MISSING`, or :class:`Several` if arrays were gone through."""
    value: Any = record.get(parts[0], MISSING)
    for place in range(1, len(parts)):
        if isinstance(value, dict):
            value = value.get(parts[place], MISSING)
        elif isinstance(value, list):
            several = Several()
            _through(value, parts[place:], several)
            return several
        else:
            return MISSING
    return value


def values_at(record: Mapping[str, Json], parts: Parts) -> Iterator[Json]:
    """The values at a path, those in an array one by one; nothing for what is missing or null."""
    found = find_value(record, parts)
    if isinstance(found, Several):
        found = [
            element
            for whole in found.wholes
            for element in (whole if isinstance(whole, list) else [whole])
        ]
    elif not isinstance(found, list):
        found = [found]
    for value in found:
        if value is not None and value is not MISSING:
            yield value


def _through(array: list[Any], parts: Parts, several: Several) -> None:
    rest = parts[1:]
    index = parts[0]
    for place, element in enumerate(array):
        if isinstance(element, dict):
            several.add(find_value(element, parts))
        if index != str(place):
            continue
        if not rest:
            several.add_whole(element)
        elif isinstance(element, dict):
            several.add(find_value(element, rest))
        elif isinstance(element, list):
            _through(element, rest, several)
