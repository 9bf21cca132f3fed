"""Jobs: which run and ran, how far they are, what failed with its images, and what came of them."""

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from itertools import chain, islice
from typing import Any
from urllib.parse import quote, urlencode

from attrs import frozen
from starlette.responses import RedirectResponse, Response

from photomill import (
    ADMIN_SCOPE,
    ALBUMS_SCOPE,
    EDIT_FILES,
    GROUP_IMAGE,
    GROUPING_SCOPE,
    IMAGE_EDITING_SCOPE,
    IMPORT,
    REEMBED,
    BatchEdit,
    Bounds,
    BytesSource,
    Conflict,
    EditRequest,
    Engine,
    InvalidInput,
    ItemState,
    Job,
    JobItem,
    JobState,
    Key,
    NotFound,
    Output,
    PhotomillError,
    Pixels,
    Resizing,
    SingleEdit,
    Source,
    UriSource,
    Webp,
)
from photomill_browser.frame import FORM_BYTES, Page, View, Visit
from photomill_browser.numbers import whole_number
from photomill_browser.pages.collection import disposition
from photomill_browser.pages.images import SHOWABLE, answer_image
from photomill_browser.progress import (
    OF_IMAGES,
    RUNNING,
    groups_address,
    kind_name,
    moment,
    progress_of,
    shown_uri,
    subject_of,
)
from photomill_browser.shown import name_of, thumbnail_tags
from photomill_browser.texts import texts_of

ON_A_PAGE = 30
ERRORS_AT_ONCE = 24
RESULTS_AT_ONCE = 60
_FOLLOWED = 100
_THUMBNAIL = 320

SCOPES = {
    SingleEdit.kind: IMAGE_EDITING_SCOPE,
    BatchEdit.kind: IMAGE_EDITING_SCOPE,
    GROUP_IMAGE: GROUPING_SCOPE,
    EDIT_FILES: ADMIN_SCOPE,
    IMPORT: ADMIN_SCOPE,
    REEMBED: ADMIN_SCOPE,
    "photo": ALBUMS_SCOPE,
    "zip": ALBUMS_SCOPE,
}
"""The kinds of job, and what a key needs to see those of its own; other kinds are for administrators."""

STATES = {
    "running": RUNNING,
    "paused": (JobState.PAUSED,),
    "done": (JobState.DONE,),
    "failed": (JobState.FAILED,),
    "cancelled": (JobState.CANCELLED,),
}

_BRIEFLY = "private, max-age=3600"


@frozen
class Failure:
    """What failed of a job, and why.

    :ivar item: the position of the item; None where it is no image that can be shown.
    """

    name: str
    error: str
    facts: str = ""
    item: int | None = None
    version: int = 0


# ---------------------------------------------------------------- the list


def show_all(visit: Visit) -> Any:
    """The jobs that the key may see, the newest first."""
    state, kind = visit.query.get("state", ""), visit.query.get("kind", "")
    if state and state not in STATES:
        raise InvalidInput(f"expected one of {', '.join(STATES)}, got {state!r:.50}", path="state")
    before = _whole(visit, "before")
    found = _visible(visit, STATES.get(state), kind, before)
    shown = found[:ON_A_PAGE]
    kinds = [each for each in SCOPES if visit.key.has(SCOPES[each])]
    texts = texts_of("jobs")
    return {
        "jobs": [_summary(visit, job) for job in shown],
        "states": [
            (texts(f"filter_{name or 'all'}"), _address(name, kind), name == state)
            for name in ("", *STATES)
        ],
        "kinds": [
            (
                kind_name(texts, name) if name else texts("kind_all"),
                _address(state, name),
                name == kind,
            )
            for name in ("", *kinds)
        ],
        "filtered": bool(state or kind),
        "newest": _address(state, kind) if before is not None else "",
        "older": _address(state, kind, shown[-1].number) if len(found) > ON_A_PAGE else "",
        "data": {"running": [job.number for job in shown if job.state in RUNNING], "job": None},
    }


def status(visit: Visit) -> Any:
    """How far some jobs are; those that the key may not see, or that are no more, are left out."""
    found = []
    for given in visit.request.query_params.getlist("number")[:_FOLLOWED]:
        number = whole_number(given)
        with suppress(NotFound):
            found.append(progress_of(_seen(visit, -1 if number is None else number)))
    return {"jobs": found}


def _visible(
    visit: Visit, states: Iterable[JobState] | None, kind: str, before: int | None
) -> list[Job]:
    """One more than a page of the jobs that a key may see."""
    key, limit = visit.key, ON_A_PAGE + 1
    chosen = None if states is None else list(states)

    def listed(kind: str | None, owner: str | None) -> list[Job]:
        return visit.engine.jobs.list_jobs(
            kind=kind, states=chosen, owner=owner, limit=limit, before=before
        )

    if key.has(ADMIN_SCOPE):
        return listed(kind or None, None)
    kinds = [each for each in SCOPES if key.has(SCOPES[each]) and kind in ("", each)]
    found = chain.from_iterable(listed(each, key.principal) for each in kinds)
    return sorted(found, key=lambda job: -job.number)[:limit]


def _address(state: str, kind: str, before: int | None = None) -> str:
    given = {"state": state, "kind": kind, "before": before or ""}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"/jobs?{query}" if query else "/jobs"


# ---------------------------------------------------------------- one job


def show(visit: Visit) -> Any:
    """A job: how far it is, what failed, and a contact sheet of its results."""
    job = _of_address(visit)
    failures, more_failures = _failures(visit, job)
    results, more_results = _results(visit, job)
    return {
        "job": _summary(visit, job),
        "facts": _facts(visit, job),
        "error": job.error,
        "collection": _collection(visit, job),
        "groups": groups_address(job) if visit.key.has(GROUPING_SCOPE) else "",
        "may": {
            "pause": job.state in RUNNING,
            "resume": job.state is JobState.PAUSED,
            "cancel": not job.state.ended,
            "retry": job.state is JobState.FAILED
            or (job.state is JobState.DONE and job.progress.failed > 0),
        },
        "failures": failures,
        "more_failures": more_failures,
        "results": results,
        "more_results": more_results,
        "from_the_start": bool(visit.query.get("after") or visit.query.get("errors")),
        "data": {"running": [job.number] if job.state in RUNNING else [], "job": job.number},
    }


def pause(visit: Visit) -> Any:
    """Let a job rest."""
    return _moved(visit, visit.engine.jobs.pause)


def resume(visit: Visit) -> Any:
    """Go on with a job that rests."""
    return _moved(visit, visit.engine.jobs.resume)


def cancel(visit: Visit) -> Any:
    """Begin nothing more of a job."""
    return _moved(visit, visit.engine.jobs.cancel)


def retry(visit: Visit) -> Any:
    """Do again what failed of a job."""
    return _moved(visit, visit.engine.jobs.retry)


def _moved(visit: Visit, move: Callable[[int], Job]) -> Response:
    job = _of_address(visit)
    # Meanwhile it may have ended, or somebody else did the same: the page shows how it stands.
    with suppress(Conflict):
        move(job.number)
    return RedirectResponse(f"/jobs/{job.number}", 303)


def _of_address(visit: Visit) -> Job:
    return _seen(visit, int(visit.parameters["number"]))


def _seen(visit: Visit, number: int) -> Job:
    """
    :raises NotFound: there is no such job, or the key may not see it.
    """
    job = visit.engine.jobs.get(number)
    if not may_see(visit.key, job):
        raise NotFound(f"no job {number}")
    return job


def may_see(key: Key, job: Job) -> bool:
    """Whether a key sees a job, as over HTTP: one of its owner and of its scopes; administrators see all."""
    own = job.owner == key.principal and key.has(SCOPES.get(job.kind, ADMIN_SCOPE))
    return key.has(ADMIN_SCOPE) or own


# ---------------------------------------------------------------- images


def given(visit: Visit) -> Response:
    """The image that an item read, small."""
    job = _of_address(visit)
    source = _source(_item(visit, job))
    return _thumbnail(visit, job, lambda: source)


def made(visit: Visit) -> Response:
    """The image that came of an item, small."""
    job = _of_address(visit)
    item = _item(visit, job)
    if not _is_image(item):
        return _thumbnail(visit, job, lambda: _source(item))
    return _thumbnail(visit, job, lambda: BytesSource(_result(visit, job, item)))


def result(visit: Visit) -> Response:
    """The image that came of an item, whole."""
    job = _of_address(visit)
    item = _item(visit, job)
    if not _is_image(item) or item.result is None:
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
    position = _whole(visit, "item")
    wanted = -1 if position is None else position
    for item in visit.engine.jobs.items(job.number, after=wanted - 1, limit=1):
        if item.position == wanted:
            return item
    raise NotFound(f"job {job.number} has no item {wanted}")


def _source(item: JobItem) -> Source | None:
    """What an item reads; None for files of this machine, which are not shown."""
    uri = str(item.input.get("uri") or item.input.get("source") or "")
    return UriSource(uri) if "://" in uri else None


def _is_image(item: JobItem) -> bool:
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
    missing = visit.frame.assets.contents["missing.svg"]
    return answer_image(visit, missing, "image/svg+xml", '"missing"', "private, no-cache")


# ---------------------------------------------------------------- what is shown


def _summary(visit: Visit, job: Job) -> dict[str, Any]:
    return {
        **progress_of(job),
        "kind": kind_name(texts_of("jobs"), job.kind),
        "subject": subject_of(job),
        "created": moment(job.created),
        "owner": job.owner if visit.key.has(ADMIN_SCOPE) else "",
    }


def _facts(visit: Visit, job: Job) -> list[tuple[str, Any]]:
    """Names and values, of which a mapping is a time."""
    texts, plan = texts_of("jobs"), job.plan
    facts: list[tuple[str, Any]] = [(texts("submitted"), moment(job.created))]
    if job.finished is not None:
        facts.append((texts("ended"), moment(job.finished)))
    if job.kind in (SingleEdit.kind, BatchEdit.kind, EDIT_FILES):
        destination = plan.get("destination")
        facts.append(
            (texts("destination"), shown_uri(destination) if destination else texts("temporary"))
        )
    if job.kind == GROUP_IMAGE and job.result is not None:
        facts.append((texts("groups"), f"{len(job.result['groups'])}"))
    if job.kind == IMPORT and job.result is not None:
        facts += [
            (texts(f"import_{name}"), f"{job.result[name]:,}")
            for name in ("inserted", "present", "dropped", "near_duplicates", "failed")
            if job.result.get(name)
        ]
    if visit.key.has(ADMIN_SCOPE) and job.owner:
        facts.append((texts("owner"), job.owner))
    return facts


def _collection(visit: Visit, job: Job) -> dict[str, str] | None:
    """The collection that an import filled, where the key may see it."""
    wanted = str(job.plan.get("collection", "")) if job.kind == IMPORT else ""
    for info in visit.collections() if wanted else ():
        if info.id == wanted:
            return {"address": f"/library/{quote(info.id)}", "name": info.name}
    return None


def _failures(visit: Visit, job: Job) -> tuple[list[Failure], str]:
    """Some of what failed, and the address of more."""
    after = _whole(visit, "errors")
    items = visit.engine.jobs.items(
        job.number,
        state=ItemState.FAILED,
        after=-1 if after is None else after,
        limit=ERRORS_AT_ONCE + 1,
    )
    if job.kind in (IMPORT, EDIT_FILES):
        # Their items are many files each.
        skipped = after or 0
        listed = _failed_files(visit.engine, job)[skipped : skipped + ERRORS_AT_ONCE + 1]
        found = [Failure(name, error) for name, error in listed]
        more = skipped + ERRORS_AT_ONCE
    else:
        found = [_failure(item) for item in items]
        more = found[ERRORS_AT_ONCE - 1].item or 0 if len(found) > ERRORS_AT_ONCE else 0
    shown = found[:ERRORS_AT_ONCE]
    return shown, f"?errors={more}#errors" if len(found) > ERRORS_AT_ONCE else ""


def _failed_files(engine: Engine, job: Job) -> list[tuple[str, str]]:
    """The files that failed of a job whose items are many files each, and why."""
    if job.kind == EDIT_FILES:
        return [
            (each.shown, each.error) for each in engine.file_editing.report(job.number).failures
        ]
    failures = engine.importing.report(job.number).failures
    return [(str(each.path), str(each.error)) for each in failures]


def _failure(item: JobItem) -> Failure:
    read = (item.error_detail or {}).get("picture")
    uri = str(item.input.get("uri") or "")
    return Failure(
        name=shown_uri(uri).rpartition("/")[2] or item.name,
        error=item.error,
        facts=_size(read) if read else "",
        item=item.position,
        version=_version(item),
    )


def _results(visit: Visit, job: Job) -> tuple[list[dict[str, Any]], str]:
    """A page of the contact sheet, and the address of the next."""
    after = _whole(visit, "after")
    if job.kind == IMPORT:
        return _imported(visit, job, after or 0)
    if job.kind not in OF_IMAGES:
        return [], ""
    items = list(
        visit.engine.jobs.items(
            job.number,
            state=ItemState.DONE,
            after=-1 if after is None else after,
            limit=RESULTS_AT_ONCE + 1,
        )
    )
    groups = _groups(job)
    shown = [_tile(job, item, groups) for item in items[:RESULTS_AT_ONCE]]
    if len(items) <= RESULTS_AT_ONCE:
        return shown, ""
    return shown, f"?after={items[RESULTS_AT_ONCE - 1].position}#results"


def _imported(visit: Visit, job: Job, skipped: int) -> tuple[list[dict[str, Any]], str]:
    """A page of the records that came of an import, where the key may see the collection."""
    place = _collection(visit, job)
    if place is None:
        return [], ""
    following = islice(visit.engine.importing.ids(job.number), skipped, None)
    ids = list(islice(following, RESULTS_AT_ONCE + 1))
    collection = visit.engine.collections.open(str(job.plan["collection"]))
    records = [each for each in collection.get(ids[:RESULTS_AT_ONCE]) if each is not None]
    tags = thumbnail_tags(collection, [record.id for record in records])
    shown = []
    for record in records:
        record_id, tag = quote(record.id, safe=""), tags.get(record.id, "")
        shown.append(
            {
                "name": name_of(record),
                "caption": f"{record.format.upper()} {record.width} × {record.height}",
                "picture": f"{place['address']}/thumbnail?id={record_id}&v={tag}",
                "address": f"{place['address']}/record?id={record_id}",
            }
        )
    more = f"?after={skipped + RESULTS_AT_ONCE}#results" if len(ids) > RESULTS_AT_ONCE else ""
    return shown, more


def _groups(job: Job) -> Mapping[str, int]:
    """The number of the group that each image came into, by its name."""
    if job.kind != GROUP_IMAGE or job.result is None:
        return {}
    names = job.result["names"]
    return {
        names[position]: number
        for number, group in enumerate(job.result["groups"], 1)
        for position in group
    }


def _tile(job: Job, item: JobItem, groups: Mapping[str, int]) -> dict[str, Any]:
    base, version = f"/jobs/{job.number}", _version(item)
    picture = f"{base}/made?item={item.position}&v={version}"
    if not _is_image(item) or item.result is None:
        group = groups.get(item.name)
        caption = "" if group is None else texts_of("jobs")("group", number=group)
        name = shown_uri(item.name).rpartition("/")[2]
        return {"name": name, "caption": caption, "picture": picture, "address": ""}
    return {
        "name": str(item.result["stored"]["key"]).rpartition("/")[2],
        "caption": _size(item.result["output"]),
        "picture": picture,
        "address": f"{base}/result?item={item.position}&v={version}",
    }


def _size(facts: Mapping[str, Any]) -> str:
    return f"{str(facts['format']).upper()} {facts['width']} × {facts['height']}"


def _version(item: JobItem) -> int:
    """Changes when an item is done again."""
    return int(1000 * (item.finished or time.time()))


def _whole(visit: Visit, name: str) -> int | None:
    """
    :raises InvalidInput: the parameter of the address is there, and no number.
    """
    value = visit.query.get(name, "")
    number = whole_number(value)
    if value and number is None:
        raise InvalidInput(f"expected a number, got {value!r:.50}", path=name)
    return number


_ONE = "/jobs/{number:int}"

PAGE = Page(
    "jobs",
    (
        View("/jobs", show_all, template="jobs.html"),
        View("/jobs/status", status),
        View(_ONE, show, template="job.html"),
        View(f"{_ONE}/given", given),
        View(f"{_ONE}/made", made),
        View(f"{_ONE}/result", result),
        View(f"{_ONE}/pause", pause, verb="POST", limit=FORM_BYTES),
        View(f"{_ONE}/resume", resume, verb="POST", limit=FORM_BYTES),
        View(f"{_ONE}/cancel", cancel, verb="POST", limit=FORM_BYTES),
        View(f"{_ONE}/retry", retry, verb="POST", limit=FORM_BYTES),
    ),
    address="/jobs",
)
