"""Which records have which words, in arrays that grow."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.collections.words.matching import WORD, singular, words_of
from photomill.names import folded

Places = NDArray[np.int64]
"""Where records are in the arrays of whoever keeps occurrences."""

# No text in a record holds it.
_END = "\0"
_WORD = re.compile(WORD)
_ASCII = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
"""Folds ASCII without apostrophes, and leaves spaces between words: several times as fast as expressions."""
_NAMED = re.compile(r"[^\W\d_]")
_NOTHING, _IS_END = -1, -2


class Growing:
    """An array that grows at its end; what was read of it never changes."""

    def __init__(self, array: NDArray[Any]) -> None:
        self._room = array
        self._size = len(array)

    @property
    def array(self) -> NDArray[Any]:
        return self._room[: self._size]

    def append(self, values: NDArray[Any]) -> None:
        """Add rows."""
        size = self._size + len(values)
        if size > len(self._room):
            room = np.empty((max(size, 2 * self._size), *self._room.shape[1:]), self._room.dtype)
            room[: self._size] = self.array
            self._room = room
        self._room[self._size : size] = values
        self._size = size

    def replace(self, rows: Places, values: NDArray[Any]) -> None:
        """Put other values in the place of some rows."""
        if len(rows):
            self._room = self._room.copy()
            self._room[rows] = values


@frozen(eq=False)
class Occurrences:
    """Which records have which words; never changes.

    :ivar numbers: of the words; more may have one by now.
    :ivar words: the number of each word of each record, int32 (n,); the same one perhaps several times.
    :ivar places: of its record, int32 (n,).
    """

    numbers: Mapping[str, int]
    words: NDArray[np.int32]
    places: NDArray[np.int32]

    def of(self, word: str) -> NDArray[np.int32]:
        """The places of the records that have a word."""
        number = self.numbers.get(word)
        return self.places[:0] if number is None else self.places[self.words == number]


class _Numbers(dict[str, int]):
    """The number of whatever is written, by what it is the same as; found out once for everything written."""

    def __init__(self, same: Callable[[str], str]) -> None:
        super().__init__({_END: _IS_END})
        self.words: dict[str, int] = {}
        self._same = same

    def __missing__(self, written: str) -> int:
        word = self._same(written)
        number = self.words.setdefault(word, len(self.words)) if word else _NOTHING
        self[written] = number
        return number


class OccurrenceLog:
    """Takes in what is written in records."""

    def __init__(self, same: Callable[[str], str]) -> None:
        """
        :param same: the word that something written counts as; empty for none.
        """
        self._numbers = _Numbers(same)
        self._words = Growing(np.empty(0, np.int32))
        self._places = Growing(np.empty(0, np.int32))

    @property
    def occurrences(self) -> Occurrences:
        """What was taken in so far."""
        return Occurrences(self._numbers.words, self._words.array, self._places.array)

    def add(self, places: Places, written: Sequence[str]) -> None:
        """Take in records.

        :param written: what is written in each of them, with an end behind each.
        """
        numbers = np.fromiter(map(self._numbers.__getitem__, written), np.int32, count=len(written))
        ends = numbers == _IS_END
        owners = np.cumsum(ends) - ends
        said = numbers >= 0
        self._words.append(numbers[said])
        self._places.append(places[owners[said]].astype(np.int32))

    def remove(self, places: Places) -> None:
        """Forget what is written in records."""
        if len(places):
            kept = ~np.isin(self._places.array, places)
            self._words = Growing(self._words.array[kept])
            self._places = Growing(self._places.array[kept])


def of_words() -> OccurrenceLog:
    """For words in the singular; what begins with a digit is none."""
    return OccurrenceLog(lambda word: singular(word) if _NAMED.match(word) else "")


def of_tags() -> OccurrenceLog:
    """For whole tags, their words in the singular."""
    return OccurrenceLog(lambda tag: " ".join(words_of(tag)))


def written_in(records: Iterable[Mapping[str, Any]]) -> tuple[list[str], list[str]]:
    """The tags in attributes, and the words; with an end behind each record. Names that begin with ``_`` are left out."""
    # As little as can be for each: this is what the first search of many records waits for.
    tags: list[str] = []
    words: list[str] = []
    for attributes in records:
        texts: list[str] = []
        for name, value in attributes.items():
            if isinstance(value, str):
                if not name.startswith("_"):
                    texts.append(value)
            elif isinstance(value, list) and not name.startswith("_"):
                texts += _texts(value)
        text = " ".join(texts)
        if text.isascii() and "'" not in text:
            words += text.translate(_ASCII).split()
        else:
            words += _WORD.findall(folded(text))
        words.append(_END)
        if "tags" in attributes:
            tags += _texts(attributes["tags"])
        tags.append(_END)
    return tags, words


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list):
        return (each for each in value if isinstance(each, str))
    return ()
