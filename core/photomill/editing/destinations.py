"""Where results go, and what they are called."""

import secrets
from urllib.parse import unquote, urlsplit

from attrs import frozen

from photomill.components import Storage
from photomill.components.object_keys import MAX_KEY_BYTES, MAX_KEY_PARTS
from photomill.errors import Conflict, InvalidInput, Unsupported
from photomill.names import cut, file_name, split_ending

_PREFIX = "storage://"
_UNNAMED = "image"
_MAX_STEM, _MAX_ENDING = 200, 20
"""Bytes of a name's parts; file systems take 255 of the whole."""


@frozen
class Destination:
    """A folder in a storage, or one object.

    :ivar folder: whether ``key`` is the beginning of keys, ending in ``/`` or empty.
    """

    storage: str
    key: str
    folder: bool

    @classmethod
    def parse(cls, uri: str, *, path: str = "destination") -> "Destination":
        """Read ``storage://name/folder/`` or ``storage://name/folder/image.jpg``.

        :raises InvalidInput: anything else.
        """
        storage, slash, quoted = uri.removeprefix(_PREFIX).partition("/")
        key = unquote(quoted)
        if not uri.startswith(_PREFIX) or not storage or not slash:
            raise InvalidInput(
                "expected storage://<storage>/<folder>/ or storage://<storage>/<name>", path=path
            )
        if len(key.encode(errors="surrogatepass")) > MAX_KEY_BYTES - _MAX_STEM - _MAX_ENDING:
            raise InvalidInput(
                f"a path has at most {MAX_KEY_BYTES} bytes, names included", path=path
            )
        if key.count("/") >= MAX_KEY_PARTS:
            raise InvalidInput(f"a path has at most {MAX_KEY_PARTS} folders", path=path)
        if any(part in (".", "..") for part in key.split("/")):
            raise InvalidInput("a path may not lead out of its folder", path=path)
        return cls(storage, key, folder=not key or key.endswith("/"))

    def object_key(self, name: str) -> str:
        """The key of a result of that name; an object's own key is kept as it is given."""
        return self.key + name if self.folder else self.key


def refuse_to_overwrite(uri: str, destination: Destination | None, name: str) -> None:
    """Refuse a result in the folder of its original and of its name; an object that is named itself is wanted so.

    :param name: of the result.
    :raises Conflict: it would replace its original.
    """
    if destination is None or not destination.folder:
        return
    if unquote(uri) == f"{_PREFIX}{destination.storage}/{destination.object_key(name)}":
        raise Conflict(f"the result would replace its original, {uri}: choose another folder")


def writable(storage: Storage, destination: Destination) -> Storage:
    """The storage of a destination.

    :raises Unsupported: nothing can be written to it.
    """
    if not storage.can_write:
        raise Unsupported(f"the storage {destination.storage!r} is read-only")
    return storage


def source_name(uri: str) -> str:
    """What a URI calls its image: the last part of its path, without what servers hang on."""
    try:
        path = urlsplit(uri).path
    except ValueError:
        return _UNNAMED
    name = unquote(path).rstrip("/").rpartition("/")[2]
    return name or _UNNAMED


def result_stem(name: str) -> str:
    """An image's name without its ending, fit for any storage."""
    stem, _ = split_ending(file_name(name))
    return cut(stem.strip(". "), _MAX_STEM).rstrip(". ") or _UNNAMED


def result_ending(name: str) -> str:
    """What an image's name ends in behind the last dot, fit for any storage; empty where there is none."""
    _, ending = split_ending(file_name(name))
    return cut(ending[1:].strip(), _MAX_ENDING)


def temporary_key(name: str) -> str:
    """A key that nobody guesses."""
    return f"{secrets.token_urlsafe(24)}/{name}"
