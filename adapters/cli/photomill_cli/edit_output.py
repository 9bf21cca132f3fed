"""What ``--output`` of ``photomill edit`` names: a folder, a file, a storage's, or standard output."""

import re
from pathlib import Path, PurePosixPath

from attrs import frozen

from photomill import InvalidInput

STANDARD = "-"
_FORMATS = {
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".jpe": "jpeg",
    ".jfif": "jpeg",
    ".png": "png",
    ".webp": "webp",
    ".avif": "avif",
    ".tif": "tiff",
    ".tiff": "tiff",
}
_ENDING = re.compile(r"\.[a-z][a-z0-9]{1,4}")
"""What the names of files end in; ``2024.12`` may be a folder."""


@frozen
class EditOutput:
    """Where results go.

    :ivar single: whether there is room for one result only.
    :ivar format: that its name speaks of; empty where it speaks of none.
    """

    given: str
    single: bool = False
    format: str = ""

    @classmethod
    def parse(cls, given: str) -> "EditOutput":
        """Read what results are to be.

        :raises InvalidInput: a format that results cannot have.
        """
        if given == STANDARD:
            return cls(given, single=True)
        suffix = PurePosixPath(given).suffix.lower()
        folder = given.endswith("/") or ("://" not in given and Path(given).is_dir())
        if folder:
            return cls(given)
        is_file = "://" not in given and Path(given).is_file()
        if _ENDING.fullmatch(suffix) and suffix not in _FORMATS and not is_file:
            formats = ", ".join(sorted(set(_FORMATS.values())))
            raise InvalidInput(
                f"results cannot be {suffix.lstrip('.')}: {formats}; the name of a new folder ends in /",
                path="--output",
            )
        single = suffix in _FORMATS or is_file
        return cls(given, single=single, format=_FORMATS.get(suffix, ""))

    @property
    def destination(self) -> str | None:
        """What the engine calls it: what ends in ``/`` is a folder; None stands for standard output."""
        if self.given == STANDARD:
            return None
        return self.given if self.single or self.given.endswith("/") else f"{self.given}/"

    def check_format(self, format: str) -> None:
        """Make sure that results can be told from what they are made of.

        :raises InvalidInput: results of this format would have the name of another.
        """
        if self.format and format != self.format:
            raise InvalidInput(
                f"the name {self.given} says {self.format}, and the result is {format}",
                path="--output",
            )
