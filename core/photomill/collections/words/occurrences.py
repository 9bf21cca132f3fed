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
_HALF = 32
_PLACE = np.uint64((1 << _HALF) - 1)
_FEW = 4096
"""Occurrences that are looked through rather than sorted."""


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
    :ivar sorted: the number of a word in the upper half, in the lower the place of a record that has it: uint64,
        ascending, each once.
    :ivar recent: likewise, in any order, the same one perhaps several times.
    """

    numbers: Mapping[str, int]
    sorted: NDArray[np.uint64]
    recent: NDArray[np.uint64]

    def of(self, word: str) -> Places:
        """The places of the records that have a word, ascending."""
        number = self.numbers.get(word)
        if number is None:
            return np.empty(0, np.int64)
        bounds = np.array([number << _HALF, (number + 1) << _HALF], np.uint64)
        first, end = np.searchsorted(self.sorted, bounds)
        found = self.sorted[first:end]
        also = self.recent[(self.recent >= bounds[0]) & (self.recent < bounds[1])]
        if len(also):
            found = np.union1d(found, also)
        return (found & _PLACE).astype(np.int64)


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
        self._sorted = np.empty(0, np.uint64)
        self._recent = Growing(np.empty(0, np.uint64))

    @property
    def occurrences(self) -> Occurrences:
        """What was taken in so far; sorts it where much is new."""
        recent = self._recent.array
        if len(recent) > max(_FEW, len(self._sorted) // 16):
            self._sorted = _in_order(np.concatenate([self._sorted, recent]))
            self._recent = Growing(np.empty(0, np.uint64))
        return Occurrences(self._numbers.words, self._sorted, self._recent.array)

    def add(self, places: Places, written: Sequence[str]) -> None:
        """Take in records.

        :param written: what is written in each of them, with an end behind each.
        """
        numbers = np.fromiter(map(self._numbers.__getitem__, written), np.int64, count=len(written))
        ends = numbers == _IS_END
        owners = np.cumsum(ends) - ends
        said = numbers >= 0
        self._recent.append(((numbers[said] << _HALF) | places[owners[said]]).astype(np.uint64))

    def remove(self, places: Places) -> None:
        """Forget what is written in records."""
        if len(places):
            self._sorted = self._without(self._sorted, places)
            self._recent = Growing(self._without(self._recent.array, places))

    @staticmethod
    def _without(occurrences: NDArray[np.uint64], places: Places) -> NDArray[np.uint64]:
        return occurrences[~np.isin((occurrences & _PLACE).astype(np.int64), places)]


def _in_order(occurrences: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Each once; numpy's own ``unique`` hashes millions of numbers, which takes several times as long."""
    occurrences.sort()
    first = np.ones(len(occurrences), np.bool_)
    np.not_equal(occurrences[1:], occurrences[:-1], out=first[1:])
    return occurrences[first]


def of_words() -> OccurrenceLog:
    """For words in the singular; what begins with a digit is none."""
    return OccurrenceLog(lambda word: singular(word) if _NAMED.match(word) else "")


def of_words_and_numbers() -> OccurrenceLog:
    """For words in the singular, be they numbers or not."""
    return OccurrenceLog(singular)


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
        words += words_in(texts)
        if "tags" in attributes:
            tags += _texts(attributes["tags"])
        tags.append(_END)
    return tags, words


def words_in(texts: Iterable[str]) -> list[str]:
    """The words of what is written in a record, with an end behind them."""
    text = " ".join(texts)
    if text.isascii() and "'" not in text:
        words = text.translate(_ASCII).split()
    else:
        words = _WORD.findall(folded(text))
    words.append(_END)
    return words


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list):
        return (each for each in value if isinstance(each, str))
    return ()
