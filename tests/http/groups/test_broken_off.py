"""An upload that breaks off, to a real server."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn

from .conftest import picture


@pytest.fixture
def server(api: Any) -> Iterator[tuple[str, int]]:
    """The application on a port of this machine."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(api.client.app, log_config=None, lifespan="off")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    yield listener.getsockname()
    running.should_exit = True
    thread.join()
    listener.close()


def test_what_broke_off_leaves_nothing_and_can_be_sent_again(
    api: Any, server: tuple[str, int], engine: Any
) -> None:
    group = api.group()
    (place,) = api.reserve(group)
    path = place["UploadUrl"].removeprefix("http://photos.example")
    data = picture("broken off", (600, 400))
    stored = {each.key for each in engine.storages.storage("albums").list_objects()}
    with socket.create_connection(server) as connection:
        head = f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n"
        connection.sendall(head.encode() + data[:5000])
        time.sleep(0.2)
    time.sleep(0.3)
    assert {each.key for each in engine.storages.storage("albums").list_objects()} == stored
    assert api.refused("GET", f"/v1/Photo/{place['PhotoId']}")[0] == 404
    address = f"http://{server[0]}:{server[1]}{path}"
    answer = httpx.put(address, content=data, headers={"X-File-Name": "again.jpg"})
    assert answer.json() == {"PhotoId": place["PhotoId"]}
