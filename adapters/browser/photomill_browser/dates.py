"""Days as people write them, where an owner lives."""

from datetime import date, datetime
from zoneinfo import ZoneInfo


def day_of_moment(seconds: float, zone: ZoneInfo) -> str:
    """A moment's day: 3 December 2026."""
    return written_day(datetime.fromtimestamp(seconds, zone).date())


def written_day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
