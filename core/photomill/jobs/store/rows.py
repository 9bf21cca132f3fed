"""Between rows of the job tables and what the engine says of them."""

import json
from typing import Any

from photomill.jobs.model import (
    Callback,
    CallbackState,
    ItemState,
    Job,
    JobItem,
    JobState,
    Progress,
)
from photomill.jobs.store.tables import deliveries, jobs

JOB_COLUMNS = (*jobs.c, deliveries.c.state.label("delivery_state"))


def to_job(row: Any) -> Job:
    """Read a row of :data:`JOB_COLUMNS`."""
    state = JobState(row.state)
    callback = None
    if row.callback_uri:
        callback = Callback(row.callback_uri, row.callback_format)
    return Job(
        number=row.number,
        id=row.id,
        kind=row.kind,
        state=state,
        created=row.created,
        started=row.started,
        finished=row.finished,
        plan=json.loads(row.plan),
        owner=row.owner,
        progress=_progress(row, state),
        result=_loaded(row.result),
        error=row.error,
        error_detail=_loaded(row.error_detail),
        callback=callback,
        callback_state=CallbackState(row.delivery_state or "none"),
    )


def to_item(row: Any, job_state: JobState | None = None) -> JobItem:
    """Read a row of items; where it has no ``job_state`` beside them, that is given."""
    state = ItemState(row.state)
    of_job = JobState(row.job_state) if job_state is None else job_state
    if state is ItemState.WAITING and of_job.ended:
        state = ItemState.CANCELLED
    return JobItem(
        position=row.position,
        name=json.loads(row.name),
        state=state,
        input=json.loads(row.input),
        result=_loaded(row.result),
        error=row.error,
        error_detail=_loaded(row.error_detail),
        attempts=row.attempts,
        interruptions=row.interruptions,
        deaths=row.deaths,
        finished=row.finished,
    )


def _progress(row: Any, state: JobState) -> Progress:
    skipped = row.skipped
    if state is JobState.CANCELLED:
        skipped = row.found - row.done - row.failed
    total = row.found if row.listed or state.ended else None
    return Progress(total, row.done, row.failed, skipped, row.found, row.lost)


def _loaded(text: str | None) -> Any:
    return None if text is None else json.loads(text)
