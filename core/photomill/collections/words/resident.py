"""What searches by words read of a collection's records, in memory."""

import re
import threading
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.collections.contents import View
from photomill.collections.store.records import RecordTable
from photomill.collections.words.matching import Phrase, words_of
from photomill.collections.words.sight import KEPT, unpack_classes, unpack_colours
from photomill.components.index import Rows
from photomill.images.colours import COLOURS

SEARCHED = 8
"""Of the classes that are kept, those that are searched; the others are hardly likely."""

_NAMED = re.compile(r"[^\W\d_]")
_NO_CLASSES = bytes(4 * KEPT)
_NO_COLOURS = bytes(len(COLOURS))


@frozen(eq=False)
class Words:
    """What is known of a view's rows.

    :ivar classes: int64 (size, 8), the likeliest first.
    :ivar likely: their probabilities, float32 (size, 8).
    :ivar colours: shares, float32 (size, 11).
    """

    classes: NDArray[np.int64]
    likely: NDArray[np.float32]
    colours: NDArray[np.float32]
    _tagged: Mapping[str, set[int]]
    _written: Mapping[str, set[int]]
    _rows: NDArray[np.int64]

    def tagged(self, words: Phrase) -> Rows:
        """The rows with a tag of just these words."""
        return self._found(self._tagged, " ".join(words))

    def written(self, words: Phrase) -> Rows:
        """The rows in whose attributes all of these words are written."""
        found = [set(self._found(self._written, word).tolist()) for word in words]
        return np.array(sorted(set.intersection(*found)), np.int64)

    def _found(self, postings: Mapping[str, set[int]], word: str) -> Rows:
        places = np.array(list(postings.get(word, ())), np.int64)
        # The index may have grown since.
        rows = self._rows[places[places < len(self._rows)]]
        return np.sort(rows[rows >= 0])


class WordIndex:
    """The words of one collection, read when they are first asked for. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sequence = -1
        self._last: tuple[tuple[int, int], Words] | None = None
        self._forget(-1)

    def read(self, view: View, table: RecordTable) -> Words:
        """What is known of a view's rows; first takes in what was written since."""
        with self._lock:
            if view.position.epoch != self._epoch:
                self._forget(view.position.epoch)
            if view.position.sequence > self._sequence:
                self._take_in(table)
                self._sequence = view.position.sequence
                self._last = None
            key = (view.generation, view.size)
            if self._last is None or self._last[0] != key:
                self._last = key, self._words(view)
            return self._last[1]

    def _forget(self, epoch: int) -> None:
        self._epoch, self._sequence = epoch, -1
        self._last = None
        self._places: dict[int, int] = {}
        self._known: list[tuple[frozenset[str], frozenset[str]]] = []
        self._serials = np.empty(0, np.int64)
        self._classes = np.empty((0, SEARCHED), np.int64)
        self._likely = np.empty((0, SEARCHED), np.float32)
        self._colours = np.empty((0, len(COLOURS)), np.float32)
        self._tagged: dict[str, set[int]] = {}
        self._written: dict[str, set[int]] = {}

    def _take_in(self, table: RecordTable) -> None:
        for batch in table.words(self._sequence):
            fresh = [row for row in batch if row.serial not in self._places]
            first = len(self._known)
            self._places.update((row.serial, first + place) for place, row in enumerate(fresh))
            self._known += [(frozenset(), frozenset())] * len(fresh)
            self._grow([row.serial for row in fresh])
            places = [self._places[row.serial] for row in batch]
            classes, roots = unpack_classes([row.classes or _NO_CLASSES for row in batch])
            self._classes[places] = classes[:, :SEARCHED]
            self._likely[places] = np.square(roots[:, :SEARCHED])
            self._colours[places] = unpack_colours([row.colours or _NO_COLOURS for row in batch])
            for place, row in zip(places, batch, strict=True):
                self._enter(place, row.attributes)

    def _grow(self, serials: list[int]) -> None:
        count = len(serials)
        self._serials = np.concatenate([self._serials, np.array(serials, np.int64)])
        # What was handed out keeps its own arrays.
        self._classes = np.concatenate([self._classes, np.zeros((count, SEARCHED), np.int64)])
        self._likely = np.concatenate([self._likely, np.zeros((count, SEARCHED), np.float32)])
        self._colours = np.concatenate([self._colours, np.zeros((count, len(COLOURS)), np.float32)])

    def _enter(self, place: int, attributes: Mapping[str, Any]) -> None:
        tags = attributes.get("tags")
        known = (
            frozenset(" ".join(words_of(tag)) for tag in _texts(tags)),
            frozenset(
                word
                for name, value in attributes.items()
                if not name.startswith("_")
                for text in _texts(value)
                for word in words_of(text)
                if _NAMED.match(word)
            ),
        )
        before = self._known[place]
        if known == before:
            return
        for postings, old, new in zip((self._tagged, self._written), before, known, strict=True):
            for word in old - new:
                postings[word].discard(place)
            for word in new - old:
                postings.setdefault(word, set()).add(place)
        self._known[place] = known

    def _words(self, view: View) -> Words:
        order = np.argsort(self._serials, kind="stable")
        wanted = view.serials[: view.size]
        places = np.searchsorted(self._serials, wanted, sorter=order)
        places = order[np.minimum(places, max(len(order) - 1, 0))] if len(order) else places
        known = self._serials[places] == wanted if len(order) else np.zeros(0, np.bool_)
        rows = np.full(len(self._serials), -1, np.int64)
        rows[places[known]] = np.flatnonzero(known)
        if len(places) == len(self._serials) and np.array_equal(places, np.arange(len(places))):
            classes, likely, colours = self._classes, self._likely, self._colours
        else:
            classes, likely, colours = (
                self._classes[places],
                self._likely[places] * known[:, None],
                self._colours[places] * known[:, None],
            )
        return Words(classes, likely, colours, self._tagged, self._written, rows)


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list):
        return (each for each in value if isinstance(each, str))
    return ()
