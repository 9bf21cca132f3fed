"""Copying originals: the facade."""

from collections.abc import Sequence

from photomill.albums.albums import Albums
from photomill.albums.uploads import sort_name
from photomill.collections.collections import Collections
from photomill.copying.into_groups import COPY_TO_GROUPS, CopyToGroups, groups_plan
from photomill.copying.into_storage import COPY_TO_STORAGE, CopyToStorage, storage_plan
from photomill.copying.model import GroupCopies, OriginalCopy
from photomill.errors import InvalidInput
from photomill.jobs.jobs import Jobs
from photomill.jobs.model import Job
from photomill.storages import Storages


class Copying:
    """Copies the originals of records as jobs: an item each, so that one that cannot be read fails alone. Thread-safe.

    Whoever calls checks who may.
    """

    def __init__(
        self, collections: Collections, storages: Storages, albums: Albums, jobs: Jobs
    ) -> None:
        self._collections = collections
        self._storages = storages
        self._albums = albums
        self._jobs = jobs
        jobs.register(CopyToStorage(collections, storages))
        jobs.register(CopyToGroups(collections, albums))

    def into_storage(
        self, collection: str, folder: str, copies: Sequence[OriginalCopy], *, owner: str = ""
    ) -> Job:
        """Have originals copied into a folder of a storage, over no other object; one of the same bytes counts as copied.

        :param collection: the id of the records' collection.
        :param folder: ``storage://name/folder/``.
        :param owner: whose storages it may be.
        :raises NotFound: there is no such collection or storage.
        :raises InvalidInput: the folder is none of a storage, nothing is to be copied, or two have one name.
        """
        place = f"{folder.rstrip('/')}/"
        if not place.startswith("storage://"):
            raise InvalidInput("expected storage://NAME/FOLDER/", path="folder")
        self._collections.info(collection)
        self._storages.namespace(owner).resolve(place)
        _check([each.name for each in copies])
        plan = storage_plan(collection, place, copies)
        return self._jobs.submit(COPY_TO_STORAGE, plan, owner=owner)

    def into_groups(
        self, collection: str, groups: Sequence[GroupCopies], *, owner: str = ""
    ) -> Job:
        """Have originals copied into groups of owners, and the photos put into this order.

        :param collection: the id of the records' collection.
        :param owner: of the job; whose the groups are does not matter.
        :raises NotFound: there is no such collection or group.
        :raises InvalidInput: nothing is to be copied into a group, a group comes twice, or two photos of one would have
            the same name.
        """
        self._collections.info(collection)
        if len({each.group for each in groups}) < len(groups):
            raise InvalidInput("expected groups of which each comes once", path="groups")
        for each in groups:
            self._albums.groups.get(each.group)
            _check([sort_name(copy.name) for copy in each.copies])
        if not groups:
            _check([])
        return self._jobs.submit(COPY_TO_GROUPS, groups_plan(collection, groups), owner=owner)


def _check(names: Sequence[str]) -> None:
    if not names:
        raise InvalidInput("expected something to be copied", path="copies")
    if len(set(names)) < len(names):
        raise InvalidInput("expected names of which each comes once", path="copies")
