"""HTTP: what the server adds to the engine, and how many clients it bears.

Fills a collection of clustered unit vectors (``vectors.py``), starts a server of its own process over the same data folder,
and asks both the same ``visualKNN`` by ``_id``, in turns: the engine in this process, the server over one kept connection.
Then as many clients as asked, each with a connection of its own, ask the server at once.

    python benchmarks/serving.py --size 100000 --workers 2 --output serving.json
"""

import argparse
import json
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import numpy as np
from attrs import asdict, frozen
from search import filled, open_engine
from vectors import clustered

from photomill.collections.collection import Collection
from photomill.collections.model import ById, SearchOptions

SERVER = """
import json, sys
from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill_http.server import serve

settings = load_settings(environ={}, overrides=json.loads(sys.argv[1]))
with Engine.open(settings) as engine:
    serve(engine, settings, on_ready=lambda url: print(url, flush=True))
"""


@frozen
class Row:
    """One line of the table.

    :ivar p50: milliseconds a request; ``p99`` likewise.
    :ivar per_second: requests answered, of all clients together.
    """

    what: str
    clients: int
    p50: float
    p99: float
    per_second: float
    errors: int = 0


class Caller:
    """Asks over one kept connection.

    It writes and reads bytes: ``http.client`` takes some .2 ms of each request for itself, which no server can help.
    """

    def __init__(self, url: str, headers: dict[str, str], k: int) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname or "", parts.port or 80)
        lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
        self._head = (
            f"POST /v2/visualKNN HTTP/1.1\r\nHost: {parts.netloc}\r\n{''.join(lines)}".encode()
        )
        self._k = k
        self._answers: BinaryIO | None = None

    def __call__(self, identity: str) -> list[str]:
        """Ids found.

        :raises OSError: the connection broke.
        :raises ValueError: the answer is an error.
        """
        if self._answers is None:
            self._connect()
        assert self._answers is not None
        body = json.dumps({"query_record": {"_id": identity}, "k": self._k}).encode()
        self._connection.sendall(b"%bContent-Length: %d\r\n\r\n%b" % (self._head, len(body), body))
        status, size = self._answers.readline(), 0
        while line := self._answers.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                size = int(value)
        answer = self._answers.read(size)
        if not status.startswith(b"HTTP/1.1 200 "):
            raise ValueError(f"{status!r}: {answer!r}")
        return [record["_id"] for record in json.loads(answer)["answer_records"]]

    def close(self) -> None:
        if self._answers is not None:
            self._answers.close()
            self._connection.close()
            self._answers = None

    def _connect(self) -> None:
        self._connection = socket.create_connection(self._address, timeout=60)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._answers = self._connection.makefile("rb")


@contextmanager
def running(folder: str, dimension: int, workers: int = 1) -> Iterator[str]:
    """A server of so many processes of its own over the folder; yields its URL."""
    overrides = {
        "photomill.data_dir": folder,
        "embedders.bench": {"use": "vectors", "options": {"dimension": dimension}},
        "adapters.http.port": 0,
        "adapters.http.workers": workers,
    }
    command = [sys.executable, "-c", SERVER, json.dumps(overrides)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            while process.poll() is None and listening(urlsplit(url).port or 0) < workers:
                time.sleep(0.1)
            yield url
        finally:
            process.send_signal(signal.SIGTERM)


def listening(port: int) -> int:
    """How many sockets of this machine listen at a port."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(line[3] == "0A" and line[1].endswith(f":{port:04X}") for line in lines)


def alone(collection: Collection, caller: Caller, k: int, ids: Sequence[str]) -> list[Row]:
    """One client, against the call in this process, in turns."""
    options = SearchOptions(limit=k)
    direct: list[float] = []
    served: list[float] = []
    errors = 0
    # The first half warms both up: a machine has to find memory for a collection that was opened.
    for turn, identity in enumerate([*ids, *ids]):
        started = time.perf_counter()
        expected = [hit.id for hit in collection.search(ById(identity), options).hits]
        between = time.perf_counter()
        found = caller(identity)
        ended = time.perf_counter()
        if turn >= len(ids):
            direct.append(between - started)
            served.append(ended - between)
            errors += found != expected
    return [
        row_of("engine, in this process", 1, direct, sum(direct)),
        row_of("server, in turns with it", 1, served, sum(served), errors),
    ]


def together(callers: Sequence[Caller], ids: Sequence[str], requests: int) -> Row:
    """Every caller on a thread of its own, all at once."""
    ready = threading.Barrier(len(callers))

    def work(number: int) -> tuple[list[float], int]:
        times, errors = [], 0
        ready.wait()
        for turn in range(number, requests, len(callers)):
            identity = ids[turn % len(ids)]
            started = time.perf_counter()
            try:
                errors += callers[number](identity)[:1] != [identity]
            except (OSError, ValueError, KeyError):
                errors += 1
                callers[number].close()
            times.append(time.perf_counter() - started)
        return times, errors

    started = time.perf_counter()
    with ThreadPoolExecutor(len(callers)) as pool:
        done = list(pool.map(work, range(len(callers))))
    seconds = time.perf_counter() - started
    times = [one for of_caller, _ in done for one in of_caller]
    errors = sum(count for _, count in done)
    return row_of("server, clients at once", len(callers), times, seconds, errors)


def row_of(what: str, clients: int, times: Sequence[float], seconds: float, errors: int = 0) -> Row:
    p50, p99 = 1000 * np.percentile(times, [50, 99])
    return Row(what, clients, float(p50), float(p99), len(times) / seconds, errors)


def print_table(rows: Sequence[Row]) -> None:
    print(f"{'what':<26} {'clients':>7} {'p50 ms':>8} {'p99 ms':>8} {'/ s':>8} {'errors':>6}")
    for row in rows:
        print(
            f"{row.what:<26} {row.clients:>7} {row.p50:>8.3f} {row.p99:>8.3f}"
            f" {row.per_second:>8.1f} {row.errors:>6}"
        )
    direct, served = rows[0], rows[1]
    print(
        f"HTTP adds {served.p50 - direct.p50:.3f} ms at p50, {served.p99 - direct.p99:.3f} at p99"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=100_000)
    parser.add_argument("--dimension", type=int, default=512)
    parser.add_argument("--index", default="auto")
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--clients", type=int, nargs="*", default=[1, 8, 64])
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("--workers", type=int, default=1, help="processes that serve")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    vectors = clustered(arguments.size, arguments.dimension, seed=7)
    chosen = np.random.default_rng(7).integers(arguments.size, size=arguments.requests)
    ids = [f"{row:07}" for row in chosen]
    with (
        tempfile.TemporaryDirectory() as folder,
        open_engine(folder, arguments.dimension) as engine,
    ):
        collection = filled(engine, vectors, arguments.index)
        secret = engine.keys.create("bench").secret
        headers = {"Authorization": f"Token {secret}", "collection-id": collection.info.id}
        with running(folder, arguments.dimension, arguments.workers) as url:
            caller = Caller(url, headers, arguments.k)
            rows = alone(collection, caller, arguments.k, ids)
            caller.close()
            for count in arguments.clients:
                callers = [Caller(url, headers, arguments.k) for _ in range(count)]
                for caller in callers:
                    caller(ids[0])  # has whichever process answers it open the collection
                rows.append(together(callers, ids, arguments.requests))
                for caller in callers:
                    caller.close()
    print_table(rows)
    if arguments.output:
        report = {
            "size": arguments.size,
            "workers": arguments.workers,
            "rows": [asdict(row) for row in rows],
        }
        arguments.output.write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
