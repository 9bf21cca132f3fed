"""Jobs as the group-image API shows them."""

from attrs import frozen

from photomill.engine import Engine
from photomill.grouping.kind import GROUP_IMAGE
from photomill.grouping.plan import GroupingPlan
from photomill.grouping.result import GroupingResult
from photomill.grouping.rules import LeftOut
from photomill.jobs.model import CallbackState, Job, JobState
from photomill_http.group_image.faults import UNEXPECTED, Fault, Json, picture_fault

_NAMES = {"groups": "totalGroups", "smallest": "minImagesPerGroup"}
_EXPECTED = ("InvalidInput", "InvalidFilter", "NotFound", "NothingToGroup", "Conflict")
"""Errors of a job whose words are for the one who submitted it."""


def is_request(job: Job) -> bool:
    """Whether a job was asked for by this API."""
    return job.kind == GROUP_IMAGE and "input" in job.plan["remember"]


@frozen
class Documents:
    """Shows jobs.

    :ivar capitalised: ``Completed`` instead of ``completed``, and so on.
    """

    engine: Engine
    capitalised: bool

    def document(self, job: Job, callback: CallbackState | None = None) -> Json:
        """A job as it is now.

        :param callback: whether its message arrived, where that is known better than the job knows it.
        """
        shown: Json = {"id": job.id, "status": self._status(job)}
        if job.callback is not None:
            shown["callbackUrl"] = job.callback.uri
        shown["input"] = job.plan["remember"]["input"]
        if job.state is JobState.DONE and job.result is not None:
            shown |= _completed(GroupingResult.of(job.result))
        elif job.state.ended:
            shown |= self._failed(job)
        else:
            progress = job.progress
            done = progress.done + progress.failed + progress.skipped
            shown["progress"] = {"fetched": done, "total": progress.total or progress.found}
        if job.callback is not None and job.state.ended:
            shown["callbackStatus"] = (callback or job.callback_state).value
        return shown

    def fault(self, job: Job) -> Fault:
        """Why a job failed."""
        if job.state is JobState.CANCELLED:
            return Fault(410, "cancelled", "The request was cancelled", 410)
        for first in self.engine.grouping.left_out(job):
            return picture_fault(first)
        kind = (job.error_detail or {}).get("type")
        if kind in _EXPECTED:
            return Fault(404, "invalidInput", job.error, 422)
        return Fault(500, "internalError", UNEXPECTED, 500)

    def _status(self, job: Job) -> str:
        status = "completed" if job.state is JobState.DONE else "failed"
        status = status if job.state.ended else "running"
        return status.capitalize() if self.capitalised else status

    def _failed(self, job: Job) -> Json:
        names = GroupingPlan.of(job.plan).inputs
        lost = list(self.engine.grouping.left_out(job))
        info = {
            "inputImages": len(getattr(names, "uris", lost)),
            "imagesConsidered": 0,
            "skipped": [_skipped(each) for each in lost],
        }
        return {"output": {"info": info}, "error": self.fault(job).body()}


def _completed(found: GroupingResult) -> Json:
    names = found.names
    groups = [[names[member] for member in group] for group in found.groups]
    info = {
        "inputImages": len(names),
        "imagesConsidered": found.considered,
        "skipped": [_skipped(each) for each in found.left_out],
        "groupSizes": [len(group) for group in groups],
        "maxImagesPerGroup": found.sizes.largest,
        "adjusted": [_NAMES[each] for each in found.sizes.adjusted],
        "covers": [names[cover] for cover in found.covers],
    }
    if found.notes:
        info["notes"] = list(found.notes)
    # The document has the groups in both places.
    return {"output": {"info": info, "imageGroups": groups}, "imageGroups": groups}


def _skipped(left_out: LeftOut) -> Json:
    return {"url": left_out.name, **picture_fault(left_out).body()}
