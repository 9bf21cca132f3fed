"""Files that answers are saved to."""

import os
import secrets
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec
from attrs import frozen

from photomill import InvalidInput, StorageFull, is_full

KEPT = 100
"""Files that one collection keeps where no folder is configured; the oldest give way."""


@frozen
class Exports:
    """Where one collection's answers are saved.

    :ivar bounded: whether old files give way to new ones.
    """

    folder: Path
    bounded: bool

    @classmethod
    def of(cls, configured: str, own: Path) -> "Exports":
        """The configured folder, or else the collection's own."""
        return cls(Path(configured), bounded=False) if configured else cls(own, bounded=True)

    def write(self, name: str | None, records: Iterable[Mapping[str, Any]]) -> str:
        """Write one record a line, atomically; returns the file's name.

        :param name: None for a new one.
        :raises InvalidInput: the name has nothing left when its folders are taken away.
        :raises StorageFull: the disk is full.
        """
        base = f"all-records-{secrets.token_hex(8)}.json" if name is None else _base_name(name)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._write(base, records)
        except OSError as error:
            if is_full(error):
                raise StorageFull("the disk is full; no file was written") from error
            raise
        if self.bounded:
            files = sorted(self.folder.iterdir(), key=lambda file: file.stat().st_mtime_ns)
            for file in files[:-KEPT]:
                file.unlink(missing_ok=True)
        return base

    def _write(self, base: str, records: Iterable[Mapping[str, Any]]) -> None:
        encoder = msgspec.json.Encoder()
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix=".", delete=False) as file:
            try:
                for record in records:
                    file.write(encoder.encode(record) + b"\n")
                file.flush()
                os.replace(file.name, self.folder / base)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise


def _base_name(name: str) -> str:
    base = PurePosixPath(name.replace("\\", "/")).name
    if not base or base.startswith(".") or "\0" in base or len(base.encode()) > 200:
        raise InvalidInput(f"expected a file name, got {name!r:.80}", path="output_file_name")
    return base
