"""ImageMagick, started anew for each image, as it is used: ``python -m editing_peers.imagemagick TASK OUTPUT FILES…``."""

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from editing_peers.tasks import TASKS


def program() -> str | None:
    """ImageMagick 7 or 6, whichever is here."""
    for name in ("magick", "convert"):
        found = shutil.which(name)
        if found and b"ImageMagick" in _version(found):
            return found
    return None


def _version(command: str) -> bytes:
    told = subprocess.run([command, "-version"], capture_output=True, check=False)
    return told.stdout if told.returncode == 0 else b""


def _within(side: int) -> list[str]:
    return ["-resize", f"{side}x{side}"]


_JPEG = ["-quality", "85", "-interlace", "Plane"]
_OPTIONS: Mapping[str, tuple[int, Sequence[str]]] = {
    "a": (1000, ["-resize", "1000x1000^", "-gravity", "center", "-extent", "1000x1000", *_JPEG]),
    "b": (800, [*_within(800), "-quality", "75"]),
    "c": (512, [*_within(512), "-quality", "50", "-define", "heic:speed=8"]),
    "d": (640, [*_within(640), "-background", "white", "-gravity", "center", "-extent", "800x800"]),
    "e": (
        1000,
        [*_within(1000), "-modulate", "110,110", "-brightness-contrast", "0x10", *_JPEG],
    ),
    "f": (400, _within(400)),
    "g": (1000, _within(1000)),
}
"""By task: the side that a JPEG file is to be decoded for, and what is done."""


def main() -> None:
    task, output, *files = sys.argv[1:]
    command = program()
    if command is None:
        sys.exit("ImageMagick is not installed")
    side, options = _OPTIONS[task]
    # One thread, and JPEG files decoded small: twice the side, as its own manual has it.
    start = [command, "-limit", "thread", "1", "-define", f"jpeg:size={2 * side}x{2 * side}"]
    for name in files:
        result = Path(output, f"{Path(name).stem}.{TASKS[task].ending}")
        subprocess.run(
            [*start, name, "-auto-orient", "-filter", "Lanczos", *options, str(result)], check=True
        )


if __name__ == "__main__":
    main()
