"""Pictures as answers describe them."""

from typing import Any

from photomill import ImageFacts, Namespace, StoredObject
from photomill_http.image_edit.links import Links

Json = dict[str, Any]

_SCHEMES = {"s3": "s3", "gcs": "gs"}


def picture(facts: ImageFacts) -> Json:
    """``ext`` and ``mime`` follow what the file is, not what it is called."""
    return {
        "ext": facts.format,
        "mps": facts.megapixels,
        "mime": media_type(facts.format),
        "format": facts.format.upper(),
        "width": facts.width,
        "height": facts.height,
    }


def media_type(format: str) -> str:
    return f"image/{format}"


def stored_picture(
    facts: ImageFacts, stored: StoredObject, storages: Namespace, links: Links
) -> Json:
    """A result, and where it lies."""
    if stored.temporary:
        return {**picture(facts), "tmp_url": links.result(stored.key)}
    return {**picture(facts), **_place(stored, storages)}


def _place(stored: StoredObject, storages: Namespace) -> Json:
    registered = storages.registered(stored.storage)
    parameters = {} if registered is None else registered.parameters
    bucket = parameters.get("bucket")
    if registered is None or bucket is None:
        return {
            "object_key": stored.key,
            "object_uri": stored.uri,
            "claid_storage_uri": stored.uri,
        }
    folder = str(parameters.get("path", "")).strip("/")
    key = f"{folder}/{stored.key}" if folder else stored.key
    return {
        "object_key": key,
        "object_bucket": bucket,
        "object_uri": f"{_SCHEMES[registered.type]}://{bucket}/{key}",
        "claid_storage_uri": stored.uri,
    }
