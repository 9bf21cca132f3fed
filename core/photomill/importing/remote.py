"""Pictures that are no files of this machine: objects of storages, and web addresses."""

import posixpath
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from attrs import frozen

from photomill.importing.walking import PICTURE_SUFFIXES
from photomill.sources.source import Source, UriSource
from photomill.sources.uris import parse_storage_uri
from photomill.storages import Namespace

_STORAGE = "storage://"


@frozen
class FoundObject:
    """A picture to import.

    :ivar uri: ``storage://name/key`` or a web address.
    :ivar name: the key below the folder that was named, or the last part of the URI's path.
    :ivar size: in bytes; None where the listing does not say.
    :ivar modified: seconds since the epoch, likewise.
    """

    uri: str
    name: PurePosixPath
    size: int | None = None
    modified: float | None = None

    @property
    def path(self) -> str:
        return self.uri

    @property
    def shown(self) -> str:
        return self.uri

    @property
    def place(self) -> tuple[str, str]:
        """The attribute that says where the picture is, and what it says."""
        return "_url", self.uri

    @property
    def source(self) -> Source:
        return UriSource(self.uri)

    def facts(self) -> dict[str, Any]:
        """What is known without reading it: ``bytes`` and ``modified``."""
        found: dict[str, Any] = {}
        if self.size is not None:
            found["bytes"] = self.size
        if self.modified is not None:
            moment = datetime.fromtimestamp(self.modified, UTC)
            found["modified"] = moment.isoformat(timespec="seconds").replace("+00:00", "Z")
        return found


def find_objects(uri: str, storages: Namespace) -> Iterator[FoundObject]:
    """Yield the picture that a URI names; of ``storage://name/folder/`` all pictures below it, in the order of the keys.

    :raises NotFound: no such storage.
    :raises StorageError, Unsupported: a folder cannot be listed.
    :raises InvalidInput: not a URI of a storage.
    """
    if not uri.startswith(_STORAGE) or not uri.endswith("/"):
        path = unquote(urlsplit(uri).path).rstrip("/")
        yield FoundObject(uri, PurePosixPath(posixpath.basename(path) or urlsplit(uri).netloc))
        return
    name, prefix = parse_storage_uri(uri)
    for found in storages.storage(name).list_objects(prefix, recursive=True, after=""):
        suffix = posixpath.splitext(found.key)[1].lower()
        if suffix and suffix not in PICTURE_SUFFIXES:
            continue
        below = PurePosixPath(found.key.removeprefix(prefix))
        yield FoundObject(f"{_STORAGE}{name}/{quote(found.key)}", below, found.size, found.modified)
