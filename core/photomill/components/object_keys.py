"""Keys of objects that stay below a storage's root."""

from photomill.errors import SourceForbidden


def check_key(key: str) -> str:
    """Return a key that names one object below a root and has no other spelling.

    :raises SourceForbidden: it is empty, absolute, ends in ``/``, or holds ``.``, ``..``, an empty part, a NUL or
        what UTF-8 cannot say.
    """
    if "\0" in key or any(part in ("", ".", "..") for part in key.split("/")):
        raise SourceForbidden(f"{key!r} is no key: expected a path like 'folder/name.jpg'")
    try:
        key.encode()
    except UnicodeEncodeError:
        raise SourceForbidden(f"{key!r} is no key: it cannot be written as UTF-8") from None
    return key


def check_prefix(prefix: str) -> str:
    """Return the beginning of keys, which may end anywhere.

    :raises SourceForbidden: what begins so is no key.
    """
    check_key(f"{prefix}-")
    return prefix
