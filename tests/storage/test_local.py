"""The local folder: links, permissions, and files that are no objects."""

import errno
import io
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from photomill.errors import (
    CapacityExceeded,
    ConfigError,
    NotFound,
    SourceForbidden,
    StorageError,
)
from photomill_local import LocalStorage


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "a.jpg").write_text("a photo")
    return folder


@pytest.fixture
def storage(open_component: Callable[..., Any], root: Path) -> LocalStorage:
    opened: LocalStorage = open_component(LocalStorage, root=str(root))
    return opened


def _keys(storage: LocalStorage) -> list[str]:
    return [info.key for info in storage.list_objects()]


def test_a_folder_is_made_only_on_request(open_component: Any, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        open_component(LocalStorage, root=str(tmp_path / "new"))
    open_component(LocalStorage, root=str(tmp_path / "new" / "deep"), create=True)
    assert (tmp_path / "new" / "deep").is_dir()


def test_a_file_is_no_root(open_component: Any, root: Path) -> None:
    with pytest.raises(StorageError, match="is not a folder"):
        open_component(LocalStorage, root=str(root / "a.jpg"))
    with pytest.raises(ConfigError, match="root"):
        open_component(LocalStorage)


def test_a_folder_that_is_moved_away_is_not_made_anew(storage: LocalStorage, root: Path) -> None:
    root.rename(root.with_name("elsewhere"))
    for refused in (
        lambda: storage.put("b.jpg", io.BytesIO(b"lost")),
        lambda: storage.open_object("a.jpg"),
        lambda: storage.stat("a.jpg"),
        lambda: list(storage.list_objects()),
    ):
        with pytest.raises(StorageError, match="put it back"):
            refused()
    assert not root.exists()
    assert not storage.health().ok
    root.mkdir()
    with pytest.raises(StorageError, match="put it back"):
        storage.put("b.jpg", io.BytesIO(b"lost"))
    root.rmdir()
    root.with_name("elsewhere").rename(root)
    storage.put("b.jpg", io.BytesIO(b"kept"))
    assert storage.health().ok


@pytest.mark.parametrize(("private", "modes"), [(True, (0o700, 0o600)), (False, (0o755, 0o644))])
def test_only_the_data_folder_is_private(
    open_component: Any, tmp_path: Path, private: bool, modes: tuple[int, int]
) -> None:
    before = os.umask(0o022)
    try:
        options = {"root": str(tmp_path / "new"), "in_data_dir": private, "create": True}
        open_component(LocalStorage, **options).put("a/b.jpg", io.BytesIO(b"a photo"))
    finally:
        os.umask(before)
    for path in (tmp_path / "new", tmp_path / "new" / "a"):
        assert stat.S_IMODE(path.stat().st_mode) == modes[0]
    assert stat.S_IMODE((tmp_path / "new" / "a" / "b.jpg").stat().st_mode) == modes[1]


def test_links_that_stay_inside_are_read(storage: LocalStorage, root: Path) -> None:
    (root / "link.jpg").symlink_to("a.jpg")
    with storage.open_object("link.jpg") as file:
        assert file.read() == b"a photo"
    assert _keys(storage) == ["a.jpg"]


def test_links_that_lead_outside_are_refused(storage: LocalStorage, root: Path) -> None:
    (root / "link.jpg").symlink_to("../secret.txt")
    (root / "folder").symlink_to("..")
    for key in ("link.jpg", "folder/secret.txt"):
        with pytest.raises(SourceForbidden, match="outside"):
            storage.open_object(key)
        with pytest.raises(SourceForbidden):
            storage.stat(key)
    with pytest.raises(SourceForbidden):
        storage.put("folder/new.jpg", io.BytesIO(b"new"))
    with pytest.raises(SourceForbidden):
        storage.delete("folder/secret.txt")
    with pytest.raises(SourceForbidden):
        list(storage.list_objects("folder/"))
    assert sorted(path.name for path in root.parent.iterdir()) == ["root", "secret.txt"]


def test_writing_over_a_link_replaces_the_link(storage: LocalStorage, root: Path) -> None:
    (root / "link.jpg").symlink_to("../secret.txt")
    storage.put("link.jpg", io.BytesIO(b"new"))
    assert (root / "link.jpg").read_text() == "new"
    assert (root.parent / "secret.txt").read_text() == "secret"


def test_deleting_a_link_leaves_its_target(storage: LocalStorage, root: Path) -> None:
    (root / "link.jpg").symlink_to("../secret.txt")
    storage.delete("link.jpg")
    assert (root.parent / "secret.txt").read_text() == "secret"


def test_links_in_a_circle_end(storage: LocalStorage, root: Path) -> None:
    (root / "one").symlink_to("two")
    (root / "two").symlink_to("one")
    (root / "up").symlink_to(".")
    with pytest.raises((StorageError, NotFound)):
        storage.open_object("one")
    assert _keys(storage) == ["a.jpg"]


def test_pipes_and_folders_are_no_objects(storage: LocalStorage, root: Path) -> None:
    os.mkfifo(root / "pipe")
    (root / "folder").mkdir()
    for key in ("pipe", "folder"):
        with pytest.raises(NotFound, match="is not a file"):
            storage.open_object(key)
    assert _keys(storage) == ["a.jpg"]


def test_files_are_as_readable_as_others(storage: LocalStorage, root: Path) -> None:
    (root / "plain").write_text("")
    storage.put("new.jpg", io.BytesIO(b"new"))
    assert stat.S_IMODE((root / "new.jpg").stat().st_mode) == stat.S_IMODE(
        (root / "plain").stat().st_mode
    )


def test_what_broke_off_long_ago_is_tidied_up(root: Path, storage: LocalStorage) -> None:
    folder = root / "ann/originals"
    folder.mkdir(parents=True)
    old, young = folder / ".photomill-partial-0123", folder / ".photomill-partial-4567"
    kept = folder / "photo.jpg"
    for path in (old, young, kept):
        path.write_bytes(b"x")
    for path in (old, kept):
        os.utime(path, (1000, 1000))
    storage.tidy("bob/", time.time() - 60)
    assert old.exists()
    storage.tidy("ann/", time.time() - 60)
    assert sorted(folder.iterdir()) == [young, kept]
    with pytest.raises(SourceForbidden):
        storage.tidy("../", time.time())


def test_what_is_being_written_is_not_tidied_up(root: Path, storage: LocalStorage) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            partials = list(root.glob(".photomill-partial-*"))
            for partial in partials:
                os.utime(partial, (1000, 1000))
            storage.tidy("", time.time())
            assert list(root.glob(".photomill-partial-*")) == partials
            return super().read(size)

    storage.put("slow.jpg", Slow(b"slowly"))
    assert (root / "slow.jpg").read_bytes() == b"slowly"


def test_what_others_call_alike_is_not_tidied_up(root: Path, storage: LocalStorage) -> None:
    for name in (".photomill-partial-notes.txt", ".photomill-partial-"):
        (root / name).write_text("kept")
        os.utime(root / name, (1000, 1000))
    os.symlink(root / "a.jpg", root / ".photomill-partial-00ff")
    storage.tidy("", time.time() + 60)
    assert len(list(root.glob(".photomill-partial-*"))) == 3


def test_what_was_left_half_written_is_no_object(storage: LocalStorage, root: Path) -> None:
    (root / ".photomill-partial-0123").write_text("half")
    assert _keys(storage) == ["a.jpg"]
    with pytest.raises(SourceForbidden):
        storage.open_object(".photomill-partial-0123")


@pytest.mark.parametrize("key", ["x" * 300, "a.jpg/b.jpg", "\ud800"])
def test_keys_the_system_refuses_are_errors(storage: LocalStorage, key: str) -> None:
    with pytest.raises((StorageError, SourceForbidden, NotFound)):
        storage.put(key, io.BytesIO(b"data"))
    with pytest.raises((StorageError, SourceForbidden, NotFound)):
        storage.open_object(key)


def test_a_full_disk_is_said_so(storage: LocalStorage, root: Path) -> None:
    class Filling(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(CapacityExceeded, match="No space left"):
        storage.put("new.jpg", Filling())
    assert sorted(path.name for path in root.iterdir()) == ["a.jpg"]


def test_a_root_that_vanished_is_unhealthy(storage: LocalStorage, root: Path) -> None:
    assert storage.health().ok
    (root / "a.jpg").unlink()
    root.rmdir()
    assert not storage.health().ok
