"""The images that a job's items read, and those that came of them."""

import hashlib
import time
from collections.abc import Callable
from contextlib import suppress

from starlette.responses import Response

from photomill import (
    COPY_TO_GROUPS,
    COPY_TO_STORAGE,
    EDIT_FILES,
    BatchEdit,
    Bounds,
    BytesSource,
    EditRequest,
    Job,
    JobItem,
    NotFound,
    Output,
    PhotomillError,
    Pixels,
    Resizing,
    Source,
    UriSource,
    Webp,
)
from photomill_browser.frame import Visit
from photomill_browser.job_access import job_of_address
from photomill_browser.numbers import whole_parameter
from photomill_browser.pages.collection import disposition
from photomill_browser.pages.images import SHOWABLE, answer_image

_THUMBNAIL = 320
_BRIEFLY = "private, max-age=3600"


def given(visit: Visit) -> Response:
    """The image that an item read, small."""
    job = job_of_address(visit)
    item = _item(visit, job)
    if job.kind == EDIT_FILES:
        read, image = visit.engine.file_editing.read_original, _image(visit)
        return _thumbnail(visit, job, lambda: BytesSource(read(job.number, item.position, image)))
    return _given(visit, job, item)


def made(visit: Visit) -> Response:
    """The image that came of an item, small."""
    job = job_of_address(visit)
    item = _item(visit, job)
    if job.kind == EDIT_FILES:
        read, image = visit.engine.file_editing.read_edited, _image(visit)
        return _thumbnail(visit, job, lambda: BytesSource(read(job.number, item.position, image)))
    if not is_image(item):
        return _given(visit, job, item)
    return _thumbnail(visit, job, lambda: BytesSource(_result(visit, job, item)))


def result(visit: Visit) -> Response:
    """The image that came of an item, whole."""
    job = job_of_address(visit)
    item = _item(visit, job)
    if not is_image(item) or item.result is None:
        raise NotFound(f"no image came of item {item.position}")
    data = _result(visit, job, item)
    format = str(item.result["output"]["format"])
    etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    response = answer_image(visit, data, f"image/{format}", etag, _BRIEFLY)
    name = str(item.result["stored"]["key"]).rpartition("/")[2]
    if format not in SHOWABLE or visit.query.get("download"):
        response.headers["Content-Disposition"] = disposition(name)
    return response


def _item(visit: Visit, job: Job) -> JobItem:
    position = whole_parameter(visit.query, "item")
    wanted = -1 if position is None else position
    for item in visit.engine.jobs.items(job.number, after=wanted - 1, limit=1):
        if item.position == wanted:
            return item
    raise NotFound(f"job {job.number} has no item {wanted}")


def _image(visit: Visit) -> int:
    """Which image of an item of several the address means."""
    return whole_parameter(visit.query, "image") or 0


def _given(visit: Visit, job: Job, item: JobItem) -> Response:
    record = _record(job, item)
    if record is not None:
        return _record_thumbnail(visit, *record)
    source = _source(item)
    return _thumbnail(visit, job, lambda: source)


def _record(job: Job, item: JobItem) -> tuple[str, str] | None:
    """The collection and the id of the record that an item is about; None where it is about none."""
    collection = str(job.plan.get("collection") or "")
    if job.kind in (COPY_TO_STORAGE, COPY_TO_GROUPS):
        return collection, str(item.input["record"])
    if job.kind == BatchEdit.kind and collection:
        return collection, str(job.plan["inputs"][item.input["source"]])
    return None


def _record_thumbnail(visit: Visit, collection: str, record_id: str) -> Response:
    """A record's thumbnail, where the key may see its collection."""
    with suppress(PhotomillError):
        found = visit.opened(collection).thumbnail(record_id)
        return answer_image(visit, found.data, found.media_type, f'"{found.etag}"', _BRIEFLY)
    return _missing(visit)


def _source(item: JobItem) -> Source | None:
    """What an item reads; None for files of this machine, which are not shown."""
    uri = str(item.input.get("uri") or item.input.get("source") or "")
    return UriSource(uri) if "://" in uri else None


def is_image(item: JobItem) -> bool:
    """Whether an image came of an item."""
    return item.result is not None and {"stored", "output"} <= item.result.keys()


def _result(visit: Visit, job: Job, item: JobItem) -> bytes:
    """
    :raises PhotomillError: it is not there, or not any more.
    """
    assert item.result is not None  # it is an image
    stored = item.result["stored"]
    if stored["temporary"]:
        opened = visit.engine.editing.open_result(stored["key"])
    else:
        storage = visit.engine.storages.namespace(job.owner).storage(stored["storage"])
        opened = storage.open_object(stored["key"])
    with opened as file:
        return file.read()


def _thumbnail(visit: Visit, job: Job, source: Callable[[], Source | None]) -> Response:
    """An image small; where it cannot be had or read, a sign that says so."""
    small = EditRequest(
        resizing=Resizing(Pixels(_THUMBNAIL), Pixels(_THUMBNAIL), Bounds(), enlarge=False),
        output=Output(Webp(quality=80)),
        speed="fast",
    )
    with suppress(PhotomillError):
        found = source()
        if found is not None:
            data = visit.engine.editing.edit(found, small, owner=job.owner).data
            etag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
            return answer_image(visit, data, "image/webp", etag, _BRIEFLY)
    return _missing(visit)


def _missing(visit: Visit) -> Response:
    missing = visit.frame.assets.contents["missing.svg"]
    return answer_image(visit, missing, "image/svg+xml", '"missing"', "private, no-cache")


def version_of(item: JobItem) -> int:
    """Changes when an item is done again."""
    return int(1000 * (item.finished or time.time()))
