"""The page of the HTTP API tells of every method, every parameter, every status and every path."""

import re
from pathlib import Path

import attrs
import pytest

from photomill_http.openapi import openapi_document
from photomill_http.similarity import statuses
from photomill_http.similarity.routes import METHODS

PAGE = (Path(__file__).parents[2] / "docs/http.md").read_text(encoding="utf-8")
SECTIONS: dict[str, str] = dict(
    re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
)
SEARCHING = PAGE.split("## Searching\n")[1].split("###")[0]
REFERRED = re.compile(r"(?:As|Another name for) `(\w+)`")


def described(method: str) -> str:
    """The section of a method, with those that it refers to and the introduction to searches."""
    section = SECTIONS[method]
    return section + SEARCHING + "".join(SECTIONS[other] for other in REFERRED.findall(section))


def test_every_method_has_a_section() -> None:
    assert set(SECTIONS) == {*METHODS, "ping", "authorize"}


@pytest.mark.parametrize("method", METHODS)
def test_every_parameter_is_described(method: str) -> None:
    named = set(re.findall(r"`([\w$]+)`|\"(\w+)\":", described(method)))
    words = {word for pair in named for word in pair if word}
    parameters = {field.name.rstrip("_") for field in attrs.fields(METHODS[method].body)}
    assert parameters <= words


def test_every_status_is_listed() -> None:
    table = PAGE.split("## Status\n")[1].split("\n## ")[0]
    rows = [line.split("|") for line in table.splitlines() if re.match(r"\| \d", line)]
    listed = {(int(code), int(row[3])) for row in rows for code in row[1].split(",")}
    known = {
        (status.code, status.http)
        for status in vars(statuses).values()
        if isinstance(status, statuses.Status)
    }
    assert known <= listed


def test_every_path_of_the_administration_is_listed() -> None:
    listed = set(re.findall(r"^\| `(\w+) (/admin\S+)` \|", PAGE, re.MULTILINE))
    paths = openapi_document()["paths"]
    operations = {
        (verb.upper(), path)
        for path, item in paths.items()
        if path.startswith("/admin")
        for verb in item.keys() - {"parameters"}
    }
    assert listed == operations
