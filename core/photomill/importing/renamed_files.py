"""Telling files that got another name from files that came and files that went: their images tell."""

from collections.abc import Mapping
from typing import Any

from photomill.collections.collection import Collection
from photomill.collections.model import Record
from photomill.importing.exposure import camera_attributes
from photomill.importing.followed_files import file_of
from photomill.importing.importer import ImportOptions

OF_THE_FILE = frozenset({"_file", "_url", "file", "folder", "bytes", "modified"})
"""Attributes that another file of the same image has other values of."""


class RenamedFiles:
    """Gives the record of a file what the record of the same image had under its former name. For one thread.

    Either may be found first: that the image is there under the new name, or that it is gone under the old one.
    """

    def __init__(self, options: ImportOptions) -> None:
        """
        :param options: by which records are imported.
        """
        self._options = options
        self._came: dict[bytes, str] = {}
        """Records that came, by what their images' pixels are."""
        self._went: dict[str, bytes] = {}
        """Records that were dropped, and what their images' pixels are."""

    def note_gone(self, digests: Mapping[str, bytes], collection: Collection) -> dict[str, str]:
        """Note records that were dropped, as their files are gone.

        :param digests: as of ``Collection.digests``.
        :returns: of those whose images came under other names, the ids by the former ones.
        """
        self._went.update(digests)
        came = {
            record_id: self._came.get(digest, record_id) for record_id, digest in digests.items()
        }
        return {
            old_id: new_id
            for old_id, new_id in came.items()
            if new_id != old_id and self._join(old_id, new_id, collection)
        }

    def note_new(self, digests: Mapping[str, bytes], collection: Collection) -> dict[str, str]:
        """Note records that came.

        :param digests: as of ``Collection.digests``.
        :returns: of those whose images were there under other names, the ids by the former ones.
        """
        went = {digest: record_id for record_id, digest in self._went.items()}
        self._came.update((digest, record_id) for record_id, digest in digests.items())
        return {
            went[digest]: record_id
            for record_id, digest in digests.items()
            if digest in went and self._join(went[digest], record_id, collection)
        }

    def note_back(self, record_id: str) -> None:
        """Note that a record was restored, as its file is there again."""
        self._went.pop(record_id, None)

    def _join(self, old_id: str, new_id: str, collection: Collection) -> bool:
        """Give a record what a dropped one of the same image had; False, where one of them is not there."""
        (old,), (new,) = collection.get_dropped([old_id]), collection.get([new_id])
        if old is None or new is None:
            return False
        attributes = old.record.attributes.items()
        kept = {name: value for name, value in attributes if name not in OF_THE_FILE}
        if any(new.attributes.get(name, value) != value for name, value in kept.items()):
            # What somebody gave the other record stays.
            imported = self._imported(new)
            own = {name for name, value in new.attributes.items() if value != imported.get(name)}
            kept = {name: value for name, value in kept.items() if name not in own}
        collection.update([(new_id, kept)])
        collection.people.hand_over(old.record.number, new.number)
        collection.empty_dropped([old_id])
        self._went.pop(old_id, None)
        return True

    def _imported(self, record: Record) -> dict[str, Any]:
        """The attributes that an import gives a record, but for those that tell of its file."""
        path = file_of(record)
        try:
            data = b"" if path is None else path.read_bytes()
        except OSError:
            data = b""  # It is gone again.
        return {**camera_attributes(data, gps=self._options.gps), **self._options.attributes}
