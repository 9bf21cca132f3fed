"""Days, where an owner lives."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from photomill.errors import InvalidInput

LATEST_DAY = 253_402_300_799
"""The last second of the year 9999."""


def time_zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name.

    :raises InvalidInput: no such time zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(
            f"no time zone {name!r}; expected a name like 'Europe/Berlin'", path="timezone"
        ) from None


def day_of(text: str) -> date:
    """Read ``YYYY-MM-DD``.

    :raises InvalidInput: anything else.
    """
    try:
        if len(text) != 10:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"expected a day like 2015-12-31, got {text!r}", path="when") from None


def day_bounds(day: date, timezone: ZoneInfo) -> tuple[float, float]:
    """When a day begins, and when the next does; not always 24 hours later."""
    begin = datetime.combine(day, time(), timezone)
    if day == date.max:
        return begin.timestamp(), float(LATEST_DAY + 1)
    end = datetime.combine(day + timedelta(days=1), time(), timezone)
    return begin.timestamp(), end.timestamp()
