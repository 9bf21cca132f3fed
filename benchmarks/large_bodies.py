"""Send large bodies to every route that takes one, and see whether the server goes on answering and how much memory it takes.

Every route of ``/openapi.json`` that takes a body gets some of each class, first from somebody without a key, then from
somebody with one. Meanwhile another process asks ``/healthz`` every 20 ms. The goals: it is answered within 100 ms, and the
server with its children takes no more than 300 MB beyond what it took before.

    nice python benchmarks/large_bodies.py --megabytes 60

Exits with 1 where a goal is missed, or a request ends in a fault of the server's.
"""

import argparse
import base64
import http.client
import multiprocessing
import os
import select
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import product
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import httpx
from attrs import frozen
from kills import Keys, Server, prepared

LONGEST_ANSWER = 0.1  # seconds
MOST_MEMORY = 300.0  # MB
CLASSES = ("bomb", "nested", "string", "escapes", "picture", "multipart", "encoded")
LARGE = ("records", "query_record", "input", "operations", "input_objects", "PhotoIds", "Name")
_PIECE = 1024 * 1024

Json = dict[str, Any]
Shared: TypeAlias = "Synchronized[float]"


@frozen
class Route:
    verb: str
    path: str
    name: str
    """Of a property that its body has, and that may be large."""


@frozen
class Measured:
    """
    :ivar status: 0 where the connection ended without an answer.
    :ivar healthz: seconds of the slowest answer meanwhile.
    :ivar grown: MB beyond what the server took at rest.
    """

    route: str
    body: str
    key: bool
    status: int
    seconds: float
    healthz: float
    grown: float

    @property
    def missed(self) -> bool:
        return self.status == 500 or self.healthz > LONGEST_ANSWER or self.grown > MOST_MEMORY

    def __str__(self) -> str:
        who, mark = "key" if self.key else "-", "MISSED" if self.missed else ""
        return (
            f"{self.route:50} {self.body:9} {who:3} {self.status:3} {self.seconds:6.1f} s"
            f" {1000 * self.healthz:6.0f} ms {self.grown:6.0f} MB {mark}"
        )


def main() -> None:
    arguments = parsed()
    with tempfile.TemporaryDirectory() as folder:
        measured = list(measure_routes(Path(folder), arguments))
    for body in arguments.classes:
        of_class = [each for each in measured if each.body == body]
        slowest, largest = max(e.healthz for e in of_class), max(e.grown for e in of_class)
        print(f"{body:9} healthz {1000 * slowest:5.0f} ms, memory {largest:+5.0f} MB")
    missed = sum(each.missed for each in measured)
    print(f"{missed} of {len(measured)} requests missed a goal")
    sys.exit(missed > 0)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=60, help="of each body")
    parser.add_argument("--classes", nargs="+", default=CLASSES, choices=CLASSES)
    parser.add_argument("--routes", default="", help="only those whose path has this in it")
    return parser.parse_args()


def measure_routes(folder: Path, arguments: argparse.Namespace) -> Iterator[Measured]:
    keys, server = prepared(folder), Server(folder)
    server.start()
    try:
        routes = [each for each in found(server.url, keys) if arguments.routes in each.path]
        with watching(server.url, server.pid) as watch:
            for body, route, caller in product(arguments.classes, routes, (None, keys)):
                measured = watch.measured(route, body, 1_000_000 * arguments.megabytes, caller)
                print(measured, flush=True)
                yield measured
    finally:
        server.stop()


def found(url: str, keys: Keys) -> list[Route]:
    """The routes that take a body, on things that exist."""
    owner = {"Authorization": f"Bearer {keys.owner}"}
    group = httpx.post(f"{url}/v1/Group", headers=owner, json={"Name": "large bodies"}).json()[
        "GroupId"
    ]
    added = httpx.post(f"{url}/v1/Group/{group}/Photo", headers=owner, json={"AddPhotos": 1})
    place = added.json()["AddedPhotos"][0]
    brand = httpx.get(f"{url}/v1/Brand", headers=owner).json()["Brands"][0]["BrandId"]
    filled = {"group": group, "photo": place["PhotoId"], "brand": brand, "storage_id": "results"}
    filled["secret"] = urlsplit(place["UploadUrl"]).path.rpartition("/")[2]
    document = httpx.get(f"{url}/openapi.json").json()
    return [
        Route(verb.upper(), path.format(**filled), name_in(operation["requestBody"], document))
        for path, operations in document["paths"].items()
        for verb, operation in operations.items()
        if "requestBody" in operation
    ]


def name_in(body: Json, document: Json) -> str:
    schema = next(iter(body["content"].values()))["schema"]
    if reference := schema.get("$ref"):
        schema = document["components"]["schemas"][reference.rpartition("/")[2]]
    names = schema.get("properties", {"data": {}})
    return next((name for name in LARGE if name in names), next(iter(names)))


def content(route: Route, kind: str, size: int) -> tuple[str, bytes]:
    """A body and its media type."""
    match kind:
        case "bomb":
            value = b"[" + b"[]," * (size // 3) + b"[]]"
        case "nested":
            value = b"[" * (size // 2) + b"]" * (size // 2)
        case "string":
            value = b'"' + b"a" * size + b'"'
        case "escapes":
            value = b'"' + b"\\u00e9" * (size // 6) + b'"'
        case "picture":
            picture = base64.b64encode(os.urandom(3 * size // 4))
            value = b'{"_id":"1","_base64":"' + picture + b'"}'
            value = value if route.name == "query_record" else b"[" + value + b"]"
        case "multipart":
            head = b'--b\r\nContent-Disposition: form-data; name="data"\r\n\r\n['
            part = head + b"[]," * (size // 3) + b"[]]\r\n--b--\r\n"
            return "multipart/form-data; boundary=b", part
        case _:
            return "application/x-www-form-urlencoded", b"a=%5B&" * (size // 6)
    return "application/json", b'{"%s":%s}' % (route.name.encode(), value)


def asked(url: str, route: Route, keys: Keys | None, media: str, body: bytes) -> int:
    """Send a body, and give the status of the answer, which may come before all of it is sent."""
    address = urlsplit(url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=300)
    connection.putrequest(route.verb, route.path)
    connection.putheader("Content-Type", media)
    connection.putheader("Content-Length", str(len(body)))
    if keys is not None:
        of_owner = route.path.startswith(("/v1/Group", "/v1/Photo", "/v1/Owner", "/v1/Brand"))
        connection.putheader("Authorization", f"Bearer {keys.owner if of_owner else keys.key}")
        connection.putheader("collection-id", keys.collection)
    connection.endheaders()
    # Who is refused in the middle may still read why.
    with suppress(OSError):
        for at in range(0, len(body), _PIECE):
            if select.select([connection.sock], [], [], 0)[0]:
                break
            connection.send(memoryview(body)[at : at + _PIECE])
    try:
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


@frozen(eq=False)
class Watch:
    url: str
    slowest: Shared
    largest: Shared
    rest: float

    def measured(self, route: Route, kind: str, size: int, keys: Keys | None) -> Measured:
        media, body = content(route, kind, size)
        self.slowest.value = self.largest.value = 0.0
        began = time.monotonic()
        status = asked(self.url, route, keys, media, body)
        seconds = time.monotonic() - began
        # What an answer leaves to be done counts too.
        time.sleep(0.3)
        name, grown = f"{route.verb} {route.path}", max(0.0, self.largest.value - self.rest)
        return Measured(name, kind, keys is not None, status, seconds, self.slowest.value, grown)


@contextmanager
def watching(url: str, server: int) -> Iterator[Watch]:
    """Ask, in a process of its own, so that sending delays nothing."""
    context = multiprocessing.get_context("spawn")
    slowest, largest = context.Value("d", 0.0), context.Value("d", 0.0)
    stop = context.Event()
    process = context.Process(target=watch, args=[url, server, slowest, largest, stop])
    process.start()
    try:
        while not largest.value:
            time.sleep(0.05)
        yield Watch(url, slowest, largest, memory(server))
    finally:
        stop.set()
        process.join()


def watch(url: str, server: int, slowest: Shared, largest: Shared, stop: Event) -> None:
    with httpx.Client(timeout=60) as client:
        while not stop.wait(0.02):
            began = time.perf_counter()
            client.get(f"{url}/healthz").raise_for_status()
            slowest.value = max(slowest.value, time.perf_counter() - began)
            largest.value = max(largest.value, memory(server))


def memory(process: int) -> float:
    """Resident MB of a process and its children."""
    # Any of them may have ended meanwhile.
    with suppress(OSError):
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        children = [each for task in tasks for each in (task / "children").read_text().split()]
        own = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
        return own + sum(memory(int(child)) for child in children)
    return 0.0


if __name__ == "__main__":
    main()
