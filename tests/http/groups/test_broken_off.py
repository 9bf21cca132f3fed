"""Uploads that break off, to a real server."""

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
import uvicorn

from photomill.engine import Engine
from photomill_http.app import create_app
from photomill_http.settings import HttpSettings

from .conftest import Api, picture

HEAD = "PUT {path} HTTP/1.1\r\nHost: photos.example\r\nContent-Length: {size}\r\n\r\n"


@pytest.fixture
def server(engine: Engine) -> Iterator[tuple[str, int]]:
    """The application on a port of this machine, in an event loop of its own."""
    app = create_app(engine, HttpSettings(lookups_per_minute=0))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, log_config=None, lifespan="off")
        running = uvicorn.Server(config)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()
        running.should_exit = True
        thread.join()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
def test_what_broke_off_leaves_nothing_and_can_be_sent_again_at_once(
    api: Api, server: tuple[str, int], engine: Engine, share: float
) -> None:
    group = api.group()
    before = stored(engine)
    # More than is kept in memory while it arrives.
    data = picture("broken off", (2000, 1500), quality=97)
    assert len(data) > 256 * 1024
    for place in api.reserve(group, 8):
        path = place["UploadUrl"].removeprefix("http://photos.example")
        with socket.create_connection(server) as connection:
            head = HEAD.format(path=path, size=len(data))
            connection.sendall(head.encode() + data[: int(share * len(data))])
        assert api.refused("GET", f"/v1/Photo/{place['PhotoId']}")[0] == 404
        # Nobody waits until the server has noticed.
        answer = httpx.put(f"http://{server[0]}:{server[1]}{path}", content=data, timeout=60)
        assert answer.status_code == 200, answer.text
        assert answer.json()["PhotoId"] == place["PhotoId"]
    assert len(stored(engine) - before) == 8


def stored(engine: Engine) -> set[str]:
    """The originals that are stored, whole or in part."""
    return {each.name for each in engine.settings.data_dir.rglob("originals/*")}
