"""HNSW (Malkov & Yashunin 2018) as nmslib builds it."""

import os
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any, Literal

import numpy as np
from attrs import field, frozen, validators
from numpy.typing import NDArray

from photomill.collections.locks import ReadWriteLock
from photomill.components import OpenContext, Rows, VectorIndex, Vectors
from photomill.errors import PluginError

_MEMBERS = ("graph", "graph.dat")


@frozen
class NmslibOptions:
    """
    :ivar m: links of a node; more is better, slower and larger.
    :ivar ef_construction: how hard building looks.
    :ivar ef_search: how hard a search looks, unless it says otherwise.
    :ivar space: ``cosine`` or ``l2``, which order unit vectors alike.
    :ivar threads: that build; 0 takes one per core.
    """

    m: int = field(default=16, validator=validators.in_(range(2, 101)))
    ef_construction: int = field(default=200, validator=validators.ge(4))
    ef_search: int = field(default=200, validator=validators.ge(1))
    space: Literal["cosine", "l2"] = "cosine"
    threads: int = field(default=0, validator=validators.ge(0))


class NmslibIndex(VectorIndex):
    """The fastest search and the slowest build. Cannot append, remove or filter: the engine does."""

    name = "nmslib"
    Options = NmslibOptions
    can_persist = True
    requires = ("nmslib",)
    extra = "photomill"

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._nmslib: Any = None
        self._index: Any = None
        # How hard a search looks is a setting of the whole index: whoever wants another is alone meanwhile.
        self._lock = ReadWriteLock()

    def open(self, context: OpenContext) -> None:
        self._nmslib = _import_quietly()

    def close(self) -> None:
        self._index = None

    @property
    def size(self) -> int:
        return 0 if self._index is None else len(self._index)

    def candidates(self, count: int) -> int:
        return count + 16

    def cost(self, count: int, allowed: int | None) -> float:
        return float(100.0 + 1.5 * max(count, self.options.ef_search))

    def _build(self, vectors: Vectors) -> None:
        index = self._new_index()
        index.addDataPointBatch(vectors)
        threads = self.options.threads or os.cpu_count() or 1
        index.createIndex(
            {
                "M": self.options.m,
                "efConstruction": self.options.ef_construction,
                "indexThreadQty": threads,
                "post": 0,
            }
        )
        self._use(index)

    def _search(
        self, queries: Vectors, count: int, allowed: NDArray[np.bool_] | None, effort: int | None
    ) -> Rows:
        wanted = min(count, self.size)
        usual = self.options.ef_search
        effort = max(effort or usual, wanted)
        if effort == usual:
            with self._lock.reading():
                return self._nearest(queries, count, wanted)
        with self._lock.writing():
            self._index.setQueryTimeParams({"efSearch": effort})
            try:
                return self._nearest(queries, count, wanted)
            finally:
                self._index.setQueryTimeParams({"efSearch": usual})

    def _nearest(self, queries: Vectors, count: int, wanted: int) -> Rows:
        found = np.full((len(queries), count), -1, np.int64)
        for place, query in enumerate(queries):
            rows, _ = self._index.knnQuery(query, wanted)
            found[place, : len(rows)] = rows
        return found

    def _save(self, path: Path) -> None:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            self._index.saveIndex(str(Path(folder, _MEMBERS[0])), save_data=True)
            with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
                for member in _MEMBERS:
                    archive.write(Path(folder, member), member)

    def _load(self, path: Path, vectors: Vectors) -> None:
        index = self._new_index()
        # nmslib reads two files, and only by name.
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            try:
                with zipfile.ZipFile(path) as archive:
                    for member in _MEMBERS:
                        with (
                            archive.open(member) as packed,
                            Path(folder, member).open("wb") as file,
                        ):
                            shutil.copyfileobj(packed, file, 1 << 22)
            except (zipfile.BadZipFile, KeyError) as error:
                raise PluginError(f"{path}: not an index that was saved here: {error}") from error
            index.loadIndex(str(Path(folder, _MEMBERS[0])), load_data=True)
        self._use(index)

    def _new_index(self) -> Any:
        space = {"cosine": "cosinesimil", "l2": "l2"}[self.options.space]
        return self._nmslib.init(method="hnsw", space=space)

    def _use(self, index: Any) -> None:
        index.setQueryTimeParams({"efSearch": self.options.ef_search})
        self._index = index


def _import_quietly() -> Any:
    """Import nmslib, which prints about the processor to the standard error stream's file."""
    kept = os.dup(2)
    silent = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(silent, 2)
        import nmslib

        return nmslib
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(silent)
