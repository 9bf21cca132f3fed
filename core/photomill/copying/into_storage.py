"""The kind of job that copies originals into a folder of a storage."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from photomill.collections.collections import Collections
from photomill.copying.model import OriginalCopy
from photomill.jobs.kind import JobKind
from photomill.jobs.model import Job, JobItem, NewItem
from photomill.storages import Storages

COPY_TO_STORAGE = "copy_to_storage"


def storage_plan(collection: str, folder: str, copies: Sequence[OriginalCopy]) -> dict[str, Any]:
    """What a job stores that copies originals into a folder of a storage.

    :param folder: ``storage://name/folder/``.
    """
    return {
        "collection": collection,
        "folder": folder,
        "copies": [[each.id, each.name] for each in copies],
    }


class CopyToStorage(JobKind):
    """Writes each original under a name of its own, over no other object; what is done again finds the same bytes there."""

    kind = COPY_TO_STORAGE

    def __init__(self, collections: Collections, storages: Storages) -> None:
        self._collections = collections
        self._storages = storages

    def items(self, job: Job, after: JobItem | None) -> Iterator[NewItem]:
        begin = 0 if after is None else after.position + 1
        for record_id, name in job.plan["copies"][begin:]:
            yield NewItem(name, {"record": record_id})

    def run(self, job: Job, item: JobItem) -> Mapping[str, Any]:
        original = self._collections.open(job.plan["collection"]).original(item.input["record"])
        uri = f"{job.plan['folder']}{quote(item.name)}"
        self._storages.namespace(job.owner).put_new(uri, original)
        return {"bytes": len(original)}
