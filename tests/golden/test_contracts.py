"""The answers of all contracts to tables of requests, good and bad, and the catalog that they leave behind."""

import json
import re
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from starlette.testclient import TestClient

from photomill import Engine, load_settings
from photomill_http.app import create_app
from photomill_http.openapi import openapi_document
from photomill_http.settings import HttpSettings, OAuthClient

from .conftest import Normaliser, as_json, check_golden
from .runner import Json, Runner, picture

REQUESTS = Path(__file__).parent / "requests"
ORIGINALS = ("a.png", "b.jpg", "bad.png", "cut.png", "folder/c.png", "folder/d.png")
SCOPES = {
    "admin": {"read", "write", "admin"},
    "grouper": {"grouping", "read", "storage"},
    "editor": {"image_editing", "storage"},
}
LIMITS: dict[str, Any] = {
    "body_limit": 200_000,
    "edit_body_limit": 200_000,
    "max_records": 20,
    "lookups_per_minute": 0,
    "oauth_clients": (
        OAuthClient("shop", "a long secret", ("https://shop.example/back",), "The <shop>"),
    ),
}
FEW = {"requests_per_minute": 1, "edits_per_minute": 1, "lookups_per_minute": 1}

IDS = {
    "file": r"/[\w-]{12}/[\w-]{22,}(?=\.\w)",
    "upload": r"(?<=/v1/Upload/)[\w-]{20,}",
    "result": r"(?<=/image/results/)[\w-]{20,}",
    "secret": r"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{40,}(?:={1,2}|(?:%3D){1,2})?",
}
DROPPED = {"seconds": r"(?<= in )\d+(?= seconds)", "age": r"(?<=public, max-age=)\d{5}"}
FIELDS = {
    "OperationTime",
    "Token",
    "x-request-id",
    "seconds",
    "ratelimit-reset",
    "ratelimit-remaining",
    "retry-after",
    "etag",
}


@frozen
class Outcome:
    """What the tables led to.

    :ivar answers: by the name of the golden file.
    :ivar names: texts of this run, and what stands for them.
    """

    answers: Mapping[str, Any]
    asked: set[tuple[str, str, bool]]
    catalog: Any
    names: dict[str, str]

    def normaliser(self, *, numbered: bool = True) -> Normaliser:
        return Normaliser(self.names, IDS, DROPPED, FIELDS, numbered)


@pytest.fixture(scope="module")
def web() -> Iterator[str]:
    """The address of a server that has every image but ``nothing``."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            there = "nothing" not in self.path
            data = picture(self.path.strip("/")) if there else b""
            self.send_response(200 if there else 404)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.02])
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory, web: str) -> Outcome:
    folder = tmp_path_factory.mktemp("golden")
    for name in ORIGINALS:
        path = folder / "originals" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture(name.rpartition("/")[2]))
    (folder / "results").mkdir()
    overrides = {
        "photomill.data_dir": str(folder / "data"),
        "embedders.main": {"use": "descriptor"},
        "executors.main": {"use": "workers", "options": {"threads": 1}},
        "search.threads": 1,
        "images.processes": 1,
        "editing.processes": 1,
        "jobs.retry_delay": 0.01,
        "fetch.allow": ["127.0.0.0/8"],
        "grouping.max_inputs": 10,
    }
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        for name in ("originals", "results"):
            engine.storages.operator.create(name, "local", {"path": str(folder / name)})
        secrets = {
            name: engine.keys.create(name, owner=name, scopes=scopes).secret
            for name, scopes in SCOPES.items()
        }
        secrets |= {name: engine.albums.owners.create(name).secret for name in ("ann", "bob")}
        callers = {name: {"Authorization": f"Bearer {key}"} for name, key in secrets.items()}
        callers |= {"nobody": {}, "wrong": {"Authorization": "Bearer pm_wrong"}}
        callers["reader"] = {"Authorization": "Token $reader", "collection-id": "$spare"}
        callers["admin"] |= {"collection-id": "$collection"}
        with (
            TestClient(
                create_app(engine, HttpSettings(**LIMITS)), follow_redirects=False
            ) as client,
            TestClient(create_app(engine, HttpSettings(**{**LIMITS, **FEW}))) as limited,
        ):
            runner = Runner(engine, {"main": client, "limited": limited}, callers)
            runner.values |= {"web": web, "collection": "", "ann": secrets["ann"]}
            runner.values |= signed_addresses(engine)
            answers = {}
            for contract, prefix in (
                ("similarity", ""),
                ("group_image", ""),
                ("image_edit", "/v1"),
                ("image_edit", "/v1-beta1"),
                ("groups", ""),
                ("images", ""),
            ):
                runner.values["edit"] = prefix
                table = (REQUESTS / f"{contract}.txt").read_text(encoding="utf-8")
                answers[contract + prefix.replace("/", "_")] = runner.run(table)
    names = {str(folder): "<folder>", web: "$web"}
    return Outcome(answers, runner.asked, dump(folder / "data"), names)


def signed_addresses(engine: Engine) -> dict[str, str]:
    """Addresses of images, by what becomes of them."""
    url, source = engine.image_urls.url, "storage://originals/a.png"
    return {
        "shown": url(source, "w_40,f_png"),
        "negotiated": url(source, "w_40,f_auto"),
        "expired": url(source, "w_40", expires=1.0),
        "missing": url("record:nothing/1"),
        "elsewhere": url("https://shop.example/a.png"),
        "mistaken": url(source, "width_40"),
    }


def dump(data_dir: Path) -> Any:
    """Every table of the catalog: its columns, its indexes and its rows."""
    with closing(sqlite3.connect(data_dir / "catalog.sqlite")) as catalog:
        catalog.row_factory = sqlite3.Row
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        return {
            name: {
                "columns": [_column(row) for row in catalog.execute(f"PRAGMA table_info({name})")],
                "rows": [
                    {key: _cell(row[key]) for key in row.keys()}  # noqa: SIM118
                    for row in catalog.execute(f"SELECT * FROM {name}")
                ],
            }
            for (name,) in catalog.execute(tables).fetchall()
        }


def _column(row: sqlite3.Row) -> str:
    key = " primary key" if row["pk"] else ""
    return f"{row['name']} {row['type']}{' not null' if row['notnull'] else ''}{key}"


def _cell(value: Any) -> Any:
    if isinstance(value, bytes):
        return "<bytes>"
    if isinstance(value, str) and value.startswith(("{", "[")):
        return json.loads(value)
    return value


@pytest.mark.parametrize(
    "name",
    ["similarity", "group_image", "image_edit_v1", "image_edit_v1-beta1", "groups", "images"],
)
def test_answers(outcome: Outcome, name: str) -> None:
    normaliser = outcome.normaliser()
    answers = [
        {"request": each.pop("request"), **normaliser.value(each)} for each in outcome.answers[name]
    ]
    check_golden(f"{name}.json", as_json(answers, sort=False))


def test_every_operation_is_asked_well_and_badly(outcome: Outcome) -> None:
    paths = openapi_document()["paths"]
    asked = {(method, _operation(paths, address), well) for method, address, well in outcome.asked}
    missing = []
    for path, item in paths.items():
        for verb in sorted(item.keys() & {"get", "post", "put", "patch", "delete"}):
            refused = any(status.startswith("4") for status in item[verb]["responses"])
            wanted = {(verb.upper(), path, well) for well in {True, not refused}}
            missing += sorted(wanted - asked)
    assert missing == []


def _operation(paths: Json, address: str) -> str:
    """The path of the document that an address is one of; one without parameters before others."""
    address = address.rstrip("/")
    for path in sorted(paths, key=lambda path: path.count("{")):
        pattern = re.sub(r"\\{(?:path|key)\\}", ".+", re.escape(path))
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", pattern), address):
            return str(path)
    return ""


def test_catalog(outcome: Outcome) -> None:
    normaliser = outcome.normaliser(numbered=False)
    # What jobs that ran at once were given in turn.
    normaliser.fields |= {"number", "job", "serial", "sequence"}
    normaliser.fields |= {"token", "token_key", "password"}
    normaliser.dropped = {
        **DROPPED,
        "file": r"(?<=/)[\w-]{24}(?=[/.])",
        "grant": r"^[\w-]{22}$",
        "digest": r"\b[0-9a-f]{40,}\b",
    }
    tables = normaliser.value(outcome.catalog)
    for table in tables.values():
        table["rows"].sort(key=str)
    check_golden("catalog.json", as_json(tables, sort=False))
