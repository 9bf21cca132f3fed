"""``storage://<name>/<key>``."""

import re
from urllib.parse import unquote

from photomill.errors import SourceForbidden

_URI = re.compile(r"storage://(?P<name>[^/]{1,50})/(?P<key>[^?#]*)")


def parse_storage_uri(uri: str) -> tuple[str, str]:
    """Read a URI: a storage's name, and the key of an object or, ending in ``/`` or empty, of a folder.

    :raises SourceForbidden: no such URI, or a key that leads out of the storage.
    """
    found = _URI.fullmatch(uri)
    if found is None:
        raise SourceForbidden(
            f"{uri[:200]!r} is no storage URI: expected storage://<name of a storage>/<key>, "
            "with '?' and '#' percent-encoded"
        )
    name, key = unquote(found["name"]), unquote(found["key"])
    if key.startswith("/") or any(part in (".", "..") for part in key.split("/")):
        raise SourceForbidden(f"{key!r} leads out of the storage {name!r}")
    return name, key
