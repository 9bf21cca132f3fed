"""A server in a process of its own, and the client that speaks this API, unmodified."""

import base64
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import frozen
from ximilar.client.search import SimilarityFashionClient, SimilarityPhotosClient

from photomill.collections.collection import Collection
from photomill.config.load import load_settings
from photomill.engine import Engine

CONFIG = """
[images]
processes = 1

[adapters.http]
port = 0
log_format = "text"
"""
# The servers of these tests are on one machine.
SHARED = """
[photomill]
secret_key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

[storages.temporary.options]
shared = true

[storages.albums.options]
shared = true

[storages.thumbnails.options]
shared = true

[catalog]
url = "{url}"

[search]
index = "outside"

"""
PGVECTOR = """
[indexes.outside]
use = "pgvector"
"""
LANCE = """
[indexes.outside]
use = "lance"

[indexes.outside.options]
place = "{place}"
endpoint = "{endpoint}"
access_key = "{access_key}"
secret_key = "{secret_key}"
"""
SERVER = """
import sys
from pathlib import Path
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill_http.server import serve

settings = load_settings(Path(sys.argv[1]), environ={}, overrides={"photomill.data_dir": sys.argv[2]})
with Engine.open(settings) as engine:
    serve(engine, settings, on_ready=lambda url: print(url, flush=True))
print("closed", flush=True)
"""


@frozen
class Server:
    process: "subprocess.Popen[str]"
    url: str

    @property
    def endpoint(self) -> str:
        return f"{self.url}/similarity/photos/v2/"


@frozen
class Place:
    """A data folder with one collection, and the means to start servers over it."""

    config: Path
    data_dir: Path
    log: Path
    collection: Collection
    key: str
    secrets: list[str]

    def start(self) -> Server:
        command = [sys.executable, "-c", SERVER, str(self.config), str(self.data_dir)]
        with self.log.open("a") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        return Server(process, process.stdout.readline().strip())

    def client(self, server: Server) -> SimilarityPhotosClient:
        return SimilarityPhotosClient(self.key, self.collection.info.id, server.endpoint)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Token {self.key}", "collection-id": self.collection.info.id}


def stop(server: Server) -> str:
    """Tell a server to stop; returns what it printed since."""
    server.process.send_signal(signal.SIGTERM)
    printed, _ = server.process.communicate(timeout=120)
    return printed


@pytest.fixture(scope="module", params=["in_memory", "pgvector", "lance"])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    """Once with the rows in memory, once with an index that holds them in PostgreSQL, and once in a bucket."""
    folder = tmp_path_factory.mktemp("served")
    config = folder / "plugins.toml"
    config.write_text(CONFIG)
    if request.param != "in_memory":
        url = request.getfixturevalue("module_postgresql_url")
        config.write_text(SHARED.format(url=url) + outside(request) + CONFIG)
    overrides = {"photomill.data_dir": str(folder / "data")}
    with Engine.open(load_settings(config, environ={}, overrides=overrides)) as engine:
        collection = engine.collections.open(engine.collections.create("served").id)
        secret = engine.keys.create("served").secret
        secrets = [secret, *re.findall('secret_key = "(.+)"', config.read_text())]
        yield Place(config, folder / "data", folder / "log", collection, secret, secrets)


def outside(request: pytest.FixtureRequest) -> str:
    """What the configuration says of the index."""
    if request.param == "pgvector":
        return PGVECTOR
    pytest.importorskip("lance")
    service = request.getfixturevalue("s3_service")
    bucket = f"photomill-{uuid.uuid4().hex[:16]}"
    request.getfixturevalue("s3_client").create_bucket(Bucket=bucket)
    return LANCE.format(
        place=f"s3://{bucket}/indexes",
        endpoint=service.endpoint,
        access_key=service.access_key,
        secret_key=service.secret_key,
    )


@pytest.fixture(scope="module")
def server(place: Place) -> Iterator[Server]:
    server = place.start()
    yield server
    assert stop(server) == "closed\n"
    assert server.process.returncode == 0
    log = place.log.read_text()
    assert [each for each in place.secrets if each in log] == []


@pytest.fixture
def client(place: Place, server: Server) -> Iterator[SimilarityPhotosClient]:
    yield place.client(server)
    place.collection.delete_where({})


def test_the_client_through_all_its_methods(
    client: SimilarityPhotosClient,
    make_picture: Callable[..., bytes],
    picture_file: Path,
) -> None:
    assert client.ping()["status"]["code"] == 200
    encoded = base64.b64encode(make_picture("1")).decode()
    inserted = client.insert(
        [
            {"_id": "1", "_base64": f"data:image/png;base64,{encoded}", "colour": "red"},
            {"_id": "2", "_file": str(picture_file), "colour": "blue", "tags": ["a"]},
        ]
    )
    assert (inserted["status"]["code"], inserted["answer_count"]) == (210, 2)
    assert client.insert([{"_id": "1", "_base64": encoded}])["status"]["code"] == 411

    whole = client.get_records([{"_id": "2"}], fields_to_return=["*"])["answer_records"]
    assert whole == [{"_id": "2", "_file": str(picture_file), "colour": "blue", "tags": ["a"]}]

    found = client.search({"_id": "1"}, k=2)
    assert [record["_id"] for record in found["answer_records"]] == ["1", "2"]
    found = client.search({"_file": str(picture_file)}, filter={"colour": "blue"})
    assert (found["answer_records"], found["answer_distances"]) == ([{"_id": "2"}], [0.0])
    ranked = client.search_and_rank({"_id": "2"}, [{"_id": "1"}, {"_id": "2"}])
    assert [record["_id"] for record in ranked["answer_records"]] == ["2", "1"]

    updated = client.update([{"_id": "1", "colour": "green"}])
    assert updated["answer_records"] == [{"_id": "1", "colour": "green"}]
    assert client.random(filter={"colour": "green"})["answer_records"] == [{"_id": "1"}]
    assert client.remove([{"_id": "1"}, {"_id": "9"}])["status"]["code"] == 206
    assert client.get_all_ids()["answer_records"] == [{"_id": "2"}]
    assert client.post("getRecordCount")["answer_count"] == 1
    assert client.post("find", data={"filter": {"colour": "blue"}})["answer_count"] == 1


def test_the_fashion_client(
    client: SimilarityPhotosClient, place: Place, server: Server, picture_file: Path
) -> None:
    endpoint = f"{server.url}/similarity/fashion-new/v2/"
    fashion = SimilarityFashionClient(place.key, place.collection.info.id, endpoint)
    inserted = fashion.insert([{"_id": "1", "_file": str(picture_file), "tags": ["dress"]}])
    assert inserted["status"]["code"] == 210
    assert fashion.search({"_id": "1"})["answer_distances"] == [0.0]


def test_many_records_in_parallel_and_their_pages(
    client: SimilarityPhotosClient,
    make_picture: Callable[..., bytes],
    capsys: pytest.CaptureFixture[str],
) -> None:
    records = [
        {
            "_id": str(number),
            "_base64": base64.b64encode(make_picture(str(number), (32, 32))).decode(),
        }
        for number in range(25)
    ]
    # One bad record, and one that comes twice.
    records += [{"_id": "bad", "_url": "http://127.0.0.1:1/none.png"}, {**records[0]}]
    answers = client.parallel_records_processing(
        records, client.insert, max_workers=3, batch_size=10
    )
    assert sum(answer["answer_count"] for answer in answers) == 25
    assert sum(len(answer["skipped_records"]) for answer in answers) == 2
    # What the client prints when it cannot read an answer, and drops it.
    assert "Error processing records" not in capsys.readouterr().out
    pages = list(client.all_records_iter(batch_size=10, return_batch=True))
    assert [len(page) for page in pages] == [10, 10, 5]
    assert len({record["_id"] for page in pages for record in page}) == 25
    assert len(list(client.all_records_iter(fields_to_return=[], batch_size=5))) == 25


def test_64_clients_at_once(
    client: SimilarityPhotosClient,
    place: Place,
    server: Server,
    make_record: Callable[..., dict[str, Any]],
) -> None:
    client.insert([make_record(str(number)) for number in range(8)])
    ready = threading.Barrier(64)
    limits = httpx.Limits(max_connections=64)
    with httpx.Client(headers=place.headers, timeout=120, limits=limits) as caller:

        def work(worker: int) -> list[int]:
            ready.wait()
            queries = [{"_id": str((worker + turn) % 8)} for turn in range(5)]
            return [
                caller.post(
                    f"{server.endpoint}visualKNN", json={"query_record": query, "k": 5}
                ).status_code
                for query in queries
            ]

        with ThreadPoolExecutor(64) as pool:
            statuses = [status for done in pool.map(work, range(64)) for status in done]
    assert statuses == [200] * 320


def test_two_servers_see_each_others_records(
    client: SimilarityPhotosClient, place: Place, make_record: Callable[..., dict[str, Any]]
) -> None:
    second = place.start()
    try:
        other = place.client(second)
        for number in range(4):
            identity = str(number)
            writer, reader = (client, other) if number % 2 else (other, client)
            assert writer.insert([make_record(identity)])["status"]["code"] == 210
            found = reader.search({"_id": identity}, k=1)
            assert found["answer_records"] == [{"_id": identity}]
            assert reader.post("getRecordCount")["answer_count"] == number + 1
        client.remove([{"_id": "0"}])
        assert other.search({"_id": "0"})["status"]["code"] == 403
    finally:
        assert stop(second) == "closed\n"


def test_a_request_under_way_gets_its_answer_when_the_server_stops(
    place: Place, make_record: Callable[..., dict[str, Any]]
) -> None:
    server = place.start()
    body = json.dumps({"records": [make_record(f"last-{number}") for number in range(20)]}).encode()
    url = httpx.URL(f"{server.endpoint}insert")
    head = {**place.headers, "Host": url.host, "Content-Length": str(len(body))}
    # The server asks for the body once it works on the request.
    lines = [f"{name}: {value}" for name, value in {**head, "Expect": "100-continue"}.items()]
    with socket.create_connection((url.host, url.port or 80), timeout=120) as connection:
        connection.sendall("\r\n".join([f"POST {url.path} HTTP/1.1", *lines, "", ""]).encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 ")
        server.process.send_signal(signal.SIGTERM)
        connection.sendall(body[:1000])
        wait_until_refused(url)
        connection.sendall(body[1000:])
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert answer.status == 200
        assert json.load(answer)["answer_count"] == 20
    assert server.process.communicate(timeout=120)[0] == "closed\n"
    assert place.collection.count({"_id": {"$regex": "^last-"}}) == 20


def wait_until_refused(url: httpx.URL) -> None:
    """Until a stopping server takes no more connections."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            httpx.get(url.copy_with(path="/healthz"), timeout=1)
        except httpx.TransportError:
            return
        time.sleep(0.02)
    raise AssertionError("the server still takes connections")
