"""Images that are no files of this machine: objects of storages, and web addresses."""

import posixpath
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from attrs import frozen

from photomill.names import OWN_FOLDER
from photomill.sources.credentials import without_credentials
from photomill.sources.source import Source, UriSource
from photomill.sources.uris import parse_storage_uri
from photomill.sources.walking import IMAGE_SUFFIXES, iso_moment
from photomill.storages import Namespace

_STORAGE = "storage://"


@frozen
class FoundObject:
    """An image to import.

    :ivar uri: ``storage://name/key`` or a web address.
    :ivar name: the key below the folder that was named, or the last part of the URI's path.
    :ivar size: in bytes; None where the listing does not say.
    :ivar modified: seconds since the epoch, likewise.
    """

    uri: str
    name: str
    size: int | None = None
    modified: float | None = None

    @property
    def path(self) -> str:
        """The URI as it may be shown."""
        return without_credentials(self.uri)

    @property
    def place(self) -> tuple[str, str]:
        """The attribute of a record that says where the image is, and what it says."""
        return "_url", self.path

    @property
    def source(self) -> Source:
        return UriSource(self.uri)

    def facts(self) -> dict[str, Any]:
        """What is known without reading it: ``bytes`` and ``modified``."""
        found: dict[str, Any] = {}
        if self.size is not None:
            found["bytes"] = self.size
        if self.modified is not None:
            found["modified"] = iso_moment(self.modified)
        return found


def find_objects(
    uri: str,
    storages: Namespace,
    *,
    after: str = "",
    left_out: Callable[[str], None] = lambda uri: None,
) -> Iterator[FoundObject]:
    """Yield the image that a URI names; of ``storage://name/folder/`` all images below it, always in the same order.

    What Photomill itself keeps below ``.photomill/`` is passed by.

    :param after: the name of an object of a folder, behind which to go on.
    :param left_out: told of each object of a folder that is no image by its name.
    :raises NotFound: no such storage.
    :raises StorageError, Unsupported: a folder cannot be listed.
    :raises SourceForbidden: no URI of a storage.
    """
    if not uri.startswith(_STORAGE) or not uri.endswith("/"):
        yield FoundObject(uri, _last_part(uri))
        return
    name, prefix = parse_storage_uri(uri)
    behind = f"{prefix}{after}" if after else ""
    for found in storages.storage(name).list_objects(prefix, recursive=True, after=behind):
        below = found.key.removeprefix(prefix)
        if OWN_FOLDER in below.split("/")[:-1]:
            continue
        each = f"{_STORAGE}{quote(name)}/{quote(found.key)}"
        suffix = posixpath.splitext(found.key)[1].lower()
        if suffix and suffix not in IMAGE_SUFFIXES:
            left_out(each)
        else:
            yield FoundObject(each, below, found.size, found.modified)


def object_at(
    place: str, name: str, size: int | None = None, modified: float | None = None
) -> FoundObject:
    """What :func:`find_objects` found at a place, by its name."""
    if not place.startswith(_STORAGE) or not place.endswith("/"):
        return FoundObject(place, name)
    storage, prefix = parse_storage_uri(place)
    return FoundObject(f"{_STORAGE}{quote(storage)}/{quote(prefix + name)}", name, size, modified)


def _last_part(uri: str) -> str:
    parts = urlsplit(uri)
    path = unquote(parts.path).rstrip("/")
    return posixpath.basename(path) or parts.hostname or uri
