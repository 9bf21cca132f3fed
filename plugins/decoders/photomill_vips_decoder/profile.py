"""What an ICC profile says of itself, without a colour engine."""

import struct
from collections.abc import Sequence
from functools import cached_property, lru_cache

from attrs import frozen

_SIGNATURE = b"acsp"
_SPACES = {b"RGB ": "RGB", b"CMYK": "CMYK", b"GRAY": "GREY"}
_COLORANTS = {
    b"rXYZ": (0.4361, 0.2225, 0.0139),
    b"gXYZ": (0.3851, 0.7169, 0.0971),
    b"bXYZ": (0.1431, 0.0606, 0.7141),
}
"""Of sRGB, adapted to D50: IEC 61966-2-1 by the Bradford transform of ICC.1:2010, annex E."""
_CURVES = (b"rTRC", b"gTRC", b"bTRC")
_TOLERANCE = 0.0015
"""Profiles that call themselves sRGB differ by rounding of this size; it is less than half a level of eight bits."""
_WIDER = 1.1
_SAMPLES = tuple(step / 16 for step in range(17))


@frozen
class Profile:
    """:ivar space: what it describes: ``RGB``, ``CMYK`` or ``GREY``; empty for anything else, and where it is damaged."""

    space: str
    tags: dict[bytes, bytes]

    @cached_property
    def is_srgb(self) -> bool:
        """Whether converting by it would change nothing: the primaries and the curves are those of sRGB."""
        if self.space != "RGB" or b"A2B0" in self.tags:
            return False
        return all(
            _close(_xyz(self.tags.get(name, b"")), wanted) for name, wanted in _COLORANTS.items()
        ) and all(
            _close([_curve(self.tags.get(name, b""), x) for x in _SAMPLES], _SRGB_CURVE)
            for name in _CURVES
        )

    @cached_property
    def is_wide(self) -> bool:
        """Whether it has colours that sRGB has not: its primaries span a larger triangle."""
        found = [_xyz(self.tags.get(name, b"")) for name in _COLORANTS]
        if self.space != "RGB" or not all(found):
            return False
        return _area(found) > _WIDER * _area(list(_COLORANTS.values()))


@lru_cache(maxsize=8)
def parse(profile: bytes) -> Profile:
    """Read a profile's table of tags: ICC.1:2010, section 7."""
    if profile[36:40] != _SIGNATURE or len(profile) < 132:
        return Profile("", {})
    (count,) = struct.unpack_from(">I", profile, 128)
    tags = {}
    for entry in range(min(count, 100)):
        row = profile[132 + 12 * entry : 144 + 12 * entry]
        if len(row) < 12:
            break
        name, start, size = struct.unpack(">4sII", row)
        tags[name] = profile[start : start + size]
    return Profile(_SPACES.get(profile[16:20], ""), tags)


def _xyz(tag: bytes) -> Sequence[float]:
    if len(tag) < 20:
        return ()
    return [value / 65536 for value in struct.unpack_from(">3i", tag, 8)]


def _area(primaries: Sequence[Sequence[float]]) -> float:
    """Of the triangle of three colours in the chromaticity diagram."""
    (ax, ay), (bx, by), (cx, cy) = (
        (x / (x + y + z or 1), y / (x + y + z or 1)) for x, y, z in primaries
    )
    return abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2


def _curve(tag: bytes, x: float) -> float:
    """The linear light of a coded value: sections 10.5 and 10.15; NaN for what is neither kind of curve."""
    if tag[:4] == b"curv" and len(tag) >= 12:
        (count,) = struct.unpack_from(">I", tag, 8)
        if 2 <= count <= (len(tag) - 12) // 2:
            place = x * (count - 1)
            low = min(int(place), count - 2)
            first, second = struct.unpack_from(">2H", tag, 12 + 2 * low)
            return float(first + (second - first) * (place - low)) / 65535
    if tag[:4] == b"para" and len(tag) >= 32 and tag[8:10] == b"\0\3":
        gamma, a, b, c, d = (value / 65536 for value in struct.unpack_from(">5i", tag, 12))
        return float(max(a * x + b, 0.0) ** gamma) if x >= d else c * x
    return float("nan")


def _srgb_curve(x: float) -> float:
    return float(((x + 0.055) / 1.055) ** 2.4) if x > 0.04045 else x / 12.92


_SRGB_CURVE = [_srgb_curve(x) for x in _SAMPLES]


def _close(found: Sequence[float], wanted: Sequence[float]) -> bool:
    return len(found) == len(wanted) and all(
        abs(one - other) <= _TOLERANCE for one, other in zip(found, wanted, strict=True)
    )
