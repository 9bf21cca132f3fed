"""What searches by words read of a collection's records, in memory."""

import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.blocking import check_may_block
from photomill.collections.contents import View
from photomill.collections.sight import KEPT, unpack_classes
from photomill.collections.store.descriptions import DescribedRows
from photomill.collections.store.records import RecordTable
from photomill.collections.words.channels import CHANNELS, Channel, said_in
from photomill.collections.words.id_order import IdOrder
from photomill.collections.words.matching import Phrase
from photomill.collections.words.meaning import Measure
from photomill.collections.words.occurrences import Growing, Occurrences, Places
from photomill.components.index import Rows
from photomill.images.colours import COLOURS, unpack_colours

SEARCHED = 8
"""Of the classes that are kept, those that are searched; the others are hardly likely."""

_NO_CLASSES = bytes(4 * KEPT)
_NO_COLOURS = bytes(len(COLOURS))


@frozen(eq=False)
class Words:
    """What is known of a view's rows.

    :ivar classes: int64 (size, 8), the likeliest first.
    :ivar likely: their probabilities, float32 (size, 8).
    :ivar colours: shares, float32 (size, 11).
    :ivar order: of their ids.
    :ivar lengths: of what the images mean, by the model of sentences that was asked for: float32 (size,); None without.
    """

    classes: NDArray[np.int64]
    likely: NDArray[np.float32]
    colours: NDArray[np.float32]
    order: IdOrder
    lengths: NDArray[np.float32] | None
    _said: Mapping[str, Occurrences]
    _rows: NDArray[np.int64]

    def said(self, channel: Channel, words: Phrase) -> Rows:
        """The rows that have all of these words in a channel, ascending; or these words as a name, where it holds names."""
        occurrences = self._said[channel.name]
        found = [occurrences.of(word) for word in ([" ".join(words)] if channel.whole else words)]
        places = found[0]
        for more in found[1:]:
            places = np.intersect1d(places, more, assume_unique=True)
        rows = self._rows[places]
        return np.sort(rows[rows >= 0])


class WordIndex:
    """The words of one collection, read when they are first asked for. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._order = IdOrder()
        self._sequence = -1
        self._last: tuple[tuple[int, int, Measure | None], Words] | None = None
        self._forget(-1)

    def read(self, view: View, table: RecordTable, measure: Measure | None = None) -> Words:
        """What is known of a view's rows; first takes in what was written since.

        :param measure: of the model of sentences, where one is asked.
        """
        check_may_block()
        with self._lock:
            if view.position.epoch != self._epoch:
                self._forget(view.position.epoch)
            if view.position.sequence > self._sequence:
                for rows in table.descriptions.words(self._sequence):
                    self._take_in(rows)
                self._sequence = view.position.sequence
                self._last = None
            key = (view.generation, view.size, measure)
            if self._last is None or self._last[0] != key:
                self._last = key, self._words(view, measure)
            return self._last[1]

    def _forget(self, epoch: int) -> None:
        self._epoch, self._sequence = epoch, -1
        self._last = None
        self._serials = Growing(np.empty(0, np.int64))
        self._classes = Growing(np.empty((0, SEARCHED), np.int64))
        self._likely = Growing(np.empty((0, SEARCHED), np.float32))
        self._colours = Growing(np.empty((0, len(COLOURS)), np.float32))
        self._measured: tuple[Measure, Growing] | None = None
        self._logs = {channel.name: channel.new_log() for channel in CHANNELS}

    def _take_in(self, rows: DescribedRows) -> None:
        serials = np.array(rows.serials, np.int64)
        places, known = self._find(serials)
        fresh = ~known
        places[fresh] = len(self._serials.array) + np.arange(np.count_nonzero(fresh))
        classes, roots = unpack_classes([each or _NO_CLASSES for each in rows.classes])
        colours = unpack_colours([each or _NO_COLOURS for each in rows.colours])
        for growing, values in (
            (self._serials, serials),
            (self._classes, classes[:, :SEARCHED].astype(np.int64)),
            (self._likely, np.square(roots[:, :SEARCHED])),
            (self._colours, colours),
        ):
            growing.append(values[fresh])
            growing.replace(places[known], values[known])
        if known.any():
            self._measured = None
        for name, said in said_in(rows).items():
            self._logs[name].remove(places[known])
            self._logs[name].add(places, said)

    def _find(self, serials: NDArray[np.int64]) -> tuple[Places, NDArray[np.bool_]]:
        """The places of records, and which of them have one."""
        there = self._serials.array
        if not len(there):
            return np.zeros(len(serials), np.int64), np.zeros(len(serials), np.bool_)
        # A restored record has an old serial.
        order = np.argsort(there, kind="stable")
        nearest = np.minimum(np.searchsorted(there, serials, sorter=order), len(order) - 1)
        places = order[nearest]
        return places, there[places] == serials

    def _lengths(self, measure: Measure) -> NDArray[np.float32]:
        if self._measured is None or self._measured[0] is not measure:
            self._measured = measure, Growing(np.empty(0, np.float32))
        lengths = self._measured[1]
        new = slice(len(lengths.array), None)
        lengths.append(measure.lengths(self._classes.array[new], self._likely.array[new]))
        return lengths.array

    def _words(self, view: View, measure: Measure | None) -> Words:
        places, known = self._find(view.serials[: view.size])
        count = len(self._serials.array)
        rows = np.full(count, -1, np.int64)
        rows[places[known]] = np.flatnonzero(known)
        kept = [self._classes.array, self._likely.array, self._colours.array]
        if measure is not None:
            kept.append(self._lengths(measure))
        if not known.all() or not np.array_equal(places, np.arange(count)):
            kept = [_spread(each, places, known) for each in kept]
        classes, likely, colours, *lengths = kept
        said = {name: log.occurrences for name, log in self._logs.items()}
        return Words(
            classes, likely, colours, self._order, lengths[0] if lengths else None, said, rows
        )


def _spread(kept: NDArray[Any], places: Places, known: NDArray[np.bool_]) -> NDArray[Any]:
    """What is kept of records, by row; zeros where nothing is, and ones where there is one number of each."""
    spread = np.full((len(known), *kept.shape[1:]), kept.ndim == 1, kept.dtype)
    spread[known] = kept[places[known]]
    return spread
