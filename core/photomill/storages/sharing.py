"""What several machines that share a catalog need to share besides."""

from collections.abc import Iterator

from photomill.config.settings import Settings
from photomill.errors import NotFound, Problem
from photomill.storages.storages import Storages


def sharing_problems(settings: Settings, storages: Storages) -> Iterator[Problem]:
    """Find what one machine writes and another one looks for in vain; nothing where the catalog is a file.

    :raises StorageError: a storage of the configuration cannot be opened.
    """
    if not settings.catalog.is_shared:
        return
    if not settings.photomill.secret_key:
        yield Problem(
            settings.origin.locate("photomill.secret_key"),
            "the catalog is one that other machines may share, and they need one key to read each other's secrets: "
            "set it, or PHOTOMILL_SECRET_KEY, to 32 bytes in URL-safe base64",
        )
    for path, name in settings.internal_storages.items():
        try:
            shared = storages.internal(name).is_shared
        except NotFound as error:
            yield Problem(settings.origin.locate(path), str(error))
            continue
        if not shared:
            yield Problem(
                settings.origin.locate(path),
                f"the catalog is one that other machines may share, and the storage {name!r} is a folder of this one: "
                "name a bucket, or say `shared = true` in the options of a folder that every machine sees",
            )
