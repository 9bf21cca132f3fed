"""Editing an image where its result is not there yet, or is of another edit or of another original."""

import hashlib
import os
from pathlib import Path

from attrs import field, frozen

from photomill.editing.batch.report import EditFailure, EditReport
from photomill.editing.editing import Editing
from photomill.editing.naming import ResultName, possible_formats
from photomill.editing.records import Record
from photomill.editing.request import EditRequest
from photomill.editing.results import Planned
from photomill.editing.standing import Standing, State, standing
from photomill.editing.targets import UNKNOWN_SIZE, Target, stored_place
from photomill.errors import (
    Conflict,
    NotFound,
    PhotomillError,
    SourceUnreachable,
    Unsupported,
    UnsupportedFormat,
)
from photomill.names import unescape_name
from photomill.sources.credentials import without_credentials
from photomill.sources.places import is_uri
from photomill.sources.source import BytesSource, PathSource, Source, UriSource
from photomill.sources.uris import parse_storage_uri
from photomill.storages import Namespace

_STORAGE = "storage://"


@frozen
class Original:
    """An image to edit.

    :ivar uri: or, of a file of this machine, its path as :func:`escape_name` writes it.
    :ivar name: of its result, below the destination; no other has it.
    :ivar certain: somebody named it, or its name says that it is an image; another may be none.
    :ivar data: the image itself, where it is no file.
    """

    uri: str
    name: ResultName
    certain: bool = True
    data: bytes | None = field(default=None, repr=False)

    @property
    def source(self) -> Source:
        """Where it is read from."""
        if self.data is not None:
            return BytesSource(self.data)
        if is_uri(self.uri):
            return UriSource(self.uri)
        return PathSource(unescape_name(self.uri), trusted=True)

    @property
    def shown(self) -> str:
        """What people call it."""
        return "-" if self.data is not None else without_credentials(self.uri)

    def location(self, storages: Namespace) -> str:
        """Where it lies, as ``Target.place`` tells it; empty for bytes.

        :raises NotFound: there is no such storage.
        """
        source = self.source
        if isinstance(source, PathSource):
            return os.path.realpath(source.path)
        if not self.uri.startswith(_STORAGE):
            return self.uri
        name, key = parse_storage_uri(self.uri)
        return stored_place(storages.storage(name), name, key)

    def result(self, format: str) -> str:
        """What a result of this format is called."""
        name = self.name.of(format)
        return name if is_uri(self.uri) else unescape_name(name)


@frozen
class PlannedEdit:
    """What would become of an original; ``planned`` is None where nothing would be done."""

    original: Original
    standing: Standing
    planned: Planned | None = None
    error: PhotomillError | None = None


@frozen
class EditIntoTarget:
    """One edit of originals into one target.

    :ivar target: None stands for one that is empty: nothing can be edited into it, only planned.
    :ivar digest: what is asked for: see ``records.edit_digest``.
    :ivar overwrite: edit also what is there already, and what was not made here.
    """

    editing: Editing
    storages: Namespace
    request: EditRequest
    digest: str
    target: Target | None
    overwrite: bool = False

    def edit(self, original: Original, report: EditReport) -> None:
        """Edit an image whose result is not there yet; what goes wrong is noted, and does not harm others."""
        try:
            self._edit(original, report)
        except UnsupportedFormat as error:
            if original.certain:
                report.failures.append(EditFailure(original.shown, str(error)))
            else:
                report.left_out.append(original.shown)
        except PhotomillError as error:
            report.failures.append(EditFailure(original.shown, str(error)))

    def plan(self, original: Original) -> PlannedEdit | None:
        """Tell what :meth:`edit` would do; None for what is no image and was not named as one."""
        try:
            source, stamp = self._identify(original)
            found = self._standing(original, stamp)
            if self._stays(found):
                return PlannedEdit(original, found)
            planned = self.editing.plan(source, self.request, interactive=False)
            return PlannedEdit(original, found, planned)
        except PhotomillError as error:
            if isinstance(error, UnsupportedFormat) and not original.certain:
                return None
            return PlannedEdit(original, Standing(State.NEW), error=error)

    def names(self, original: Original) -> list[str]:
        """What the result of an original may be called."""
        return [original.result(format) for format in possible_formats(self.request)]

    def _edit(self, original: Original, report: EditReport) -> None:
        assert self.target is not None  # nothing is edited into none
        source, stamp = self._identify(original)
        found = self._standing(original, stamp)
        if self._stays(found):
            if found.state is State.CURRENT:
                report.present += 1
            else:
                report.foreign.append((original.shown, found.reason))
            return
        if found.state is not State.NEW:
            # What stands there may be the original itself.
            source = BytesSource(self.editing.read(source))
        edited = self.editing.edit(source, self.request, interactive=False)
        name = original.result(edited.output.format)
        if self._is_original(name, original, source, edited.data):
            raise Conflict(f"the result would replace its original, {original.shown}")
        self.target.records.add(name, Record(self.digest, stamp, len(edited.data)))
        self.target.write(name, edited.data)
        report.add_edited(edited, found)

    def _is_original(self, name: str, original: Original, source: Source, result: bytes) -> bool:
        """Whether what stands under a name is the original: by its place or, as places have several names, by its bytes.

        :param result: one of the same bytes changes nothing.
        """
        assert self.target is not None  # nothing is edited into none
        if self.target.place(name) == original.location(self.storages):
            return True
        if not isinstance(source, BytesSource) or result == source.data:
            return False
        return (
            self.target.size(name) in (UNKNOWN_SIZE, len(source.data))
            and self.target.read(name) == source.data
        )

    def _stays(self, found: Standing) -> bool:
        return not self.overwrite and found.state in (State.CURRENT, State.FOREIGN)

    def _standing(self, original: Original, stamp: str) -> Standing:
        """What stands where the result goes.

        :raises StorageError: nobody knows.
        """
        if self.target is None:
            return Standing(State.NEW)
        for name in self.names(original):
            found = standing(self.target, name, self.digest, stamp)
            if found.state is not State.NEW:
                return found
        return Standing(State.NEW)

    def _identify(self, original: Original) -> tuple[Source, str]:
        """The source of an original, and the stamp that tells it from another in its place; read where nothing else does.

        :raises SourceError: it cannot be read.
        """
        stamp = _stamp(original.source, self.storages)
        if stamp:
            return original.source, stamp
        data = self.editing.read(original.source)
        return BytesSource(data), hashlib.blake2b(data, digest_size=16).hexdigest()


def _stamp(source: Source, storages: Namespace) -> str:
    """An image's size and time; empty where only its bytes tell it from another.

    :raises SourceUnreachable: it is not there.
    """
    if isinstance(source, PathSource):
        try:
            status = Path(source.path).stat()
        except OSError as error:
            raise SourceUnreachable(f"{source.path}: {error.strerror or error}") from error
        return f"{status.st_size}:{status.st_mtime_ns}"
    if isinstance(source, BytesSource) or not source.uri.startswith(_STORAGE):
        return ""
    name, key = parse_storage_uri(source.uri)
    try:
        found = storages.storage(name).stat(key)
    except Unsupported:
        return ""
    except NotFound as error:
        raise SourceUnreachable(str(error)) from error
    known = found.size is not None and found.modified is not None
    return f"{found.size}:{found.modified!r}" if known else ""
