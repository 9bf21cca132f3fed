"""HNSW (Malkov & Yashunin 2018) as nmslib builds it.

Where few components tell most about the rows, the graph is one of these in the place of whole vectors: it is smaller, and
built and searched sooner. Of a row x and a query q, with P the components,

    |Pᵀq - Pᵀx|²  =  |q - x|²  less what the components leave over of q - x,

so a graph of components looks for the nearest by that distance, and gives some more candidates.

Rows that are equal have one node; ``copies.py`` says why.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO, Literal

import numpy as np
from attrs import field, frozen, validators
from numpy.typing import NDArray

from photomill.plugin import (
    OpenContext,
    Rows,
    VectorIndex,
    Vectors,
    available_cores,
    make_private_folder,
)
from photomill_nmslib.about import About, append_about, read_about
from photomill_nmslib.building import ROWS_AT_ONCE, build, build_apart
from photomill_nmslib.copies import find_copies
from photomill_nmslib.efforts import SharedEffort
from photomill_nmslib.quiet import import_nmslib
from photomill_principal.components import COPYING, NEAREST, Components, fit

_SPACES = {"cosine": "cosinesimil", "l2": "l2"}
_FEW_ROWS = 2048
"""So few are built at once in this process, by one thread; more in another process, which may die of it."""

_BYTES_AT_ONCE = 1 << 22

_MORE = 16
"""Candidates of whole vectors beyond those that are wanted."""

_NOTHING = About((0, 0))


@frozen
class NmslibOptions:
    """
    :ivar m: links of a node; more is better, slower and larger.
    :ivar ef_construction: how hard building looks.
    :ivar ef_search: how hard a search looks, unless it says otherwise.
    :ivar space: ``cosine`` or ``l2``, which order unit vectors alike; components are always compared by ``l2``.
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

    Holds a copy of the vectors, or of their principal components, inside its graph, and while it is built another. What
    nmslib wrote stays on disk as an open file without a name: nmslib cannot write again what it read.

    A query of which the components tell too little is left to other ways: it asks for all rows as candidates.
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
        self._about = _NOTHING
        self._efforts: SharedEffort | None = None
        self._file: BinaryIO | None = None

    def open(self, context: OpenContext) -> None:
        self._nmslib = import_nmslib()
        self._cache_dir = context.cache_dir

    def close(self) -> None:
        self._index, self._about = None, _NOTHING
        if self._file is not None:
            self._file.close()

    @property
    def size(self) -> int:
        return self._about.shape[0]

    def candidates(self, count: int) -> int:
        # Asked while another thread may close it.
        components = self._about.components
        if components is None:
            return count + _MORE
        return int(components.wanted * max(1.0, count / NEAREST))

    def candidates_for(self, queries: Vectors, count: int) -> int:
        components = self._about.components
        if components is None or components.suit(queries).all():
            return self.candidates(count)
        return self.size

    def cost(self, count: int, allowed: int | None) -> float:
        return _searching(self._width, max(count, self.options.ef_search))

    @property
    def _width(self) -> int:
        """How many numbers of a row the graph holds."""
        about = self._about
        return about.shape[1] if about.components is None else about.components.width

    def _build(self, vectors: Vectors) -> None:
        copies = find_copies(vectors)
        small = len(vectors if copies is None else copies) <= _FEW_ROWS
        threads = 1 if small else self.options.threads or available_cores()
        settings = {
            "M": self.options.m,
            "efConstruction": self.options.ef_construction,
            "indexThreadQty": threads,
            "post": self.options.post,
        }
        components = None if small else self._fitted(vectors)
        about = About((len(vectors), vectors.shape[1]), components, copies)
        make_private_folder(self._cache_dir)
        with NamedTemporaryFile(dir=self._cache_dir) as named:
            path = Path(named.name)
            # Without threads of its own nmslib fails in our own words.
            make = build if small else build_apart
            make(_kept(vectors, about), path, self._space(components), settings)
            # Read again, it is without the vectors that it was built from, and has those in its graph only.
            with path.open("ab") as file:
                append_about(file, about)
            self._read(path, about.shape)

    def _fitted(self, vectors: Vectors) -> Components | None:
        """Components with which searches cost less than with whole vectors; None where there are none."""
        effort, count = self.options.ef_search, NEAREST + _MORE
        dimension = vectors.shape[1]
        whole = _searching(dimension, max(count, effort)) + count * COPYING * dimension
        found = fit(vectors, _Walked(dimension, effort), whole)
        return None if found is None else found.components

    def _search(
        self, queries: Vectors, count: int, allowed: NDArray[np.bool_] | None, effort: int | None
    ) -> Rows:
        assert self._efforts is not None  # built or loaded
        components, copies = self._about.components, self._about.copies
        if components is not None:
            queries = components.along(queries)
        wanted = min(count, self._about.nodes)
        found = np.full((len(queries), count), -1, np.int64)
        with self._efforts.at(self._rounded(max(effort or self.options.ef_search, wanted))):
            for place, query in enumerate(queries):
                rows, _ = self._index.knnQuery(query, wanted)
                if copies is not None:
                    rows = copies.first_of(rows, count)
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
        self._read(path, (len(vectors), vectors.shape[1]))

    def _read(self, path: Path, shape: tuple[int, int]) -> None:
        about = read_about(path, shape)
        index = self._nmslib.init(method="hnsw", space=self._space(about.components))
        index.loadIndex(str(path), load_data=False)
        self.close()
        self._file = path.open("rb")
        self._index, self._about = index, about
        self._efforts = SharedEffort(
            lambda effort: index.setQueryTimeParams({"efSearch": effort}), self.options.ef_search
        )

    def _space(self, components: Components | None) -> str:
        return _SPACES["l2" if components is not None else self.options.space]


def _kept(vectors: Vectors, about: About) -> Iterator[Vectors]:
    """Yield what the nodes of a graph hold, some at a time."""
    components = about.components
    firsts = None if about.copies is None else about.copies.firsts
    for start in range(0, about.nodes, ROWS_AT_ONCE):
        some = slice(start, start + ROWS_AT_ONCE)
        block = vectors[some if firsts is None else firsts[some]]
        yield block if components is None else components.along(block)


@frozen
class _Walked:
    """Searches of a graph of components."""

    dimension: int
    effort: int

    def cost(self, width: int, candidates: int) -> float:
        walking = _searching(width, max(candidates, self.effort))
        return walking + candidates * COPYING * self.dimension

    def nearness(
        self, queries: Vectors, rows: Vectors, offsets: Vectors, deviation: float
    ) -> Vectors:
        return np.asarray(queries @ rows.T - np.square(rows).sum(axis=1) / 2)


def _searching(width: int, visited: int) -> float:
    """Microseconds of a search that visits so many rows."""
    return 60.0 + (1.0 + 0.005 * width) * visited
