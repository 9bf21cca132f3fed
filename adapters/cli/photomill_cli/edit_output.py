"""What ``--output`` of ``photomill edit`` names: a folder, a file, a storage's, or standard output."""

import re
import sys
from pathlib import Path, PurePosixPath

from attrs import frozen

from photomill import (
    Destination,
    Engine,
    FileTarget,
    FolderTarget,
    InvalidInput,
    StorageTarget,
    StreamTarget,
    Target,
)

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
        """
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
    def folder(self) -> str | Path | None:
        """The folder of the results; None where it is none."""
        if self.single:
            return None
        return self._folder_uri if "://" in self.given else Path(self.given)

    def check_format(self, format: str) -> None:
        """
        :raises InvalidInput: results of this format would have the name of another.
        """
        if self.format and format != self.format:
            raise InvalidInput(
                f"the name {self.given} says {self.format}, and the result is {format}",
                path="--output",
            )

    def target(self, engine: Engine) -> Target:
        """
        :raises NotFound: no such storage.
        :raises InvalidInput: an image would go to a terminal.
        """
        if self.given == STANDARD:
            if sys.stdout.isatty():
                raise InvalidInput("a terminal shows no images: name a file", path="--output")
            return StreamTarget(sys.stdout.buffer)
        if "://" not in self.given:
            path = Path(self.given)
            return FileTarget(path) if self.single else FolderTarget(path)
        destination = Destination.parse(
            self.given if self.single else self._folder_uri, path="--output"
        )
        return StorageTarget(engine.storages.operator.storage(destination.storage), destination)

    @property
    def _folder_uri(self) -> str:
        return self.given if self.given.endswith("/") else f"{self.given}/"
