"""Building a graph in a process of its own; run with the number of a descriptor, a path and the settings as JSON.

nmslib builds in native threads. Where one of them cannot be had, or gets no memory, C++ ends the whole process: that must
not be the one that serves.
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from photomill.plugin import PluginError, Vectors
from photomill_nmslib.quiet import import_nmslib

_PR_SET_PDEATHSIG = 1
ROWS_AT_ONCE = 2048


def build(blocks: Iterable[Vectors], path: Path, space: str, settings: dict[str, Any]) -> None:
    """Build a graph here, and write it to a file.

    :param blocks: its vectors in order, some at a time.
    """
    index = import_nmslib().init(method="hnsw", space=space)
    start = 0
    for block in blocks:
        # Holds Python's lock; searches go on between two blocks.
        index.addDataPointBatch(block, np.arange(start, start + len(block), dtype=np.int32))
        start += len(block)
    index.createIndex(settings)
    index.saveIndex(str(path), save_data=False)


def build_apart(
    blocks: Iterable[Vectors], path: Path, space: str, settings: dict[str, Any]
) -> None:
    """Build a graph in another process, which ends with this one.

    :raises PluginError: that process ended before it was done.
    """
    rows = width = 0
    try:
        shared = os.memfd_create("vectors")
        with contextlib.closing(os.fdopen(shared, "wb")) as file:
            for block in blocks:
                file.write(np.ascontiguousarray(block, np.float32).data)
                rows, width = rows + len(block), block.shape[1]
            task = {"shape": (rows, width), "space": space, "settings": settings}
            file.flush()
            done = subprocess.run(
                [sys.executable, "-P", "-m", __name__, str(shared), str(path), json.dumps(task)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[shared],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                check=False,
            )
    except OSError as error:
        raise PluginError(f"nmslib: a graph cannot be built: {error}") from error
    if done.returncode < 0:
        end = f"was ended by {signal.Signals(-done.returncode).name}"
    else:
        end = f"ended with status {done.returncode}"
    if done.returncode:
        raise PluginError(
            f"nmslib: the process that builds a graph of {rows} vectors {end}; "
            "it may have had too little memory"
        )


def main() -> None:
    """Build what the arguments say."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    descriptor, path, task = int(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    vectors = np.memmap(f"/proc/self/fd/{descriptor}", np.float32, "r", shape=tuple(task["shape"]))
    blocks = (
        vectors[start : start + ROWS_AT_ONCE] for start in range(0, len(vectors), ROWS_AT_ONCE)
    )
    build(blocks, path, task["space"], task["settings"])


if __name__ == "__main__":
    main()
