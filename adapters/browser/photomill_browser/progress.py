"""What jobs are about and how far they are, in words."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from photomill import (
    COPY_TO_GROUPS,
    COPY_TO_STORAGE,
    EDIT_FILES,
    FIND_PEOPLE,
    GROUP_IMAGE,
    IMPORT,
    READ_TEXTS,
    BatchEdit,
    Job,
    JobState,
    SingleEdit,
)
from photomill_browser.dates import written_day
from photomill_browser.texts import Texts, texts_of

RUNNING = (JobState.ACCEPTED, JobState.WAITING, JobState.PROCESSING)
OF_IMAGES = (SingleEdit.kind, BatchEdit.kind, GROUP_IMAGE, COPY_TO_STORAGE, COPY_TO_GROUPS)
"""The kinds of job whose items are an image each."""

_OF_FILES = {
    IMPORT: ("inserted", "present", "dropped", "near_duplicates"),
    EDIT_FILES: ("edited", "present", "left_alone"),
}
"""The kinds of job whose items are many files each, and what of their results counts images that were looked at."""
_LONGEST_SUBJECT = 300


def kind_name(texts: Texts, kind: str) -> str:
    """What people call a kind of job; its own name where it is a plugin's."""
    return texts(f"kind_{kind}") if f"kind_{kind}" in texts.entries else kind


def progress_of(job: Job, waits_for: str = "") -> dict[str, Any]:
    """What a page shows of a job that gets on.

    :param waits_for: what ``Jobs.waits_for`` says.
    """
    texts, progress = texts_of("jobs"), job.progress
    # What a cancelled job did not begin counts as skipped.
    skipped = 0 if job.state is JobState.CANCELLED else progress.skipped
    failed = progress.failed
    if job.kind in _OF_FILES and job.result is not None:
        failed = int(job.result.get("failed", failed))
    elif job.kind in (FIND_PEOPLE, READ_TEXTS) and job.result is not None:
        failed += int(job.result.get("unreadable", 0))
    ended = progress.done + progress.failed + skipped
    unit = "images" if job.kind in OF_IMAGES else "steps"
    if progress.total == 0 and groups_address(job):
        # Records of a collection, which nothing is left to be done for one by one.
        grouped = 0 if job.result is None else int(job.result["considered"])
        words = texts("grouped", count=grouped) if grouped else ""
    elif job.kind in _OF_FILES and job.result is not None:
        words = texts("imported", count=_done(job))
    elif progress.total is not None:
        words = texts(f"of_{unit}", done=ended, count=progress.total)
    elif progress.found:
        words = texts("of_found", done=ended, found=progress.found)
    else:
        words = texts("nothing_found")
    if skipped:
        words += ", " + texts("count_skipped", count=skipped)
    if waits_for:
        words += " · " + texts("waits", reason=waits_for[:_LONGEST_SUBJECT])
    return {
        "number": job.number,
        "state": job.state.value,
        "stateWords": texts(f"state_{job.state.value}"),
        "running": job.state in RUNNING,
        "total": progress.total,
        "ended": ended,
        "whole": job.state is JobState.DONE,
        "words": words,
        "failed": texts("count_failed", count=failed) if failed else "",
        "pace": _pace(job),
    }


def _pace(job: Job) -> str:
    """How long a job took or has taken, and how much of an ended one was done in a second, a minute or an hour.

    What it waited before somebody began with it is none of that.
    """
    texts = texts_of("jobs")
    if job.started is None:
        return texts("not_begun") if job.state in RUNNING else ""
    if job.finished is None:
        return texts("so_far", span=_span(texts, time.time() - job.started))
    seconds = max(job.finished - job.started, 0.001)
    took = texts("took", span=_span(texts, seconds))
    if _done(job) < 2:
        return took
    return f"{took} · {_rate(texts, _done(job) / seconds)}"


def _done(job: Job) -> int:
    """How much was done: images of a job that has ended and whose steps are many each, and steps of other jobs."""
    if job.kind in _OF_FILES and job.result is not None:
        return sum(int(job.result.get(name, 0)) for name in _OF_FILES[job.kind])
    return job.progress.done


def _span(texts: Texts, seconds: float) -> str:
    """A time as people say it."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return texts(unit, count=round(seconds / length))
    return texts("seconds", count=max(1, round(seconds)))


def _rate(texts: Texts, per_second: float) -> str:
    """How much is done in a second, a minute or an hour."""
    for unit, length in (("second", 1), ("minute", 60)):
        if per_second * length >= 1:
            return texts(f"a_{unit}", rate=_rounded(per_second * length))
    return texts("a_hour", rate=_rounded(per_second * 3_600))


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")


def moment(seconds: float) -> dict[str, str]:
    """A time for machines and, until the module writes it as the browser does, for people."""
    when = datetime.fromtimestamp(seconds, UTC)
    return {
        "machine": when.isoformat(timespec="seconds"),
        "words": f"{written_day(when.date())}, {when:%H:%M} UTC",
    }


def subject_of(job: Job) -> str:
    """What a job is about."""
    texts, plan = texts_of("jobs"), job.plan
    if job.kind in (SingleEdit.kind, BatchEdit.kind, EDIT_FILES):
        inputs = plan.get("inputs") or [""]
        more = len(inputs) - 1
        first = shown_uri(str(inputs[0]))
        return texts("and_more", name=first, count=more) if more else first
    if job.kind == COPY_TO_STORAGE:
        return shown_uri(str(plan["folder"]))
    if job.kind == IMPORT:
        return ", ".join(map(str, plan.get("places", ())))[:_LONGEST_SUBJECT]
    return ""


def grouped_collection(job: Job) -> str:
    """The collection whose records a job groups; empty for other jobs."""
    inputs = job.plan.get("inputs") if job.kind == GROUP_IMAGE else None
    if not isinstance(inputs, Mapping) or inputs.get("kind") != "collection":
        return ""
    return str(inputs["collection"])


def groups_address(job: Job) -> str:
    """Where the groups that a job makes of records are arranged; empty for other jobs."""
    return f"/groups/{job.number}" if grouped_collection(job) else ""


def shown_uri(uri: str) -> str:
    """An address without what may be a signature."""
    return unquote(uri.partition("?")[0])[:_LONGEST_SUBJECT]
