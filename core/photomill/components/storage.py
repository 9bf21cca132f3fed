"""Storage connectors: named objects in a folder, a bucket, a web server."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, ClassVar

from attrs import frozen

from photomill.components.base import Component
from photomill.errors import Unsupported


@frozen
class ObjectInfo:
    """What a storage knows of one object.

    :ivar key: the object's name below the storage's root, ``/``-separated, without a leading slash.
    :ivar size: in bytes; None where unknown.
    :ivar modified: seconds since the epoch; None where unknown.
    """

    key: str
    size: int | None = None
    modified: float | None = None


class Storage(Component):
    """Reads and writes named objects, and never leaves its root.

    Every method raises ``StorageError`` when the storage fails, ``NotFound`` when the object is not there and
    ``SourceForbidden`` when a key points outside the root.
    """

    family = "storages"
    schemes: ClassVar[frozenset[str]] = frozenset()
    """URI schemes that the connector serves by itself (``web`` serves http and https); most serve none and are
    reached as ``storage://<instance>/<key>``."""
    can_write: ClassVar[bool] = True
    can_list: ClassVar[bool] = True

    known_as: str = ""
    """What users call it: the name in ``storage://<name>/<key>``. The engine sets it before :meth:`open`."""

    @property
    def _shown_name(self) -> str:
        return self.known_as or self.name

    @property
    def is_shared(self) -> bool:
        """Whether other machines that are configured alike see the same objects."""
        return True

    @property
    def folder(self) -> Path | None:
        """The folder of this machine whose files are the objects, resolved; None where they are no files here."""
        return None

    @abstractmethod
    def open_object(self, key: str) -> BinaryIO:
        """Open an object for reading, streaming. A connector with ``schemes`` gets the whole URI as its key.

        :raises SourceUnreachable: a remote end fails.
        :raises SourceTooLarge: over the configured limit, while reading too.
        """

    def stat(self, key: str) -> ObjectInfo:
        """Describe an object."""
        raise Unsupported(f"the storage {self._shown_name!r} cannot describe objects")

    def list_objects(
        self, prefix: str = "", *, recursive: bool = True, after: str = ""
    ) -> Iterator[ObjectInfo]:
        """List objects below a prefix, lazily, in the order of their keys.

        A service may have an order of its own, as long as it is always the same: do not compare keys to find a place.

        :param after: leave out the objects up to and including this one, which may be gone by now, so that a listing
            that broke off can go on.
        """
        raise Unsupported(f"the storage {self._shown_name!r} cannot be listed")

    def put(self, key: str, data: BinaryIO) -> ObjectInfo:
        """Write an object atomically: readers see the old one or the whole new one."""
        raise Unsupported(f"the storage {self._shown_name!r} is read-only")

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""
        raise Unsupported(f"the storage {self._shown_name!r} is read-only")

    def tidy(self, prefix: str, before: float) -> None:
        """Remove what puts left behind that broke off before a moment, in seconds since the epoch.

        A storage in which a put leaves nothing behind does nothing.
        """

    def send(self, uri: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Hand a message over to a URI that one of :attr:`schemes` serves.

        :returns: the receiver's status; 200 to 299 is success.
        :raises SourceForbidden: an address that may not be reached.
        :raises SourceUnreachable: nobody answers in time.
        """
        raise Unsupported(f"the storage {self._shown_name!r} sends nothing")
