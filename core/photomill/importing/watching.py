"""Following folders: what comes, changes, gets another name and goes becomes so in a collection."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import define, evolve, field, frozen

from photomill.collections.collection import Collection
from photomill.collections.model import Record
from photomill.errors import PhotomillError, SourceUnreachable
from photomill.importing.exposure import CAMERA_ATTRIBUTES, camera_attributes
from photomill.importing.importer import (
    ImportFailure,
    ImportOptions,
    ImportReport,
    import_images,
    new_record,
    record_name,
)
from photomill.names import unescape_name
from photomill.portions import portions
from photomill.sources.walking import FoundFile, find_images

_OF_THE_FILE = frozenset({"_file", "_url", "file", "folder", "bytes", "modified"})
"""Attributes that another file of the same image has other values of."""

_Stamp = tuple[int, int, int]
"""Bytes, and when the content and the entry were changed: a file is at rest while they stay."""


@define
class FolderChanges:
    """What one look at folders found, and what became of it.

    :ivar report: what came of the files that are new or changed.
    :ivar changed: ids of records that were made anew, as their files hold other images.
    :ivar renamed: ids of records by those that they had when their files had other names.
    :ivar removed: ids of records that were dropped, as their files are gone.
    :ivar returned: ids of records that were restored, as their files are there again.
    """

    report: ImportReport = field(factory=ImportReport)
    changed: list[str] = field(factory=list)
    renamed: dict[str, str] = field(factory=dict)
    removed: list[str] = field(factory=list)
    returned: list[str] = field(factory=list)

    def __bool__(self) -> bool:
        """Whether there is something to tell."""
        return bool(
            self.report.seen or self.changed or self.renamed or self.removed or self.returned
        )


@frozen
class _Settled:
    """A file that was dealt with.

    :ivar record_id: of the record that it would be; empty where that is not known.
    :ivar stamp: as the file was then; None where that is not known.
    :ivar facts: ``bytes`` and ``modified`` of the record, in the place of a stamp.
    """

    record_id: str
    stamp: _Stamp | None = None
    facts: tuple[Any, Any] | None = None


@define
class _Found:
    """The files below some folders.

    :ivar unseen: folders below which there may be more, as nothing is in them or they cannot be read.
    """

    files: dict[Path, tuple[FoundFile, _Stamp]] = field(factory=dict)
    unseen: list[Path] = field(factory=list)
    failures: list[ImportFailure] = field(factory=list)


class FolderWatch:
    """Looks at folders again and again, and makes a collection follow them. For one thread.

    A file is imported, as :func:`import_images` does it, once it was the same in two looks: what is still being written
    is left alone. One that cannot be read is tried again when it changes. Of files that come, go and change:

    * One whose content changed is read again. Is it another image, its record is made anew, with the attributes that
      somebody gave it.
    * A record whose file is gone in two looks is dropped, so that it can be restored. Where the same image is there under
      another name, that one's record gets the attributes, and the old one is removed.
    * A dropped record whose file comes back is restored.
    * Where a folder that files were in is empty, or it or a file is a link that leads nowhere, nothing of it is dropped: a
      disk may have been unmounted. The same goes for what cannot be read.
    * A file that was left out, as it is like a record, is looked at again when that record is dropped or made anew.
    """

    def __init__(
        self,
        collection: Collection,
        places: Iterable[Path],
        options: ImportOptions | None = None,
        *,
        passed_by: Iterable[Path] = (),
    ) -> None:
        """
        :param places: folders and files.
        :param passed_by: files that an import could not take, or left out: as they are now they are not tried again, unless
            a record goes that they may be like.
        """
        self._collection = collection
        self._places = [place.absolute() for place in places]
        self._options = options or ImportOptions()
        self._options.check()
        self._left_out: dict[Path, str] = dict.fromkeys(passed_by, "")
        """Files that were left out, and the records that they are like; empty where that is not known."""
        self._settled = {path: _Settled("") for path in self._left_out}
        for record in collection.iterate():
            path = _file_of(record)
            if path is not None and any(path.is_relative_to(each) for each in self._places):
                self._settled[path] = _Settled(record.id, facts=_facts_of(record))
        self._resting: dict[Path, _Stamp] = {}
        self._missing: set[Path] = set()
        self._unreadable: set[Path | str] = set()
        self._came: dict[bytes, str] = {}
        """Records that came, by what their images' pixels are."""
        self._awaited: set[str] = set()
        """Records that were dropped before this watch began, and whose files are gone."""
        self._went: dict[str, bytes] = {}
        """Records that were dropped, and what their images' pixels are."""
        for dropped in collection.dropped():
            path = _file_of(dropped.record)
            if path is None or not any(path.is_relative_to(each) for each in self._places):
                continue
            # An earlier watch dropped it, and its file may come back. What somebody dropped has its file, as a rule.
            if _is_lost(dropped.record):
                self._awaited.add(dropped.record.id)

    def go_on_with(self, collection: Collection) -> None:
        """Go on with the collection as it was opened anew, as it must be once a look raised :class:`CollectionOutdated`."""
        self._collection = collection

    def look(self, *, stop: Callable[[], bool] = lambda: False) -> FolderChanges:
        """Look once, and deal with what is at rest.

        :param stop: asked before every batch; True ends the look, and the next one goes on.
        :raises CapacityExceeded: the disk is full.
        :raises CollectionOutdated: the collection was converted; see :meth:`go_on_with`.
        """
        changes = FolderChanges()
        found = self._find()
        unreadable = {failure.path for failure in found.failures}
        changes.report.failures += [
            each for each in found.failures if each.path not in self._unreadable
        ]
        self._unreadable = unreadable
        self._drop_missing(found, changes)
        ready = self._at_rest(found)
        for some in portions(list(ready), self._options.batch):
            if stop():
                changes.report.stopped = True
                break
            self._take({path: ready[path] for path in some}, changes)
        self._look_again_at_those_like(changes.changed)
        changes.removed = [each for each in changes.removed if each not in changes.renamed]
        return changes

    # ------------------------------------------------------------ looking

    def _find(self) -> _Found:
        found = _Found()

        def unreadable(error: OSError) -> None:
            path = Path(os.fsdecode(error.filename))
            found.unseen.append(path)
            found.failures.append(ImportFailure(path, SourceUnreachable(str(error))))

        for place in self._places:
            count = 0
            for file in _images_of(place, unreadable):
                count += 1
                try:
                    status = file.path.stat()
                except FileNotFoundError:
                    continue  # It is gone again.
                except OSError as error:
                    unreadable(error)
                    continue
                stamp = status.st_size, status.st_mtime_ns, status.st_ctime_ns
                found.files.setdefault(file.path, (file, stamp))
            if not count:
                found.unseen.append(place)
        return found

    def _at_rest(self, found: _Found) -> dict[Path, tuple[FoundFile, _Stamp]]:
        """The files that are to be dealt with, and have not changed since the last look."""
        ready, resting = {}, {}
        for path, (file, stamp) in found.files.items():
            known = self._settled.get(path)
            if known is not None:
                if known.stamp is None and (known.facts is None or known.facts == _facts(file)):
                    self._settled[path] = known = evolve(known, stamp=stamp)
                if known.stamp == stamp:
                    continue
            if self._resting.get(path) == stamp:
                ready[path] = file, stamp
            resting[path] = stamp
        self._resting = resting
        return ready

    # ------------------------------------------------------------ what is gone

    def _drop_missing(self, found: _Found, changes: FolderChanges) -> None:
        missing = {
            path
            for path in self._settled.keys() - found.files.keys()
            if not any(path.is_relative_to(unseen) for unseen in found.unseen)
        }
        places: set[Path] = set(self._places)
        empty: dict[Path, bool] = {}
        missing = {path for path in missing if not _is_unmounted(path, places, empty)}
        gone, self._missing = missing & self._missing, missing - self._missing
        for some in portions(sorted(gone)):
            known = [self._settled[path].record_id for path in some]
            self._drop([each for each in known if each], changes)
            # Not before: what was broken off is found missing again.
            for path in some:
                self._settled.pop(path, None)

    def _drop(self, ids: Sequence[str], changes: FolderChanges) -> None:
        """Drop those of some records whose files are gone."""
        records = self._collection.get(ids)
        lost = [each.id for each in records if each is not None and _is_lost(each)]
        digests = self._collection.digests(lost)
        self._collection.drop(lost)
        changes.removed += lost
        self._look_again_at_those_like(lost)
        self._went.update((record_id, digests.get(record_id, b"")) for record_id in lost)
        for record_id in lost:
            twin = self._came.get(self._went[record_id], record_id)
            if twin != record_id:
                self._join(record_id, twin, changes)

    def _join(self, old_id: str, new_id: str, changes: FolderChanges) -> None:
        """Give a record what a dropped one of the same image had, where both are there."""
        (old,), (new,) = self._collection.get_dropped([old_id]), self._collection.get([new_id])
        if old is None or new is None:
            return
        attributes = old.record.attributes.items()
        kept = {name: value for name, value in attributes if name not in _OF_THE_FILE}
        if any(new.attributes.get(name, value) != value for name, value in kept.items()):
            # What somebody gave the other record stays.
            imported = self._imported(new)
            own = {name for name, value in new.attributes.items() if value != imported.get(name)}
            kept = {name: value for name, value in kept.items() if name not in own}
        self._collection.update([(new_id, kept)])
        self._collection.people.hand_over(old.record.number, new.number)
        self._collection.empty_dropped([old_id])
        self._went.pop(old_id, None)
        changes.renamed[old_id] = new_id

    def _imported(self, record: Record) -> dict[str, Any]:
        """The attributes that an import gives a record, but for those that tell of its file."""
        path = _file_of(record)
        try:
            data = b"" if path is None else path.read_bytes()
        except OSError:
            data = b""  # It is gone again.
        return {**camera_attributes(data, gps=self._options.gps), **self._options.attributes}

    def _look_again_at_those_like(self, record_ids: Sequence[str]) -> None:
        """Have files looked at again that were left out for the sake of records that are not there, or are others, by now."""
        if not record_ids:
            return
        gone = {"", *record_ids}
        for path in [path for path, twin in self._left_out.items() if twin in gone]:
            del self._left_out[path]
            self._settled.pop(path, None)

    # ------------------------------------------------------------ what is there

    def _take(self, files: Mapping[Path, tuple[FoundFile, _Stamp]], changes: FolderChanges) -> None:
        """Deal with files that are new or changed."""
        ids = {path: self._id_of(path, file) for path, (file, _) in files.items()}
        back = [each for each in ids.values() if each in self._went or each in self._awaited]
        changes.returned += self._collection.restore(back).inserted
        for record_id in back:
            self._went.pop(record_id, None)
            self._awaited.discard(record_id)
        records = dict(zip(files, self._collection.get(list(ids.values())), strict=True))
        new = []
        for path, (file, _) in files.items():
            record = records[path]
            if record is not None and _file_of(record) == path:
                self._take_changed(file, record, changes)
            else:
                new.append(file)
        imported = import_images(self._collection, new, self._options)
        self._left_out.update((Path(each.path), each.twin.id) for each in imported.left_out)
        _add(changes.report, imported)
        for path, (_, stamp) in files.items():
            self._settled[path] = _Settled(ids[path], stamp)
        self._find_renamed([ids[file.path] for file in new], changes)

    def _id_of(self, path: Path, file: FoundFile) -> str:
        known = self._settled.get(path)
        if known is not None and known.record_id:
            return known.record_id
        return f"{self._options.prefix}{record_name(file)}"

    def _find_renamed(self, ids: Sequence[str], changes: FolderChanges) -> None:
        """Find images that were there under other names, among those that came now."""
        went = {digest: record_id for record_id, digest in self._went.items() if digest}
        for record_id, digest in self._collection.digests(ids).items():
            self._came[digest] = record_id
            if digest in went:
                self._join(went[digest], record_id, changes)

    def _take_changed(self, file: FoundFile, record: Record, changes: FolderChanges) -> None:
        """Make a record anew where its file holds another image."""
        try:
            facts = file.facts()
            image = self._collection.decode(file.path.read_bytes())
        except (OSError, PhotomillError) as error:
            changes.report.failures.append(ImportFailure(file.path, _told(error)))
            return
        if image.digest == self._collection.digests([record.id]).get(record.id):
            if _facts_of(record) != (facts["bytes"], facts["modified"]):
                self._collection.update([(record.id, facts)])
            return
        own = {
            name: value
            for name, value in record.attributes.items()
            if name not in _OF_THE_FILE | CAMERA_ATTRIBUTES
        }
        fresh = new_record(file, record.id, evolve(self._options, attributes=own))
        self._collection.drop([record.id])
        # Where the following breaks off, the next look restores it.
        self._went[record.id] = b""
        outcome = self._collection.insert([fresh])
        if outcome.inserted:
            self._collection.empty_dropped([record.id])
            changes.changed.append(record.id)
        else:
            self._collection.restore([record.id])
        del self._went[record.id]
        for skipped in outcome.skipped:
            if skipped.error is not None:
                changes.report.failures.append(ImportFailure(file.path, skipped.error))


def _images_of(place: Path, unreadable: Callable[[OSError], None]) -> Iterator[FoundFile]:
    """The images of a folder, or a file that is named itself; none where it is not there."""
    try:
        if place.exists():
            yield from find_images([place], unreadable=unreadable)
    except OSError as error:
        # A file system over the network that is away, or a folder above that may not be searched.
        error.filename = error.filename or str(place)
        unreadable(error)


def _add(total: ImportReport, more: ImportReport) -> None:
    total.inserted += more.inserted
    total.present += more.present
    total.dropped += more.dropped
    total.left_out += more.left_out
    total.failures += more.failures
    total.notes.update(more.notes)


def _told(error: Exception) -> PhotomillError:
    return error if isinstance(error, PhotomillError) else SourceUnreachable(str(error))


def _file_of(record: Record) -> Path | None:
    """The file that a record was made from; None where it is of no file of a name that a system takes."""
    known = record.attributes.get("_file")
    return Path(unescape_name(known)) if isinstance(known, str) else None


def _is_lost(record: Record) -> bool:
    """Whether the file of a record is gone, and not only out of reach."""
    path = _file_of(record)
    if path is None:
        return False
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return True
    except OSError:
        return False
    return False


def _is_unmounted(path: Path, places: set[Path], empty: dict[Path, bool]) -> bool:
    """Whether a file, or a folder that it was in, is a link that leads nowhere, or the folder is empty: a disk is away.

    :param places: where the folders end that are looked at.
    :param empty: what is known of folders, from one file to the next.
    """
    if path.is_symlink():
        return True
    for folder in path.parents:
        if folder in places:
            return False
        if folder not in empty:
            empty[folder] = _is_empty(folder)
        if empty[folder]:
            return True
    return False


def _is_empty(folder: Path) -> bool:
    """Whether a folder is there, and nothing in it that is not hidden."""
    try:
        with os.scandir(folder) as entries:
            return all(entry.name.startswith(".") for entry in entries)
    except OSError:
        # A folder that is gone itself was deleted; a link stays where what it leads to is away.
        return folder.is_symlink()


def _facts_of(record: Record) -> tuple[Any, Any]:
    return record.attributes.get("bytes"), record.attributes.get("modified")


def _facts(file: FoundFile) -> tuple[Any, Any] | None:
    try:
        facts = file.facts()
    except OSError:
        return None
    return facts["bytes"], facts["modified"]
