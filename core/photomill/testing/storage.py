"""What every storage must do."""

import io
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO, ClassVar, TypeVar

import pytest

from photomill.components import ObjectInfo, Storage
from photomill.errors import NotFound, PhotomillError, SourceError, SourceForbidden, Unsupported

T = TypeVar("T", str, tuple[str, int | None])

LARGE = 3_000_000
"""Bytes of a large object."""

ESCAPES = (
    "../outside",
    "inside/../../outside",
    "inside/..",
    "/outside",
    "..",
    "",
    "inside/",
    "inside//outside",
    "./outside",
    "in\0side",
)
"""Keys that lead outside a root, or have another key as well."""


class StorageContract:
    """What holds for read-only storages too; derive from this and fill :meth:`storage` and :meth:`existing`."""

    @pytest.fixture
    def storage(self) -> Storage:
        """An open storage."""
        raise pytest.UsageError(f"{type(self).__name__} must define the fixture 'storage'")

    @pytest.fixture
    def existing(self, storage: Storage) -> ObjectInfo:
        """An object of the storage, with its size."""
        raise pytest.UsageError(f"{type(self).__name__} must define the fixture 'existing'")

    @pytest.fixture
    def missing(self) -> str:
        """The key of an object that is not there."""
        return "nothing/here.bin"

    def test_an_object_is_read(self, storage: Storage, existing: ObjectInfo) -> None:
        with storage.open_object(existing.key) as file:
            assert len(file.read()) == existing.size

    def test_an_object_is_read_in_pieces(self, storage: Storage, existing: ObjectInfo) -> None:
        with storage.open_object(existing.key) as file, storage.open_object(existing.key) as whole:
            pieces = list(iter(lambda: file.read(7), b""))
            assert max(map(len, pieces)) <= 7
            assert b"".join(pieces) == whole.read()

    def test_many_threads_read_at_once(self, storage: Storage, existing: ObjectInfo) -> None:
        def read(_: int) -> bytes:
            with storage.open_object(existing.key) as file:
                return file.read()

        with ThreadPoolExecutor(8) as threads:
            assert len(set(threads.map(read, range(32)))) == 1

    def test_what_is_missing_is_not_found(self, storage: Storage, missing: str) -> None:
        with pytest.raises((NotFound, SourceError)):
            storage.open_object(missing)

    def test_keys_never_leave_the_root(self, storage: Storage) -> None:
        for key in ESCAPES:
            assert _refuses(storage.open_object, key), f"{key!r} was opened"

    def test_it_describes_objects_or_says_that_it_cannot(
        self, storage: Storage, existing: ObjectInfo
    ) -> None:
        try:
            found = storage.stat(existing.key)
        except Unsupported:
            assert not storage.can_write
            return
        assert (found.key, found.size) == (existing.key, existing.size)

    def test_it_may_be_closed_twice(self, storage: Storage) -> None:
        storage.close()
        storage.close()

    def test_a_read_only_storage_refuses_to_write(self, storage: Storage) -> None:
        if not storage.can_write:
            with pytest.raises(Unsupported):
                storage.put("new.bin", io.BytesIO(b"new"))
            with pytest.raises(Unsupported):
                storage.delete("new.bin")

    def test_a_storage_without_lists_refuses_to_list(self, storage: Storage) -> None:
        if not storage.can_list:
            with pytest.raises(Unsupported):
                list(storage.list_objects())


class WritableStorageContract(StorageContract):
    """Derive from this and fill :meth:`storage` with an empty one::

    class TestMine(WritableStorageContract):
        @pytest.fixture
        def storage(self, open_component, tmp_path):
            return open_component(Mine, root=str(tmp_path))
    """

    key_order: ClassVar[bool] = True
    """False for a service that lists in an order of its own, though in the same one each time."""

    @pytest.fixture
    def existing(self, storage: Storage) -> ObjectInfo:
        """An object that is put there first."""
        return storage.put("a folder/an object.bin", io.BytesIO(_content(100)))

    @pytest.fixture
    def listed(self, storage: Storage) -> Storage:
        """The storage, with some objects put in another order than that of their keys."""
        for key in reversed(_KEYS):
            storage.put(key, io.BytesIO(key.encode()))
        return storage

    def test_it_says_that_it_can_be_written_to_and_listed(self, storage: Storage) -> None:
        assert storage.can_write
        assert storage.can_list

    @pytest.mark.parametrize("size", [0, 1, LARGE])
    def test_what_was_put_is_read(self, storage: Storage, size: int) -> None:
        info = storage.put("deep/down/here.bin", io.BytesIO(_content(size)))
        assert (info.key, info.size) == ("deep/down/here.bin", size)
        assert _read(storage, "deep/down/here.bin") == _content(size)

    @pytest.mark.parametrize(
        "key", ["ü/Ω 写真.jpg", "a b#c?d%20e&f.jpg", "-x", "...", "a'b\"c.jpg"]
    )
    def test_keys_may_hold_any_characters(self, storage: Storage, key: str) -> None:
        storage.put(key, io.BytesIO(b"data"))
        assert _read(storage, key) == b"data"
        assert [info.key for info in storage.list_objects()] == [key]

    def test_an_object_is_replaced(self, storage: Storage) -> None:
        storage.put("a.bin", io.BytesIO(b"a longer old one"))
        storage.put("a.bin", io.BytesIO(b"new"))
        assert _read(storage, "a.bin") == b"new"

    def test_a_failed_write_leaves_the_old_object(self, storage: Storage) -> None:
        storage.put("a.bin", io.BytesIO(b"old"))
        with pytest.raises((ConnectionError, PhotomillError)):
            storage.put("a.bin", _broken(_content(LARGE)))
        with pytest.raises((ConnectionError, PhotomillError)):
            storage.put("b.bin", _broken(_content(LARGE)))
        assert _read(storage, "a.bin") == b"old"
        assert not _is_there(storage, "b.bin")
        assert [info.key for info in storage.list_objects()] == ["a.bin"]

    def test_readers_never_see_half_an_object(self, storage: Storage) -> None:
        versions = [bytes([number]) * 300_000 for number in range(6)]
        storage.put("a.bin", io.BytesIO(versions[0]))
        done = threading.Event()
        seen = set()

        def read() -> None:
            while not done.is_set():
                seen.add(_read(storage, "a.bin"))

        reader = threading.Thread(target=read)
        reader.start()
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(lambda data: storage.put("a.bin", io.BytesIO(data)), versions))
        done.set()
        reader.join()
        assert seen <= set(versions)

    def test_what_was_deleted_is_gone(self, storage: Storage) -> None:
        storage.put("a/b.bin", io.BytesIO(b"data"))
        storage.delete("a/b.bin")
        storage.delete("a/b.bin")
        storage.delete("never/was.bin")
        assert not _is_there(storage, "a/b.bin")

    def test_nothing_is_written_or_deleted_outside_the_root(self, storage: Storage) -> None:
        for key in ESCAPES:
            assert _refuses(storage.put, key, io.BytesIO(b"data")), f"{key!r} was written"
            assert _refuses(storage.delete, key), f"{key!r} was deleted"

    # ------------------------------------------------------------ listing

    def test_objects_are_listed_in_the_order_of_their_keys(self, listed: Storage) -> None:
        found = listed.list_objects()
        assert isinstance(found, Iterator), "a list of everything may not fit into memory"
        listing = [(info.key, info.size) for info in found]
        assert listing == [(info.key, info.size) for info in listed.list_objects()]
        assert self._ordered(listing) == [(key, len(key)) for key in _KEYS]

    @pytest.mark.parametrize("prefix", ["", "a", "a/", "a/b", "a.", "z", "a/b/", "nothing/"])
    def test_a_prefix_chooses(self, listed: Storage, prefix: str) -> None:
        expected = [key for key in _KEYS if key.startswith(prefix)]
        assert self._ordered(_listed(listed, prefix)) == expected
        shallow = [key for key in expected if "/" not in key.removeprefix(prefix)]
        assert self._ordered(_listed(listed, prefix, recursive=False)) == shallow

    @pytest.mark.parametrize("prefix", ["", "a", "a/", "a/b"])
    @pytest.mark.parametrize("recursive", [True, False])
    def test_a_listing_goes_on_after_any_key(
        self, listed: Storage, prefix: str, recursive: bool
    ) -> None:
        whole = _listed(listed, prefix, recursive=recursive)
        for place, key in enumerate(whole):
            rest = _listed(listed, prefix, recursive=recursive, after=key)
            assert rest == whole[place + 1 :], f"after {key!r}"

    def test_a_listing_goes_on_after_an_object_that_is_gone(self, listed: Storage) -> None:
        whole = _listed(listed)
        listed.delete("a/b.jpg")
        assert _listed(listed, after="a/b.jpg") == whole[whole.index("a/b.jpg") + 1 :]

    def test_a_prefix_never_leaves_the_root(self, listed: Storage) -> None:
        for prefix in ("../", "/", "a/../../"):
            assert _refuses(lambda at: list(listed.list_objects(at)), prefix), prefix

    def _ordered(self, found: list[T]) -> list[T]:
        return found if self.key_order else sorted(found)


_KEYS = sorted(["a.jpg", "a/1.jpg", "a/b.jpg", "a/b/1.jpg", "a/b/2.jpg", "a0", "z", "z-z/1.jpg"])


class _Broken(io.RawIOBase):
    """A stream whose other end goes away in the middle."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        if size is None or size < 0 or self._data.tell() >= LARGE // 2:
            raise ConnectionResetError("the other end is gone")
        return self._data.read(min(size, 65536))


def _broken(data: bytes) -> BinaryIO:
    return _Broken(data)  # type: ignore[return-value]


def _refuses(method: Callable[..., object], *arguments: object) -> bool:
    try:
        method(*arguments)
    except SourceForbidden:
        return True
    return False


def _listed(
    storage: Storage, prefix: str = "", *, recursive: bool = True, after: str = ""
) -> list[str]:
    found = storage.list_objects(prefix, recursive=recursive, after=after)
    return [info.key for info in found]


def _content(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


def _read(storage: Storage, key: str) -> bytes:
    with storage.open_object(key) as file:
        return file.read()


def _is_there(storage: Storage, key: str) -> bool:
    try:
        storage.open_object(key).close()
    except NotFound:
        return False
    return True
