"""The kind of job that copies originals into groups of owners."""

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from photomill.albums.albums import Albums
from photomill.albums.model import Group
from photomill.albums.uploads import sort_name
from photomill.collections.collections import Collections
from photomill.copying.model import GroupCopies
from photomill.errors import NotFound
from photomill.jobs.kind import JobKind
from photomill.jobs.model import Job, JobItem, NewItem

COPY_TO_GROUPS = "copy_to_groups"


def groups_plan(collection: str, groups: Sequence[GroupCopies]) -> dict[str, Any]:
    return {
        "collection": collection,
        "groups": [
            {"group": each.group, "copies": [[copy.id, copy.name] for copy in each.copies]}
            for each in groups
        ],
    }


class CopyToGroups(JobKind):
    """Uploads each original into its group, and at the end puts the photos in order.

    What is done again finds a photo of the same name and bytes there. Whoever works on jobs makes the derivatives.
    """

    kind = COPY_TO_GROUPS

    def __init__(self, collections: Collections, albums: Albums) -> None:
        self._collections = collections
        self._albums = albums

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        every = (
            NewItem(name, {"record": record_id, "group": group["group"]})
            for group in job.plan["groups"]
            for record_id, name in group["copies"]
        )
        yield from islice(every, 0 if after is None else after.position + 1, None)

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        original = self._collections.open(job.plan["collection"]).original(item.input["record"])
        group = self._albums.groups.get(item.input["group"])
        digest = hashlib.sha256(original).hexdigest()
        if self._albums.uploads.add_once(group, io.BytesIO(original), item.name, digest):
            self._albums.groups.note_upload(group)
        return {"bytes": len(original)}

    def finish(self, job: Job) -> None:
        for each in job.plan["groups"]:
            try:
                group = self._albums.groups.get(each["group"])
            except NotFound:
                # Deleted for good meanwhile; its items say so.
                continue
            self._arrange(group, [name for _, name in each["copies"]])

    def _arrange(self, group: Group, names: Sequence[str]) -> None:
        """Put the photos that there are into the order of their copies."""
        photos = {
            photo.sort_name: photo.id for photo in self._albums.groups.photos(group, ready=False)
        }
        ordered = [photos[name] for name in map(sort_name, names) if name in photos]
        if ordered:
            # Without a photo the order that somebody gave the others would be lost.
            self._albums.groups.arrange(group, ordered)
