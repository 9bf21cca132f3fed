"""Snapshots: a collection's rows and index on disk, so that a restart need not read and build them anew.

They are caches. Each file is checksummed, the manifest is renamed into place last, and whatever is missing, damaged or
of other making is left aside and rebuilt from the catalog.
"""

import logging
import os
import shutil
import uuid
import zlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from attrs import frozen
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from photomill.collections.contents import SavedRows, View
from photomill.collections.store.records import Position
from photomill.components.index import VectorIndex
from photomill.folders import make_private_folder

_FORMAT = 1
_MANIFEST = "manifest.json"
_AT_ONCE = 1 << 24

logger = logging.getLogger(__name__)


@frozen
class IndexFile:
    """A saved index.

    :ivar identity: what built it; an index of other making cannot read it.
    :ivar size: how many of the first rows it holds.
    """

    path: Path
    identity: str
    size: int


@frozen(eq=False)
class Snapshot:
    """What a folder held."""

    rows: SavedRows
    index: IndexFile | None


class SnapshotFolder:
    """One collection's snapshot."""

    def __init__(self, folder: Path, fingerprint: str, dimension: int) -> None:
        """
        :param fingerprint: of the embedder; a snapshot of other vectors is not read.
        """
        self._folder = folder
        self._fingerprint = fingerprint
        self._dimension = dimension

    def load(self) -> Snapshot | None:
        """Read the snapshot; None, and a line in the log, where there is none that is sound."""
        try:
            manifest = msgspec.json.decode((self._folder / _MANIFEST).read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            logger.warning("snapshot %s is unreadable, rebuilding: %s", self._folder, error)
            return None
        try:
            return self._read(manifest)
        except (OSError, ValueError, KeyError, TypeError, msgspec.DecodeError) as error:
            logger.warning("snapshot %s is stale or damaged, rebuilding: %s", self._folder, error)
            return None

    def save(
        self,
        view: View,
        index: VectorIndex | None = None,
        indexed: int = 0,
        identity: str = "",
        *,
        compact: bool = False,
    ) -> SavedRows | None:
        """Write a snapshot in the place of the last.

        :param compact: leave dead rows out; the index is then of no use, and is not saved.
        :returns: the rows as saved, memory-mapped; None where another process is at it.
        """
        make_private_folder(self._folder)
        try:
            with FileLock(self._folder / "lock", timeout=0):
                return self._write(view, None if compact else index, indexed, identity, compact)
        except Timeout:
            logger.debug("another process is writing snapshot %s", self._folder)
            return None

    def remove(self) -> None:
        """Take the folder away."""
        shutil.rmtree(self._folder, ignore_errors=True)

    # ------------------------------------------------------------ writing

    def _write(
        self, view: View, index: VectorIndex | None, indexed: int, identity: str, compact: bool
    ) -> SavedRows:
        generation = uuid.uuid4().hex[:12]
        rows = view.live_rows() if compact else np.arange(view.size)
        ids = view.ids_of(rows.tolist())
        serials = view.serials[rows]
        alive = view.alive[rows]
        vectors_path = self._folder / f"vectors-{generation}"
        with vectors_path.open("wb") as file:
            for start in range(0, len(rows), 8192):
                file.write(view.vectors.gather(rows[start : start + 8192]).tobytes())
        rows_path = self._folder / f"rows-{generation}"
        rows_path.write_bytes(msgspec.msgpack.encode([ids, serials.tobytes(), alive.tobytes()]))
        manifest: dict[str, Any] = {
            "format": _FORMAT,
            "fingerprint": self._fingerprint,
            "dimension": self._dimension,
            "rows": len(rows),
            "sequence": view.position.sequence,
            "epoch": view.position.epoch,
            "files": [_describe_file(vectors_path), _describe_file(rows_path)],
        }
        if index is not None and index.can_persist:
            index_path = self._folder / f"index-{generation}"
            index.save(index_path)
            manifest["index"] = {
                **_describe_file(index_path),
                "identity": identity,
                "size": indexed,
            }
        self._publish(manifest, generation)
        return SavedRows(ids, serials, alive, self._map(vectors_path, len(rows)), view.position)

    def _publish(self, manifest: dict[str, Any], generation: str) -> None:
        temporary = self._folder / f"manifest-{generation}"
        temporary.write_bytes(msgspec.json.encode(manifest))
        os.replace(temporary, self._folder / _MANIFEST)
        for path in self._folder.iterdir():
            # Whoever maps an older file keeps it until it lets go.
            if not path.name.endswith(generation) and path.name not in {_MANIFEST, "lock"}:
                path.unlink(missing_ok=True)

    # ------------------------------------------------------------ reading

    def _read(self, manifest: dict[str, Any]) -> Snapshot:
        made = (manifest["format"], manifest["fingerprint"], manifest["dimension"])
        if made != (_FORMAT, self._fingerprint, self._dimension):
            raise ValueError("it was made by another version or another embedder")
        vectors_path, rows_path = (self._checked(described) for described in manifest["files"])
        ids, serials, alive = msgspec.msgpack.decode(rows_path.read_bytes())
        rows = SavedRows(
            ids=ids,
            serials=np.frombuffer(serials, np.int64),
            alive=np.frombuffer(alive, np.bool_),
            vectors=self._map(vectors_path, manifest["rows"]),
            position=Position(manifest["sequence"], manifest["epoch"]),
        )
        if not len(rows.ids) == len(rows.serials) == len(rows.alive) == manifest["rows"]:
            raise ValueError("its parts are of unlike length")
        index = manifest.get("index")
        if index is None:
            return Snapshot(rows, None)
        return Snapshot(rows, IndexFile(self._checked(index), index["identity"], index["size"]))

    def _map(self, path: Path, rows: int) -> NDArray[np.float32]:
        if not rows:
            return np.empty((0, self._dimension), np.float32)
        # A plain array over the map: np.memmap's own class makes every slice slower.
        return np.asarray(np.memmap(path, np.float32, "r", shape=(rows, self._dimension)))

    def _checked(self, described: dict[str, Any]) -> Path:
        path = self._folder / Path(described["name"]).name
        if path.stat().st_size != described["bytes"] or _checksum(path) != described["crc32"]:
            raise ValueError(f"{path.name} does not have the checksum that it was saved with")
        return path


def _describe_file(path: Path) -> dict[str, Any]:
    return {"name": path.name, "bytes": path.stat().st_size, "crc32": _checksum(path)}


def _checksum(path: Path) -> int:
    value = 0
    with path.open("rb") as file:
        while block := file.read(_AT_ONCE):
            value = zlib.crc32(block, value)
    return value
