"""Which images may be grouped, and why others are left out."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from attrs import frozen

from photomill.jobs.model import SkipItem


@frozen
class ImageRules:
    """What an image must be like, within the limits of ``[images]``.

    :ivar formats: sniffed formats that are taken; empty for all.
    :ivar max_bytes: of the encoded image; None for no limit of its own.
    :ivar min_side: pixels of the shorter side.
    """

    formats: tuple[str, ...] = ()
    max_bytes: int | None = None
    min_side: int = 1


class SkipReason(StrEnum):
    """Why an image was left out. ``nobody``: it was to be grouped by people. ``failed``: something else went wrong with it."""

    UNREADABLE = "unreadable"
    UNREACHABLE = "unreachable"
    TOO_LARGE = "too large"
    TOO_SMALL = "too small"
    NOBODY = "nobody"
    FAILED = "failed"


@frozen
class SkippedInput:
    """An image that was not grouped.

    :ivar name: what it is called in the input.
    :ivar detail: for people.
    :ivar answer: of an unreachable one: what the other end answered, as in ``404 Not Found``; empty where nothing was.
    """

    name: str
    reason: SkipReason
    detail: str
    answer: str = ""


class SkipImage(SkipItem):
    """An image is left out."""

    def __init__(self, reason: SkipReason, message: str, *, answer: str = "") -> None:
        super().__init__(message, {"reason": reason.value, "answer": answer})


def skipped_input(name: str, error: str, detail: Mapping[str, Any] | None) -> SkippedInput:
    """What an item that did not end well says."""
    known = detail or {}
    reason = SkipReason(known.get("reason", SkipReason.FAILED))
    return SkippedInput(name, reason, error, str(known.get("answer", "")))
