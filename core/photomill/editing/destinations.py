"""Where results go, and what they are called."""

import secrets
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from attrs import frozen

from photomill.errors import InvalidInput

_PREFIX = "storage://"
_UNNAMED = "image"
_MAX_STEM = 200
"""Characters of a name; file systems take 255 bytes."""


@frozen
class Destination:
    """A folder in a storage, or one object.

    :ivar folder: whether ``key`` is the beginning of keys, ending in ``/`` or empty.
    """

    storage: str
    key: str
    folder: bool

    @classmethod
    def parse(cls, uri: str, *, path: str = "output") -> "Destination":
        """Read ``storage://name/folder/`` or ``storage://name/folder/picture.jpg``.

        :raises InvalidInput: anything else.
        """
        storage, slash, quoted = uri.removeprefix(_PREFIX).partition("/")
        key = unquote(quoted)
        if not uri.startswith(_PREFIX) or not storage or not slash:
            raise InvalidInput(
                "expected storage://<storage>/<folder>/ or storage://<storage>/<name>", path=path
            )
        if any(part in (".", "..") for part in key.split("/")):
            raise InvalidInput("a path may not lead out of its folder", path=path)
        return cls(storage, key, folder=not key or key.endswith("/"))

    def object_key(self, name: str) -> str:
        """The key of a result of that name; an object's own key is kept as it is given."""
        return self.key + name if self.folder else self.key


def source_name(uri: str) -> str:
    """What a URI calls its picture: the last part of its path, without what servers hang on."""
    try:
        path = urlsplit(uri).path
    except ValueError:
        return _UNNAMED
    name = unquote(path).rstrip("/").rpartition("/")[2]
    return name or _UNNAMED


def result_stem(name: str) -> str:
    """A picture's name without its ending, fit for any storage."""
    last = name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(letter for letter in last if letter.isprintable())
    stem = PurePosixPath(printable).stem.strip(". ")
    return stem[:_MAX_STEM] or _UNNAMED


def temporary_key(name: str) -> str:
    """A key that nobody guesses."""
    return f"{secrets.token_urlsafe(24)}/{name}"
