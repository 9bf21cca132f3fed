"""Files that break off: how much of the image they still hold, and whether that is enough."""

from photomill.images.truncation.remains import NONE_LEFT, Remains, remaining, suspicious

__all__ = ["NONE_LEFT", "Remains", "remaining", "suspicious"]
