"""Edits in the background: of one image (``async``) and of many (``batch``)."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response, StreamingResponse

from photomill import BatchEdit, Callback, Conflict, Job, NotFound, Problem, SingleEdit
from photomill_http.answers import MEDIA_TYPE
from photomill_http.contract import Call, Refused
from photomill_http.image_edit import schema, wording
from photomill_http.image_edit.documents import Documents, Links
from photomill_http.image_edit.errors import TASK_ENDED, TASK_NOT_FOUND, fault, invalid
from photomill_http.image_edit.paging import BatchQuery, page_of_tasks, read_query
from photomill_http.image_edit.reading import number_of
from photomill_http.image_edit.schema import BatchEditRequest, ImageEditRequest
from photomill_http.image_edit.translate import Edit, edit_of
from photomill_http.image_edit.webhooks import FORMAT

_MISSING = {
    SingleEdit.kind: "Async image edit pipeline not found.",
    BatchEdit.kind: "Batch image edit pipeline not found.",
}
LONGEST_KEY = 255


def submit_single(call: Call, asked: ImageEditRequest) -> schema.BatchTask:
    """Edit an image behind the scenes."""
    wanted = edit_of(asked.operations, asked.output)
    return _submit(call, wanted, [asked.input], single=True)


def submit_batch(call: Call, asked: BatchEditRequest) -> schema.BatchTask:
    """Edit a folder or a list behind the scenes."""
    inputs, recursive = asked.sources()
    wanted = edit_of(asked.operations, asked.output)
    return _submit(call, wanted, inputs, recursive=recursive)


def get_single(call: Call) -> schema.SingleTask:
    """Tell how a task stands."""
    return _documents(call).single(_find_task(call, SingleEdit.kind))


def get_batch(call: Call) -> Response:
    """Tell how a task stands."""
    page = read_query(call.query, BatchQuery)
    pieces = _documents(call).batch(_find_task(call, BatchEdit.kind), page)

    def wrapped() -> Any:
        yield b'{"data":'
        yield from pieces
        yield b"}"

    return StreamingResponse(wrapped(), media_type=MEDIA_TYPE)


def lister(kind: str) -> Callable[[Call], list[schema.BatchTask]]:
    def list_tasks(call: Call) -> list[schema.BatchTask]:
        """List the caller's tasks, the newest first."""
        page = page_of_tasks(call.query, Links.of(call).prefix)
        owner = None if call.key.may("admin") else call.key.principal
        found = call.engine.jobs.list_jobs(
            kind=kind, states=page.states, owner=owner, limit=page.limit, before=page.before
        )
        documents = _documents(call)
        return [documents.summary(job) for job in found]

    return list_tasks


def mover(kind: str, verb: str) -> Callable[[Call], schema.BatchTask]:
    """Cancel, pause or resume a task."""

    def move_task(call: Call) -> schema.BatchTask:
        jobs = call.engine.jobs
        moves: dict[str, Callable[[int], Job]] = {
            "cancel": jobs.cancel,
            "pause": jobs.pause,
            "resume": jobs.resume,
        }
        try:
            job = moves[verb](_find_task(call, kind).number)
        except Conflict as error:
            raise Refused(fault(TASK_ENDED, str(error))) from None
        return _documents(call).summary(job)

    return move_task


def _documents(call: Call) -> Documents:
    return Documents(call.engine, Links.of(call))


def _submit(
    call: Call, wanted: Edit, inputs: list[str], *, recursive: bool = False, single: bool = False
) -> schema.BatchTask:
    settings, links = call.services.settings, Links.of(call)
    call.contract.spend(call.key)
    callback = Callback(settings.webhook_url, FORMAT) if settings.webhook_url else None
    try:
        job = call.engine.editing.submit(
            inputs,
            wanted.request,
            wanted.destination,
            recursive=recursive,
            single=single,
            owner=call.key.principal,
            idempotency_key=_idempotency_key(call),
            callback=callback,
            remember={"request": call.given, "server": links.server, "prefix": links.prefix},
        )
    except Conflict as error:
        raise Refused(fault(TASK_ENDED, str(error))) from None
    return _documents(call).accepted(job)


def _idempotency_key(call: Call) -> str:
    key = str(call.request.headers.get("idempotency-key", ""))
    if len(key) > LONGEST_KEY:
        raise Refused(invalid([Problem("Idempotency-Key", wording.too_long(LONGEST_KEY))]))
    return key


def _find_task(call: Call, kind: str) -> Job:
    """The task that the address names, if it is the caller's."""
    missing = Refused(fault(TASK_NOT_FOUND, _MISSING[kind]))
    try:
        job = call.engine.jobs.get(number_of(call, "task_id"), kind=kind)
    except NotFound:
        raise missing from None
    if job.owner != call.key.principal and not call.key.has("admin"):
        raise missing
    return job
