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
from photomill.storages import Namespace

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


def test_a_folder_is_written_and_read(operator: Namespace, tmp_path: Path) -> None:
    operator.create("archive", "local", folder(tmp_path))
    storage, key = operator.resolve("storage://archive/a%20b/c.jpg")
    storage.put(key, io.BytesIO(b"picture"))
    assert (tmp_path / "archive" / "a b" / "c.jpg").read_bytes() == b"picture"


def test_clients_may_not_register_folders_of_this_machine(
    client: Namespace, open_engine: OpenEngine, tmp_path: Path
) -> None:
    with pytest.raises(Forbidden, match="allow_local"):
        client.create("archive", "local", folder(tmp_path))
    assert "local" not in open_engine().storages.types()


def test_unless_the_operator_lets_them(open_engine: OpenEngine, tmp_path: Path) -> None:
    storages = open_engine(storage__allow_local=True).storages
    storages.namespace("ann").create("archive", "local", folder(tmp_path))
    assert "local" in storages.types()


@pytest.mark.parametrize("inside", ["data", "data/albums", ".", "data/../data/temporary"])
def test_but_never_photomills_own_folder(
    open_engine: OpenEngine, tmp_path: Path, inside: str
) -> None:
    client = open_engine(storage__allow_local=True).storages.namespace("ann")
    with pytest.raises(InvalidInput, match="data folder"):
        client.create("archive", "local", {"path": f"{tmp_path}/{inside}"})


def test_secrets_are_kept_apart_and_encrypted(client: Namespace, tmp_path: Path) -> None:
    made = client.create("bucket", "s3", BUCKET)
    assert made.parameters["credentials"] == {"access_key": "me"}
    assert "very secret" not in repr(client.list_all()) + repr(client.get(made.id))
    for file in (tmp_path / "data").iterdir():
        if file.is_file():
            assert b"very secret" not in file.read_bytes()
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o777 == 0o600


def test_without_its_key_a_secret_is_lost_and_said_so(
    open_engine: OpenEngine, tmp_path: Path
) -> None:
    open_engine().storages.operator.create("bucket", "s3", BUCKET)
    (tmp_path / "data" / "secret.key").unlink()
    with pytest.raises(StorageError, match=r"secret\.key"):
        open_engine().storages.operator.storage("bucket")


def test_another_process_sees_changes_at_once(open_engine: OpenEngine, tmp_path: Path) -> None:
    one, other = open_engine().storages.operator, open_engine().storages.operator
    made = one.create("archive", "local", folder(tmp_path))
    other.storage("archive").put("a", io.BytesIO(b"1"))
    one.update(made.id, parameters=folder(tmp_path, "moved"))
    other.storage("archive").put("b", io.BytesIO(b"2"))
    assert (tmp_path / "moved" / "b").exists()
    one.delete(made.id)
    with pytest.raises(NotFound, match="archive"):
        other.storage("archive")


def test_jobs_see_changes_of_another_process_a_moment_later(
    open_engine: OpenEngine, tmp_path: Path
) -> None:
    one, other = open_engine().storages, open_engine().storages
    patient = other.namespace("", known_for=3600)
    with pytest.raises(NotFound, match="archive"):
        patient.storage("archive")
    made = one.operator.create("archive", "local", folder(tmp_path))
    # What was not there is looked for again.
    patient.storage("archive").put("a", io.BytesIO(b"1"))
    one.operator.update(made.id, parameters=folder(tmp_path, "moved"))
    patient.storage("archive").put("b", io.BytesIO(b"2"))
    assert not (tmp_path / "moved" / "b").exists()
    # This process' own changes are seen at once.
    other.operator.update(made.id, parameters=folder(tmp_path, "further"))
    patient.storage("archive").put("c", io.BytesIO(b"3"))
    assert (tmp_path / "further" / "c").exists()


def test_a_change_keeps_the_rest(client: Namespace) -> None:
    made = client.create("bucket", "s3", BUCKET)
    changed = client.update(made.id, name="other", parameters={"path": "more"})
    assert changed.parameters["path"] == "more"
    for kept in ("credentials", "endpoint", "bucket"):
        assert changed.parameters[kept] == made.parameters[kept]
    assert client.get(made.id).name == "other"


@pytest.mark.parametrize(
    "change",
    [{"endpoint": "http://127.0.0.1:10"}, {"bucket": "more"}, {"region": "eu-west-1"}],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.parametrize("whose", ["client", "operator"])
def test_a_secret_goes_to_nobody_else(
    request: pytest.FixtureRequest, whose: str, change: dict[str, str]
) -> None:
    namespace = request.getfixturevalue(whose)
    made = namespace.create("bucket", "s3", BUCKET)
    with pytest.raises(InvalidInput, match="secret again") as raised:
        namespace.update(made.id, parameters=change)
    assert raised.value.path == "parameters.credentials.secret_access_key"
    assert namespace.get(made.id) == made
    given = {**change, "credentials": {"secret_access_key": "given again"}}
    assert namespace.update(made.id, parameters=given).parameters.items() >= change.items()


def test_a_secret_goes_to_no_other_service(client: Namespace) -> None:
    google = {name: value for name, value in BUCKET.items() if name != "endpoint"}
    made = client.create("bucket", "gcs", google)
    with pytest.raises(InvalidInput, match="secret again"):
        client.update(made.id, kind="s3")


def test_what_a_client_changes_is_not_trusted_any_more(open_engine: OpenEngine) -> None:
    storages = open_engine(fetch__allow=["127.0.0.0/8"]).storages
    made = storages.operator.create("bucket", "s3", BUCKET, owner="ann")
    assert made.trusted
    client = storages.namespace("ann")
    client.update(made.id, parameters={"path": "more"})
    assert client.get(made.id).trusted
    secret = {"credentials": {"secret_access_key": "again"}}
    client.update(made.id, parameters={"endpoint": "http://127.0.0.1:10", **secret})
    assert not client.get(made.id).trusted
    # What the operator changes of it says nothing about the address that the client chose.
    storages.operator.update(made.id, name="renamed", parameters={"region": "a", **secret})
    assert not client.get(made.id).trusted


@pytest.mark.parametrize(
    ("kind", "parameters", "path"),
    [
        ("s3", BUCKET, "parameters.endpoint"),
        ("s3", {**BUCKET, "endpoint": "https://localhost:9000"}, "parameters.endpoint"),
        ("web_folder", {"base_url": "http://169.254.169.254/a"}, "parameters.base_url"),
        ("web_folder", {"base_url": "http://[::1]/a"}, "parameters.base_url"),
    ],
)
def test_private_addresses_are_refused_when_they_are_registered(
    open_engine: OpenEngine, kind: str, parameters: dict[str, Any], path: str
) -> None:
    storages = open_engine().storages
    with pytest.raises(InvalidInput, match=r"\[fetch\] allow") as raised:
        storages.namespace("ann").create("private", kind, parameters)
    assert raised.value.path == path
    storages.operator.create("private", kind, parameters)


@pytest.mark.parametrize(
    ("name", "kind", "parameters", "expected", "path"),
    [
        ("", "web_folder", WEB, InvalidInput, "name"),
        (" ", "web_folder", WEB, InvalidInput, "name"),
        ("a" * 51, "web_folder", WEB, InvalidInput, "name"),
        ("a/b", "web_folder", WEB, InvalidInput, "name"),
        ("a\n", "web_folder", WEB, InvalidInput, "name"),
        ("temporary", "web_folder", WEB, Conflict, ""),
        ("albums", "web_folder", WEB, Conflict, ""),
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
    client: Namespace,
    name: str,
    kind: str,
    parameters: dict[str, Any],
    expected: type[PhotomillError],
    path: str,
) -> None:
    client.create("taken", "web_folder", WEB)
    with pytest.raises(expected) as raised:
        client.create(name, kind, parameters)
    assert getattr(raised.value, "path", "") == path
    assert [each.name for each in client.list_all()] == ["taken"]


def test_a_web_folder_is_read_only(client: Namespace) -> None:
    client.create("site", "web_folder", WEB)
    storage = client.storage("site")
    assert (storage.can_write, storage.can_list) == (False, False)
    with pytest.raises(PhotomillError, match="read-only"):
        storage.put("a", io.BytesIO(b""))


def test_numbers_are_never_used_again(client: Namespace) -> None:
    first = client.create("a", "web_folder", WEB)
    client.delete(first.id)
    assert client.create("a", "web_folder", WEB).id > first.id
    with pytest.raises(NotFound):
        client.get(first.id)
