"""The page of concepts names what the code knows, and nothing else."""

import re
from pathlib import Path

from photomill.collections.model import DuplicateKind
from photomill.collections.planner import Way

PAGE = Path(__file__).parents[2] / "docs/concepts.md"


def first_column(heading: str) -> set[str]:
    section = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE))


def test_every_plan_is_explained() -> None:
    assert first_column("Plan") == {way.value for way in Way}


def test_every_kind_of_duplicate_is_explained() -> None:
    assert first_column("Near-duplicates") == {kind.value for kind in DuplicateKind}
