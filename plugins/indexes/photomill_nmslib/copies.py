"""Rows that are equal, each kept once.

In HNSW a link is left out where another leads nearer to its end. Equal rows are no nearer to one another than to anything
else that they link to, so they link to nothing but themselves, and a search that meets them ends there (Qdrant's pull request
10239; kakao/n2's issue 39). So a graph has a node for each unlike row, and a node stands for all rows that are equal: what
``IndexIVFFlatDedup`` of faiss does in its cells.
"""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from photomill.plugin import Rows, Vectors

_ROWS_AT_ONCE = 256
_SEED = 7

Nodes = NDArray[np.int32]


@frozen(eq=False)
class Copies:
    """Which rows each node stands for.

    :ivar rows: all rows, by node and then ascending: int32 (n,).
    :ivar starts: where those of each node begin, and at last n: int64 (nodes + 1,).
    """

    rows: Nodes
    starts: Rows

    @classmethod
    def of(cls, nodes: Nodes, count: int) -> "Copies":
        """Tell them from the node of each row.

        :param nodes: of each row its node: int32 (n,).
        :param count: how many nodes there are.
        """
        starts = np.zeros(count + 1, np.int64)
        np.cumsum(np.bincount(nodes, minlength=count), out=starts[1:])
        return cls(nodes.argsort(kind="stable").astype(np.int32), starts)

    def __len__(self) -> int:
        """How many nodes there are."""
        return len(self.starts) - 1

    @property
    def nodes(self) -> Nodes:
        """Of each row its node."""
        nodes = np.empty_like(self.rows)
        nodes[self.rows] = np.repeat(np.arange(len(self)), np.diff(self.starts))
        return nodes

    @property
    def firsts(self) -> Nodes:
        """The first row of each node."""
        return self.rows[self.starts[:-1]]

    def first_of(self, nodes: Nodes, at_most: int) -> Rows:
        """The first rows of some nodes, one node after the other."""
        begin = self.starts[nodes]
        sizes = self.starts[nodes + 1] - begin
        ends = sizes.cumsum()
        few = int(ends.searchsorted(at_most)) + 1
        # Where a node's rows begin, less where they come to stand.
        shifts = np.repeat((begin - ends + sizes)[:few], sizes[:few])[:at_most]
        return np.asarray(self.rows[shifts + np.arange(len(shifts))], np.int64)


def find_copies(vectors: Vectors) -> Copies | None:
    """Find equal rows; None where all are unlike."""
    keys = _keys(vectors)
    _, first, nodes = np.unique(keys, return_index=True, return_inverse=True)
    if len(first) == len(vectors):
        return None
    # Unlike rows of one key stay apart.
    copies = np.flatnonzero(first[nodes] != np.arange(len(vectors)))
    for start in range(0, len(copies), _ROWS_AT_ONCE):
        some = copies[start : start + _ROWS_AT_ONCE]
        unlike = some[(vectors[some] != vectors[first[nodes[some]]]).any(axis=1)]
        nodes[unlike] = len(first) + unlike
    # Nodes are in order of their first rows: neighbours in memory are neighbours as they came.
    _, first, nodes = np.unique(nodes, return_index=True, return_inverse=True)
    if len(first) == len(vectors):
        return None
    places = np.empty(len(first), np.int32)
    places[first.argsort()] = np.arange(len(first), dtype=np.int32)
    return Copies.of(places[nodes], len(first))


def _keys(vectors: Vectors) -> NDArray[np.uint64]:
    """A number of each row, the same for equal rows: uint64 (n,)."""
    factors = np.random.default_rng(_SEED).integers(
        0, 1 << 64, size=vectors.shape[1], dtype=np.uint64
    )
    keys = np.empty(len(vectors), np.uint64)
    for start in range(0, len(vectors), _ROWS_AT_ONCE):
        # 0.0 and -0.0 are equal, and after this the same.
        block = np.ascontiguousarray(vectors[start : start + _ROWS_AT_ONCE], np.float32) + 0.0
        bits = block.view(np.uint32)
        keys[start : start + len(block)] = (bits * factors).sum(axis=1)
    return keys
