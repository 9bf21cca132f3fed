"""Finding what is to be edited: files, folders, URIs."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from attrs import field, frozen

from photomill.editing.batch.inputs import list_images
from photomill.editing.batch.plan import EditPlan
from photomill.editing.naming import FORMATS, Picture, ResultName, ResultNames, with_siblings
from photomill.editing.request import EditRequest
from photomill.errors import NotFound, SourceUnreachable, Unsupported
from photomill.names import folded
from photomill.sources.credentials import without_credentials
from photomill.sources.source import BytesSource, PathSource, Source, UriSource
from photomill.sources.uris import parse_storage_uri
from photomill.sources.walking import FoundFile, find_images
from photomill.storages import Namespace

_STORAGE = "storage://"
_UNNAMED = "image"


def _no_stamp() -> str:
    return ""


@frozen
class Original:
    """An image to edit.

    :ivar shown: what people call it.
    :ivar name: of its result, below the output; no other has it.
    :ivar stamp: tells it from another that takes its place, without reading it: its size and time. Empty where only
        its bytes tell.
    :ivar certain: somebody named it, or its name says that it is an image; another may be none.
    """

    source: Source
    shown: str
    name: ResultName
    stamp: Callable[[], str] = field(default=_no_stamp, eq=False)
    certain: bool = True

    @property
    def place(self) -> str:
        """Where it lies: a resolved path, or a URI; empty for bytes."""
        if isinstance(self.source, PathSource):
            return str(Path(self.source.path).resolve())
        if isinstance(self.source, BytesSource):
            return ""
        uri = self.source.uri
        return f"{_STORAGE}{'/'.join(parse_storage_uri(uri))}" if uri.startswith(_STORAGE) else uri


def find_originals(
    inputs: Iterable[str],
    storages: Namespace,
    *,
    formats: Sequence[str] = FORMATS,
    output: str | Path | None = None,
    standard_input: bytes | None = None,
    left_out: Callable[[str], None] = lambda shown: None,
) -> Iterator[Original]:
    """Find the images of files, folders and URIs, always in the same order; folders to any depth.

    What is an image is told from the contents.

    :param inputs: ``-`` is ``standard_input``, where there is one.
    :param formats: that results may have: ``possible_formats(request)``.
    :param output: the folder of the results, a path or a URI: where it is below one that is searched, its images are
        no originals.
    :param left_out: told of each file of a folder that is no image.
    :raises NotFound: no such file or storage.
    :raises StorageError, Unsupported: a folder of a storage cannot be listed.
    """
    given: set[str] = set()
    names = ResultNames(formats, lambda rivals: any(folded(each) in given for each in rivals))
    search = _Search(storages, output, standard_input, left_out)
    for found in chain.from_iterable(map(search.originals, inputs)):
        name = names.name(found.picture)
        given.update((folded(name.name), folded(name.kept)))
        yield Original(found.source, found.shown, name, found.stamp, found.certain)


def digest_stamp(data: bytes) -> str:
    """The stamp of an original that only its bytes tell from another."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


@frozen
class _Found:
    source: Source
    shown: str
    picture: Picture
    stamp: Callable[[], str] = _no_stamp
    certain: bool = True


@frozen
class _Search:
    storages: Namespace
    output: str | Path | None
    standard_input: bytes | None
    left_out: Callable[[str], None]

    def originals(self, given: str) -> Iterator[_Found]:
        if given == "-" and self.standard_input is not None:
            source = BytesSource(self.standard_input)
            return iter([_Found(source, given, Picture("", _UNNAMED, given))])
        return self._of_uri(given) if "://" in given else self._of_path(Path(given))

    def _of_uri(self, given: str) -> Iterator[_Found]:
        output = self.output if isinstance(self.output, str) else None
        plan = EditPlan((given,), EditRequest(), output, recursive=True)
        for each, picture in list_images(plan, self.storages, time.time(), None):
            stored = each.uri.startswith(_STORAGE)
            stamp = _storage_stamp(each.uri, self.storages) if stored else _no_stamp
            shown = without_credentials(each.uri)
            yield _Found(UriSource(each.uri), shown, picture, stamp, each.certain)

    def _of_path(self, place: Path) -> Iterator[_Found]:
        for found, picture in with_siblings(self._files(place), _picture):
            source = PathSource(str(found.path), trusted=True)
            yield _Found(source, str(found.path), picture, _file_stamp(found.path))

    def _files(self, place: Path) -> Iterator[FoundFile]:
        results = self._results_below(place)
        for found in find_images([place], left_out=lambda path: self.left_out(str(path))):
            if results is None or not found.path.resolve().is_relative_to(results):
                yield found

    def _results_below(self, place: Path) -> Path | None:
        """The folder of the results, where it is below what is searched; elsewhere it hides nothing."""
        if not isinstance(self.output, Path):
            return None
        folder = self.output.resolve()
        return folder if place.resolve() in folder.parents else None


def _picture(found: FoundFile) -> Picture:
    folder = found.name.parent.as_posix()
    return Picture("" if folder == "." else f"{folder}/", found.name.name, str(found.path))


def _file_stamp(path: Path) -> Callable[[], str]:
    def stamp() -> str:
        try:
            status = path.stat()
        except OSError as error:
            raise SourceUnreachable(f"{path}: {error.strerror or error}") from error
        return f"{status.st_size}:{status.st_mtime_ns}"

    return stamp


def _storage_stamp(uri: str, storages: Namespace) -> Callable[[], str]:
    def stamp() -> str:
        name, key = parse_storage_uri(uri)
        try:
            found = storages.storage(name).stat(key)
        except Unsupported:
            return ""
        except NotFound as error:
            raise SourceUnreachable(str(error)) from error
        known = found.size is not None and found.modified is not None
        return f"{found.size}:{found.modified!r}" if known else ""

    return stamp
