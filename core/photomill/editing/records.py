"""What results were made of what: kept beside the results, so that nothing is taken for done by its name alone."""

import hashlib
import json
import os
import threading
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import attrs
import msgspec
from attrs import frozen

from photomill.components import Storage
from photomill.editing.destinations import Destination
from photomill.editing.request import EditRequest
from photomill.editing.request_json import request_json
from photomill.errors import NotFound, StorageError
from photomill.names import OWN_FOLDER, escape_name

_KEPT = 2
"""Records of one result: an edit that is broken off leaves the result of the one before."""


@frozen
class Record:
    """What a result was made of. It is written before the result is.

    :ivar edit: what was asked for: see :func:`edit_digest`.
    :ivar stamp: tells an original from another that took its place: its size and time, or a digest.
    :ivar bytes: of the result.
    """

    edit: str
    stamp: str
    bytes: int


class Records(Protocol):
    """Keeps records by the names of results. Thread-safe."""

    def find(self, name: str) -> list[Record]:
        """The last records of a result, the newest last.

        :raises StorageError: nobody knows.
        """

    def add(self, name: str, record: Record) -> None:
        """Keep one more.

        :raises StorageError: it cannot be written.
        """


class FileRecords:
    """A file of JSON lines; a line is written at once, and what other programs wrote is read too."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._records: dict[str, list[Record]] = {}
        self._marks: set[str] = set()
        self._read = 0

    def find(self, name: str) -> list[Record]:
        with self._lock:
            self._read_on()
            return list(self._records.get(escape_name(name), ()))

    def add(self, name: str, record: Record) -> None:
        self._append({"result": escape_name(name), **attrs.asdict(record)})

    def mark(self, mark: str) -> None:
        """Leave a mark, by which whoever sees this file through another system knows that it is this one.

        :raises StorageError: it cannot be written.
        """
        self._append({"mark": mark})

    def has_mark(self, mark: str) -> bool:
        """Whether somebody left this mark.

        :raises StorageError: nobody knows.
        """
        with self._lock:
            self._read_on()
            return mark in self._marks

    def _append(self, given: dict[str, Any]) -> None:
        line = json.dumps(given, ensure_ascii=True)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                # What a broken-off line left becomes a line of its own, which nobody understands.
                file.write(f"\n{line}\n".encode())
        except OSError as error:
            raise StorageError(f"{self._path}: {error.strerror or error}") from error

    def _read_on(self) -> None:
        """Read what was written since; a line that is being written waits for the next time."""
        try:
            with self._path.open("rb") as file:
                if os.fstat(file.fileno()).st_size < self._read:
                    # Somebody removed it, and it was begun anew.
                    self._read = 0
                file.seek(self._read)
                data = file.read()
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageError(f"{self._path}: {error.strerror or error}") from error
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            try:
                self._take(msgspec.json.decode(line))
            except (msgspec.DecodeError, AttributeError, KeyError, TypeError):
                continue

    def _take(self, given: dict[str, Any]) -> None:
        if "mark" in given:
            self._marks.add(given["mark"])
            return
        name = given.pop("result")
        self._records[name] = [*self._records.get(name, ()), Record(**given)][-_KEPT:]


class StorageRecords:
    """An object for each result, in a folder of their own beside the results."""

    def __init__(self, storage: Storage, destination: Destination) -> None:
        self._storage = storage
        self._folder = destination.key[: destination.key.rfind("/") + 1]

    def find(self, name: str) -> list[Record]:
        try:
            with self._storage.open_object(self._key(name)) as file:
                given = msgspec.json.decode(file.read())
            return [Record(**each) for each in given]
        except (NotFound, msgspec.DecodeError, TypeError):
            return []

    def add(self, name: str, record: Record) -> None:
        kept = [*self.find(name), record][-_KEPT:]
        data = msgspec.json.encode([attrs.asdict(each) for each in kept])
        self._storage.put(self._key(name), BytesIO(data))

    def _key(self, name: str) -> str:
        return f"{self._folder}{OWN_FOLDER}/{name}.json"


def records_of(output: Path) -> FileRecords:
    """The records of a folder or file: beside it, or inside where nothing may be written beside it."""
    whole = output.absolute()
    beside = whole.parent / f".{whole.name}.photomill-edits"
    inside = whole / ".photomill-edits"
    if inside.exists() or not (whole.name and os.access(nearest(whole.parent), os.W_OK)):
        return FileRecords(inside)
    return FileRecords(beside)


def nearest(path: Path) -> Path:
    """The path itself, or the first that exists of those above it."""
    existing = path.absolute()
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    return existing


def edit_digest(request: EditRequest) -> str:
    """Name what is asked for; the order of keys says nothing."""
    asked = json.dumps(request_json(request), sort_keys=True, ensure_ascii=True)
    return hashlib.blake2b(asked.encode(), digest_size=16).hexdigest()
