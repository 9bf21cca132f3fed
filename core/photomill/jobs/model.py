"""What a job is, seen from outside."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from attrs import field, frozen

from photomill.errors import PhotomillError


class JobState(StrEnum):
    """Where a job stands.

    ``accepted`` (stored) → ``waiting`` (its items are being listed) → ``processing`` → ``done`` or ``failed``;
    ``paused`` and back, or ``cancelled``, from any of the first three.
    """

    ACCEPTED = "accepted"
    WAITING = "waiting"
    PROCESSING = "processing"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in ENDED_STATES


RUNNING_STATES = (JobState.ACCEPTED, JobState.WAITING, JobState.PROCESSING)
ENDED_STATES = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class ItemState(StrEnum):
    """Where an item stands. ``cancelled``: its job ended before it ran."""

    WAITING = "waiting"
    PROCESSING = "processing"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class CallbackState(StrEnum):
    """Whether the message about a job's end arrived. ``none``: there is none yet, or nobody wants one."""

    NONE = "none"
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class SkipItem(PhotomillError):
    """Raised by a unit to say that there is nothing to do with this item.

    :ivar detail: the item's ``error_detail``, as JSON.
    """

    def __init__(self, message: str = "", detail: Mapping[str, Any] | None = None) -> None:
        self.detail = detail
        super().__init__(message)


class UnitIncomplete(PhotomillError):
    """Raised by a unit that did a part of its work, and met a passing failure with the rest: it is tried again.

    :ivar result: what is to be remembered of what it did, also where no further try follows, as JSON; the next try finds it
        in its item.
    """

    def __init__(self, message: str, result: Mapping[str, Any]) -> None:
        self.result = result
        super().__init__(message)


@frozen
class Callback:
    """Whom to tell when a job has ended.

    :ivar uri: of a scheme that one of the storages serves: http or https.
    :ivar format: a name given to ``Jobs.register_message``.
    """

    uri: str
    format: str


@frozen
class Progress:
    """How far a job is.

    :ivar total: items; None while they are still being listed.
    :ivar skipped: items with nothing to do; of a cancelled job also those that did not run.
    :ivar found: items listed so far.
    :ivar lost: of the failed ones, those that were given up since their process ended again and again.
    """

    total: int | None
    done: int
    failed: int
    skipped: int
    found: int = 0
    lost: int = 0


@frozen
class Job:
    """A job as it is now.

    :ivar number: counts all jobs of a catalog; never given twice.
    :ivar id: a UUID, which nobody guesses.
    :ivar created: seconds since the epoch.
    :ivar started: likewise: when a worker first began with it, and stays so when it is resumed or tried again; None until
        then, and of jobs that are older than this.
    :ivar finished: likewise; None until it has ended.
    :ivar plan: what was submitted.
    :ivar result: what ``JobKind.finish`` returned.
    :ivar error: why the job failed; items have errors of their own.
    :ivar error_detail: the error's ``type``, and the ``path`` of a faulty parameter.
    """

    number: int
    id: str
    kind: str
    state: JobState
    created: float
    started: float | None
    finished: float | None
    plan: Mapping[str, Any]
    owner: str
    progress: Progress
    result: Mapping[str, Any] | None = None
    error: str = ""
    error_detail: Mapping[str, Any] | None = None
    callback: Callback | None = None
    callback_state: CallbackState = CallbackState.NONE


SUSPECT_AFTER = 2
"""Interruptions of a unit of work after which it runs alone, so that the next one tells something about it."""


@frozen
class NewItem:
    """An item as a kind lists it.

    :ivar name: for people.
    :ivar input: what ``JobKind.run`` needs to know, as JSON; also what a listing goes on from.
    """

    name: str
    input: Mapping[str, Any] = field(factory=dict)


@frozen
class JobItem:
    """An item as it is now.

    :ivar position: counts from 0 in the order of the listing.
    :ivar attempts: how often its unit was begun, but for those times when the process ended with it.
    :ivar interruptions: how often the process ended while this ran, maybe beside others.
    :ivar deaths: of these, how often nothing else ran.
    :ivar error_detail: the error's ``type``, the ``path`` of a faulty parameter, and the ``image`` that was read; of a
        skipped one what its kind says.
    """

    position: int
    name: str
    state: ItemState
    input: Mapping[str, Any]
    result: Mapping[str, Any] | None = None
    error: str = ""
    error_detail: Mapping[str, Any] | None = None
    attempts: int = 0
    interruptions: int = 0
    deaths: int = 0
    finished: float | None = None


@frozen
class Delivery:
    """One try to tell somebody that a job has ended.

    :ivar id: the same in every try, so that the receiver can tell a repeat.
    :ivar attempt: 1 for the first.
    """

    id: str
    attempt: int


@frozen
class Message:
    """What is sent."""

    body: bytes
    headers: Mapping[str, str] = field(factory=dict)
