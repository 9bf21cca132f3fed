"""Answers leave out what there is nothing to say about."""

from collections.abc import Callable
from typing import Any

BUCKET = {"bucket": "b", "credentials": {"access_key": "a", "secret_access_key": "s"}}


def test_no_answer_holds_placeholders(api: Any, placeholders: Callable[..., list[str]]) -> None:
    uri, damaged = api.write("a.png"), api.write("damaged.png", b"no image")
    answers = [api.edit(uri)]
    for given in (uri, damaged):
        body = {"input": given, "operations": {}}
        task = api.data("POST", "/image/edit/async", json=body)
        answers += [task, api.data("GET", f"/image/edit/async/{task['id']}")]
    folder = {"input": "storage://originals/", "operations": {}, "output": "storage://results/"}
    task = api.data("POST", "/image/edit/batch", json=folder)
    answers += [task, api.data("GET", f"/image/edit/batch/{task['id']}")]
    new = {"name": "bare", "type": "s3", "parameters": BUCKET}
    made = api.data("POST", "/storage/storages", json=new)
    answers += [made, api.data("GET", f"/storage/storages/{made['id']}")]
    lists = (
        "/image/edit/async",
        "/image/edit/batch",
        "/storage/storages",
        "/storage/storage-types",
    )
    answers += [api.data("GET", path) for path in (*lists, "/capabilities")]
    assert placeholders(answers) == []
