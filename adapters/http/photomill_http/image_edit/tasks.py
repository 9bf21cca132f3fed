"""Edits in the background: of one picture (``async``) and of many (``batch``)."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response, StreamingResponse

from photomill import BatchEdit, Callback, Conflict, Job, NotFound, Problem, SingleEdit
from photomill_http.answers import MEDIA_TYPE
from photomill_http.image_edit import wording
from photomill_http.image_edit.access import may
from photomill_http.image_edit.documents import Documents
from photomill_http.image_edit.endpoint import Call, Handler, data
from photomill_http.image_edit.faults import (
    TASK_ENDED,
    TASK_NOT_FOUND,
    Rejected,
    fault,
    invalid,
)
from photomill_http.image_edit.identities import identity
from photomill_http.image_edit.paging import page_of, page_of_tasks
from photomill_http.image_edit.pictures import Json
from photomill_http.image_edit.schema import BatchEditRequest, ImageEditRequest
from photomill_http.image_edit.translate import Edit, edit_of
from photomill_http.image_edit.webhooks import FORMAT

_MISSING = {
    SingleEdit.kind: "Async image edit pipeline not found.",
    BatchEdit.kind: "Batch image edit pipeline not found.",
}
_LONGEST_KEY = 255


async def submit_single(call: Call) -> Response:
    """Edit a picture in the background."""
    asked, body = await call.asked(ImageEditRequest)
    wanted = edit_of(asked.operations, asked.output)
    job = await call.services.in_thread(_submitted, call, body, wanted, [asked.input], False, True)
    return data(Documents(call.engine, call.links).accepted(job))


async def submit_batch(call: Call) -> Response:
    """Edit a folder or a list of pictures in the background."""
    asked, body = await call.asked(BatchEditRequest)
    inputs, recursive = asked.sources()
    wanted = edit_of(asked.operations, asked.output)
    job = await call.services.in_thread(_submitted, call, body, wanted, inputs, recursive, False)
    return data(Documents(call.engine, call.links).accepted(job))


async def get_single(call: Call) -> Response:
    """Tell how the edit of a picture stands."""
    return await call.services.in_thread(_single, call)


async def get_batch(call: Call) -> Response:
    """Tell how a batch stands, with what has become of its pictures."""
    page = page_of(call.request.query_params)
    job = await call.services.in_thread(_found, call, BatchEdit.kind)
    pieces = Documents(call.engine, call.links).batch(job, page)

    def wrapped() -> Any:
        yield b'{"data":'
        yield from pieces
        yield b"}"

    return StreamingResponse(wrapped(), media_type=MEDIA_TYPE)


def lister(kind: str) -> Handler:
    """List the caller's tasks of a kind, the newest first."""

    async def list_tasks(call: Call) -> Response:
        page = page_of_tasks(call.request.query_params, call.links.prefix)
        owner = None if call.key.may("admin") else call.key.principal

        def listed() -> list[Job]:
            return call.engine.jobs.list_jobs(
                kind=kind, states=page.states, owner=owner, limit=page.limit, before=page.before
            )

        documents = Documents(call.engine, call.links)
        return data([documents.summary(job) for job in await call.services.in_thread(listed)])

    return list_tasks


def mover(kind: str, verb: str) -> Handler:
    """Cancel, pause or resume a task."""

    async def move_task(call: Call) -> Response:
        return await call.services.in_thread(_moved, call, kind, verb)

    return move_task


def _submitted(
    call: Call, body: Json, wanted: Edit, inputs: list[str], recursive: bool, single: bool
) -> Job:
    settings = call.services.settings
    call.access.spend(call.key)
    callback = Callback(settings.webhook_url, FORMAT) if settings.webhook_url else None
    try:
        return call.engine.editing.submit(
            inputs,
            wanted.request,
            wanted.destination,
            recursive=recursive,
            single=single,
            owner=call.key.principal,
            idempotency_key=_idempotency_key(call),
            callback=callback,
            remember={
                "request": body,
                "server": call.links.server,
                "prefix": call.links.prefix,
            },
        )
    except Conflict as error:
        raise Rejected(fault(TASK_ENDED, str(error))) from None


def _idempotency_key(call: Call) -> str:
    key = str(call.request.headers.get("idempotency-key", ""))
    if len(key) > _LONGEST_KEY:
        raise Rejected(invalid([Problem("Idempotency-Key", wording.too_long(_LONGEST_KEY))]))
    return key


def _single(call: Call) -> Response:
    return data(Documents(call.engine, call.links).single(_found(call, SingleEdit.kind)))


def _moved(call: Call, kind: str, verb: str) -> Response:
    jobs = call.engine.jobs
    moves: dict[str, Callable[[int], Job]] = {
        "cancel": jobs.cancel,
        "pause": jobs.pause,
        "resume": jobs.resume,
    }
    try:
        job = moves[verb](_found(call, kind).number)
    except Conflict as error:
        raise Rejected(fault(TASK_ENDED, str(error))) from None
    return data(Documents(call.engine, call.links).summary(job))


def _found(call: Call, kind: str) -> Job:
    """The task that the address names, if it is the caller's."""
    missing = Rejected(fault(TASK_NOT_FOUND, _MISSING[kind]))
    try:
        job = call.engine.jobs.get(identity(call.request, "task_id"), kind=kind)
    except NotFound:
        raise missing from None
    if job.owner != call.key.principal and not may(call.key, "admin"):
        raise missing
    return job
