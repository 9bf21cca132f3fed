"""Servers and workers that share PostgreSQL and a bucket, configured as the example says."""

import io
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from attrs import define, field, frozen
from cryptography.fernet import Fernet
from PIL import Image

EXAMPLE = Path(__file__).parents[2] / "examples" / "several-machines" / "plugins.toml"
SMALL = {"resizing": {"width": 12, "height": 8}}

Json = dict[str, Any]
Process = subprocess.Popen[bytes]


@frozen
class Cluster:
    """
    :ivar environment: of every process, but for the data folder.
    :ivar urls: of the servers.
    :ivar servers: their processes.
    """

    folder: Path
    environment: dict[str, str]
    urls: list[str]
    headers: dict[str, str]
    bucket: str
    client: Any
    servers: list[Process] = field(factory=list)

    def put(self, key: str, data: bytes) -> str:
        """Store an original; returns its address."""
        self.client.put_object(Bucket=self.bucket, Key=f"originals/{key}", Body=data)
        return f"storage://originals/{key}"

    def put_batch(self, folder: str, count: int) -> None:
        for number in range(count):
            self.put(f"{folder}/{number:02}.png", picture(number))

    def keys(self, folder: str) -> list[str]:
        found = self.client.list_objects_v2(Bucket=self.bucket, Prefix=f"originals/{folder}")
        return [each["Key"] for each in found.get("Contents", [])]

    def call(self, server: int, method: str, path: str, **options: Any) -> Json:
        answer = httpx.request(
            method, self.urls[server] + path, headers=self.headers, timeout=120, **options
        )
        assert answer.is_success, answer.text
        return dict(answer.json())

    def collection(self, name: str, **more: Any) -> str:
        """Make one; returns its id."""
        made = self.call(0, "POST", "/admin/v1/collections", json={"name": name, **more})
        return str(made["id"])

    def similarity(self, server: int, collection: str, method: str, body: Json) -> httpx.Response:
        return httpx.post(
            f"{self.urls[server]}/similarity/photos/v2/{method}",
            headers={**self.headers, "collection-id": collection},
            json=body,
            timeout=120,
        )

    def batch(self, server: int, folder: str, output: str) -> str:
        """Have a folder of originals edited; returns the id of the task."""
        asked = {
            "input": f"storage://originals/{folder}/",
            "operations": SMALL,
            "output": f"storage://originals/{output}/",
        }
        return str(self.call(server, "POST", "/v1/image/edit/batch", json=asked)["data"]["id"])

    def task(self, server: int, batch: str) -> Json:
        return dict(self.call(server, "GET", f"/v1/image/edit/batch/{batch}")["data"])

    def has_ended(self, server: int, batch: str) -> bool:
        return self.task(server, batch)["status"] in ("DONE", "ERROR")

    def start(self, name: str, *command: str, **more: str) -> Process:
        """
        :param more: of the environment.
        """
        environment = {**self.environment, "DATA_DIR": str(self.folder / name), **more}
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "photomill_cli", *command],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def start_server(self, number: int, name: str, **more: str) -> Process:
        port = httpx.URL(self.urls[number]).port
        return self.start(name, "serve", "--port", str(port), **more)

    @contextmanager
    def another_server(self, name: str, **more: str) -> Iterator["AnotherServer"]:
        """A server beside the others; killed at the end.

        :param more: of its environment.
        """
        self.urls.append(f"http://127.0.0.1:{free_ports(1)[0]}")
        server = AnotherServer(self, len(self.urls) - 1, name, more)
        try:
            server.start()
            yield server
        finally:
            server.kill()
            self.urls.pop()

    def run(self, *command: str) -> str:
        """Let a command run to its end; returns what it printed."""
        environment = {**self.environment, "DATA_DIR": str(self.folder / "command")}
        return subprocess.check_output(
            [sys.executable, "-m", "photomill_cli", *command], env=environment, text=True
        ).strip()

    def wait_until_ready(self, number: int, process: Process) -> None:
        while True:
            logs = {each.name: each.read_text() for each in self.folder.glob("*.log")}
            assert process.poll() is None, logs
            try:
                answer = httpx.get(f"{self.urls[number]}/readyz", timeout=60)
            except httpx.TransportError:
                continue
            assert answer.status_code == 200, answer.text
            return


@define(eq=False)
class AnotherServer:
    """:ivar number: among the cluster's servers."""

    cluster: Cluster
    number: int
    name: str
    environment: dict[str, str]
    process: Process | None = None

    def start(self) -> None:
        self.process = self.cluster.start_server(self.number, self.name, **self.environment)
        self.cluster.wait_until_ready(self.number, self.process)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def running(
    folder: Path, database: str, service: Any, client: Any, *, workers: int = 2, config: str = ""
) -> Iterator[Cluster]:
    """Two servers and some workers, which all start at once.

    :param config: put behind the example's.
    """
    (folder / "plugins.toml").write_text(EXAMPLE.read_text() + config)
    bucket = f"machines-{uuid.uuid4().hex[:16]}"
    client.create_bucket(Bucket=bucket)
    environment = {
        **os.environ,
        "PHOTOMILL_CONFIG": str(folder / "plugins.toml"),
        "PHOTOMILL_SECRET_KEY": Fernet.generate_key().decode(),
        "PHOTOMILL_ADAPTERS__HTTP__HOST": "127.0.0.1",
        "DATABASE_URL": database,
        "BUCKET": bucket,
        "BUCKET_ENDPOINT": service.endpoint,
        "BUCKET_ACCESS_KEY": service.access_key,
        "BUCKET_SECRET_KEY": service.secret_key,
    }
    urls = [f"http://127.0.0.1:{port}" for port in free_ports(2)]
    made = Cluster(folder, environment, urls, {}, bucket, client)
    made.servers[:] = [made.start_server(number, f"server-{number}") for number in range(2)]
    working = [made.start(f"worker-{number}", "jobs", "work") for number in range(workers)]
    try:
        for number, server in enumerate(made.servers):
            made.wait_until_ready(number, server)
        secret = made.run("--quiet", "keys", "create", "test", "--admin")
        made.headers["Authorization"] = f"Bearer {secret}"
        yield made
    finally:
        stop([*made.servers, *working])


def stop(processes: Sequence[Process]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait()


def picture(seed: int) -> bytes:
    """An image that looks like no other."""
    file = io.BytesIO()
    noise = Random(seed).randbytes(8 * 8)
    Image.frombytes("L", (8, 8), noise).resize((96, 64)).save(file, "PNG")
    return file.getvalue()


def free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    for each in held:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


@pytest.fixture(scope="module")
def cluster(
    tmp_path_factory: pytest.TempPathFactory,
    module_postgresql_url: str,
    s3_service: Any,
    s3_client: Any,
) -> Iterator[Cluster]:
    """Everything starts at once, on an empty database."""
    folder = tmp_path_factory.mktemp("machines")
    with running(folder, module_postgresql_url, s3_service, s3_client) as made:
        yield made
