"""What can be grouped."""

import mimetypes
from collections.abc import Iterable, Iterator, Sequence
from os import PathLike, fspath
from typing import Any
from urllib.parse import quote

from attrs import asdict, field, frozen
from attrs.converters import optional

from photomill.errors import InvalidInput
from photomill.jobs.model import JobItem, NewItem
from photomill.sources.source import PathSource, Source, UriSource
from photomill.sources.uris import parse_storage_uri
from photomill.storages import Namespace

_SCHEME = "://"


Named = str | PathLike[str]


def _all(names: Named | Iterable[Named]) -> tuple[str, ...]:
    """Names as texts; one name alone is as good as a list of it.

    :raises InvalidInput: something among them is no name.
    """
    listed = [names] if isinstance(names, str | PathLike) else _listed(names)
    return tuple(_text(name) for name in listed)


def _listed(names: Iterable[Named]) -> Sequence[Named]:
    if isinstance(names, Iterable) and not isinstance(names, bytes | bytearray):
        return list(names)
    raise InvalidInput(f"expected paths or addresses, got {names!r:.80}", path="inputs")


def _text(name: Named) -> str:
    text = fspath(name) if isinstance(name, PathLike) else name
    if not isinstance(text, str):
        raise InvalidInput(f"expected a path or an address, got {name!r:.80}", path="inputs")
    return text


@frozen
class UriInputs:
    """Images by their addresses; one that is named twice counts twice, and is fetched once.

    :ivar uris: texts; one alone will do.
    """

    uris: tuple[str, ...] = field(converter=_all)


@frozen
class PathInputs:
    """Files of this machine, and URIs, that whoever runs this process names: the source roots do not apply.

    :ivar paths: texts or paths; one alone will do.
    """

    paths: tuple[str, ...] = field(converter=_all)


@frozen
class StorageInput:
    """A folder of a storage.

    :ivar uri: ``storage://name/folder/``.
    :ivar recursive: with the folders below.
    """

    uri: str
    recursive: bool = True


@frozen
class CollectionInput:
    """Records of a collection, whose vectors are known already: no image is read or embedded again.

    :ivar filter: which records, in the order in which they were inserted; None for all.
    :ivar ids: which records, in this order, instead of a filter.
    :raises InvalidInput: both a filter and ids.
    """

    collection: str
    filter: Any = None
    ids: tuple[str, ...] | None = field(default=None, converter=optional(_all))

    def __attrs_post_init__(self) -> None:
        if self.filter and self.ids is not None:
            raise InvalidInput("expected a filter or ids, not both", path="inputs")


GroupingInputs = UriInputs | PathInputs | StorageInput | CollectionInput

_KINDS: dict[str, type[GroupingInputs]] = {
    "uris": UriInputs,
    "paths": PathInputs,
    "storage": StorageInput,
    "collection": CollectionInput,
}


def to_json(inputs: GroupingInputs) -> dict[str, Any]:
    """Inputs as a job's plan holds them."""
    (name,) = (name for name, kind in _KINDS.items() if type(inputs) is kind)
    return {"kind": name, **asdict(inputs)}


def from_json(document: dict[str, Any]) -> GroupingInputs:
    """Inputs as a job's plan holds them."""
    given = dict(document)
    return _KINDS[given.pop("kind")](**given)


def named(inputs: GroupingInputs) -> tuple[str, ...] | None:
    """The images that are named one by one; None for what is listed as the job runs."""
    match inputs:
        case UriInputs(uris=names) | PathInputs(paths=names):
            return names
        case _:
            return None


def source_of(inputs: GroupingInputs, item: JobItem) -> Source:
    """Where the bytes of an item's image are."""
    where = str(item.input["source"])
    if isinstance(inputs, PathInputs) and _SCHEME not in where:
        return PathSource(where, trusted=True)
    return UriSource(where)


def list_items(
    inputs: GroupingInputs, storages: Namespace, after: JobItem | None, limit: int
) -> Iterator[NewItem]:
    """List each image once, behind one that was stored already.

    Records of a collection are none: nothing is left to do for them.

    :raises InvalidInput: a folder with more images than the limit.
    :raises NotFound, StorageError, Unsupported: a folder cannot be listed.
    """
    names = named(inputs)
    if names is not None:
        done = 0 if after is None else after.position + 1
        for name in list(dict.fromkeys(names))[done:]:
            yield NewItem(name, {"source": name})
    elif isinstance(inputs, StorageInput):
        yield from _in_folder(inputs, storages, after, limit)


def _in_folder(
    inputs: StorageInput, storages: Namespace, after: JobItem | None, limit: int
) -> Iterator[NewItem]:
    name, prefix = parse_storage_uri(inputs.uri)
    key = "" if after is None else str(after.input["key"])
    count = 0 if after is None else after.position + 1
    found = storages.storage(name).list_objects(prefix, recursive=inputs.recursive, after=key)
    for each in found:
        kind, _ = mimetypes.guess_type(each.key)
        if kind is not None and not kind.startswith("image/"):
            continue
        count += 1
        if count > limit:
            raise InvalidInput(f"{inputs.uri} has more than {limit} images", path="inputs")
        uri = f"storage://{name}/{quote(each.key)}"
        yield NewItem(uri, {"source": uri, "key": each.key})
