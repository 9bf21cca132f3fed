"""Addresses that an edit reads from and writes to."""

import re
from typing import Annotated

from photomill.editing.destinations import Destination
from photomill.editing.document import wording
from photomill.editing.document.constraints import Length
from photomill.errors import InvalidInput

_MAX_LENGTH = 4096
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.ASCII | re.IGNORECASE)
_SPACE = re.compile(r"\s")
_STORAGE = re.compile(r"storage://[^/?#]{1,50}/[^?#]*")


def check_uri(value: str) -> None:
    """
    :raises ValueError: no ``http``, ``https`` or ``storage`` URI.
    """
    found = _SCHEME.match(value)
    if found is None:
        raise ValueError(wording.NO_SCHEME)
    scheme = found[1].lower()
    if scheme not in ("http", "https", "storage"):
        raise ValueError(wording.OTHER_SCHEME)
    space = _SPACE.search(value)
    if space is not None:
        raise ValueError(wording.rest_of_uri(value[space.start() :]))
    if not value[found.end() :].strip("/").split("/")[0]:
        raise ValueError(wording.NO_HOST)
    if scheme == "storage" and not _STORAGE.fullmatch(value):
        raise ValueError(wording.mismatch(f"^{_STORAGE.pattern}$"))


def check_destination(value: str) -> None:
    """
    :raises ValueError: no folder or object in a storage.
    """
    check_uri(value)
    try:
        Destination.parse(value)
    except InvalidInput as error:
        raise ValueError(error.message) from None


Uri = Annotated[str, Length(1, _MAX_LENGTH), check_uri]
"""Where a picture is."""

DestinationUri = Annotated[str, Length(1, _MAX_LENGTH), check_destination]
"""Where a result goes."""
