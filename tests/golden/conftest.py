"""Golden files: what the program answers, kept word by word; ``UPDATE_GOLDEN=1 pytest tests/golden`` writes them anew.

Answers are compared after ids, secrets, times, durations and folders of this run have been replaced, so that the files
are the same on every machine.
"""

import difflib
import json
import os
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
from attrs import define, field
from PIL import Image

FILES = Path(__file__).parent / "files"

IDENTITY = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b[0-9a-f]{32}\b"
KEY = r"\bpm_[A-Za-z0-9_-]+"
MOMENT = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?|\b(?:17|18|19|2\d)\d{8}(?:\.\d+)?\b"


@define
class Normaliser:
    """Replace what differs between two runs of the same script.

    An id gets a number when it is first seen, so that a golden file still says which ids are the same.

    :ivar names: further texts of this run, such as its folder, and what stands for them.
    :ivar ids: patterns of further ids, by the word that stands for them.
    :ivar fields: names of JSON values that say nothing.
    :ivar numbered: whether ids get numbers.
    :ivar dropped: patterns of what says nothing, by the word that stands for them.
    """

    names: dict[str, str] = field(factory=dict)
    ids: dict[str, str] = field(factory=dict)
    dropped: dict[str, str] = field(factory=dict)
    fields: set[str] = field(factory=set)
    numbered: bool = True
    _seen: dict[str, dict[str, str]] = field(factory=dict)

    def text(self, text: str) -> str:
        for name in sorted(self.names, key=len, reverse=True):
            text = text.replace(name, self.names[name])
        for word, pattern in {"id": IDENTITY, "key": KEY, **self.ids}.items():
            text = re.sub(pattern, lambda found, word=word: self._number(word, found[0]), text)  # type: ignore[misc]
        for word, pattern in {"time": MOMENT, **self.dropped}.items():
            text = re.sub(pattern, f"<{word}>", text)
        return re.sub(r"(?<![\d.])\d+\.\d{4,}(?:e-?\d+)?", lambda found: _rounded(found[0]), text)

    def value(self, value: Any) -> Any:
        """A JSON value with its texts normalised and its numbers rounded."""
        match value:
            case str():
                return self.text(value)
            case int() | float() if 1.7e9 < value < 3e9:
                return "<time>"
            case float():
                return round(value, 3)
            case dict():
                return {
                    self.text(str(name)): f"<{name}>" if name in self.fields else self.value(held)
                    for name, held in value.items()
                }
            case list() | tuple():
                return [self.value(held) for held in value]
        return value

    def _number(self, word: str, found: str) -> str:
        seen = self._seen.setdefault(word, {})
        return seen.setdefault(found, f"<{word} {len(seen) + 1}>") if self.numbered else f"<{word}>"


def _rounded(number: str) -> str:
    return str(round(float(number), 3))


def check_golden(name: str, actual: str) -> None:
    """Compare with the file of this name, or write it."""
    path = FILES / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(actual, encoding="utf-8")
    expected = path.read_text(encoding="utf-8")
    if actual != expected:
        lines = difflib.unified_diff(
            expected.splitlines(), actual.splitlines(), f"golden/{name}", "now", lineterm="", n=5
        )
        pytest.fail("\n".join(lines), pytrace=False)


def as_json(value: Any, *, sort: bool = True) -> str:
    return json.dumps(value, indent=1, sort_keys=sort, ensure_ascii=False) + "\n"


def draw(seed: str, size: tuple[int, int] = (96, 72)) -> Image.Image:
    """An image of coloured tiles; the same seed gives the same tiles."""
    tiles = Image.frombytes("RGB", (6, 5), Random(seed).randbytes(6 * 5 * 3))
    return tiles.resize(size, Image.Resampling.BICUBIC)
