"""Two servers and two workers that share PostgreSQL and a bucket, configured as the example says."""

import base64
import io
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import yaml  # type: ignore[import-untyped]
from attrs import frozen
from cryptography.fernet import Fernet
from PIL import Image

EXAMPLE = Path(__file__).parents[2] / "examples" / "several-machines" / "plugins.toml"
SMALL = {"resizing": {"width": 12, "height": 8}}
BATCH = 40

Json = dict[str, Any]


@frozen
class Cluster:
    """
    :ivar environment: of every process, but for the data folder.
    :ivar urls: of the servers.
    """

    folder: Path
    environment: dict[str, str]
    urls: list[str]
    headers: dict[str, str]
    bucket: str
    client: Any

    def put(self, key: str, data: bytes) -> str:
        """Store an original; returns its address."""
        self.client.put_object(Bucket=self.bucket, Key=f"originals/{key}", Body=data)
        return f"storage://originals/{key}"

    def keys(self, folder: str) -> list[str]:
        found = self.client.list_objects_v2(Bucket=self.bucket, Prefix=f"originals/{folder}")
        return [each["Key"] for each in found.get("Contents", [])]

    def call(self, server: int, method: str, path: str, **options: Any) -> Json:
        answer = httpx.request(
            method, self.urls[server] + path, headers=self.headers, timeout=120, **options
        )
        assert answer.is_success, answer.text
        return dict(answer.json())

    def start(self, name: str, *command: str) -> "subprocess.Popen[bytes]":
        environment = {**self.environment, "DATA_DIR": str(self.folder / name)}
        with (self.folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "photomill_cli", *command],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )


def picture(seed: int) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").rotate(9 * seed).resize((96, 64)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def database(postgresql_url: str) -> str:
    plain = postgresql_url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(plain, autocommit=True) as admin:
        admin.execute("CREATE DATABASE machines")
    return postgresql_url.replace("/postgres?", "/machines?")


@pytest.fixture(scope="module")
def cluster(
    tmp_path_factory: pytest.TempPathFactory, database: str, s3_service: Any, s3_client: Any
) -> Iterator[Cluster]:
    """Everything starts at once, on an empty database."""
    folder = tmp_path_factory.mktemp("machines")
    s3_client.create_bucket(Bucket="machines")
    ports = free_ports(2)
    environment = {
        **os.environ,
        "PHOTOMILL_CONFIG": str(EXAMPLE),
        "PHOTOMILL_SECRET_KEY": Fernet.generate_key().decode(),
        "PHOTOMILL_ADAPTERS__HTTP__HOST": "127.0.0.1",
        "DATABASE_URL": database,
        "BUCKET": "machines",
        "BUCKET_ENDPOINT": s3_service.endpoint,
        "BUCKET_ACCESS_KEY": s3_service.access_key,
        "BUCKET_SECRET_KEY": s3_service.secret_key,
    }
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    made = Cluster(folder, environment, urls, {}, "machines", s3_client)
    commands = [("serve", "--port", str(port)) for port in ports] + 2 * [("jobs", "work")]
    running = [made.start(f"machine-{number}", *each) for number, each in enumerate(commands)]
    try:
        for url, process in zip(urls, running, strict=False):
            wait_until_ready(url, process, folder)
        secret = subprocess.check_output(
            [sys.executable, "-m", "photomill_cli", "--quiet", "keys", "create", "test", "--admin"],
            env={**environment, "DATA_DIR": str(folder / "machine-0")},
            text=True,
        ).strip()
        made.headers["Authorization"] = f"Bearer {secret}"
        yield made
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()


def free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    for each in held:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    while True:
        logs = {each.name: each.read_text() for each in folder.glob("*.log")}
        assert process.poll() is None, logs
        try:
            answer = httpx.get(f"{url}/readyz", timeout=60)
        except httpx.TransportError:
            continue
        assert answer.status_code == 200, answer.text
        return


def test_what_one_server_stores_the_other_finds_at_once(cluster: Cluster) -> None:
    made = cluster.call(0, "POST", "/admin/v1/collections", json={"name": "shared"})
    collection = {"collection-id": made["id"]}
    for number in range(20):
        source, other = number % 2, 1 - number % 2
        headers = {**cluster.headers, **collection}
        record = {"_id": str(number), "_base64": base64_of(picture(number))}
        method = "/similarity/photos/v2"
        inserted = httpx.post(
            f"{cluster.urls[source]}{method}/insert",
            headers=headers,
            json={"records": [record]},
            timeout=120,
        )
        assert inserted.status_code == 200, inserted.text
        found = httpx.post(
            f"{cluster.urls[other]}{method}/visualKNN",
            headers=headers,
            json={"query_record": {"_id": str(number)}, "k": 1},
            timeout=120,
        )
        assert found.json()["answer_records"][0]["_id"] == str(number), found.text


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_a_result_that_one_server_keeps_the_other_gives(cluster: Cluster) -> None:
    uri = cluster.put("one.png", picture(1))
    edited = cluster.call(0, "POST", "/v1/image/edit", json={"input": uri, "operations": SMALL})
    address = httpx.URL(edited["data"]["output"]["tmp_url"])
    fetched = httpx.get(f"{cluster.urls[1]}{address.raw_path.decode()}", timeout=60)
    assert fetched.status_code == 200
    assert Image.open(io.BytesIO(fetched.content)).size == (12, 8)


def test_a_killed_worker_loses_and_doubles_nothing(
    cluster: Cluster, wait_until: Callable[[Callable[[], object]], None]
) -> None:
    for number in range(BATCH):
        cluster.put(f"batch/{number:02}.png", picture(number))
    victim = cluster.start("victim", "jobs", "work")
    task = cluster.call(
        0,
        "POST",
        "/v1/image/edit/batch",
        json={
            "input": "storage://originals/batch/",
            "operations": SMALL,
            "output": "storage://originals/results/",
        },
    )["data"]
    wait_until(lambda: len(cluster.keys("results/")) >= 3)
    victim.send_signal(signal.SIGKILL)
    victim.wait()

    def ended() -> Any:
        found = cluster.call(1, "GET", f"/v1/image/edit/batch/{task['id']}")["data"]
        return found if found["status"] in ("DONE", "ERROR") else None

    wait_until(ended)
    assert ended()["status"] == "DONE"
    names = [f"originals/results/{number:02}.jpeg" for number in range(BATCH)]
    assert sorted(cluster.keys("results/")) == names


def test_the_containers_of_the_example_set_what_its_configuration_asks_for() -> None:
    composed = yaml.safe_load((EXAMPLE.parent / "compose.yaml").read_text())
    asked = set(re.findall(r"\$\{(\w+)[:}]", EXAMPLE.read_text()))
    for name in ("web", "worker"):
        assert asked | {"PHOTOMILL_SECRET_KEY"} == set(composed["services"][name]["environment"])
