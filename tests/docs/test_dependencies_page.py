"""The page of dependencies tells of every one, and of no other."""

import re
import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs/dependencies.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=]", requirement)[0] for requirement in requirements}


def listed(heading: str, column: int = 1) -> set[str]:
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [line.split("|") for line in section.splitlines() if line.startswith("| ")][1:]
    return {re.split(r" \(", name)[0].strip() for row in rows for name in row[column].split(",")}


def test_every_library_at_run_time_is_listed() -> None:
    assert listed("At run time") == names(PROJECT["project"]["dependencies"])


def test_every_extra_is_listed_with_what_it_brings() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    real = {name: needs for name, needs in extras.items() if name != "all"}
    assert {name.strip("`") for name in listed("Extras")} == set(real)
    assert listed("Extras", 2) == set().union(*map(names, real.values()))


def test_every_library_for_development_is_listed() -> None:
    groups = PROJECT["dependency-groups"]
    needed = [each for group in groups.values() for each in group if isinstance(each, str)]
    assert listed("For development") == names(needed)
