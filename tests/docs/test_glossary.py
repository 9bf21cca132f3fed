"""The glossary, and the public names that are held to it."""

import re
from importlib import import_module
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")
DEFINED, UNUSED = PAGE.split("## Words that are not used in names")
ROW = re.compile(r"^\| ([^|]+?) \|", re.MULTILINE)
HEADINGS = {"Word", "Instead of", "---"}


def words(part: str) -> list[str]:
    rows = [row for row in ROW.findall(part) if row not in HEADINGS]
    return [word.strip() for row in rows for word in row.split(",")]


def spelled_out(name: str) -> str:
    """``NearDuplicateKind`` and ``near_duplicate_kind`` alike as "near duplicate kind"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").lower()


def public_names() -> list[str]:
    doors = ("photomill", "photomill.plugin", "photomill.testing")
    return [name for door in doors for name in import_module(door).__all__]


@pytest.mark.parametrize("word", words(UNUSED))
def test_no_public_name_has_a_word_that_is_not_used(word: str) -> None:
    found = [name for name in public_names() if re.search(rf"\b{word}s?\b", spelled_out(name))]
    assert found == []


def test_the_words_stand_in_order_and_once() -> None:
    assert words(DEFINED) == sorted(set(words(DEFINED)))


@pytest.mark.parametrize("word", words(DEFINED))
def test_a_word_of_the_glossary_is_one_of_the_code_or_the_documents(word: str) -> None:
    root = Path(__file__).parents[2]
    texts = [*root.glob("docs/*.md"), *root.glob("core/photomill/**/*.py")]
    pattern = re.compile(rf"(?<![a-z]){word.replace(' ', '[ _]')}", re.IGNORECASE)
    others = (path for path in texts if path.name != "glossary.md")
    assert any(pattern.search(path.read_text(encoding="utf-8")) for path in others)
