"""The one thing in EXIF that changes how a picture looks."""

_ORIENTATION = 0x0112
_SHORT = 3


def orientation(exif: bytes) -> int:
    """Read the orientation (1 to 8) from a TIFF structure, the first directory only; 1 where there is none."""
    order = {b"II": "little", b"MM": "big"}.get(exif[:2])
    if order is None:
        return 1

    def number(at: int, size: int) -> int:
        return int.from_bytes(exif[at : at + size], order)  # type: ignore[arg-type]

    directory = number(4, 4)
    for entry in range(number(directory, 2)):
        at = directory + 2 + 12 * entry
        if at + 12 > len(exif):
            return 1
        if number(at, 2) == _ORIENTATION:
            value = number(at + 8, 2) if number(at + 2, 2) == _SHORT else 1
            return value if 1 <= value <= 8 else 1
    return 1
