"""Registering, using and changing storages."""

import io
from pathlib import Path
from typing import Any

import pytest

from photomill.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    PhotomillError,
    StorageError,
)
from photomill.storages import Storages

from .conftest import OpenEngine

BUCKET = {
    "bucket": "photos",
    "credentials": {"access_key": "me", "secret_access_key": "very secret"},
    "endpoint": "http://127.0.0.1:9",
}
WEB = {"base_url": "https://photos.example/all"}


def folder(tmp_path: Path, name: str = "archive") -> dict[str, str]:
    path = tmp_path / name
    path.mkdir()
    return {"path": str(path)}


def test_a_folder_is_written_and_read(storages: Storages, tmp_path: Path) -> None:
    storages.create("archive", "local", folder(tmp_path), trusted=True)
    storage, key = storages.resolve("storage://archive/a%20b/c.jpg")
    storage.put(key, io.BytesIO(b"picture"))
    assert (tmp_path / "archive" / "a b" / "c.jpg").read_bytes() == b"picture"


def test_clients_may_not_register_folders_of_this_machine(
    storages: Storages, tmp_path: Path
) -> None:
    with pytest.raises(Forbidden, match="allow_local"):
        storages.create("archive", "local", folder(tmp_path))
    assert "local" not in storages.types()


def test_unless_the_operator_lets_them(open_engine: OpenEngine, tmp_path: Path) -> None:
    storages = open_engine(storage__allow_local=True).storages
    storages.create("archive", "local", folder(tmp_path))
    assert "local" in storages.types()


def test_secrets_are_kept_apart_and_encrypted(storages: Storages, tmp_path: Path) -> None:
    made = storages.create("bucket", "s3", BUCKET)
    assert made.parameters["credentials"] == {"access_key": "me"}
    assert "very secret" not in repr(storages.list()) + repr(storages.get(made.id))
    for file in (tmp_path / "data").iterdir():
        if file.is_file():
            assert b"very secret" not in file.read_bytes()
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o777 == 0o600


def test_without_its_key_a_secret_is_lost_and_said_so(
    open_engine: OpenEngine, tmp_path: Path
) -> None:
    open_engine().storages.create("bucket", "s3", BUCKET, trusted=True)
    (tmp_path / "data" / "secret.key").unlink()
    with pytest.raises(StorageError, match=r"secret\.key"):
        open_engine().storages.storage("bucket")


def test_another_process_sees_changes_at_once(open_engine: OpenEngine, tmp_path: Path) -> None:
    one, other = open_engine().storages, open_engine().storages
    made = one.create("archive", "local", folder(tmp_path), trusted=True)
    other.storage("archive").put("a", io.BytesIO(b"1"))
    one.update(made.id, parameters=folder(tmp_path, "moved"), trusted=True)
    other.storage("archive").put("b", io.BytesIO(b"2"))
    assert (tmp_path / "moved" / "b").exists()
    one.delete(made.id)
    with pytest.raises(NotFound, match="archive"):
        other.storage("archive")


def test_a_change_keeps_the_rest(storages: Storages) -> None:
    made = storages.create("bucket", "s3", BUCKET)
    changed = storages.update(made.id, name="other", parameters={"bucket": "more"})
    assert changed.parameters["bucket"] == "more"
    for kept in ("credentials", "endpoint"):
        assert changed.parameters[kept] == made.parameters[kept]
    assert storages.get(made.id).name == "other"


def test_what_a_client_changes_is_not_trusted_any_more(storages: Storages, tmp_path: Path) -> None:
    made = storages.create("bucket", "s3", BUCKET, trusted=True)
    assert storages.get(made.id).trusted
    storages.update(made.id, parameters={"bucket": "more"})
    assert storages.get(made.id).trusted
    storages.update(made.id, parameters={"endpoint": "http://127.0.0.1:10"})
    assert not storages.get(made.id).trusted


@pytest.mark.parametrize(
    ("name", "kind", "parameters", "expected", "path"),
    [
        ("", "web_folder", WEB, InvalidInput, "name"),
        ("a" * 51, "web_folder", WEB, InvalidInput, "name"),
        ("a/b", "web_folder", WEB, InvalidInput, "name"),
        ("a\n", "web_folder", WEB, InvalidInput, "name"),
        ("temporary", "web_folder", WEB, Conflict, ""),
        ("taken", "web_folder", WEB, Conflict, ""),
        ("a", "ftp", WEB, InvalidInput, "type"),
        ("a", "web_folder", {}, InvalidInput, "parameters.base_url"),
        ("a", "web_folder", {"base_url": "photos"}, InvalidInput, "parameters.base_url"),
        ("a", "web_folder", {"base_url": "https://me:x@h/"}, InvalidInput, "parameters.base_url"),
        ("a", "web_folder", {"base_url": "https://h/?a"}, InvalidInput, "parameters.base_url"),
        ("a", "s3", {"bucket": "b"}, InvalidInput, "parameters.credentials"),
        ("a", "s3", {**BUCKET, "bucket": ""}, InvalidInput, "parameters.bucket"),
        ("a", "s3", {**BUCKET, "bukket": ""}, InvalidInput, "parameters.bukket"),
        ("a", "s3", {**BUCKET, "endpoint": "s3"}, InvalidInput, "parameters.endpoint"),
    ],
)
def test_mistakes_are_named(
    storages: Storages,
    name: str,
    kind: str,
    parameters: dict[str, Any],
    expected: type[PhotomillError],
    path: str,
) -> None:
    storages.create("taken", "web_folder", WEB)
    with pytest.raises(expected) as raised:
        storages.create(name, kind, parameters)
    assert getattr(raised.value, "path", "") == path
    assert [each.name for each in storages.list()] == ["taken"]


def test_a_web_folder_is_read_only(storages: Storages) -> None:
    storages.create("site", "web_folder", WEB)
    storage = storages.storage("site")
    assert (storage.can_write, storage.can_list) == (False, False)
    with pytest.raises(PhotomillError, match="read-only"):
        storage.put("a", io.BytesIO(b""))


def test_numbers_are_never_used_again(storages: Storages) -> None:
    first = storages.create("a", "web_folder", WEB)
    storages.delete(first.id)
    assert storages.create("a", "web_folder", WEB).id > first.id
    with pytest.raises(NotFound):
        storages.get(first.id)
