"""Waiting for a job, where the client would rather wait than ask again."""

import re
from collections.abc import Callable

import anyio
from starlette.requests import Request

from photomill.jobs.model import Job
from photomill_http.services import Services

LONGEST = 30.0
"""Seconds."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5
_PREFERENCE = re.compile(r'(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})', re.IGNORECASE)


def seconds_to_wait(request: Request) -> float:
    """What ``Prefer: wait=N`` (RFC 7240) or ``?sync=true`` asks for, within :data:`LONGEST`."""
    preference = _PREFERENCE.search(", ".join(request.headers.getlist("prefer")))
    if preference is not None:
        return min(float(preference[1]), LONGEST)
    return LONGEST if request.query_params.get("sync", "").lower() in ("true", "1") else 0.0


async def wait_for(services: Services, get: Callable[[], Job], seconds: float) -> Job:
    """Return a job as soon as it has ended, or after so many seconds; no thread is kept waiting."""
    deadline = anyio.current_time() + seconds
    pause = _FIRST_PAUSE
    while True:
        job = await services.in_thread(get)
        left = deadline - anyio.current_time()
        if job.state.ended or left <= 0:
            return job
        await anyio.sleep(min(pause, left))
        pause = min(2 * pause, _LONGEST_PAUSE)
