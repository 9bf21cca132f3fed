"""The files that records were made from."""

from collections.abc import Callable, Mapping
from typing import Any

from photomill.collections.ingest import Ingest
from photomill.errors import NotFound
from photomill.images.image import Image
from photomill.names import unescape_name
from photomill.sources import PathSource, Source, UriSource

_WEB = ("https://", "http://")
_STORAGE = "storage://"


def read_original(
    ingest: Ingest,
    attributes: Mapping[str, Any],
    digest: bytes,
    decode: Callable[[bytes], Image],
    *,
    trusted: bool,
) -> tuple[bytes, Image]:
    """Read the file that a record was made from, and decode it.

    :param digest: of the image that was inserted; empty where it is not known, and any will do.
    :param trusted: as of :func:`original_of`; without effect where nobody can tell any more which image was inserted.
    :raises NotFound: it is kept nowhere, or is another image by now.
    :raises PhotomillError: it cannot be read or decoded.
    """
    source = original_of(attributes, trusted=trusted and bool(digest))
    if source is None:
        raise NotFound("its original is kept nowhere")
    data = ingest.read(source)
    image = decode(data)
    if digest and image.digest != digest:
        raise NotFound("its original is another image by now")
    return data, image


def original_of(attributes: Mapping[str, Any], *, trusted: bool) -> Source | None:
    """Where a record says that its image is: ``_file``, or else ``_url``.

    :param trusted: take a file outside the source roots too, and an object of a storage.
    """
    path, address = attributes.get("_file"), attributes.get("_url")
    if isinstance(path, str):
        return PathSource(unescape_name(path), trusted=trusted)
    served = (*_WEB, _STORAGE) if trusted else _WEB
    if isinstance(address, str) and address.lower().startswith(served):
        return UriSource(address)
    return None
