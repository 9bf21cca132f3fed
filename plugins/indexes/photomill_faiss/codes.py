"""What both indexes share: a random rotation before the codes, and reading and writing them.

RaBitQ (Gao & Long, SIGMOD 2024) keeps of each rotated residual only the signs, and two numbers that make its estimate of
the distance unbiased.
"""

import json
import os
from abc import abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.plugin import (
    OpenContext,
    PluginError,
    Rows,
    VectorIndex,
    Vectors,
    available_cores,
)
from photomill_faiss.rotation import Rotation

ROWS_AT_ONCE = 4096

_SEED = 7
_ROTATION = "in two steps"
"""How rows are rotated, in the words of files. Codes that were made in another way are of no use."""

_TRAILER = 256
"""Bytes behind what faiss wrote, that say what it is."""


class CodedIndex(VectorIndex):
    """An index over randomly rotated rows; the engine measures its candidates again in float32."""

    can_add = True
    can_filter = True
    can_persist = True
    requires = ("faiss",)
    extra = "photomill"

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._faiss: Any = None
        self._indexes: tuple[Any, ...] = ()
        self._size = 0
        self._dimension = 0
        self._rotation: Rotation | None = None

    def open(self, context: OpenContext) -> None:
        import faiss

        self._faiss = faiss

    def close(self) -> None:
        self._indexes, self._size = (), 0

    @property
    def size(self) -> int:
        # Planning asks several times, and to ask faiss takes microseconds.
        return self._size

    def candidates(self, count: int) -> int:
        return candidates_among(self.size, count)

    def _build(self, vectors: Vectors) -> None:
        self._take_all_cores()
        self._rotate_in(vectors.shape[1])
        indexes = self._new_indexes(len(vectors), vectors.shape[1])
        self._use(self._filled(indexes, vectors))

    def _add(self, vectors: Vectors) -> None:
        self._take_all_cores()
        self._append(self._indexes, vectors)
        self._use(self._indexes)

    def _search(
        self, queries: Vectors, count: int, allowed: NDArray[np.bool_] | None, effort: int | None
    ) -> Rows:
        wanted = min(count, self.size)
        _, rows = self._scanned(self._rotated(queries), wanted, allowed, effort)
        if wanted == count:
            return rows
        found = np.full((len(queries), count), -1, np.int64)
        found[:, :wanted] = rows
        return found

    def _scanned(
        self, rotated: Vectors, wanted: int, allowed: NDArray[np.bool_] | None, effort: int | None
    ) -> tuple[Vectors, Rows]:
        """Estimated squares of distances, ascending, and the rows: float32 and int64 (m, wanted).

        :param wanted: at most :attr:`size`.
        """
        # A setting of the calling thread alone. A team of threads for one query waits for itself longer than it works.
        self._faiss.omp_set_num_threads(1)
        if allowed is not None:
            return self._filtered(rotated, wanted, allowed, effort)
        index, parameters = self._chosen(rotated[:1], None, None, effort)
        squares, rows = index.search(rotated, wanted, params=parameters)
        return squares, rows

    def _filtered(
        self, rotated: Vectors, wanted: int, allowed: NDArray[np.bool_], effort: int | None
    ) -> tuple[Vectors, Rows]:
        selector = self._selector(allowed)
        squares = np.empty((len(rotated), wanted), np.float32)
        found = np.empty((len(rotated), wanted), np.int64)
        for place, query in enumerate(rotated[:, np.newaxis]):
            index, parameters = self._chosen(query, allowed, selector, effort)
            squares[place], found[place] = index.search(query, wanted, params=parameters)
        return squares, found

    def _selector(self, allowed: NDArray[np.bool_]) -> Any:
        """Of faiss, which keeps the bits that it points to."""
        return self._faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))

    def _save(self, path: Path) -> None:
        indexes, about = self._saved()
        with path.open("wb") as file:
            for index in indexes:
                file.write(self._faiss.serialize_index(index).data)
            file.write(json.dumps(about).encode().ljust(_TRAILER))

    def _load(self, path: Path, vectors: Vectors) -> None:
        self._rotate_in(vectors.shape[1])
        try:
            with path.open("rb") as file:
                file.seek(-_TRAILER, os.SEEK_END)
                about = json.loads(file.read())
            reader = self._faiss.FileIOReader(os.fspath(path))
            indexes = [self._faiss.read_index(reader) for _ in range(about["indexes"])]
            if about["rotation"] != _ROTATION:
                raise ValueError("rotated in another way")
            others = any((index.d, index.ntotal) != vectors.shape[::-1] for index in indexes)
            if not others:
                self._restore(indexes, about)
        except (OSError, ValueError, RuntimeError, LookupError, TypeError, AttributeError) as error:
            raise PluginError(f"{path}: not an index that was saved here: {error}") from error
        if others:
            raise PluginError(f"{path}: not an index of these {len(vectors)} vectors")

    def _saved(self) -> tuple[list[Any], dict[str, Any]]:
        """What is to be saved: indexes of faiss, and what else :meth:`_restore` must know."""
        indexes = list(self._indexes)
        return indexes, {"rotation": _ROTATION, "indexes": len(indexes)}

    def _restore(self, indexes: list[Any], about: dict[str, Any]) -> None:
        """Use what :meth:`_saved` gave."""
        self._use(tuple(indexes))

    @abstractmethod
    def _new_indexes(self, rows: int, dimension: int) -> tuple[Any, ...]:
        """Empty indexes of faiss, which all get the same rows."""

    @abstractmethod
    def _filled(self, indexes: tuple[Any, ...], vectors: Vectors) -> tuple[Any, ...]:
        """These indexes, or others in their place, with all rows."""

    @abstractmethod
    def _chosen(
        self, query: Vectors, allowed: NDArray[np.bool_] | None, selector: Any, effort: int | None
    ) -> tuple[Any, Any]:
        """The index that answers, and faiss' parameters of the search.

        :param query: rotated, float32 (1, dimension).
        :param selector: of faiss, for ``allowed``; None without it.
        """

    def _append(self, indexes: tuple[Any, ...], vectors: Vectors) -> None:
        for start in range(0, len(vectors), ROWS_AT_ONCE):
            block = self._rotated(vectors[start : start + ROWS_AT_ONCE])
            for index in indexes:
                index.add(block)

    def _use(self, indexes: tuple[Any, ...]) -> None:
        self._indexes, self._size = indexes, int(indexes[0].ntotal)

    def _rotate_in(self, dimension: int) -> None:
        self._dimension = dimension
        self._rotation = Rotation.drawn(dimension, _SEED)

    def _rotated(self, vectors: Vectors) -> Vectors:
        assert self._rotation is not None  # built or loaded
        return self._rotation.apply(np.ascontiguousarray(vectors))

    def _take_all_cores(self) -> None:
        self._faiss.omp_set_num_threads(available_cores())


def bits_for(dimension: int) -> int:
    """Bits a dimension: one from 256 dimensions on, more where so few signs would say too little."""
    return max(1, min(8, -(-256 // dimension)))


def candidates_among(rows: int, count: int) -> int:
    """How many candidates by 1-bit codes hold the nearest ``count`` of so many rows.

    An estimate from one bit a dimension errs, and the more rows there are, the more come between: of the nearest 10, 50 and
    100 of 100,000 rows .99 are among 400, 500 and 700, and of 300,000 among 400, 800 and 1,300.
    """
    return max(400, 300 + count * (3 + rows // 40_000), rows // 500)
