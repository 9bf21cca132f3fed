"""Following folders: what comes, changes, gets another name and goes becomes so in a collection."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import define, evolve, field, frozen

from photomill.collections.collection import Collection
from photomill.collections.model import Record
from photomill.errors import PhotomillError, SourceUnreachable
from photomill.importing.exposure import CAMERA_ATTRIBUTES
from photomill.importing.followed_files import FollowedFiles, Stamp, file_of, find_files, is_lost
from photomill.importing.importer import (
    ImportFailure,
    ImportOptions,
    ImportReport,
    import_images,
    new_record,
    record_name,
)
from photomill.importing.renamed_files import OF_THE_FILE, RenamedFiles
from photomill.portions import portions
from photomill.sources.walking import FoundFile


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
    stamp: Stamp | None = None
    facts: tuple[Any, Any] | None = None


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
            path = file_of(record)
            if path is not None and any(path.is_relative_to(each) for each in self._places):
                self._settled[path] = _Settled(record.id, facts=_facts_of(record))
        self._resting: dict[Path, Stamp] = {}
        self._missing: set[Path] = set()
        self._unreadable: set[Path | str] = set()
        self._renamed = RenamedFiles(self._options)
        self._former: dict[Path, str] = {}
        """The ids that the records of files had before they were dropped."""
        self._awaited: set[str] = set()
        """Records that were dropped, and are restored once their files are there again."""
        for dropped in collection.dropped():
            path = file_of(dropped.record)
            if path is None or not any(path.is_relative_to(each) for each in self._places):
                continue
            # An earlier watch dropped it, and its file may come back. What somebody dropped has its file, as a rule.
            if is_lost(dropped.record):
                self._awaited.add(dropped.record.id)
                self._former[path] = dropped.record.id

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
        found = find_files(self._places)
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

    def _at_rest(self, found: FollowedFiles) -> dict[Path, tuple[FoundFile, Stamp]]:
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

    def _drop_missing(self, found: FollowedFiles, changes: FolderChanges) -> None:
        missing = found.missing(self._settled.keys(), self._places)
        gone, self._missing = missing & self._missing, missing - self._missing
        for some in portions(sorted(gone)):
            known = [self._settled[path].record_id for path in some]
            self._drop([each for each in known if each], changes)
            # Not before: what was broken off is found missing again.
            for path in some:
                settled = self._settled.pop(path, None)
                if settled is not None and settled.record_id:
                    self._former[path] = settled.record_id

    def _drop(self, ids: Sequence[str], changes: FolderChanges) -> None:
        """Drop those of some records whose files are gone."""
        records = self._collection.get(ids)
        lost = [each.id for each in records if each is not None and is_lost(each)]
        digests = self._collection.digests(lost)
        self._collection.drop(lost)
        changes.removed += lost
        self._look_again_at_those_like(lost)
        self._awaited.update(lost)
        self._note_renamed(self._renamed.note_gone(digests, self._collection), changes)

    def _note_renamed(self, renamed: Mapping[str, str], changes: FolderChanges) -> None:
        self._awaited -= renamed.keys()
        changes.renamed.update(renamed)

    def _look_again_at_those_like(self, record_ids: Sequence[str]) -> None:
        """Have files looked at again that were left out for the sake of records that are not there, or are others, by now."""
        if not record_ids:
            return
        gone = {"", *record_ids}
        for path in [path for path, like in self._left_out.items() if like in gone]:
            del self._left_out[path]
            self._settled.pop(path, None)

    # ------------------------------------------------------------ what is there

    def _take(self, files: Mapping[Path, tuple[FoundFile, Stamp]], changes: FolderChanges) -> None:
        """Deal with files that are new or changed."""
        ids = {path: self._id_of(path, file) for path, (file, _) in files.items()}
        back = [each for each in ids.values() if each in self._awaited]
        changes.returned += self._collection.restore(back).inserted
        for record_id in back:
            self._renamed.note_back(record_id)
            self._awaited.discard(record_id)
        records = dict(zip(files, self._collection.get(list(ids.values())), strict=True))
        new = []
        for path, (file, _) in files.items():
            record = records[path]
            if record is not None and file_of(record) == path:
                self._take_changed(file, record, changes)
            else:
                new.append(file)
        imported = import_images(self._collection, new, self._options)
        self._left_out.update((Path(each.path), each.duplicate_of.id) for each in imported.left_out)
        changes.report.add(imported)
        for path, (_, stamp) in files.items():
            self._settled[path] = _Settled(ids[path], stamp)
        digests = self._collection.digests([ids[file.path] for file in new])
        self._note_renamed(self._renamed.note_new(digests, self._collection), changes)

    def _id_of(self, path: Path, file: FoundFile) -> str:
        known = self._settled.get(path)
        if known is not None and known.record_id:
            return known.record_id
        former = self._former.get(path)
        if former in self._awaited:
            return former
        return f"{self._options.prefix}{record_name(file)}"

    def _take_changed(self, file: FoundFile, record: Record, changes: FolderChanges) -> None:
        """Make a record anew where its file holds another image."""
        try:
            facts = file.facts()
            image = self._collection.decode(file.path.read_bytes(), to_insert=False)
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
            if name not in OF_THE_FILE | CAMERA_ATTRIBUTES
        }
        fresh = new_record(file, record.id, evolve(self._options, attributes=own))
        self._collection.drop([record.id])
        # Where the following breaks off, the next look restores it.
        self._awaited.add(record.id)
        outcome = self._collection.insert([fresh])
        if outcome.inserted:
            self._collection.empty_dropped([record.id])
            changes.changed.append(record.id)
        else:
            self._collection.restore([record.id])
        self._awaited.discard(record.id)
        for skipped in outcome.skipped:
            if skipped.error is not None:
                changes.report.failures.append(ImportFailure(file.path, skipped.error))


def _told(error: Exception) -> PhotomillError:
    return error if isinstance(error, PhotomillError) else SourceUnreachable(str(error))


def _facts_of(record: Record) -> tuple[Any, Any]:
    return record.attributes.get("bytes"), record.attributes.get("modified")


def _facts(file: FoundFile) -> tuple[Any, Any] | None:
    try:
        facts = file.facts()
    except OSError:
        return None
    return facts["bytes"], facts["modified"]
