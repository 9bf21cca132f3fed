"""What the group-image API does."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

import anyio
from starlette.requests import Request
from starlette.responses import Response

from photomill import (
    GROUPING_SCOPE,
    IMAGE_EDITING_SCOPE,
    STORAGE_SCOPE,
    Callback,
    CapacityExceeded,
    CollectionInput,
    Forbidden,
    GroupingInputs,
    ImageRules,
    Job,
    JobState,
    Key,
    NotFound,
    PhotomillError,
    StorageInput,
    UriInputs,
)
from photomill_http.answers import Answer
from photomill_http.bodies import Body, BodyTooLarge
from photomill_http.contract import Call, Contract, Operation, Parameter, Refused, Reply
from photomill_http.group_image import errors
from photomill_http.group_image.callbacks import FORMAT, Callbacks
from photomill_http.group_image.errors import Invalid
from photomill_http.group_image.schema import (
    GroupImageAnswer,
    GroupImageFault,
    GroupImageRequest,
)
from photomill_http.group_image.translate import Asked, Documents, is_request, read_request
from photomill_http.services import Services

RULES = ImageRules(formats=("png", "jpeg"), max_bytes=5 * 1024 * 1024, min_side=81)
"""The document's limits on an image."""

LONGEST_WAIT = 30.0
"""Seconds."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5
_PREFERENCE = re.compile(r'(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})', re.IGNORECASE)
_LONGEST_KEY = 255


async def group_images(call: Call, asked: Asked) -> Answer:
    """Begin to group images."""
    services = call.services
    job = await services.in_thread(_submit, call, asked)
    seconds = _seconds_to_wait(call.request)
    if seconds:
        job = await _wait(call, job, seconds)
    return await services.in_thread(_accepted, call, job, bool(seconds))


async def get_groups(call: Call) -> Answer:
    """Show a request."""
    job = await call.services.in_thread(_find, call)
    seconds = _seconds_to_wait(call.request)
    if seconds and not job.state.ended:
        job = await _wait(call, job, seconds)
    shown = await call.services.in_thread(call.contract.documents.document, job)
    return Answer(shown, 200, _retry_after(job))


def forget_groups(call: Call) -> Response:
    """Cancel a request that has not ended, and forget it."""
    job = _find(call)
    jobs = call.engine.jobs
    if not job.state.ended:
        jobs.cancel(job.number)
    jobs.delete(job.number)
    return Response(status_code=204)


def _submit(call: Call, asked: Asked) -> Job:
    _check_access(call, asked.inputs)
    key = call.request.headers.get("idempotency-key", "")
    if len(key) > _LONGEST_KEY:
        raise Invalid(f"Idempotency-Key must not be longer than {_LONGEST_KEY} characters")
    return call.engine.grouping.submit(
        asked.inputs,
        asked.constraints,
        mode=asked.mode,
        rules=RULES,
        owner=call.key.principal,
        idempotency_key=key,
        callback=Callback(asked.callback_url, FORMAT) if asked.callback_url else None,
        remember={"input": asked.given, "callback": asked.callback_url},
    )


def _check_access(call: Call, inputs: GroupingInputs) -> None:
    """
    :raises Forbidden: the caller may not read them.
    """
    key = call.key
    match inputs:
        case CollectionInput(collection=collection):
            if not call.engine.allows(key, "read", collection):
                raise Forbidden("The key may not read this collection")
        case StorageInput():
            _check_storages(key)
        case UriInputs(uris=uris):
            if any(uri.startswith("storage:") for uri in uris):
                _check_storages(key)


def _check_storages(key: Key) -> None:
    if not (key.has(STORAGE_SCOPE) or key.has(IMAGE_EDITING_SCOPE)):
        raise Forbidden("The key may not read storages")


def _accepted(call: Call, job: Job, waited: bool) -> Answer:
    contract: GroupImageContract = call.contract
    headers = {"Location": f"/v1/group-image/{job.id}", **_retry_after(job)}
    if waited:
        headers["Preference-Applied"] = "wait"
    status = 200 if job.state is JobState.DONE else 202
    if job.state.ended and job.state is not JobState.DONE:
        fault = contract.documents.fault(job)
        status = fault.status if contract.documented else fault.http_status
    return Answer(contract.documents.document(job), status, headers)


def _find(call: Call) -> Job:
    """The job that the address names, if it is the caller's.

    :raises Refused: there is none.
    """
    job_id = call.parameters["job_id"]
    try:
        job = call.engine.jobs.find(job_id)
    except NotFound:
        job = None
    key = call.key
    if job is None or not is_request(job) or not (job.owner == key.principal or key.may("admin")):
        raise Refused(call.contract.fault(404, f"There is no request {job_id!r}, or not any more"))
    return job


def _retry_after(job: Job) -> dict[str, str]:
    """When to ask again."""
    return {} if job.state.ended else {"Retry-After": "1"}


def _seconds_to_wait(request: Request) -> float:
    """What ``Prefer: wait=N`` (RFC 7240) or ``?sync=true`` asks for, within :data:`LONGEST_WAIT`."""
    preference = _PREFERENCE.search(", ".join(request.headers.getlist("prefer")))
    if preference is not None:
        return min(float(preference[1]), LONGEST_WAIT)
    return LONGEST_WAIT if request.query_params.get("sync", "").lower() in ("true", "1") else 0.0


async def _wait(call: Call, job: Job, seconds: float) -> Job:
    """Return a job as soon as it has ended, or after so many seconds; no thread is kept waiting."""
    deadline = anyio.current_time() + seconds
    pause = _FIRST_PAUSE
    while True:
        job = await call.services.in_thread(call.engine.jobs.find, job.id)
        left = deadline - anyio.current_time()
        if job.state.ended or left <= 0:
            return job
        await anyio.sleep(min(pause, left))
        pause = min(2 * pause, _LONGEST_PAUSE)


_WAITING = (
    "`Prefer: wait=N` or `?sync=true` waits up to 30 seconds for the end, and answers 200 with the final body if that "
    "comes in time."
)
_SHOWN_ERRORS = {
    401: "no key, or a wrong or revoked one",
    403: "the key may not do this",
    404: "there is no such request, collection or storage",
    429: "too many requests",
}


# A request that was waited for and failed is answered with itself.
_OWN_END = GroupImageFault | GroupImageAnswer


class GroupImageContract(Contract):
    """A batch of images split into groups by similarity."""

    name: ClassVar[str] = "group-image"
    scope: ClassVar[str] = GROUPING_SCOPE
    prefixes: ClassVar = {
        "/v1/group-image": "",
        "/group-image": "Unversioned",
        "/api/v1/group-image": "BelowApi",
    }
    names: ClassVar = {"inputs": "input"}
    envelope: ClassVar[Any] = GroupImageFault
    no_key = "Authorization is required"
    wrong_key = no_key
    too_many = "Too many requests; the next is taken in {seconds} seconds"
    no_scope = "The key has no scope {scope!r}"
    operations: ClassVar = (
        Operation(
            "POST",
            "",
            group_images,
            description=_WAITING,
            body=GroupImageRequest,
            example={
                "input": {
                    "urls": ["https://example.org/a.jpg", "https://example.org/b.jpg"],
                    "totalGroups": 2,
                }
            },
            parameters=(
                Parameter(
                    "Idempotency-Key",
                    "the same key leads to the same request for a day",
                    {"type": "string", "maxLength": _LONGEST_KEY},
                    "header",
                ),
            ),
            answer=GroupImageAnswer,
            status=202,
            done="accepted",
            errors={
                **_SHOWN_ERRORS,
                400: "a parameter is wrong, or not JSON",
                409: "the idempotency key was used for something else",
            },
            responses={
                200: Reply("it has ended", GroupImageAnswer),
                413: Reply(
                    "the body is too large; the only image is, of a request that was waited for",
                    _OWN_END,
                ),
                422: Reply("no image can be grouped, of a request that was waited for", _OWN_END),
            },
        ),
        Operation(
            "GET",
            "/{job_id}",
            get_groups,
            description=_WAITING,
            answer=GroupImageAnswer,
            done="the request",
            errors=_SHOWN_ERRORS,
        ),
        Operation(
            "DELETE",
            "/{job_id}",
            forget_groups,
            status=204,
            done="forgotten",
            errors=_SHOWN_ERRORS,
        ),
    )

    def __init__(self, services: Services) -> None:
        """Also makes the engine's jobs know the messages of this API."""
        super().__init__(services)
        settings = services.settings
        self.documented = settings.group_image_errors == "doc"
        self.documents = Documents(services.engine, settings.group_image_status == "title")
        callbacks = Callbacks(self.documents, settings.callback_secret)
        services.engine.jobs.register_message(FORMAT, callbacks.render, settings.callback_delays)

    def fault(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
        return errors.fault(status, message).answer(documented=self.documented, headers=headers)

    def render(self, error: Exception, operation: Operation | None) -> Answer | None:
        match error:
            case BodyTooLarge():
                too_large = errors.fault(413, str(error), "requestTooLarge")
                return too_large.answer(documented=False)
            case Invalid():
                return errors.invalid(str(error)).answer(documented=self.documented)
            case PhotomillError():
                fault = errors.fault_of(error)
                busy = isinstance(error, CapacityExceeded) and fault and fault.status == 429
                headers = {"Retry-After": "10"} if busy else {}
                if fault is None:
                    return None
                return fault.answer(documented=self.documented, headers=headers)
        return super().render(error, operation)

    def parse(self, call: Call, body: Body) -> Asked:
        return read_request(body, call.engine.settings.grouping.max_inputs)

    def label(self, operation: Operation) -> str:
        return f"group-image {operation.verb.lower()}"

    def spellings(self, path: str) -> tuple[str, str]:
        return path, f"{path}/"
