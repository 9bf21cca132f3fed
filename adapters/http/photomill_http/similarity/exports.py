"""Files that allRecords writes."""

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from photomill.errors import InvalidInput


def export(folder: str, name: str, records: Iterable[Mapping[str, Any]]) -> None:
    """Write one record a line, atomically, below the configured folder.

    :raises InvalidInput: the name has nothing left when its folders are taken away.
    """
    base = PurePosixPath(name.replace("\\", "/")).name
    if not base or base.startswith(".") or "\0" in base:
        raise InvalidInput(f"expected a file name, got {name!r:.80}", path="output_file_name")
    Path(folder).mkdir(parents=True, exist_ok=True)
    encoder = msgspec.json.Encoder()
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        for record in records:
            file.write(encoder.encode(record) + b"\n")
    os.replace(file.name, Path(folder) / base)
