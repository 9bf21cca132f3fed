"""A real server whose disk takes no more, and then does again.

A limit on the size of its files, set from outside, stands for the full disk: the system refuses every write.
"""

import io
import json
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import frozen
from PIL import Image

from photomill import errors
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.errors import ConfigError, PhotomillError, PluginError, StorageFull
from photomill.jobs.model import SkipItem
from photomill_http.group_image import errors as group_image_errors
from photomill_http.groups.routes import GroupsContract
from photomill_http.http_statuses import expected, http_status_of
from photomill_http.image_edit import errors as edit_errors

WaitUntil = Callable[[Callable[[], object]], None]
PICTURES = 8


@frozen
class Server:
    """A server, and the key of somebody who may do everything."""

    url: str
    process: "subprocess.Popen[str]"
    key: str
    owner_key: str
    folder: Path

    def post(self, path: str, body: Any, scheme: str = "Bearer") -> httpx.Response:
        key = self.owner_key if path == "/v1/Group" else self.key
        headers = {"Authorization": f"{scheme} {key}"}
        return httpx.post(self.url + path, json=body, headers=headers, timeout=60)

    def get(self, path: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.get(self.url + path, headers=headers, timeout=60)

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        _, hard = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (0, hard))
        try:
            yield
        finally:
            resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (hard, hard))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    for name in ("originals", "results"):
        (tmp_path / name).mkdir()
    for index in range(PICTURES):
        file = io.BytesIO()
        Image.effect_noise((300, 200), 60 + index).save(file, "PNG")
        (tmp_path / "originals" / f"{index}.png").write_bytes(file.getvalue())
    overrides = {"photomill.data_dir": str(tmp_path / "data")}
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        key = engine.keys.create("all", scopes={"read", "write", "admin", "image_editing"})
        owner = engine.albums.owners.create("photographer", timezone="Europe/Berlin")
        if not engine.albums.brands.list_all(owner.owner):
            engine.albums.brands.create(owner.owner, "photographer", "photographer")
        for name in ("originals", "results"):
            path = str(tmp_path / name)
            engine.storages.operator.create(name, "local", {"path": path})
    config = tmp_path / "plugins.toml"
    config.write_text("[jobs]\nretry_delay = 0.1\n")
    command = [sys.executable, "-m", "photomill_cli", "--data-dir", str(tmp_path / "data")]
    command += ["--config", str(config), "serve", "--port", "0", "--quiet"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert process.stdout is not None
        url = next(filter(None, (re.search(r"http://[\w.:]+", line) for line in process.stdout)))
        yield Server(url.group(), process, key.secret, owner.secret, tmp_path)
    finally:
        process.terminate()
        process.communicate(timeout=120)


def test_every_contract_says_that_there_is_no_room(server: Server, wait_until: WaitUntil) -> None:
    text = "x" * 20_000
    urls = {"urls": ["http://images.example/1.jpg", "http://images.example/2.jpg"]}
    edit = {"input": "storage://originals/0.png", "operations": {}, "output": "storage://results/"}
    assert server.get("/readyz").status_code == 200
    with server.full_disk():
        answers = {
            path: server.post(path, body, scheme).status_code
            for path, body, scheme in (
                ("/admin/v1/collections", {"name": text[:100]}, "Token"),
                ("/admin/v1/keys", {"name": "k", "scopes": ["read"]}, "Token"),
                ("/v1/group-image", {"input": {**urls, "totalGroups": 2}}, "Bearer"),
                ("/v1/Group", {"Name": text[:100]}, "Bearer"),
                ("/v1/image/edit", edit, "Bearer"),
                ("/v1/image/edit/async", edit, "Bearer"),
                ("/v1/image/edit/batch", edit, "Bearer"),
            )
        }
        assert answers == dict.fromkeys(answers, 507)
        readiness = server.get("/readyz")
        assert readiness.status_code == 503
    wait_until(lambda: server.post("/v1/image/edit", edit).status_code == 200)


def test_a_batch_that_meets_a_full_disk_goes_on_where_there_is_room(
    server: Server, wait_until: WaitUntil
) -> None:
    body = {"input": "storage://originals/", "operations": {}, "output": "storage://results/"}
    task = server.post("/v1/image/edit/batch", body).json()["data"]["id"]

    def state() -> dict[str, Any]:
        return dict(server.get(f"/v1/image/edit/batch/{task}").json()["data"])

    results = server.folder / "results"
    wait_until(lambda: any(results.iterdir()))
    with server.full_disk():
        wait_until(lambda: server.post("/v1/image/edit", body).status_code != 200)
    wait_until(lambda: state()["status"] in ("DONE", "ERROR"))
    ended = state()
    assert (ended["status"], ended["errors"]) == ("DONE", []), json.dumps(ended)
    assert len(ended["results"]) == PICTURES


ERRORS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, PhotomillError)
]


@pytest.mark.parametrize("kind", ERRORS)
def test_no_error_is_forgotten_by_a_contract(kind: type[PhotomillError]) -> None:
    error = kind.__new__(kind)
    Exception.__init__(error, "what went wrong")
    error.path, error.message, error.seconds = "", "what went wrong", 5  # type: ignore[attr-defined]
    if kind in (PhotomillError, ConfigError, PluginError, SkipItem):
        # Nobody's fault but the server's.
        assert http_status_of(error) is None
        return
    status = http_status_of(error)
    assert status is not None
    known = {
        "groups": GroupsContract.__new__(GroupsContract).render(error, None),
        "image edit": edit_errors.fault_of(error),
        "group image": group_image_errors.fault_of(error),
    }
    assert None not in known.values()
    if kind is StorageFull:
        statuses = {each.http_status for each in known.values() if each is not None}
        assert statuses == {status} == {507}


def test_the_systems_own_word_for_a_full_disk_is_understood() -> None:
    assert isinstance(expected(OSError(28, "No space left on device")), StorageFull)
    assert expected(OSError(13, "Permission denied")) is None
