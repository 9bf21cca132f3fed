"""What a record says, as words that it holds or not: one for each value, and for each place where there is one.

A word is ASCII, however strange the names and values are. Of a value that is no text, no number and no truth value, of a
long text and of a number that may be another one's neighbour, there is a word that says so, since values are not counted
from words there.
"""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from photomill.plugin import Parts

LARGEST = 2**53
"""From here on, floats and integers that are told apart may be the same float."""

_LONG_TEXT = 200


def words_of(record: Mapping[str, Any], apart: Collection[str] = ()) -> set[str]:
    """All words of a record.

    :param apart: paths whose values have no words.
    """
    words: set[str] = set()
    for path, value in values_of(record):
        words.add(existence(path))
        if value is None:
            continue
        if not _is_whole(value):
            words.add(uncounted(path))
        if path not in apart:
            words.add(word(path, value))
    return words


def values_of(record: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Paths, and the values that a condition finds there: of an array its elements, and itself."""
    for name, value in record.items():
        if "." in name or name.isdigit():
            continue  # No path without numbers leads there.
        path = f"{before}{name}"
        each = value if isinstance(value, list) else [value]
        if isinstance(value, list) and not value:
            yield path, None
        for element in each:
            yield path, element
            if isinstance(element, dict):
                yield from values_of(element, f"{path}.")


def joined(parts: Parts) -> str:
    """A path as :func:`values_of` gives it."""
    return ".".join(parts)


def existence(path: str) -> str:
    """The word of records that have something there."""
    return f"{json.dumps(path)}?"


def uncounted(path: str) -> str:
    """The word of records that have something there which its words do not tell exactly."""
    return f"{json.dumps(path)}!"


def start(path: str) -> str:
    """How the words of values there begin; the value follows, as JSON."""
    return f"{json.dumps(path)}="


def word(path: str, value: Any) -> str:
    """The word of records that have this value there: the same for equal values."""
    if isinstance(value, bool):
        return f"{start(path)}{json.dumps(value)}"
    if isinstance(value, str):
        if len(value) > _LONG_TEXT:
            digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
            return f"{json.dumps(path)}#{digest}"
        return f"{start(path)}{json.dumps(value)}"
    if isinstance(value, int | float) and abs(value) < LARGEST:
        return f"{start(path)}{int(value) if value == int(value) else repr(value)}"
    return uncounted(path)


def _is_whole(value: Any) -> bool:
    """Whether the word of a value gives it back as it is."""
    if isinstance(value, bool):
        return True
    if isinstance(value, str):
        return len(value) <= _LONG_TEXT
    if isinstance(value, int):
        return abs(value) < LARGEST
    return isinstance(value, float) and abs(value) < LARGEST and value != int(value)
