"""Jobs: which run and ran, how far they are, and what may be done about it."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import chain
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from photomill import (
    ADMIN_SCOPE,
    EDIT_FILES,
    GROUP_IMAGE,
    GROUPING_SCOPE,
    IMPORT,
    BatchEdit,
    Conflict,
    InvalidInput,
    Job,
    JobState,
    NotFound,
    SingleEdit,
)
from photomill_browser.frame import FORM_BYTES, Page, View, Visit
from photomill_browser.job_access import SCOPES, job_of_address, seen_job, seen_kinds
from photomill_browser.numbers import whole_number, whole_parameter
from photomill_browser.pages import job_images
from photomill_browser.pages.job_contents import (
    albums_of,
    collection_of,
    failures_of,
    results_of,
)
from photomill_browser.progress import (
    RUNNING,
    groups_address,
    kind_name,
    moment,
    progress_of,
    shown_uri,
    subject_of,
)
from photomill_browser.texts import texts_of

ON_A_PAGE = 30
_FOLLOWED = 100
_ONE_AN_IMAGE = (SingleEdit.kind, "photo")
"""Kinds with a job for every image that is handed in: once done, they are listed where their kind is asked for."""

STATES = {
    "running": RUNNING,
    "paused": (JobState.PAUSED,),
    "done": (JobState.DONE,),
    "failed": (JobState.FAILED,),
    "cancelled": (JobState.CANCELLED,),
}

# ---------------------------------------------------------------- the list


def show_all(visit: Visit) -> Any:
    """The jobs that the key may see, the newest first."""
    state, kind = visit.query.get("state", ""), visit.query.get("kind", "")
    if state and state not in STATES:
        raise InvalidInput(f"expected one of {', '.join(STATES)}, got {state!r:.50}", path="state")
    kinds = seen_kinds(visit)
    if kind and kind not in kinds:
        raise InvalidInput(f"expected one of {', '.join(kinds)}, got {kind!r:.50}", path="kind")
    before = whole_parameter(visit.query, "before")
    found = _visible(visit, STATES.get(state), kind, before)
    shown = found[:ON_A_PAGE]
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
            for name in ("", *sorted(kinds, key=lambda each: kind_name(texts, each).casefold()))
        ],
        "filtered": bool(state or kind),
        "left_out": not kind
        and state in ("", "done")
        and any(each in kinds for each in _ONE_AN_IMAGE),
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
            found.append(_progress(visit, seen_job(visit, -1 if number is None else number)))
    return {"jobs": found}


def _visible(
    visit: Visit, states: Iterable[JobState] | None, kind: str, before: int | None
) -> list[Job]:
    """One more than a page of the jobs that a key may see."""
    key, limit = visit.key, ON_A_PAGE + 1
    chosen = None if states is None else list(states)
    left_out = () if kind else _ONE_AN_IMAGE

    def listed(kind: str | None, owner: str | None) -> list[Job]:
        return visit.engine.jobs.list_jobs(
            kind=kind,
            states=chosen,
            owner=owner,
            limit=limit,
            before=before,
            unless_done=left_out,
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
    job = job_of_address(visit)
    failures, more_failures = failures_of(visit, job)
    results, more_results = results_of(visit, job)
    return {
        "job": _summary(visit, job),
        "facts": _facts(visit, job),
        "error": job.error,
        "collection": collection_of(visit, job),
        "albums": albums_of(visit, job),
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
    job = job_of_address(visit)
    # Meanwhile it may have ended, or somebody else did the same: the page shows how it stands.
    with suppress(Conflict):
        move(job.number)
    return RedirectResponse(f"/jobs/{job.number}", 303)


# ---------------------------------------------------------------- what is shown


def _progress(visit: Visit, job: Job) -> dict[str, Any]:
    """How far a job is, and why it does not get on."""
    waits = visit.engine.jobs.waits_for(job.number) if job.state in RUNNING else ""
    return progress_of(job, waits)


def _summary(visit: Visit, job: Job) -> dict[str, Any]:
    return {
        **_progress(visit, job),
        "kind": kind_name(texts_of("jobs"), job.kind),
        "subject": subject_of(job),
        "created": moment(job.created),
        "owner": job.owner if visit.key.has(ADMIN_SCOPE) else "",
    }


def _facts(visit: Visit, job: Job) -> list[tuple[str, Any]]:
    """Names and values, of which a mapping is a time."""
    texts, plan = texts_of("jobs"), job.plan
    facts: list[tuple[str, Any]] = [(texts("submitted"), moment(job.created))]
    if job.started is not None:
        facts.append((texts("begun"), moment(job.started)))
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


_ONE = "/jobs/{number:int}"

PAGE = Page(
    "jobs",
    (
        View("/jobs", show_all, template="jobs.html"),
        View("/jobs/status", status),
        View(_ONE, show, template="job.html"),
        View(f"{_ONE}/given", job_images.given),
        View(f"{_ONE}/made", job_images.made),
        View(f"{_ONE}/result", job_images.result),
        View(f"{_ONE}/pause", pause, verb="POST", limit=FORM_BYTES),
        View(f"{_ONE}/resume", resume, verb="POST", limit=FORM_BYTES),
        View(f"{_ONE}/cancel", cancel, verb="POST", limit=FORM_BYTES),
        View(f"{_ONE}/retry", retry, verb="POST", limit=FORM_BYTES),
    ),
    address="/jobs",
)
