"""Ranking by meaning: what images show counts beside how they look.

A record's vector is put beside a vector of its concepts, and both are searched as one. Classes have places in a space of
concepts, near to one another where they share narrow kinds: each class is the row of itself and its kinds, the narrower
the heavier, and of all these rows the directions are kept in which they differ most. A record stands at the mean of its
classes' places, weighted by their probabilities.
"""

import threading
from collections.abc import Sequence
from functools import cache

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from photomill.blocking import check_may_block
from photomill.collections.contents import View
from photomill.collections.matrix import Matrix, MatrixView
from photomill.collections.sight import unpack_classes
from photomill.collections.store.records import RecordTable
from photomill.components import Vocabulary
from photomill.components.embedder import Vectors

CONCEPTS_SHARE = 1 / 3
"""Of the similarity: concepts weigh half as much as looks."""

_DIMENSIONS = 64
_ROWS_AT_ONCE = 8192

Places = NDArray[np.float32]
"""Of records or classes in the space of concepts: (n, 64)."""


class MeaningIndex:
    """The places of one collection's records, read when they are first asked for. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sequence = -1
        self._forget(-1)

    def view(self, view: View, table: RecordTable, vocabulary: Vocabulary) -> View:
        """The same rows with vectors that say what images show too; first takes in what was written since."""
        check_may_block()
        with self._lock:
            if view.position.epoch != self._epoch:
                self._forget(view.position.epoch)
            if view.position.sequence > self._sequence:
                for serials, classes in table.sights.classes(self._sequence):
                    self._take_in(np.array(serials, np.int64), places_of(classes, vocabulary))
                self._sequence = view.position.sequence
            return evolve(view, vectors=self._combined(view))

    def _forget(self, epoch: int) -> None:
        self._epoch, self._sequence = epoch, -1
        self._serials = np.empty(0, np.int64)
        self._places: Places = np.empty((0, _DIMENSIONS), np.float32)
        self._matrix: Matrix | None = None
        self._generation = -1
        self._last = -1

    def _take_in(self, serials: NDArray[np.int64], places: Places) -> None:
        before = serials <= self._last
        if not np.array_equal(self._of(serials[before]), places[before]):
            # Rows that are joined already changed.
            self._matrix = None
        joined = np.concatenate([serials, self._serials])
        self._serials, chosen = np.unique(joined, return_index=True)
        self._places = np.concatenate([places, self._places])[chosen]

    def _of(self, serials: NDArray[np.int64]) -> Places:
        """The places of records; zeros where nothing is known."""
        places = np.zeros((len(serials), _DIMENSIONS), np.float32)
        if len(self._serials):
            rows = np.minimum(np.searchsorted(self._serials, serials), len(self._serials) - 1)
            known = self._serials[rows] == serials
            places[known] = self._places[rows[known]]
        return places

    def _combined(self, view: View) -> MatrixView:
        matrix = self._matrix
        if matrix is None or self._generation != view.generation:
            matrix = self._matrix = Matrix(view.vectors.dimension + _DIMENSIONS)
            self._generation = view.generation
        for start, vectors in view.vectors.spans(matrix.size, _ROWS_AT_ONCE):
            serials = view.serials[start : start + len(vectors)]
            matrix.append(combined(vectors, self._of(serials)))
            self._last = int(serials[-1])
        return matrix.view().first(view.size)


def combined(vectors: Vectors, places: Places) -> Vectors:
    """Join how images look with what they show: float32 (n, dimension + 64), rows of length 1.

    :param places: zeros where nothing is known; looks alone count there, and are less near to any that show something.
    """
    known = np.any(places, axis=1)
    looks = np.where(known, np.sqrt(1.0 - CONCEPTS_SHARE), 1.0)[:, np.newaxis]
    joined = np.hstack([looks * vectors, np.sqrt(CONCEPTS_SHARE) * places])
    return np.ascontiguousarray(joined, np.float32)


def places_of(classes: Sequence[bytes], vocabulary: Vocabulary) -> Places:
    """Where images stand: rows of length 1, or zeros.

    :param classes: as ``Sight`` has them; empty where nothing is known.
    """
    places = np.zeros((len(classes), _DIMENSIONS), np.float32)
    known = [row for row, some in enumerate(classes) if some]
    if known:
        likeliest, roots = unpack_classes([classes[row] for row in known])
        of_class = _places_of_classes(vocabulary)[likeliest]
        sums = np.einsum("ij,ijk->ik", np.square(roots), of_class)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        places[known] = sums / np.maximum(lengths, np.float32(1e-12))
    return places


@cache
def _places_of_classes(vocabulary: Vocabulary) -> Places:
    count = vocabulary.classes
    rows = np.zeros((count, len(vocabulary.concepts)))
    for concept, members in enumerate(vocabulary.members):
        # What all classes are says nothing.
        share = np.log(count / max(len(members), 1)) / max(np.log(count), 1.0)
        rows[members, concept] = np.sqrt(share)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    values, vectors = np.linalg.eigh(rows @ rows.T)
    kept = slice(None, -_DIMENSIONS - 1, -1)
    found = vectors[:, kept] * np.sqrt(np.maximum(values[kept], 0.0))
    places = np.zeros((count, _DIMENSIONS), np.float32)
    places[:, : found.shape[1]] = found
    return places
