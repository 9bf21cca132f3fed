"""Every error the engine raises on purpose.

They form one tree:

    PhotomillError
    ├── ConfigError            plugins.toml or the environment is wrong; carries every problem at once
    ├── PluginError            a plugin breaks its contract
    │   ├── PluginUnavailable  a chosen part cannot be loaded (a missing library, usually)
    │   │   └── NotConfigured  an optional part that waits for an option, and that nobody misses
    │   └── Unsupported        a capability that this component does not have
    ├── InvalidInput           a parameter is wrong: path, value, what was expected
    │   └── InvalidFilter      a filter expression is wrong
    ├── NotFound               no such collection, record, key
    ├── Conflict               the name or state is taken
    │   └── CollectionOutdated a collection was converted since it was opened; opened anew, it does the same
    ├── CapacityExceeded       a limit of what may be kept, or may wait, is reached
    │   └── StorageFull        a disk or bucket has no room left; nothing was changed
    ├── SourceError            an image's bytes cannot be had
    │   ├── SourceForbidden    the address, path or scheme is not allowed
    │   ├── SourceUnreachable  it does not answer, or answers with a failure
    │   └── SourceTooLarge     more bytes than the limit
    ├── ImageError             bytes are there, but are no image we take
    │   ├── UnsupportedFormat  not an image, or a format that is not allowed
    │   ├── ImageUnreadable    damaged, truncated, or the decoder gave up
    │   └── ImageTooLarge      over the limit of pixels, frames, scans or decode time
    ├── Forbidden              the key may not do this
    ├── StorageError           a storage connector failed
    ├── ResourcesMissing       no machine has what a unit of work takes, or a graphics card no memory; it may come
    ├── IndexUnavailable       an external index does not answer, or is too far behind; the same may work soon
    └── CatalogError           the catalog cannot be used
        └── DataFolderRefused  made by a newer version, or on a file system without locks
"""

from collections.abc import Mapping
from typing import Any

from attrs import frozen


@frozen
class Problem:
    """One mistake in a configuration: where, what stands there, and what would be right."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class PhotomillError(Exception):
    """The root of every error that Photomill raises on purpose.

    :ivar picture: of an edit that failed after the image was read: its ``format``, ``width`` and ``height``.
    """

    picture: Mapping[str, Any] | None = None


class ConfigError(PhotomillError):
    """The configuration is wrong.

    :ivar problems: every problem found, in the order of the file.
    """

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class PluginError(PhotomillError):
    """A plugin breaks its contract."""


class PluginUnavailable(PluginError):
    """A part that the configuration chooses cannot be loaded."""


class NotConfigured(PluginUnavailable):
    """An optional part that does nothing until its options say with what; nobody misses it."""


class Unsupported(PluginError):
    """The component does not have the capability that was asked for."""


class InvalidInput(PhotomillError):
    """A value given by the caller is wrong; ``path`` names the parameter."""

    def __init__(self, message: str, *, path: str = "") -> None:
        self.path = path
        self.message = message
        super().__init__(f"{path}: {message}" if path else message)


class InvalidFilter(InvalidInput):
    """A filter expression is wrong."""


class NotFound(PhotomillError):
    """What was named does not exist."""


class Conflict(PhotomillError):
    """The name is taken, or the state does not allow it."""


class CollectionOutdated(Conflict):
    """A collection was converted to another version of its embedder since it was opened: open it anew, and ask again."""


class CapacityExceeded(PhotomillError):
    """A limit of what may be kept, or may wait, is reached."""


class StorageFull(CapacityExceeded):
    """A disk or bucket has no room left; what was asked is to be asked again once there is."""


class Forbidden(PhotomillError):
    """The key may not do this."""


class SourceError(PhotomillError):
    """The bytes of an image cannot be had."""


class SourceForbidden(SourceError):
    """The address, path or scheme is not allowed."""


class SourceUnreachable(SourceError):
    """The source does not answer, or answers with a failure.

    :ivar answer: the failure that was answered, as in ``404 Not Found``; empty where nothing was.
    :ivar temporary: whether another try may end otherwise.
    :ivar elsewhere: whether what is meant may be there on another machine, that has the files.
    """

    def __init__(
        self,
        message: str = "",
        *,
        answer: str = "",
        temporary: bool = True,
        elsewhere: bool = False,
    ) -> None:
        self.answer = answer
        self.temporary = temporary
        self.elsewhere = elsewhere
        super().__init__(message)


class SourceTooLarge(SourceError):
    """The source holds more bytes than the limit."""


class ImageError(PhotomillError):
    """The bytes are no image that is taken."""


class UnsupportedFormat(ImageError):
    """Not an image, or of a format that is not allowed."""


class ImageUnreadable(ImageError):
    """Damaged or truncated, or the decoder gave up."""


class ImageTooLarge(ImageError):
    """Over a limit of pixels, frames, scans or decode time."""


class StorageError(PhotomillError):
    """A storage connector failed."""


class ResourcesMissing(PhotomillError):
    """Nothing here has what the work takes: no machine of an executor, or a graphics card's memory; it may come."""


class IndexUnavailable(PhotomillError):
    """An external index does not answer, or is so far behind that what was asked must wait.

    :ivar seconds: after which to ask again.
    """

    def __init__(self, message: str, *, seconds: int = 5) -> None:
        self.seconds = seconds
        super().__init__(message)


class CatalogError(PhotomillError):
    """The catalog cannot be used."""


class DataFolderRefused(CatalogError):
    """The data folder was made by a newer version or cannot be locked."""
