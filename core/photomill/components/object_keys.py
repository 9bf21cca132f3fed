"""What most storages need: keys that stay below a root, and listings as the engine reads them."""

from collections.abc import Iterable, Iterator

from photomill.components.storage import ObjectInfo
from photomill.errors import SourceForbidden

MAX_KEY_BYTES = 1024
"""What S3 takes; file systems take more."""
MAX_KEY_PARTS = 100


def check_key(key: str) -> str:
    """Return a key that names one object below a root and has no other spelling.

    :raises SourceForbidden: it is empty, absolute, ends in ``/``, or holds ``.``, ``..``, an empty part, a NUL or
        what UTF-8 cannot say; or it is longer or deeper than every storage can keep.
    """
    if len(key) > MAX_KEY_BYTES or key.count("/") >= MAX_KEY_PARTS:
        raise _too_long()
    if "\0" in key or any(part in ("", ".", "..") for part in key.split("/")):
        raise SourceForbidden(f"{key!r} is no key: expected a path like 'folder/name.jpg'")
    try:
        if len(key.encode()) > MAX_KEY_BYTES:
            raise _too_long()
    except UnicodeEncodeError:
        raise SourceForbidden(f"{key!r} is no key: it cannot be written as UTF-8") from None
    return key


def _too_long() -> SourceForbidden:
    return SourceForbidden(
        f"a key has at most {MAX_KEY_BYTES} bytes and {MAX_KEY_PARTS} parts between slashes"
    )


def check_prefix(prefix: str) -> str:
    """Return the beginning of keys, which may end anywhere.

    :raises SourceForbidden: what begins so is no key.
    """
    check_key(f"{prefix}-")
    return prefix


def listed(
    objects: Iterable[ObjectInfo], prefix: str = "", *, recursive: bool = True, after: str = ""
) -> Iterator[ObjectInfo]:
    """List what a storage holds in memory as :meth:`Storage.list_objects` must: chosen, and in the order of the keys.

    :param objects: all that there are, in any order.
    :raises SourceForbidden: what begins with ``prefix`` is no key.
    """
    check_prefix(prefix)
    chosen = (
        each
        for each in objects
        if each.key.startswith(prefix)
        and each.key > after
        and (recursive or "/" not in each.key.removeprefix(prefix))
    )
    return iter(sorted(chosen, key=lambda each: each.key))
