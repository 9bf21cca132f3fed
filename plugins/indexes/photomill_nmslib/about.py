"""What stands behind a graph in its file: of which vectors it is, what it holds of them, and which of them are copies.

nmslib reads any file without a look, and crashes on one that is not its own.
"""

import os
import struct
from pathlib import Path
from typing import IO

import numpy as np
from attrs import frozen

from photomill.plugin import PluginError
from photomill_nmslib.copies import Copies
from photomill_principal.components import Components

_TRAILER = struct.Struct("<16sQQQQ")
"""At the end: the mark, the bytes that nmslib wrote, rows, dimension and nodes."""

_MARK = b"photomill nmslib"

_COMPONENTS = struct.Struct("<QdQ")
"""Before their columns and offsets: how many components, what they leave over, and how many candidates are wanted."""


@frozen(eq=False)
class About:
    """
    :ivar shape: of the vectors: rows and dimension.
    :ivar components: that the graph holds of them; None for whole vectors.
    :ivar copies: which rows each node stands for; None where each has one of its own.
    """

    shape: tuple[int, int]
    components: Components | None = None
    copies: Copies | None = None

    @property
    def nodes(self) -> int:
        """How many nodes the graph has."""
        return self.shape[0] if self.copies is None else len(self.copies)


def append_about(file: IO[bytes], about: About) -> None:
    """Write behind what nmslib wrote."""
    written, components = file.tell(), about.components
    if components is not None:
        numbers = components.width, components.most_left_over, components.wanted
        file.write(_COMPONENTS.pack(*numbers))
        file.write(components.columns.astype("<f4").tobytes())
        file.write(components.offsets.astype("<f4").tobytes())
    if about.copies is not None:
        file.write(about.copies.nodes.astype("<i4").tobytes())
    file.write(_TRAILER.pack(_MARK, written, *about.shape, about.nodes))


def read_about(path: Path, shape: tuple[int, int]) -> About:
    """Read what a graph is about.

    :raises PluginError: the file is not a graph that was saved here, or not one of these vectors.
    """
    rows, dimension = shape
    with path.open("rb") as file:
        end = max(0, file.seek(0, os.SEEK_END) - _TRAILER.size)
        file.seek(end)
        trailer = file.read()
        if len(trailer) != _TRAILER.size or not trailer.startswith(_MARK):
            raise PluginError(f"{path}: not an index that was saved here")
        _, written, *saved, nodes = _TRAILER.unpack(trailer)
        behind = 0 if nodes == rows else 4 * rows
        between = end - behind - written
        if tuple(saved) != shape or between < 0:
            raise PluginError(f"{path}: not an index of these {rows} vectors")
        file.seek(written)
        components = _read_components(file.read(between), dimension) if between else None
        copies = _read_copies(file.read(behind), nodes) if behind else None
    if between and components is None:
        raise PluginError(f"{path}: the components behind the graph are not whole")
    if behind and copies is None:
        raise PluginError(f"{path}: it does not tell of every node which rows it stands for")
    return About(shape, components, copies)


def _read_copies(written: bytes, count: int) -> Copies | None:
    nodes = np.frombuffer(written, "<i4").astype(np.int32)
    each = np.bincount(nodes, minlength=count) if nodes.min() >= 0 else nodes[:0]
    return Copies.of(nodes, count) if len(each) == count and each.all() else None


def _read_components(written: bytes, dimension: int) -> Components | None:
    if len(written) < _COMPONENTS.size:
        return None
    width, left_over, wanted = _COMPONENTS.unpack_from(written)
    if len(written) != _COMPONENTS.size + 4 * width * (dimension + 1):
        return None
    numbers = np.frombuffer(written, "<f4", offset=_COMPONENTS.size)
    columns, offsets = np.split(numbers, [width * dimension])
    return Components(columns.reshape(dimension, width), offsets, left_over, wanted)
