"""Who may name, see and change which storage."""

import io
import os
from pathlib import Path

import pytest

from photomill.config.settings import Settings
from photomill.errors import Conflict, NotFound, SourceForbidden, Unsupported
from photomill.storages import Namespace, Storages
from photomill_web import WebStorage

from .conftest import OpenEngine

WEB = {"base_url": "https://photos.example/all"}


@pytest.fixture
def storages(open_engine: OpenEngine) -> Storages:
    return open_engine(storages__shared={"use": "web"}).storages


def sees_nothing_of(namespace: Namespace, name: str, number: int) -> None:
    assert [each.name for each in namespace.list_all()] == []
    assert namespace.registered(name) is None
    for refused in (
        lambda: namespace.storage(name),
        lambda: namespace.resolve(f"storage://{name}/a.jpg"),
        lambda: namespace.get(number),
        lambda: namespace.update(number, name="mine"),
        lambda: namespace.update(number, parameters={"base_url": "https://evil.example"}),
        lambda: namespace.delete(number),
    ):
        with pytest.raises(NotFound):
            refused()


def test_another_owner_finds_nothing(storages: Storages) -> None:
    ann, bob = storages.namespace("ann"), storages.namespace("bob")
    assert ann.storage("shared") is bob.storage("shared")
    made = ann.create("site", "web_folder", WEB)
    sees_nothing_of(bob, "site", made.id)
    assert ann.get(made.id) == made
    assert ann.storage("site")


def test_owners_may_use_one_name(storages: Storages, tmp_path: Path) -> None:
    for owner in ("ann", "bob"):
        path = tmp_path / owner
        path.mkdir()
        storages.operator.create("shelf", "local", {"path": str(path)}, owner=owner)
        storages.namespace(owner).storage("shelf").put("a", io.BytesIO(owner.encode()))
    assert (tmp_path / "ann" / "a").read_bytes() == b"ann"
    assert (tmp_path / "bob" / "a").read_bytes() == b"bob"
    with pytest.raises(NotFound, match="ann, bob"):
        storages.operator.storage("shelf")


def test_a_new_object_goes_over_no_other(storages: Storages, tmp_path: Path) -> None:
    ann = storages.namespace("ann")
    storages.operator.create("shelf", "local", {"path": str(tmp_path)})
    uri = "storage://shelf/in/a%20b.jpg"
    for _ in range(2):
        ann.put_new(uri, b"first")
    for other in (b"second", b"longer than it", b"", b"firs"):
        with pytest.raises(Conflict, match="another object"):
            ann.put_new(uri, other)
    assert (tmp_path / "in" / "a b.jpg").read_bytes() == b"first"
    with pytest.raises(NotFound):
        ann.put_new("storage://nowhere/a.jpg", b"")
    with pytest.raises(SourceForbidden):
        ann.put_new("storage://shelf/../a.jpg", b"")
    storages.operator.create("site", "web_folder", WEB)
    with pytest.raises(Unsupported, match="read-only"):
        ann.put_new("storage://site/a.jpg", b"")


def test_what_the_operator_registers_for_all_is_used_and_not_changed(storages: Storages) -> None:
    made = storages.operator.create("site", "web_folder", WEB)
    ann = storages.namespace("ann")
    assert ann.storage("site")
    assert ann.registered("site") == made
    assert ann.list_all() == []
    for refused in (
        lambda: ann.get(made.id),
        lambda: ann.update(made.id, name="mine"),
        lambda: ann.delete(made.id),
    ):
        with pytest.raises(NotFound):
            refused()
    with pytest.raises(Conflict):
        ann.create("site", "web_folder", WEB)


def test_the_operator_hands_a_storage_over(storages: Storages) -> None:
    made = storages.operator.create("site", "web_folder", WEB, owner="ann")
    storages.operator.update(made.id, owner="bob")
    sees_nothing_of(storages.namespace("ann"), "site", made.id)
    assert storages.namespace("bob").get(made.id).name == "site"


def test_a_name_given_first_goes_on_meaning_the_same(storages: Storages) -> None:
    ann = storages.namespace("ann")
    made = ann.create("site", "web_folder", WEB)
    storages.operator.create("site", "web_folder", {"base_url": "https://other.example"})
    assert ann.registered("site") == made


@pytest.mark.parametrize("owner", ["ann", ""])
@pytest.mark.parametrize("name", ["albums", "temporary"])
def test_nobody_names_what_photomill_keeps_for_itself(
    storages: Storages, name: str, owner: str
) -> None:
    namespace = storages.namespace(owner)
    assert storages.internal(name).can_write
    with pytest.raises(NotFound):
        namespace.storage(name)
    with pytest.raises(NotFound):
        namespace.resolve(f"storage://{name}/")
    with pytest.raises(Conflict):
        namespace.create(name, "web_folder", WEB)
    made = namespace.create("site", "web_folder", WEB)
    with pytest.raises(Conflict):
        namespace.update(made.id, name=name)


def test_a_registered_storage_becomes_internal_by_the_configuration(
    open_engine: OpenEngine, tmp_path: Path
) -> None:
    path = tmp_path / "photos"
    path.mkdir()
    made = open_engine().storages.operator.create("photos", "local", {"path": str(path)})
    storages = open_engine(albums__storage="photos").storages
    assert storages.internal("photos").can_write
    for owner in ("", "ann"):
        with pytest.raises(NotFound):
            storages.namespace(owner).storage("photos")
    sees_nothing_of(storages.namespace("ann"), "photos", made.id)


def test_an_internal_storage_serves_no_scheme(open_engine: OpenEngine) -> None:
    engine = open_engine(editing__temporary="web")
    assert engine.storages.namespace("ann").storages_by_scheme() == {}


def test_settings_that_name_an_internal_storage_are_marked() -> None:
    settings = Settings()
    assert settings.internal_storages == {
        "albums.storage": settings.albums.storage,
        "editing.temporary": settings.editing.temporary,
        "thumbnails.storage": settings.thumbnails.storage,
    }


def test_nothing_is_opened_for_tidying_that_is_only_read(
    open_engine: OpenEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    monkeypatch.setattr(WebStorage, "open", lambda storage, context: opened.append(storage))
    left = tmp_path / "photos" / ".photomill-partial-0123"
    left.parent.mkdir()
    left.write_bytes(b"broken off")
    os.utime(left, (1000, 1000))
    photos = {"use": "local", "options": {"root": str(left.parent)}}
    storages = open_engine(storages__photos=photos, storages__site={"use": "web"}).storages
    storages.tidy(before=2000.0)
    assert not left.exists()
    assert not opened
