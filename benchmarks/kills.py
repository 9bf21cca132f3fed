"""Kill a server at random moments while clients give it work of every kind, and count what was acknowledged and is lost.

Clients insert records, upload photos, and order batches, single edits, groupings with a callback, and archives, all over
HTTP, and note what was acknowledged. Meanwhile the server is killed (SIGKILL) again and again, and started again at once.
In the end everything acknowledged must be there, and each job must have ended well. The goal is none lost.

    python benchmarks/kills.py --kills 60 --seed 7 --output kills.json

Exits with 1 where anything is lost.
"""

import argparse
import base64
import io
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from attrs import define, field, frozen
from PIL import Image

from photomill.config.load import load_settings
from photomill.engine import Engine

CONFIG = """
[adapters.http]
lookups_per_minute = 0
[fetch]
allow = ["127.0.0.0/8"]
[embedders.main]
use = "descriptor"
[jobs]
retry_delay = 0.5
delivery_delays = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
"""
BATCH = 6
EDIT = {"resizing": {"width": 500, "height": 400}, "restorations": {"polish": True}}
_AFTER_KILLS = 600.0
"""Seconds that jobs have to end in, once nobody is killed any more."""

Json = dict[str, Any]


def main() -> None:
    arguments = parsed()
    with tempfile.TemporaryDirectory() as folder:
        counts = killed_again_and_again(Path(folder), arguments.kills, arguments.seed)
    print(f"{arguments.kills} kills")
    for what, (acknowledged, lost) in counts.items():
        print(f"{what:12} {acknowledged:5} acknowledged  {lost:3} lost")
    if arguments.output:
        Path(arguments.output).write_text(json.dumps(counts, indent=1))
    sys.exit(any(lost for _, lost in counts.values()))


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--output", help="a JSON file")
    return parser.parse_args()


def killed_again_and_again(folder: Path, kills: int, seed: int) -> dict[str, tuple[int, int]]:
    """Kill so many times; returns for each kind of work how much was acknowledged, and how much of it is lost."""
    chance = random.Random(seed)
    keys = prepared(folder)
    with receiving(folder) as web:
        server = Server(folder)
        server.start()
        caller = Caller(server.url, keys, web.url)
        group = caller.album()
        stop = threading.Event()
        clients = [
            Client(name, work, stop) for name, work in caller.works(group, chance.random()).items()
        ]
        for client in clients:
            client.start()
        for number in range(kills):
            time.sleep(chance.uniform(0.0, 6.0))
            server.kill()
            server.start()
            print(f"kill {number + 1} of {kills}", file=sys.stderr, flush=True)
        stop.set()
        for client in clients:
            client.join()
        checked = {client.name: lost(client, caller, web) for client in clients}
        server.stop()
    return checked


def prepared(folder: Path) -> "Keys":
    """A data folder with keys, storages and a collection; the folder of originals."""
    for name in ("originals", "results"):
        (folder / name).mkdir()
    for number in range(BATCH):
        (folder / "originals" / f"{number}.png").write_bytes(picture(number))
    (folder / "plugins.toml").write_text(CONFIG)
    settings = load_settings(
        folder / "plugins.toml", environ={}, overrides={"photomill.data_dir": str(folder / "data")}
    )
    with Engine.open(settings) as engine:
        key = engine.keys.create(
            "kills", scopes={"read", "write", "admin", "image_editing", "grouping"}
        )
        owner = engine.albums.owners.create("kills", timezone="UTC")
        if not engine.albums.brands.list_all(owner.owner):
            engine.albums.brands.create(owner.owner, "kills", "kills")
        for name in ("originals", "results"):
            path = str(folder / name)
            engine.storages.operator.create(name, "local", {"path": path})
        collection = engine.collections.create("kills", embedder="main")
    return Keys(key.secret, owner.secret, collection.id)


def picture(seed: int, size: tuple[int, int] = (400, 300), form: str = "PNG") -> bytes:
    tiles = Image.frombytes("RGB", (8, 6), random.Random(seed).randbytes(8 * 6 * 3))
    file = io.BytesIO()
    tiles.resize(size, Image.Resampling.BICUBIC).save(file, form)
    return file.getvalue()


@frozen
class Keys:
    key: str
    owner: str
    collection: str


class Server:
    """``photomill serve``, always at the same address."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, "-m", "photomill_cli", "--data-dir", str(self._folder / "data")]
        command += ["--config", str(self._folder / "plugins.toml"), "--quiet"]
        command += ["serve", "--port", str(self._port)]
        with open(self._folder / "server.log", "ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, env={**os.environ, "PYTHONUNBUFFERED": "1"}
            )
        while True:
            if self._process.poll() is not None:
                raise RuntimeError((self._folder / "server.log").read_text()[-2000:])
            try:
                if httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.05)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait()


@define
class Web:
    """Images, and a receiver of messages.

    :ivar told: ids of the jobs that it was told of.
    """

    url: str
    told: set[str] = field(factory=set)


@contextmanager
def receiving(folder: Path) -> Iterator[Web]:
    web = Web("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = int(self.path.strip("/").removesuffix(".png"))
            self._answer(picture(number))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            self._answer(b"")
            # Noted once the answer is out: a message that was not answered comes again.
            web.told.add(body["id"])

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except OSError:
                # Who asked was killed.
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    web.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield web
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Caller:
    """Makes requests; one that is not answered, or not with success, raises ``httpx.HTTPError``."""

    def __init__(self, url: str, keys: Keys, web: str) -> None:
        self._url = url
        self._keys = keys
        self._web = web

    def album(self) -> Json:
        """A group with a few photos, which archives are made of."""
        group = self._owner("POST", "/v1/Group", json={"Name": "kills"})
        for number in range(4):
            self._upload(group["GroupId"], f"first-{number}", number)
        path = f"/v1/Group/{group['GroupId']}/Photo"
        while len(photos := self._owner("GET", path)["Photos"]) < 4:
            time.sleep(0.1)
        return {"id": group["GroupId"], "files": [photo["Original"] for photo in photos]}

    def works(self, group: Json, salt: float) -> "dict[str, Callable[[int], str]]":
        """What clients do: each takes a number and returns what was acknowledged."""
        pictures = [f"{self._web}/{number}.png" for number in range(6)]
        edits = "/v1/image/edit"
        order = {"Photos": [{"File": path} for path in group["files"]]}

        def insert(number: int) -> str:
            name = f"r{number}"
            encoded = base64.b64encode(picture(1000 + number, (64, 48))).decode()
            body = {"records": [{"_id": name, "_base64": encoded, "salt": salt}]}
            self._similarity("insert", body)
            return name

        def batch(number: int) -> str:
            output = f"storage://results/{number}/"
            body = {"input": "storage://originals/", "operations": EDIT, "output": output}
            return str(self._key("POST", f"{edits}/batch", json=body)["data"]["id"])

        def single(number: int) -> str:
            uri = f"storage://originals/{number % BATCH}.png"
            body = {"input": uri, "operations": EDIT}
            return str(self._key("POST", f"{edits}/async", json=body)["data"]["id"])

        def grouping(number: int) -> str:
            wanted = {"urls": pictures, "totalGroups": 2}
            body = {"input": wanted, "callbackUrl": f"{self._web}/told"}
            return str(self._key("POST", "/v1/group-image", json=body)["id"])

        return {
            "records": insert,
            "batches": batch,
            "edits": single,
            "groupings": grouping,
            "uploads": lambda number: self._upload(group["id"], f"{number}", 5000 + number),
            "archives": lambda _: str(
                self._owner("POST", f"/v1/Group/{group['id']}/Zip", json=order)["Status"]
            ),
        }

    def check(self, name: str, acknowledged: str) -> bool | None:
        """Whether something acknowledged is there, and done; None where it is not done yet."""
        match name:
            case "records":
                body = {"records": [{"_id": acknowledged}]}
                return bool(self._similarity("get", body)["answer_count"])
            case "batches" | "edits":
                return self._task_done(name, acknowledged)
            case "groupings":
                found = self._key("GET", f"/v1/group-image/{acknowledged}")["status"].lower()
                return None if found == "running" else bool(found == "completed")
            case "uploads":
                return (
                    self._owner("GET", f"/v1/Photo/{acknowledged}").get("WatermarkSquare") and True
                )
            case _:
                step = self._request("GET", acknowledged, {})["step"]
                return {"finished": True, "error": False}.get(step)

    def _task_done(self, name: str, acknowledged: str) -> bool | None:
        family, count = ("batch", BATCH) if name == "batches" else ("async", 1)
        task = self._key("GET", f"/v1/image/edit/{family}/{acknowledged}")["data"]
        if task["status"] not in ("DONE", "ERROR", "CANCELLED"):
            return None
        results = task["results"] if family == "batch" else [task["result"]]
        done = [result for result in results if result]
        return task["status"] == "DONE" and len(done) == count and not task["errors"]

    def _upload(self, group: str, name: str, seed: int) -> str:
        (place,) = self._owner("POST", f"/v1/Group/{group}/Photo", json={"AddPhotos": 1})[
            "AddedPhotos"
        ]
        form = {"GroupId": group, "PhotoId": place["PhotoId"]}
        files = {"file": (f"{name}.jpg", picture(seed, form="JPEG"), "image/jpeg")}
        self._request("PUT", place["UploadUrl"], {}, data=form, files=files)
        return str(place["PhotoId"])

    def _key(self, verb: str, path: str, **more: Any) -> Json:
        return self._request(verb, path, {"Authorization": f"Bearer {self._keys.key}"}, **more)

    def _owner(self, verb: str, path: str, **more: Any) -> Json:
        return self._request(verb, path, {"Authorization": f"Bearer {self._keys.owner}"}, **more)

    def _similarity(self, method: str, body: Json) -> Json:
        headers = {
            "Authorization": f"Token {self._keys.key}",
            "collection-id": self._keys.collection,
        }
        return self._request("POST", f"/similarity/photos/v2/{method}", headers, json=body)

    def _request(self, verb: str, path: str, headers: dict[str, str], **more: Any) -> Json:
        url = path if "://" in path else self._url + path
        answer = httpx.request(verb, url, headers=headers, timeout=60, **more)
        answer.raise_for_status()
        return dict(answer.json()) if answer.content else {}


class Client(threading.Thread):
    """Asks again and again, and notes what was acknowledged."""

    def __init__(self, name: str, work: Callable[[int], str], stop: threading.Event) -> None:
        super().__init__(name=name)
        self._work = work
        self._stop_asking = stop
        self.acknowledged: list[str] = []
        self.refused: Counter[str] = Counter()

    def run(self) -> None:
        number = 0
        while not self._stop_asking.is_set():
            number += 1
            try:
                self.acknowledged.append(self._work(number))
            except httpx.HTTPStatusError as error:
                self.refused[f"{error.response.status_code} {error.response.text[:200]}"] += 1
            except httpx.HTTPError:
                # The server is dead at the moment.
                pass
            self._stop_asking.wait(1.0)


def lost(client: Client, caller: Caller, web: Web) -> tuple[int, int]:
    """How much was acknowledged, and how much of it is not there, or did not end well."""
    deadline = time.monotonic() + _AFTER_KILLS
    missing = 0
    for refusal, count in client.refused.items():
        print(f"{client.name}: refused {count} times: {refusal}", file=sys.stderr)
    for acknowledged in client.acknowledged:
        done = checked(caller, client.name, acknowledged, deadline)
        if done and client.name == "groupings":
            while acknowledged not in web.told and time.monotonic() < deadline:
                time.sleep(0.05)
            done = acknowledged in web.told
        if not done:
            print(f"{client.name}: {acknowledged} is lost", file=sys.stderr)
        missing += not done
    return len(client.acknowledged), missing


def checked(caller: Caller, name: str, acknowledged: str, deadline: float) -> bool:
    while time.monotonic() < deadline:
        try:
            done = caller.check(name, acknowledged)
        except httpx.HTTPStatusError as error:
            print(f"{name}: {acknowledged}: {error}", file=sys.stderr)
            return False
        if done is not None:
            return done
        time.sleep(0.1)
    return False


if __name__ == "__main__":
    main()
