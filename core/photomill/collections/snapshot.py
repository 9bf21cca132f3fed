"""Snapshots: a collection's rows and index on disk, so that a restart need not read and build them anew.

They are caches. Each file is checksummed, the manifest is renamed into place last, and whatever is missing, damaged or
of other making is left aside and rebuilt from the catalog. To read all vectors for their checksum would take a start of
many rows longer than all else, so that is left out where their file is as old as it was when it was brought to the disk.

Rows are read by mapping the files into memory, so that the processes of a machine share them. A file that has a name is
never written again: whoever maps it keeps it as it is, also once it was removed.
"""

import logging
import os
import shutil
import uuid
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np
from attrs import frozen
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from photomill.collections.contents import SavedRows, View
from photomill.collections.ids import Ids, PackedIds
from photomill.collections.store.records import Position
from photomill.components.index import VectorIndex
from photomill.folders import make_private_folder

_FORMAT = 2
_MANIFEST = "manifest.json"
_AT_ONCE = 1 << 24
_TRIES = 5
"""How often a snapshot is read that others replace meanwhile."""

Number = TypeVar("Number", bound=np.generic)

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
        self._vectors = ""
        """The file of vectors of the snapshot that was saved or loaded here last."""

    def load(self) -> Snapshot | None:
        """Read the snapshot; None, and a line in the log, where there is none that is sound."""
        for _ in range(_TRIES):
            try:
                written = (self._folder / _MANIFEST).read_bytes()
            except FileNotFoundError:
                return None
            except OSError as error:
                logger.warning("snapshot %s is unreadable, rebuilding: %s", self._folder, error)
                return None
            try:
                return self._read(msgspec.json.decode(written))
            except (OSError, ValueError, KeyError, TypeError, msgspec.DecodeError) as error:
                fault = error
            if not self._replaced(written):
                break
        logger.warning("snapshot %s is stale or damaged, rebuilding: %s", self._folder, fault)
        return None

    def position(self) -> Position | None:
        """How far the collection had come when the snapshot was made; None where there is none that can be read."""
        try:
            manifest = msgspec.json.decode((self._folder / _MANIFEST).read_bytes())
            return Position(manifest["sequence"], manifest["epoch"])
        except (OSError, ValueError, KeyError, TypeError, msgspec.DecodeError):
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
        generation = uuid.uuid4().hex[:12]
        try:
            with FileLock(self._folder / "lock", timeout=0):
                try:
                    rows = self._write(
                        generation, view, None if compact else index, indexed, identity, compact
                    )
                except BaseException:
                    # A full disk, perhaps: half a snapshot would fill it on.
                    self._remove_files(lambda name: name.endswith(generation))
                    raise
                # Whoever maps an older file keeps it until it lets go.
                kept = {_MANIFEST, "lock"}
                self._remove_files(lambda name: not name.endswith(generation) and name not in kept)
                return rows
        except Timeout:
            logger.debug("another process is writing snapshot %s", self._folder)
            return None

    def add_index(
        self, position: Position, rows: int, index: VectorIndex, indexed: int, identity: str
    ) -> bool:
        """Put an index into the snapshot, in the place of one of other making, or of fewer rows.

        Nothing is done where another process has replaced the snapshot that was saved or loaded here: it may number rows
        in another way.

        :param position: of the snapshot whose rows the index numbers.
        :param rows: that the snapshot has; the index knows none beyond them.
        :returns: False where another process writes the snapshot now.
        """
        make_private_folder(self._folder)
        try:
            with FileLock(self._folder / "lock", timeout=0):
                self._add_index(position, rows, index, indexed, identity)
        except Timeout:
            logger.debug("another process is writing snapshot %s", self._folder)
            return False
        return True

    def _add_index(
        self, position: Position, rows: int, index: VectorIndex, indexed: int, identity: str
    ) -> None:
        if self.position() != position:
            return
        manifest = msgspec.json.decode((self._folder / _MANIFEST).read_bytes())
        ours = manifest["files"][0]["name"] == self._vectors and manifest["rows"] == rows
        if not ours or indexed > rows:
            return
        before = manifest.get("index")
        if before is not None and before["identity"] == identity and before["size"] >= indexed:
            return
        name = f"index-{uuid.uuid4().hex[:12]}"
        try:
            manifest["index"] = self._written_index(name, index, indexed, identity)
            self._publish(manifest, name)
        except BaseException:
            self._remove_files(lambda found: found.endswith(name))
            raise
        if before is not None:
            self._remove_files(lambda found: found == before["name"])

    def remove(self) -> None:
        """Take the folder away."""
        shutil.rmtree(self._folder, ignore_errors=True)

    # ------------------------------------------------------------ writing

    def _write(
        self,
        generation: str,
        view: View,
        index: VectorIndex | None,
        indexed: int,
        identity: str,
        compact: bool,
    ) -> SavedRows:
        rows = view.live_rows() if compact else np.arange(view.size)
        ids = view.packed_ids()
        if len(rows) < view.size:
            ids = ids.chosen(rows)
        vectors_path = self._folder / f"vectors-{generation}"
        with vectors_path.open("wb") as file:
            for start in range(0, len(rows), 8192):
                file.write(view.vectors.gather(rows[start : start + 8192]).tobytes())
            file.flush()
            os.fsync(file.fileno())
        rows_path = self._folder / f"rows-{generation}"
        with rows_path.open("wb") as file:
            for array in (
                view.serials[rows],
                ids.ends,
                ids.hashes,
                ids.rows,
                view.alive[rows],
                ids.text,
            ):
                file.write(np.ascontiguousarray(array).data)
        manifest: dict[str, Any] = {
            "format": _FORMAT,
            "fingerprint": self._fingerprint,
            "dimension": self._dimension,
            "rows": len(rows),
            "sequence": view.position.sequence,
            "epoch": view.position.epoch,
            "files": [
                {**_describe_file(vectors_path), "modified": vectors_path.stat().st_mtime_ns},
                _describe_file(rows_path),
            ],
        }
        if index is not None and index.can_persist:
            manifest["index"] = self._written_index(f"index-{generation}", index, indexed, identity)
        saved = self._rows(vectors_path, rows_path, len(rows), view.position)
        # Nothing may fail after this: the files are the snapshot from then on.
        self._publish(manifest, generation)
        self._vectors = vectors_path.name
        return saved

    def _written_index(
        self, name: str, index: VectorIndex, indexed: int, identity: str
    ) -> dict[str, Any]:
        """What the manifest says of an index that is written now."""
        path = self._folder / name
        index.save(path)
        return {**_describe_file(path), "identity": identity, "size": indexed}

    def _publish(self, manifest: dict[str, Any], generation: str) -> None:
        temporary = self._folder / f"manifest-{generation}"
        temporary.write_bytes(msgspec.json.encode(manifest))
        os.replace(temporary, self._folder / _MANIFEST)

    def _remove_files(self, which: Callable[[str], bool]) -> None:
        """Remove what can be removed: what stays takes room, and is tried again at the next snapshot."""
        try:
            paths = [path for path in self._folder.iterdir() if which(path.name)]
        except FileNotFoundError:
            return  # The collection was deleted meanwhile.
        except OSError as error:
            logger.warning("snapshot %s cannot be cleaned up: %s", self._folder, error)
            return
        for path in paths:
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                logger.warning("%s cannot be removed: %s", path, error)

    # ------------------------------------------------------------ reading

    def _read(self, manifest: dict[str, Any]) -> Snapshot:
        made = (manifest["format"], manifest["fingerprint"], manifest["dimension"])
        if made != (_FORMAT, self._fingerprint, self._dimension):
            raise ValueError("it was made by another version or another embedder")
        vectors_path, rows_path = (self._checked(described) for described in manifest["files"])
        position = Position(manifest["sequence"], manifest["epoch"])
        rows = self._rows(vectors_path, rows_path, manifest["rows"], position)
        self._vectors = vectors_path.name
        index = manifest.get("index")
        if index is None:
            return Snapshot(rows, None)
        return Snapshot(rows, IndexFile(self._checked(index), index["identity"], index["size"]))

    def _rows(self, vectors: Path, rows: Path, count: int, position: Position) -> SavedRows:
        """
        :raises ValueError: the files hold another number of rows.
        """
        if vectors.stat().st_size != 4 * count * self._dimension:
            raise ValueError("its vectors are of another number or length")
        parts = _Parts(_map(rows))
        serials = parts.take(count, np.int64)
        ends = parts.take(count + 1, np.int64)
        hashes = parts.take(count, np.uint64)
        ordered = parts.take(count, np.int32)
        alive = parts.take(count, np.bool_)
        text = parts.take(int(ends[-1]), np.uint8)
        ids = Ids(PackedIds(text, ends, hashes, ordered))
        matrix = _map(vectors).view(np.float32).reshape(count, self._dimension)
        return SavedRows(ids, serials, alive, matrix, position)

    def _replaced(self, manifest: bytes) -> bool:
        """Whether there is another manifest by now."""
        try:
            return (self._folder / _MANIFEST).read_bytes() != manifest
        except OSError:
            return False

    def _checked(self, described: dict[str, Any]) -> Path:
        path = self._folder / Path(described["name"]).name
        found = path.stat()
        if found.st_size != described["bytes"]:
            # Whoever reads beyond the end of a mapped file is killed.
            raise ValueError(
                f"{path.name} has {found.st_size:,} bytes, and was saved with {described['bytes']:,}"
            )
        untouched = described.get("modified") == found.st_mtime_ns
        if not untouched and _checksum(path) != described["crc32"]:
            raise ValueError(f"{path.name} does not have the checksum that it was saved with")
        return path


class _Parts:
    """Arrays that lie in a file one after the other."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self._data = data
        self._taken = 0

    def take(self, count: int, kind: type[Number]) -> NDArray[Number]:
        """
        :raises ValueError: there is less.
        """
        end = self._taken + count * np.dtype(kind).itemsize
        if not self._taken <= end <= len(self._data):
            raise ValueError("its rows are of another number")
        part = self._data[self._taken : end].view(kind)
        self._taken = end
        return part


def _map(path: Path) -> NDArray[np.uint8]:
    """A file's bytes, read once they are looked at."""
    if not path.stat().st_size:
        return np.empty(0, np.uint8)
    # A plain array over the map: np.memmap's own class makes every slice slower.
    return np.asarray(np.memmap(path, np.uint8, "r"))


def _describe_file(path: Path) -> dict[str, Any]:
    return {"name": path.name, "bytes": path.stat().st_size, "crc32": _checksum(path)}


def _checksum(path: Path) -> int:
    value, data = 0, _map(path)
    for start in range(0, len(data), _AT_ONCE):
        value = zlib.crc32(data[start : start + _AT_ONCE].data, value)
    return value
