"""Finding what is to be edited: files, folders, URIs."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from attrs import frozen

from photomill.editing.batch.inputs import list_inputs
from photomill.editing.batch.names import UniqueNames
from photomill.editing.batch.plan import EditPlan
from photomill.editing.destinations import result_stem
from photomill.importing import find_pictures
from photomill.sources.source import PathSource, Source, UriSource
from photomill.storages import Storages


@frozen
class Original:
    """A picture to edit.

    :ivar shown: what people call it.
    :ivar name: of its result, below the output and without an ending; no other has it.
    """

    source: Source
    shown: str
    name: str


def find_originals(
    inputs: Iterable[str], storages: Storages, *, leave_out: Path | None = None
) -> Iterator[Original]:
    """Find the pictures of files, folders and URIs, always in the same order; folders to any depth.

    :param leave_out: a folder whose pictures are none of them: that of the results.
    :raises NotFound: no such file or storage.
    :raises StorageError, Unsupported: a folder of a storage cannot be listed.
    """
    given: set[str] = set()
    names = UniqueNames(lambda name: name.casefold() in given)
    for original in _all(inputs, storages, leave_out and leave_out.absolute()):
        name = names.name(original.name)
        given.add(name.casefold())
        yield Original(original.source, original.shown, name)


def _all(inputs: Iterable[str], storages: Storages, leave_out: Path | None) -> Iterator[Original]:
    for given in inputs:
        if "://" in given:
            plan = EditPlan([given], recursive=True)
            for each in list_inputs(plan, storages, time.time(), None):
                if each.certain:
                    yield Original(UriSource(each.uri), each.uri, each.stem)
        else:
            for found in find_pictures([Path(given)]):
                if leave_out is not None and found.path.is_relative_to(leave_out):
                    continue
                folder = found.name.parent.as_posix()
                stem = result_stem(found.name.name)
                name = stem if folder == "." else f"{folder}/{stem}"
                yield Original(PathSource(str(found.path), trusted=True), str(found.path), name)
