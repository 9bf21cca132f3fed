"""Finding what is to be edited: files, folders, URIs."""

import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from attrs import frozen

from photomill.editing.batch.inputs import list_pictures
from photomill.editing.batch.plan import EditPlan
from photomill.editing.naming import FORMATS, Picture, ResultName, ResultNames, with_siblings
from photomill.importing import FoundFile, find_pictures
from photomill.sources.source import PathSource, Source, UriSource
from photomill.storages import Namespace


@frozen
class Original:
    """A picture to edit.

    :ivar shown: what people call it.
    :ivar name: of its result, below the output; no other has it.
    """

    source: Source
    shown: str
    name: ResultName


def find_originals(
    inputs: Iterable[str],
    storages: Namespace,
    *,
    formats: Sequence[str] = FORMATS,
    leave_out: Path | None = None,
) -> Iterator[Original]:
    """Find the pictures of files, folders and URIs, always in the same order; folders to any depth.

    :param formats: that results may have: ``possible_formats(request)``.
    :param leave_out: a folder whose pictures are none of them where it lies below one of the inputs: that of the
        results.
    :raises NotFound: no such file or storage.
    :raises StorageError, Unsupported: a folder of a storage cannot be listed.
    """
    given: set[str] = set()
    names = ResultNames(formats, lambda rivals: any(each.casefold() in given for each in rivals))
    for source, shown, picture in _all(inputs, storages, leave_out and leave_out.absolute()):
        name = names.name(picture)
        given.add(name.name.casefold())
        yield Original(source, shown, name)


def _all(
    inputs: Iterable[str], storages: Namespace, leave_out: Path | None
) -> Iterator[tuple[Source, str, Picture]]:
    for given in inputs:
        if "://" in given:
            plan = EditPlan([given], recursive=True)
            for each, picture in list_pictures(plan, storages, time.time(), None):
                if each.certain:
                    yield UriSource(each.uri), each.uri, picture
        else:
            for found, picture in with_siblings(_files(Path(given), leave_out), _picture):
                path = str(found.path)
                yield PathSource(path, trusted=True), path, picture


def _files(place: Path, leave_out: Path | None) -> Iterator[FoundFile]:
    below = leave_out is not None and leave_out != place.absolute()
    below = below and leave_out is not None and leave_out.is_relative_to(place.absolute())
    for found in find_pictures([place]):
        if below and leave_out is not None and found.path.is_relative_to(leave_out):
            continue
        yield found


def _picture(found: FoundFile) -> Picture:
    folder = found.name.parent.as_posix()
    return Picture("" if folder == "." else f"{folder}/", found.name.name, str(found.path))
