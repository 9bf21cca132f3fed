"""Run a table of requests, one a line, and keep what is answered.

In ``requests/*.txt`` a line is one of these; ``$name`` stands for a value, ``$image:a`` for the base64 of an image::

    as CALLER                        who asks from here on
    app NAME                         the application that is asked from here on
    with {"Prefer": "wait=20"}       headers of the next request
    POST /path {"a": 1}              a JSON body
    POST /path form {"file": "@a.jpg", "copy": "@a.jpg as b.jpg", "name": "x"}
    POST /path raw any text
    let name = data.0.id             keep a part of the last answer; @code: of the address it leads to
    jobs start                       work on jobs
    jobs finish                      work on jobs until there are none, and no longer
"""

import base64
import io
import json
import re
import time
import zipfile
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from attrs import define, field
from PIL import Image
from starlette.testclient import TestClient

from photomill import Engine
from photomill.jobs.model import JobState

from .conftest import draw

REQUEST = re.compile(r"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\S+)(?: (form |raw )?(.*))?")
SILENT = {"content-length", "date", "server"}
UNFINISHED = (JobState.ACCEPTED, JobState.WAITING, JobState.PROCESSING)
FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "tif": "TIFF"}

Json = dict[str, Any]


def picture(name: str) -> bytes:
    """The file of this name: its stem is the seed of an image; ``bad`` is none, ``cut`` ends too early."""
    seed, _, suffix = name.partition(".")
    if seed == "bad":
        return b"no image"
    file = io.BytesIO()
    draw(seed).save(file, FORMATS[suffix or "png"])
    return file.getvalue()[:700] if seed == "cut" else file.getvalue()


@define
class Runner:
    """
    :ivar callers: headers by the caller's name.
    :ivar asked: verb, path and whether it went well, of every request.
    """

    engine: Engine
    apps: Mapping[str, TestClient]
    callers: Mapping[str, Mapping[str, str]]
    values: dict[str, str] = field(factory=dict)
    asked: set[tuple[str, str, bool]] = field(factory=set)

    def run(self, table: str) -> list[Json]:
        """Every request with its answer, as they came."""
        answers: list[Json] = []
        client, caller, more = self.apps["main"], dict[str, str](), {}
        for line in filter(None, map(str.strip, table.splitlines())):
            word, _, rest = line.partition(" ")
            match word:
                case "#":
                    continue
                case "as":
                    caller = dict(self.callers[rest])
                case "app":
                    client = self.apps[rest]
                case "with":
                    more = json.loads(self.filled(rest))
                case "jobs":
                    self._work(until_idle=rest == "finish")
                case "let":
                    name, _, path = rest.partition(" = ")
                    self.values[name] = str(_part(answers[-1], path))
                case _:
                    headers = {name: self.filled(text) for name, text in {**caller, **more}.items()}
                    answer = self._ask(client, self._parsed(line, headers))
                    answers.append({"request": line, **answer})
                    more = {}
        return answers

    def filled(self, text: str) -> str:
        """With values in place of their names."""

        def value(found: re.Match[str]) -> str:
            match found.groups():
                case "picture", str(name):
                    return base64.b64encode(picture(name)).decode()
                case "long", str(length):
                    return int(length) * "n"
            return self.values.get(found[1], found[0])  # an operator of a filter

        return re.sub(r"\$([a-z]\w*)(?::([\w.]+))?", value, text)

    def _work(self, *, until_idle: bool) -> None:
        self.engine.jobs.start()
        while until_idle and self.engine.jobs.list_jobs(states=UNFINISHED, limit=1):
            time.sleep(0.02)
        if until_idle:
            self.engine.jobs.stop()

    def _parsed(self, line: str, headers: Mapping[str, str]) -> Json:
        found = REQUEST.fullmatch(line)
        assert found, line
        verb, path, kind, body = found.groups()
        given: Json = {"method": verb, "url": self.filled(path), "headers": headers}
        if kind == "raw ":
            given["content"] = self.filled(body).encode()
        elif kind == "form ":
            given["files"] = {
                name: _file(text[1:]) if text.startswith("@") else (None, text)
                for name, text in json.loads(self.filled(body)).items()
            }
        elif body:
            given["content"] = self.filled(body)
            given["headers"] = {"Content-Type": "application/json", **headers}
        return given

    def _ask(self, client: TestClient, given: Json) -> Json:
        response = client.request(**given)
        self.asked.add((given["method"], response.request.url.path, response.status_code < 400))
        headers = {
            name: ", ".join(sorted(value.split(", "))) if name == "allow" else value
            for name, value in sorted(response.headers.items())
            if name not in SILENT and (name, value) != ("content-type", "application/json")
        }
        answer = {"answer": _answer(response)} if response.content else {}
        return {
            "status": response.status_code,
            **({"headers": headers} if headers else {}),
            **answer,
        }


def _answer(response: Any) -> Any:
    path, kind = response.request.url.path, response.headers["content-type"].partition(";")[0]
    if path in ("/openapi.json", "/docs"):
        return "<long>"
    if path == "/metrics":
        return [line for line in response.text.splitlines() if line.startswith("# HELP photomill")]
    if kind == "application/json":
        return response.json()
    if response.status_code == 206:
        return f"<{len(response.content)} bytes>"
    if kind == "application/zip":
        with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
            return {"zip": archive.namelist()}
    if kind.startswith("image/"):
        with Image.open(io.BytesIO(response.content)) as image:
            return {"image": [image.format, image.mode, *image.size]}
    return response.text


def _file(name: str) -> tuple[str, bytes]:
    seed, _, other = name.partition(" as ")
    return other or seed, picture(seed)


def _part(last: Json, path: str) -> Any:
    if path.startswith("@"):
        return parse_qs(urlsplit(last["headers"]["location"]).query)[path[1:]][0]
    part = last["answer"]
    for name in path.split("."):
        part = part[int(name)] if isinstance(part, list) else part.get(name, "")
    return part
