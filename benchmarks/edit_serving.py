"""The image edit API: what HTTP adds to the direct call, and how many clients it bears.

Edits the same images in turns: by the engine in this process, and by a server of its own process that answers with the
image (``Accept: image/*``). Then as many clients as asked, each with a connection of its own, ask at once.

    python benchmarks/edit_serving.py --photos ../shared/photos --count 100 --clients 64
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from serving import SERVER

from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.sources import UriSource
from photomill_http.image_edit.translate import read_edit

OPERATIONS = {"resizing": {"width": 400, "height": 400, "fit": "crop"}}


@contextmanager
def served(data_dir: str) -> Iterator[tuple[str, int]]:
    """A server over a data folder: its address and process."""
    overrides = json.dumps({"photomill.data_dir": data_dir, "adapters.http.port": 0})
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, overrides],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), process.pid
    finally:
        process.terminate()
        process.communicate()


class Client:
    """One kept connection."""

    def __init__(self, url: str, key: str) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=120)
        self._headers = {
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
            "Accept": "image/*",
        }

    def edit(self, uri: str) -> bool:
        """Whether an image came back."""
        body = json.dumps({"input": uri, "operations": OPERATIONS})
        self._connection.request("POST", "/v1/image/edit", body, self._headers)
        response = self._connection.getresponse()
        return response.status == 200 and response.read()[:2] == b"\xff\xd8"


def resident(pid: int) -> float:
    """MiB of a process."""
    fields = Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()
    return int(fields[0]) / 1024


def in_turns(
    engine: Engine, client: Client, uris: Sequence[str]
) -> tuple[list[float], list[float]]:
    """Milliseconds of the direct call and of the API, one after the other."""
    request = read_edit(OPERATIONS).request
    direct, served_in = [], []
    for uri in uris:
        started = time.perf_counter()
        engine.editing.edit(UriSource(uri), request)
        between = time.perf_counter()
        assert client.edit(uri)
        direct.append(1000 * (between - started))
        served_in.append(1000 * (time.perf_counter() - between))
    return direct, served_in


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--clients", type=int, default=64)
    arguments = parser.parse_args()
    names = sorted(each.name for each in arguments.photos.glob("*.JPEG"))[: arguments.count]
    uris = [f"storage://photos/{name}" for name in names]
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(environ={}, overrides={"photomill.data_dir": folder})
        with Engine.open(settings) as engine:
            path = {"path": str(arguments.photos.absolute())}
            engine.storages.operator.create("photos", "local", path)
            key = engine.keys.create("benchmark", scopes=["admin"]).secret
            with served(folder) as (url, pid):
                client = Client(url, key)
                in_turns(engine, client, uris[:5])
                direct, by_http = in_turns(engine, client, uris)
                added = [there - here for here, there in zip(direct, by_http, strict=True)]
                print(
                    f"direct {statistics.median(direct):.1f} ms, HTTP {statistics.median(by_http):.1f} ms"
                )
                print(f"added, of each pair: {statistics.median(added):+.1f} ms at p50")
                before = resident(pid)
                started = time.perf_counter()
                with ThreadPoolExecutor(arguments.clients) as pool:
                    clients = [Client(url, key) for _ in range(arguments.clients)]
                    done = list(
                        pool.map(lambda each: [each.edit(uri) for uri in uris[:10]], clients)
                    )
                seconds = time.perf_counter() - started
                answered = sum(map(sum, done))
                print(
                    f"{arguments.clients} clients: {answered} of {10 * arguments.clients} answered, "
                    f"{answered / seconds:.0f}/s, server {before:.0f} -> {resident(pid):.0f} MiB"
                )


if __name__ == "__main__":
    main()
