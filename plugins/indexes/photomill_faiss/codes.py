"""What both indexes share: a random rotation before the codes, and reading and writing them.

RaBitQ (Gao & Long, SIGMOD 2024) keeps of each rotated residual only the signs, and two numbers that make its estimate of
the distance unbiased.
"""

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.components import OpenContext, Rows, VectorIndex, Vectors
from photomill.errors import PluginError

_ROWS_AT_ONCE = 16_384
_SEED = 7


class CodedIndex(VectorIndex):
    """An index over randomly rotated rows; the engine measures its candidates again in float32."""

    can_add = True
    can_persist = True
    requires = ("faiss",)
    extra = "photomill"

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._faiss: Any = None
        self._index: Any = None
        self._rotation: NDArray[np.float32] | None = None

    def open(self, context: OpenContext) -> None:
        import faiss

        self._faiss = faiss

    def close(self) -> None:
        self._index = None

    @property
    def size(self) -> int:
        return 0 if self._index is None else int(self._index.ntotal)

    def candidates(self, count: int) -> int:
        # An estimate from one bit a dimension errs; recall@10 of 1.00 needed 200 of 100,000 rows.
        return max(200, 4 * count)

    def _build(self, vectors: Vectors) -> None:
        self._rotate_in(vectors.shape[1])
        index = self._new_index(len(vectors), vectors.shape[1])
        index.train(self._rotated(self._sample(index, vectors)))
        for block in _blocks(vectors):
            index.add(self._rotated(block))
        self._index = index

    def _add(self, vectors: Vectors) -> None:
        for block in _blocks(vectors):
            self._index.add(self._rotated(block))

    def _search(
        self, queries: Vectors, count: int, allowed: NDArray[np.bool_] | None, effort: int | None
    ) -> Rows:
        wanted = min(count, self.size)
        found = np.full((len(queries), count), -1, np.int64)
        # The bits and the selector must outlive the search that points to them.
        bits = None if allowed is None else np.packbits(allowed, bitorder="little")
        selector = (
            None
            if bits is None
            else self._faiss.IDSelectorBitmap(len(bits), self._faiss.swig_ptr(bits))
        )
        parameters = self._parameters(selector, effort)
        for place, query in enumerate(self._rotated(queries)):
            # One query a call: faiss would otherwise start threads, which requests have of their own.
            _, rows = self._index.search(query[np.newaxis], wanted, params=parameters)
            found[place, :wanted] = rows[0]
        return found

    def _save(self, path: Path) -> None:
        self._faiss.write_index(self._index, str(path))

    def _load(self, path: Path, vectors: Vectors) -> None:
        try:
            index = self._faiss.read_index(str(path))
        except RuntimeError as error:
            raise PluginError(f"{path}: not an index that faiss wrote: {error}") from error
        if index.d != vectors.shape[1]:
            raise PluginError(
                f"{path}: holds vectors of {index.d} dimensions, expected {vectors.shape[1]}"
            )
        self._rotate_in(index.d)
        self._index = index

    @abstractmethod
    def _new_index(self, rows: int, dimension: int) -> Any:
        """An empty faiss index."""

    @abstractmethod
    def _sample(self, index: Any, vectors: Vectors) -> Vectors:
        """Rows to train on."""

    @abstractmethod
    def _parameters(self, selector: Any, effort: int | None) -> Any:
        """faiss' parameters of one search."""

    def _rotate_in(self, dimension: int) -> None:
        rotation = self._faiss.RandomRotationMatrix(dimension, dimension)
        rotation.init(_SEED)
        matrix = self._faiss.vector_to_array(rotation.A).reshape(dimension, dimension)
        self._rotation = np.ascontiguousarray(matrix.T)

    def _rotated(self, vectors: Vectors) -> Vectors:
        assert self._rotation is not None  # built or loaded
        return np.ascontiguousarray(vectors @ self._rotation, np.float32)


def bits_for(dimension: int) -> int:
    """Bits a dimension: one from 256 dimensions on, more where so few signs would say too little."""
    return max(1, min(8, -(-256 // dimension)))


def every_nth(vectors: Vectors, at_most: int) -> Vectors:
    """Up to ``at_most`` rows, evenly spread."""
    return vectors[:: max(1, -(-len(vectors) // at_most))]


def _blocks(vectors: Vectors) -> Iterator[Vectors]:
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        yield vectors[start : start + _ROWS_AT_ONCE]
