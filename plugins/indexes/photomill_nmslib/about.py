"""What stands behind a graph in its file: of which vectors it is, and the components that it holds of them.

nmslib reads any file without a look, and crashes on one that is not its own.
"""

import os
import struct
from pathlib import Path
from typing import IO

import numpy as np

from photomill.plugin import PluginError
from photomill_principal.components import Components

_TRAILER = struct.Struct("<16sQQQ")
"""At the end: the mark, the bytes that nmslib wrote, rows and dimension."""

_MARK = b"photomill nmslib"

_COMPONENTS = struct.Struct("<QdQ")
"""Before their columns and offsets: how many components, what they leave over, and how many candidates are wanted."""


def append_about(file: IO[bytes], shape: tuple[int, ...], components: Components | None) -> None:
    """Write behind what nmslib wrote.

    :param shape: of the vectors: rows and dimension.
    :param components: that the graph holds; None for whole vectors.
    """
    written = file.tell()
    if components is not None:
        about = components.width, components.most_left_over, components.wanted
        file.write(_COMPONENTS.pack(*about))
        file.write(components.columns.astype("<f4").tobytes())
        file.write(components.offsets.astype("<f4").tobytes())
    file.write(_TRAILER.pack(_MARK, written, *shape))


def read_about(path: Path, shape: tuple[int, ...]) -> Components | None:
    """Read which components a graph holds; None for whole vectors.

    :raises PluginError: the file is not a graph that was saved here, or not one of these vectors.
    """
    with path.open("rb") as file:
        end = max(0, file.seek(0, os.SEEK_END) - _TRAILER.size)
        file.seek(end)
        trailer = file.read()
        if len(trailer) != _TRAILER.size or not trailer.startswith(_MARK):
            raise PluginError(f"{path}: not an index that was saved here")
        _, written, *saved = _TRAILER.unpack(trailer)
        between = end - written
        if tuple(saved) != shape or between < 0:
            raise PluginError(f"{path}: not an index of these {shape[0]} vectors")
        if between == 0:
            return None
        file.seek(written)
        components = _read_components(file.read(between), shape[1])
    if components is None:
        raise PluginError(f"{path}: the components behind the graph are not whole")
    return components


def _read_components(written: bytes, dimension: int) -> Components | None:
    if len(written) < _COMPONENTS.size:
        return None
    width, left_over, wanted = _COMPONENTS.unpack_from(written)
    if len(written) != _COMPONENTS.size + 4 * width * (dimension + 1):
        return None
    numbers = np.frombuffer(written, "<f4", offset=_COMPONENTS.size)
    columns, offsets = np.split(numbers, [width * dimension])
    return Components(columns.reshape(dimension, width), offsets, left_over, wanted)
