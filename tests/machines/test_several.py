"""Two servers and two workers that share PostgreSQL and a bucket, configured as the example says."""

import base64
import io
import re
import signal
import threading
from collections.abc import Callable
from functools import partial

import httpx
import yaml  # type: ignore[import-untyped]
from PIL import Image

from .conftest import EXAMPLE, SMALL, Cluster, picture

BATCH = 40

WaitUntil = Callable[[Callable[[], object]], None]


def test_what_one_server_stores_the_other_finds_at_once(cluster: Cluster) -> None:
    collection = cluster.collection("shared")
    for number in range(20):
        source, other = number % 2, 1 - number % 2
        encoded = base64.b64encode(picture(number)).decode()
        record = {"_id": str(number), "_base64": encoded}
        inserted = cluster.similarity(source, collection, "insert", {"records": [record]})
        assert inserted.status_code == 200, inserted.text
        query = {"query_record": {"_id": str(number)}, "k": 1}
        found = cluster.similarity(other, collection, "visualKNN", query)
        assert found.json()["answer_records"][0]["_id"] == str(number), found.text


def test_a_result_that_one_server_keeps_the_other_gives(cluster: Cluster) -> None:
    uri = cluster.put("one.png", picture(1))
    edited = cluster.call(0, "POST", "/v1/image/edit", json={"input": uri, "operations": SMALL})
    address = httpx.URL(edited["data"]["output"]["tmp_url"])
    fetched = httpx.get(f"{cluster.urls[1]}{address.raw_path.decode()}", timeout=60)
    assert fetched.status_code == 200
    assert Image.open(io.BytesIO(fetched.content)).size == (12, 8)


def results(folder: str) -> list[str]:
    return [f"originals/{folder}/{number:02}.jpeg" for number in range(BATCH)]


def test_a_killed_worker_loses_and_doubles_nothing(cluster: Cluster, wait_until: WaitUntil) -> None:
    cluster.put_batch("batch", BATCH)
    victim = cluster.start("victim", "jobs", "work")
    task = cluster.batch(0, "batch", "results")
    wait_until(lambda: len(cluster.keys("results/")) >= 3)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    wait_until(lambda: cluster.has_ended(1, task))
    assert cluster.task(1, task)["status"] == "DONE"
    assert sorted(cluster.keys("results/")) == results("results")


class Caller(threading.Thread):
    """Inserts one record after the other at whichever server takes it, as a balancer would send it on."""

    def __init__(self, cluster: Cluster, collection: str) -> None:
        super().__init__()
        self._cluster = cluster
        self._collection = collection
        self.stopping = threading.Event()
        self.acknowledged: list[str] = []
        self.refused: list[str] = []

    def has(self, count: int) -> bool:
        """Whether so many were acknowledged."""
        return len(self.acknowledged) >= count

    def run(self) -> None:
        while not self.stopping.is_set():
            name = str(len(self.acknowledged))
            encoded = base64.b64encode(picture(len(self.acknowledged))).decode()
            body = {"records": [{"_id": name, "_base64": encoded}]}
            try:
                server = len(self.acknowledged) % 2
                answer = self._cluster.similarity(server, self._collection, "insert", body)
            except httpx.TransportError:
                answer = self._cluster.similarity(1 - server, self._collection, "insert", body)
            if answer.status_code != 200:
                self.refused.append(answer.text)
            self.acknowledged.append(name)


def test_servers_are_replaced_one_by_one_while_others_answer(
    cluster: Cluster, wait_until: WaitUntil
) -> None:
    collection = cluster.collection("replaced")
    caller = Caller(cluster, collection)
    caller.start()
    for number, process in enumerate(cluster.servers):
        wait_until(partial(caller.has, len(caller.acknowledged) + 2))
        process.terminate()
        assert process.wait() == 0
        wait_until(partial(caller.has, len(caller.acknowledged) + 2))
        cluster.servers[number] = cluster.start_server(number, f"server-{number}")
        cluster.wait_until_ready(number, cluster.servers[number])
    caller.stopping.set()
    caller.join()
    assert not caller.refused
    body = {"records": [{"_id": name} for name in caller.acknowledged]}
    stored = cluster.similarity(0, collection, "get", body).json()
    assert stored["answer_count"] == len(caller.acknowledged)


def test_the_containers_of_the_example_set_what_its_configuration_asks_for() -> None:
    composed = yaml.safe_load((EXAMPLE.parent / "compose.yaml").read_text())
    asked = set(re.findall(r"\$\{(\w+)[:}]", EXAMPLE.read_text()))
    for name in ("web", "worker"):
        assert asked | {"PHOTOMILL_SECRET_KEY"} == set(composed["services"][name]["environment"])
