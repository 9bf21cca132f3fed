"""Reading the bytes of a source."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit

from photomill.components import Storage
from photomill.config.settings import Settings
from photomill.errors import NotFound, SourceForbidden, SourceTooLarge, SourceUnreachable
from photomill.sources.regular import open_regular
from photomill.sources.source import BytesSource, PathSource, Source, UriSource
from photomill.sources.uris import parse_storage_uri

_CHUNK = 256 * 1024


class Namespace(Protocol):
    """The storages that somebody may name."""

    def storage(self, name: str) -> Storage:
        """Return the storage of that name, or raise ``NotFound``."""

    def storages_by_scheme(self) -> dict[str, Storage]:
        """Return the storages that serve a URI scheme."""


class Storages(Protocol):
    """Where the reader finds storages."""

    def namespace(self, owner: str) -> Namespace:
        """What an owner may name; empty for the operator."""


class SourceReader:
    """Reads images, never more than ``[images] max_bytes`` of one. Thread-safe."""

    def __init__(self, settings: Settings, storages: Storages) -> None:
        self._max_bytes = settings.images.max_bytes
        self._roots = settings.photomill.source_roots
        self._storages = storages

    def read(self, source: Source, *, owner: str = "", max_bytes: int | None = None) -> bytes:
        """Read a source.

        :param owner: who named it, and so whose storages it may be in; empty for the operator.
        :param max_bytes: a limit of the caller's own, below that of the configuration.
        :raises SourceForbidden: an address, path or scheme that is not allowed.
        :raises SourceUnreachable: not there, or it does not answer.
        :raises SourceTooLarge: over the limit.
        """
        limit = self._max_bytes if max_bytes is None else min(max_bytes, self._max_bytes)
        if isinstance(source, BytesSource):
            return _checked(source.data, limit)
        if isinstance(source, PathSource):
            with _open_path(source, self._roots) as file:
                return read_bounded(file, limit)
        return self._read_uri(source, self._storages.namespace(owner), limit)

    def _read_uri(self, source: UriSource, storages: Namespace, limit: int) -> bytes:
        try:
            storage, key = _find(source.uri, storages)
            with storage.open_object(key) as file:
                return read_bounded(file, limit)
        except NotFound as error:
            raise SourceUnreachable(str(error), temporary=False) from error


def _checked(data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        raise SourceTooLarge(f"more than {limit} bytes")
    return data


def _open_path(source: PathSource, roots: Iterable[str]) -> BinaryIO:
    """Open a regular file, below one of the roots unless the path is trusted."""
    path = os.path.expanduser(source.path) if source.trusted else _below(source.path, roots)
    try:
        file = open_regular(path, follow=source.trusted)
    except ValueError as error:
        raise SourceForbidden(f"{source.path!r} is no path: {error}") from None
    except OSError as error:
        raise SourceUnreachable(f"{source.path!r}: {error.strerror}") from None
    if file is None:
        raise SourceForbidden(f"{source.path!r} is not a regular file")
    return file


def _below(path: str, roots: Iterable[str]) -> Path:
    """A path without links, below one of the roots."""
    resolved = _resolved(path)
    if not any(resolved.is_relative_to(_resolved(root)) for root in roots):
        raise SourceForbidden(f"{path!r} is not below a folder of [photomill] source_roots")
    return resolved


def _resolved(path: str) -> Path:
    try:
        return Path(path).expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:
        raise SourceForbidden(f"{path!r} is no path: {error}") from None


def read_bounded(file: BinaryIO, limit: int) -> bytes:
    """Read up to a limit; what is behind it is never held.

    :raises SourceTooLarge: there is more.
    """
    parts, size = [], 0
    while chunk := file.read(min(_CHUNK, limit + 1 - size)):
        parts.append(chunk)
        size += len(chunk)
        if size > limit:
            raise SourceTooLarge(f"more than {limit} bytes")
    return b"".join(parts)


def _find(uri: str, storages: Namespace) -> tuple[Storage, str]:
    """Find the storage that serves a URI, and what it calls the object."""
    if uri.partition(":")[0].lower() == "storage":
        name, key = parse_storage_uri(uri)
        return storages.storage(name), key
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise SourceForbidden(f"not a URI: {error}") from None
    serving = storages.storages_by_scheme()
    if parts.scheme not in serving:
        known = ", ".join(sorted({*serving, "storage"}))
        stated = f"the scheme {parts.scheme!r}" if parts.scheme else "a URI without a scheme"
        raise SourceForbidden(f"{stated} is not served; served are {known}")
    return serving[parts.scheme], uri
