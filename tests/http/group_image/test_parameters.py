"""Every parameter of a request changes something, and answers hold nothing that stands for nothing."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from photomill.collections.model import NewRecord
from photomill.engine import Engine
from photomill.sources import BytesSource

from .conftest import Caller, NewCaller, Web, coloured

Json = dict[str, Any]

COLOURS = ("red", "red", "green", "green", "blue", "blue")
SEEN: Mapping[str, Callable[[Json], Any]] = {
    "url": lambda body: body["imageGroups"],
    "urls": lambda body: body["imageGroups"],
    "totalGroups": lambda body: len(body["imageGroups"]),
    "minImagesPerGroup": lambda body: body["output"]["info"].get("groupSizes", body),
    "maxImagesPerGroup": lambda body: body["output"]["info"]["groupSizes"],
    "mode": lambda body: body["output"]["info"].get("notes"),
}
"""What of the final body must differ."""
STORED = {"collection", "storage", "recursive"}
"""Parameters of images that are here already: with tests of their own below."""


def given(web: Web, name: str) -> tuple[Json, Json]:
    """The input without a parameter, or with another value of it, and with it."""
    urls = web.colours(*COLOURS)
    base = {"urls": urls, "totalGroups": 2}
    changes: Mapping[str, tuple[Json, Json]] = {
        "url": ({"url": urls[0], "totalGroups": 1}, {"url": urls[2], "totalGroups": 1}),
        "urls": ({"urls": urls[:4], "totalGroups": 2}, base),
        "totalGroups": (base, {**base, "totalGroups": 3}),
        "minImagesPerGroup": (base, {**base, "minImagesPerGroup": 3}),
        "maxImagesPerGroup": ({**base, "totalGroups": 3}, {**base, "maxImagesPerGroup": 3}),
        "mode": (base, {**base, "mode": "time"}),
    }
    return changes[name]


def test_every_parameter_has_an_entry(caller: Caller) -> None:
    document = caller.client.get("/openapi.json").json()
    properties = document["components"]["schemas"]["GroupImageInput"]["properties"]
    assert set(SEEN) | STORED == set(properties)


@pytest.mark.parametrize("name", list(SEEN))
def test_each_parameter_changes_something(caller: Caller, web: Web, name: str) -> None:
    without, wanted = given(web, name)
    found = [SEEN[name](caller.waited(body).json()) for body in (without, wanted)]
    assert found[0] != found[1]


def test_storage_and_recursive(working: Engine, new_caller: NewCaller, tmp_path: Path) -> None:
    for index, name in enumerate(("a/0.jpg", "a/below/1.jpg", "b/2.jpg")):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(coloured("red", index))
    working.storages.operator.create("cabinet", "local", {"path": str(tmp_path)})
    caller = new_caller(scopes=("grouping", "storage"))
    found = []
    for given in (
        {"storage": "storage://cabinet/a/"},
        {"storage": "storage://cabinet/b/"},
        {"storage": "storage://cabinet/a/", "recursive": False},
    ):
        groups = caller.waited({**given, "totalGroups": 1}).json()["imageGroups"]
        found.append([name.rpartition("/")[2] for name in sorted(groups[0])])
    assert found == [["0.jpg", "1.jpg"], ["2.jpg"], ["0.jpg"]]


@pytest.mark.parametrize("filtered", [False, True])
def test_collection_and_its_filter(
    working: Engine, new_caller: NewCaller, *, filtered: bool
) -> None:
    collection = working.collections.open(working.collections.create("photos").id)
    collection.insert(
        [
            NewRecord(str(index), BytesSource(coloured("red", index)), {"good": index < 2})
            for index in range(3)
        ]
    )
    given = {"id": collection.info.id, **({"filter": {"good": True}} if filtered else {})}
    body = new_caller(scopes=("admin", "read")).waited({"collection": given, "totalGroups": 1})
    assert sorted(body.json()["imageGroups"][0]) == (["0", "1"] if filtered else ["0", "1", "2"])


def test_no_answer_holds_placeholders(
    new_caller: NewCaller, web: Web, placeholders: Callable[..., list[str]]
) -> None:
    caller = new_caller(callback_delays=(0.01,))
    urls = web.colours(*COLOURS)
    accepted: Json = caller.post({"input": {"urls": urls, "totalGroups": 2}}).json()
    missing = f"{web.url}/gone.jpg"
    gone = {"urls": [missing], "totalGroups": 1}
    answers = [
        accepted,
        caller.get(accepted["id"]).json(),
        caller.waited({"urls": [*urls, missing], "totalGroups": 2}).json(),
        caller.waited(gone).json(),
        caller.post({"input": {"urls": urls}}).json(),
    ]
    assert placeholders(answers) == []
