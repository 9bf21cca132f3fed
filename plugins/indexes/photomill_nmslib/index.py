"""HNSW (Malkov & Yashunin 2018) as nmslib builds it."""

import os
import struct
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO, Literal

import numpy as np
from attrs import field, frozen, validators
from numpy.typing import NDArray

from photomill.plugin import (
    OpenContext,
    PluginError,
    Rows,
    VectorIndex,
    Vectors,
    available_cores,
    make_private_folder,
)
from photomill_nmslib.building import build, build_apart
from photomill_nmslib.efforts import SharedEffort
from photomill_nmslib.quiet import import_nmslib

_TRAILER = struct.Struct("<16sQQQ")
"""After what nmslib wrote: the mark, the bytes that it wrote, rows and dimension."""

_MARK = b"photomill nmslib"
_SPACES = {"cosine": "cosinesimil", "l2": "l2"}
_FEW_ROWS = 2048
"""So few are built at once in this process, by one thread; more in another process, which may die of it."""

_BYTES_AT_ONCE = 1 << 22


@frozen
class NmslibOptions:
    """
    :ivar m: links of a node; more is better, slower and larger.
    :ivar ef_construction: how hard building looks.
    :ivar ef_search: how hard a search looks, unless it says otherwise.
    :ivar space: ``cosine`` or ``l2``, which order unit vectors alike.
    :ivar post: passes over the graph once it is built, 0 to 2: slower to build, better to search.
    :ivar threads: that build; 0 takes one per core.
    """

    m: int = field(default=16, validator=validators.in_(range(2, 101)))
    ef_construction: int = field(default=100, validator=validators.ge(4))
    ef_search: int = field(default=200, validator=validators.ge(1))
    space: Literal["cosine", "l2"] = "cosine"
    post: int = field(default=0, validator=validators.in_((0, 1, 2)))
    threads: int = field(default=0, validator=validators.ge(0))


class NmslibIndex(VectorIndex):
    """The fastest search and the slowest build. Cannot append, remove or filter: the engine does.

    Holds a copy of the vectors inside its graph, and while it is built another. What nmslib wrote stays on disk as an
    open file without a name: nmslib cannot write again what it read.
    """

    name = "nmslib"
    Options = NmslibOptions
    can_persist = True
    requires = ("nmslib",)
    extra = "photomill"

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._nmslib: Any = None
        self._cache_dir = Path()
        self._index: Any = None
        self._shape = (0, 0)
        self._efforts: SharedEffort | None = None
        self._file: BinaryIO | None = None

    def open(self, context: OpenContext) -> None:
        self._nmslib = import_nmslib()
        self._cache_dir = context.cache_dir

    def close(self) -> None:
        self._index, self._shape = None, (0, 0)
        if self._file is not None:
            self._file.close()

    @property
    def size(self) -> int:
        return self._shape[0]

    def candidates(self, count: int) -> int:
        return count + 16

    def cost(self, count: int, allowed: int | None) -> float:
        visited = max(count, self.options.ef_search)
        return float(60.0 + (1.0 + 0.005 * self._shape[1]) * visited)

    def _build(self, vectors: Vectors) -> None:
        small = len(vectors) <= _FEW_ROWS
        threads = 1 if small else self.options.threads or available_cores()
        settings = {
            "M": self.options.m,
            "efConstruction": self.options.ef_construction,
            "indexThreadQty": threads,
            "post": self.options.post,
        }
        make_private_folder(self._cache_dir)
        with NamedTemporaryFile(dir=self._cache_dir) as named:
            path = Path(named.name)
            # Without threads of its own nmslib fails in our own words.
            make = build if small else build_apart
            make(vectors, path, _SPACES[self.options.space], settings)
            # Read again, it is without the vectors that it was built from, and has those in its graph only.
            with path.open("ab") as file:
                file.write(_TRAILER.pack(_MARK, file.tell(), *vectors.shape))
            self._read(path, vectors.shape)

    def _search(
        self, queries: Vectors, count: int, allowed: NDArray[np.bool_] | None, effort: int | None
    ) -> Rows:
        assert self._efforts is not None  # built or loaded
        wanted = min(count, self.size)
        found = np.full((len(queries), count), -1, np.int64)
        with self._efforts.at(self._rounded(max(effort or self.options.ef_search, wanted))):
            for place, query in enumerate(queries):
                rows, _ = self._index.knnQuery(query, wanted)
                found[place, : len(rows)] = rows
        return found

    def _rounded(self, effort: int) -> int:
        """The usual effort, or one of few others: efforts that differ wait for each other."""
        usual: int = self.options.ef_search
        return usual if effort == usual else 1 << (effort - 1).bit_length()

    def _save(self, path: Path) -> None:
        assert self._file is not None  # built or loaded
        offset = 0
        with path.open("wb") as file:
            while block := os.pread(self._file.fileno(), _BYTES_AT_ONCE, offset):
                offset += file.write(block)

    def _load(self, path: Path, vectors: Vectors) -> None:
        _check_trailer(path, vectors.shape)
        self._read(path, vectors.shape)

    def _read(self, path: Path, shape: tuple[int, ...]) -> None:
        index = self._new_index()
        index.loadIndex(str(path), load_data=False)
        self.close()
        self._file = path.open("rb")
        self._index, self._shape = index, (shape[0], shape[1])
        self._efforts = SharedEffort(
            lambda effort: index.setQueryTimeParams({"efSearch": effort}), self.options.ef_search
        )

    def _new_index(self) -> Any:
        return self._nmslib.init(method="hnsw", space=_SPACES[self.options.space])


def _check_trailer(path: Path, shape: tuple[int, ...]) -> None:
    """Refuse what nmslib would read without a look, and crash."""
    with path.open("rb") as file:
        written = max(0, file.seek(0, os.SEEK_END) - _TRAILER.size)
        file.seek(written)
        trailer = file.read()
    if len(trailer) != _TRAILER.size or not trailer.startswith(_MARK):
        raise PluginError(f"{path}: not an index that was saved here")
    if _TRAILER.unpack(trailer)[1:] != (written, *shape):
        raise PluginError(f"{path}: not an index of these {shape[0]} vectors")
