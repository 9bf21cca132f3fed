"""Whose jobs a key sees."""

from photomill import (
    ADMIN_SCOPE,
    ALBUMS_SCOPE,
    COPY_TO_GROUPS,
    COPY_TO_STORAGE,
    GROUP_IMAGE,
    GROUPING_SCOPE,
    IMAGE_EDITING_SCOPE,
    BatchEdit,
    Job,
    Key,
    NotFound,
    SingleEdit,
)
from photomill_browser.frame import Visit

SCOPES = {
    SingleEdit.kind: IMAGE_EDITING_SCOPE,
    BatchEdit.kind: IMAGE_EDITING_SCOPE,
    GROUP_IMAGE: GROUPING_SCOPE,
    COPY_TO_STORAGE: GROUPING_SCOPE,
    COPY_TO_GROUPS: GROUPING_SCOPE,
    "photo": ALBUMS_SCOPE,
    "zip": ALBUMS_SCOPE,
}
"""What a key needs to see jobs of its own, by their kinds; other kinds are for administrators."""


def seen_kinds(visit: Visit) -> list[str]:
    """The kinds of job that the key may see."""
    return [
        each
        for each in visit.engine.jobs.kinds
        if visit.key.has(SCOPES.get(each, ADMIN_SCOPE)) or visit.key.has(ADMIN_SCOPE)
    ]


def job_of_address(visit: Visit) -> Job:
    return seen_job(visit, int(visit.parameters["number"]))


def seen_job(visit: Visit, number: int) -> Job:
    """The job of an address, if the key may see it.

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
