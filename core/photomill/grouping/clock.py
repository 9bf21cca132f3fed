"""Time as a place on a line, so that it can stand beside similarity."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from photomill.components import GroupingInput

_DAY = 86_400.0
_AROUND = 10
"""Gaps to each side that one is held against."""
_USUAL, _USUAL_GAPS = 300.0, 2
"""Where there are few gaps to compare with: seconds, and how many gaps of so many seconds stand in."""
_SHORTEST, _MUCH_LONGER = 600.0, 17.0
_LONG, _LONGER = 21_600.0, 4.0
_LATEST = 253_402_300_799.0
"""Seconds since the epoch at the end of the year 9999."""


def common_times(
    clocks: Sequence[float | None], offsets: Sequence[float | None]
) -> NDArray[np.float64] | None:
    """The times of images by many cameras, in seconds since the epoch: float64 (n,); None where none is known.

    A camera that does not say in which zone its clock is set is taken to be where the camera was that says so and showed
    the time nearest to its own; where none says so, all are in one zone.

    :param clocks: what each camera's clock showed, in seconds; None where unknown.
    :param offsets: how many seconds it was ahead of UTC; None where unknown.
    """
    if all(clock is None for clock in clocks):
        return None
    shown = np.array([np.nan if clock is None else clock for clock in clocks], np.float64)
    ahead = np.array([np.nan if offset is None else offset for offset in offsets], np.float64)
    said = np.flatnonzero(~np.isnan(shown) & ~np.isnan(ahead))
    unsaid = np.flatnonzero(~np.isnan(shown) & np.isnan(ahead))
    if not len(said):
        return shown
    order = said[np.argsort(shown[said], kind="stable")]
    right = np.minimum(np.searchsorted(shown[order], shown[unsaid]), len(order) - 1)
    left = np.maximum(right - 1, 0)
    nearer = np.abs(shown[order[left]] - shown[unsaid]) <= np.abs(
        shown[order[right]] - shown[unsaid]
    )
    ahead[unsaid] = ahead[order[np.where(nearer, left, right)]]
    times: NDArray[np.float64] = shown - ahead
    return times


def camera_time_of(value: Any) -> tuple[float | None, float | None]:
    """What a camera's clock showed, and how far it was ahead of UTC, in seconds; None for each that is not told.

    :param value: JSON: ISO 8601 as in ``2024-05-01T10:00:00+02:00``, with or without the offset, or seconds since the
        epoch. Anything else tells nothing.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (float(value), 0.0) if abs(value) <= _LATEST else (None, None)
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None, None
    offset = moment.utcoffset()
    clock = moment.replace(tzinfo=UTC).timestamp()
    return clock, None if offset is None else offset.total_seconds()


def notes_on_times(images: GroupingInput) -> list[str]:
    """What is to be said where images are put in order by times that not all of them tell."""
    count = len(images.vectors)
    if images.times is None or not has_times(images):
        return ["No image tells the time at which it was taken: the order given is taken for it."]
    unknown = int(np.isnan(images.times).sum())
    if not unknown:
        return []
    return [
        f"{unknown} of {count} images do not tell the time at which they were taken: each is placed beside the one "
        "before it."
    ]


def has_times(images: GroupingInput) -> bool:
    """Whether any image tells when it was taken."""
    return images.times is not None and not bool(np.isnan(images.times).all())


def split_events(times: NDArray[np.float64]) -> NDArray[np.int64]:
    """Number the events of images in the order taken: int64 (n,), from 0.

    A new one begins after a gap that is much longer than those around it: Platt, Czerwinski and Field, "PhotoTOC",
    2003, with their threshold and window; a gap of a few minutes is none, and for a long one a smaller difference is
    enough: nights part days.

    :param times: seconds, ascending.
    """
    gaps = np.maximum(np.diff(times), 1.0)
    logs = np.log(gaps)
    sums = np.concatenate([[0.0], np.cumsum(logs)])
    places = np.arange(len(gaps))
    first, last = np.maximum(places - _AROUND, 0), np.minimum(places + _AROUND + 1, len(gaps))
    # Without the gap itself, which would raise what it is held against where there are few.
    others = last - first - 1
    usual = _USUAL_GAPS * np.log(_USUAL)
    around = (sums[last] - sums[first] - logs + usual) / (others + _USUAL_GAPS)
    ratio = np.where(gaps >= _LONG, _LONGER, _MUCH_LONGER)
    begins = (logs >= np.log(ratio) + around) & (gaps >= _SHORTEST)
    return np.concatenate([[0], np.cumsum(begins)]).astype(np.int64)


def filled_times(images: GroupingInput) -> NDArray[np.float64]:
    """Times without gaps, float64 (n,): an unknown one is that of the image before it.

    Where no image tells its time, the order given is the order taken.
    """
    count = len(images.vectors)
    if images.times is None or not has_times(images):
        return np.arange(count, dtype=np.float64)
    known = ~np.isnan(images.times)
    last_known = np.maximum.accumulate(np.where(known, np.arange(count), -1))
    first = int(np.argmax(known))
    filled: NDArray[np.float64] = images.times[np.where(last_known < 0, first, last_known)]
    return filled


def timed_features(
    images: GroupingInput, weight: float, scale: float
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Similarity and time as one space: a gap moves what follows it on, a long one no further than a day's.

    :param weight: of time, 0 to 1.
    :param scale: seconds of a gap that counts half of the largest.
    :returns: float64 (n, dimension + 1) in the order taken, and int64 (n,): which image each row is.
    """
    times = filled_times(images)
    order = np.argsort(times, kind="stable")
    taken = times[order]
    gaps = np.minimum(np.diff(taken, prepend=taken[0]), _DAY)
    clock = np.cumsum(gaps / (gaps + scale))
    vectors = images.vectors[order].astype(np.float64)
    features = np.hstack([vectors * np.sqrt(1 - weight), clock[:, None] * np.sqrt(weight)])
    return features, order
