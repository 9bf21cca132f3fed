"""When a photo was taken, as its camera noted it."""

from datetime import UTC, datetime, timedelta, tzinfo

from attrs import frozen

from photomill.images.exif_block import exif_block
from photomill.images.exif_fields import ExifFields

_OFFSET = 0x9010
_ORIGINAL = (0x9003, 0x9291, 0x9011)
_DIGITIZED = (0x9004, 0x9292, 0x9012)
"""The time, its fraction of a second, and its offset from UTC: EXIF 2.32, section 4.6.5."""
_LONGEST = timedelta(hours=15)
"""No zone is further from UTC."""


@frozen
class CaptureTime:
    """What a camera noted of when it took an image.

    :ivar clock: what its clock showed, in seconds since the epoch as if it had been set to UTC.
    :ivar offset: how many seconds the clock was ahead of UTC; None where the camera did not say.
    """

    clock: float
    offset: float | None = None

    def since_epoch(self, zone: tzinfo = UTC) -> float | None:
        """The moment, in seconds since the epoch; None where no calendar has it.

        :param zone: where the clock is taken to be, when the camera does not say.
        """
        if self.offset is not None:
            return self.clock - self.offset
        try:
            return datetime.fromtimestamp(self.clock, UTC).replace(tzinfo=zone).timestamp()
        except (ValueError, OverflowError, OSError):
            return None


def capture_time(data: bytes, format: str) -> CaptureTime | None:
    """Read what the camera's clock showed, and where it was set to, without decoding.

    A decoded image has it already: see ``Image.captured``.

    ``DateTimeOriginal`` comes first; of an image without, for instance a scan, ``DateTimeDigitized``. The offset is that
    of the same time, or else ``OffsetTime``. JPEG, PNG, WebP, TIFF, AVIF and HEIC are looked into.
    """
    return time_of_fields(ExifFields.read(exif_block(data, format)))


def time_of_fields(fields: ExifFields) -> CaptureTime | None:
    """As :func:`capture_time`, of fields that are read already."""
    for time, fraction, offset in (_ORIGINAL, _DIGITIZED):
        moment = _moment(fields.photo_text(time), fields.photo_text(fraction))
        if moment is not None:
            offsets = (_ahead(fields.photo_text(each)) for each in (offset, _OFFSET))
            return CaptureTime(moment, next((each for each in offsets if each is not None), None))
    return None


def _moment(written: str, fraction: str) -> float | None:
    try:
        moment = datetime.strptime(written, "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
        if fraction.isascii() and fraction.isdecimal():
            moment += timedelta(seconds=float(f"0.{fraction}"))
        return moment.timestamp()
    except (ValueError, OverflowError):
        # Cameras and programs write what they like into it; it is of no more use then.
        return None


def _ahead(offset: str) -> float | None:
    """The seconds of an offset like ``+02:00``."""
    if offset == "Z":
        return 0.0
    try:
        hours, minutes = offset[1:].split(":")
        ahead = timedelta(hours=int(hours), minutes=int(minutes))
    except (ValueError, OverflowError):
        return None
    if not timedelta(0) <= ahead <= _LONGEST or offset[0] not in "+-":
        return None
    return -ahead.total_seconds() if offset[0] == "-" else ahead.total_seconds()
