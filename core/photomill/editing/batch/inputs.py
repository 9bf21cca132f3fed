"""Listing the images of a batch."""

import mimetypes
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from attrs import evolve, frozen

from photomill.editing.batch.folders import results_here, results_in
from photomill.editing.batch.plan import EditPlan
from photomill.editing.destinations import Destination, source_name
from photomill.editing.naming import ImageName, siblings_of, with_siblings
from photomill.names import escape_name, unescape_name
from photomill.sources.uris import parse_storage_uri
from photomill.sources.walking import find_images
from photomill.storages import Namespace

_STORAGE = "storage://"


@frozen
class Input:
    """An image of a batch.

    :ivar source: which of the plan's inputs it comes from.
    :ivar uri: or, of a file of this machine, its path as :func:`escape_name` writes it.
    :ivar key: in a folder: its key, from which the listing goes on.
    :ivar folder: between the folder of the plan and the image, ending in ``/`` or empty.
    :ivar certain: somebody named it, or its name says that it is an image; others may be none.
    :ivar kept: what its result is called where it keeps its format: see ``ResultName``.
    """

    source: int
    uri: str
    key: str = ""
    folder: str = ""
    certain: bool = True
    kept: str = ""

    @property
    def image_name(self) -> ImageName:
        """What its result is named after."""
        is_file = self.uri.startswith("/")
        name = PurePosixPath(unescape_name(self.uri)).name if is_file else source_name(self.uri)
        return ImageName(self.folder, name, self.uri)


def list_images(
    plan: EditPlan,
    storages: Namespace,
    created: float,
    after: Input | None = None,
    *,
    left_out: Callable[[Path], None] = lambda path: None,
) -> Iterator[tuple[Input, ImageName]]:
    """List the images of a plan, lazily, with what their results are named after.

    Results that are written into a folder while it is listed are no inputs.

    :param created: when the job was made, in seconds since the epoch.
    :param after: go on behind this one; of the files of this machine, all are listed again.
    :param left_out: told of each file of this machine's folders that is no image.
    :raises NotFound, StorageError, Unsupported: a folder cannot be listed.
    """
    uris = plan.uris
    named = [Input(number, uri) for number, uri in enumerate(uris) if not plan.is_folder(uri)]
    alone = {
        each.source: (each, image)
        for each, image in siblings_of([(each, each.image_name) for each in named])
    }
    first = 0 if after is None else after.source
    for source in range(first, len(uris)):
        uri = uris[source]
        behind = after if after is not None and after.source == source else None
        if plan.is_folder(uri):
            place, leads = plan.local_folder(uri), source == 0
            if place is None:
                start = "" if behind is None else behind.key
                found = _folder(source, plan, storages, created, start)
            else:
                found = _local_folder(source, plan, place, storages, left_out)
            for each, image in with_siblings(found, lambda each: each.image_name):
                yield each, _ranked(image, first=leads)
        elif behind is None:
            each, image = alone[source]
            yield each, _ranked(image, first=not plan.is_folder(uris[0]))


def _ranked(image: ImageName, *, first: bool) -> ImageName:
    return image if first else evolve(image, first=False)


def to_json(each: Input, kept: str) -> dict[str, Any]:
    """An image as an item's input.

    :param kept: what its result is called where it keeps its format.
    """
    return {
        "source": each.source,
        "uri": each.uri,
        "key": each.key,
        "folder": each.folder,
        "certain": each.certain,
        "kept": kept,
    }


def _folder(
    source: int, plan: EditPlan, storages: Namespace, created: float, after: str
) -> Iterator[Input]:
    name, prefix = parse_storage_uri(plan.inputs[source])
    storage = storages.storage(name)
    own = results_in(plan, name, storages)
    for found in storage.list_objects(prefix, recursive=plan.recursive, after=after):
        if own is not None and _is_result(found.key, found.modified, own, prefix, created):
            continue
        kind, _ = mimetypes.guess_type(found.key)
        if kind is not None and not kind.startswith("image/"):
            continue
        below = found.key.removeprefix(prefix).rpartition("/")
        yield Input(
            source,
            f"{_STORAGE}{name}/{quote(found.key)}",
            found.key,
            below[0] + below[1],
            certain=kind is not None,
        )


def _is_result(
    key: str, modified: float | None, results: Destination, prefix: str, created: float
) -> bool:
    if not key.startswith(results.key):
        return False
    inside = len(results.key) > len(prefix)
    return inside or (modified is not None and modified > created)


def _local_folder(
    source: int,
    plan: EditPlan,
    place: Path,
    storages: Namespace,
    left_out: Callable[[Path], None],
) -> Iterator[Input]:
    results = results_here(plan, storages)
    if results is not None and place.resolve() not in results.parents:
        # What does not lie below hides nothing.
        results = None
    for found in find_images([place], left_out=left_out):
        if results is None or not found.path.resolve().is_relative_to(results):
            folder = found.name.parent.as_posix()
            below = "" if folder == "." else escape_name(f"{folder}/")
            yield Input(source, escape_name(str(found.path)), folder=below)
