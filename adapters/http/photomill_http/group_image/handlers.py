"""What the group-image API does."""

from attrs import frozen
from starlette.requests import Request
from starlette.responses import Response

from photomill.errors import NotFound
from photomill.grouping.rules import PictureRules
from photomill.jobs.model import Callback, Job, JobState
from photomill.keys import Key
from photomill_http.answers import Answer
from photomill_http.bodies import Body
from photomill_http.group_image.access import caller, check_inputs, may_see
from photomill_http.group_image.callbacks import FORMAT
from photomill_http.group_image.documents import Documents, is_request
from photomill_http.group_image.faults import invalid, rejected
from photomill_http.group_image.request import GroupImageRequest, read_request
from photomill_http.group_image.waiting import seconds_to_wait, wait_for
from photomill_http.services import Services

RULES = PictureRules(formats=("png", "jpeg"), max_bytes=5 * 1024 * 1024, min_side=81)
"""The document's limits on a picture."""

_LONGEST_KEY = 255


@frozen
class Handlers:
    """One method for each verb.

    :ivar documented: faults travel with the status that the document gives them.
    """

    services: Services
    documents: Documents
    documented: bool

    async def create(self, request: Request) -> Response:
        """Begin to group pictures."""
        key = await self._caller(request)
        services = self.services
        async with services.bodies.received(request, services.settings.body_limit) as body:
            job = await services.in_thread(self._submitted, request, key, body)
        seconds = seconds_to_wait(request)
        if seconds:
            job = await wait_for(services, lambda: services.engine.jobs.find(job.id), seconds)
        answer = await services.in_thread(self._begun, job, bool(seconds))
        return answer.response()

    async def show(self, request: Request) -> Response:
        """Show a job, once it has ended where the client waits."""
        key = await self._caller(request)
        job = await self.services.in_thread(self._found, key, request)
        seconds = seconds_to_wait(request)
        if seconds and not job.state.ended:
            jobs = self.services.engine.jobs
            job = await wait_for(self.services, lambda: jobs.find(job.id), seconds)
        shown = await self.services.in_thread(self.documents.document, job)
        return Answer(shown, 200, _again(job)).response()

    async def delete(self, request: Request) -> Response:
        """Cancel a job that has not ended, and forget it."""
        key = await self._caller(request)
        await self.services.in_thread(self._deleted, key, request)
        return Response(status_code=204)

    async def _caller(self, request: Request) -> Key:
        return await self.services.in_thread(caller, self.services.authentication, request.headers)

    def _submitted(self, request: Request, key: Key, body: Body) -> Job:
        engine = self.services.engine
        asked = read_request(body, engine.settings.grouping.max_inputs)
        check_inputs(engine, key, asked.inputs)
        return engine.grouping.submit(
            asked.inputs,
            asked.wishes,
            mode=asked.mode,
            rules=RULES,
            owner=key.principal,
            idempotency_key=_idempotency_key(request),
            callback=_callback(asked),
            remember={"input": asked.given, "callback": asked.callback_url},
        )

    def _begun(self, job: Job, waited: bool) -> Answer:
        headers = {"Location": f"/v1/group-image/{job.id}", **_again(job)}
        if waited:
            headers["Preference-Applied"] = "wait"
        shown = self.documents.document(job)
        if not job.state.ended:
            return Answer(shown, 202, headers)
        if job.state is JobState.DONE:
            return Answer(shown, 200, headers)
        fault = self.documents.fault(job)
        return Answer(shown, fault.status if self.documented else fault.http_status, headers)

    def _found(self, key: Key, request: Request) -> Job:
        job_id = request.path_params["job_id"]
        try:
            job = self.services.engine.jobs.find(job_id)
        except NotFound:
            job = None
        if job is None or not is_request(job) or not may_see(key, job.owner):
            raise rejected(404, "notFound", f"There is no request {job_id!r}, or not any more")
        return job

    def _deleted(self, key: Key, request: Request) -> None:
        job = self._found(key, request)
        jobs = self.services.engine.jobs
        if not job.state.ended:
            jobs.cancel(job.number)
        jobs.delete(job.number)


def _callback(asked: GroupImageRequest) -> Callback | None:
    return Callback(asked.callback_url, FORMAT) if asked.callback_url else None


def _again(job: Job) -> dict[str, str]:
    """When to ask again."""
    return {} if job.state.ended else {"Retry-After": "1"}


def _idempotency_key(request: Request) -> str:
    key = request.headers.get("idempotency-key", "")
    if len(key) > _LONGEST_KEY:
        raise invalid(f"Idempotency-Key must not be longer than {_LONGEST_KEY} characters")
    return key
