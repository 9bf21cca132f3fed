"""The storage suite fails for storages that are broken, each in its own way."""

import inspect
import io
import threading
from collections.abc import Iterator
from typing import Any, BinaryIO

import pytest

from photomill.components import ObjectInfo, Storage
from photomill.errors import NotFound, SourceForbidden
from photomill.testing import WritableStorageContract
from photomill.testing import storage as suite


class Whole(Storage):
    """Correct; keeps everything in memory."""

    name = "memory"

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self.objects: dict[str, bytes] = {}

    def check(self, key: str) -> None:
        if "\0" in key or any(part in ("", ".", "..") for part in key.split("/")):
            raise SourceForbidden(f"{key!r} is no key")

    def open_object(self, key: str) -> BinaryIO:
        self.check(key)
        if key not in self.objects:
            raise NotFound(f"{key!r} is not there")
        return io.BytesIO(self.objects[key])

    def stat(self, key: str) -> ObjectInfo:
        with self.open_object(key) as file:
            return ObjectInfo(key, len(file.read()))

    def list_objects(
        self, prefix: str = "", *, recursive: bool = True, after: str = ""
    ) -> Iterator[ObjectInfo]:
        self.check(f"{prefix}-")
        return (
            ObjectInfo(key, len(self.objects[key]))
            for key in sorted(self.objects)
            if key > after
            if key.startswith(prefix) and (recursive or "/" not in key[len(prefix) :])
        )

    def put(self, key: str, data: BinaryIO) -> ObjectInfo:
        self.check(key)
        self.objects[key] = b"".join(iter(lambda: data.read(65536), b""))
        return ObjectInfo(key, len(self.objects[key]))

    def delete(self, key: str) -> None:
        self.check(key)
        self.objects.pop(key, None)


class Leaves(Whole):
    def check(self, key: str) -> None:
        """Take any key."""


class NormalisesKeys(Whole):
    def open_object(self, key: str) -> BinaryIO:
        return super().open_object(key.replace("//", "/").removeprefix("./"))

    def check(self, key: str) -> None:
        super().check(key.replace("//", "/").removeprefix("./"))


class WritesInPlace(Whole):
    def put(self, key: str, data: BinaryIO) -> ObjectInfo:
        self.check(key)
        self.objects[key] = b""
        for piece in iter(lambda: data.read(65536), b""):
            self.objects[key] += piece
        return self.stat(key)


class ForgetsSizes(Whole):
    def stat(self, key: str) -> ObjectInfo:
        return ObjectInfo(key)


class ReadsAll(Whole):
    def open_object(self, key: str) -> BinaryIO:
        whole = super().open_object(key).read()

        class Greedy(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                return super().read()

        return Greedy(whole)


class OneReader(Whole):
    """Every reader moves the same position."""

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self.first = threading.Lock()

    def open_object(self, key: str) -> BinaryIO:
        file = super().open_object(key)
        return file if self.first.acquire(blocking=False) else io.BytesIO()


class NeverOpens(Whole):
    def open_object(self, key: str) -> BinaryIO:
        return io.BytesIO()


class MissingIsEmpty(Whole):
    def open_object(self, key: str) -> BinaryIO:
        self.check(key)
        return io.BytesIO(self.objects.get(key, b""))


class KeepsDeleted(Whole):
    def delete(self, key: str) -> None:
        self.check(key)


class RefusesToDeleteTwice(Whole):
    def delete(self, key: str) -> None:
        self.check(key)
        if key not in self.objects:
            raise NotFound(key)
        del self.objects[key]


class NeverReplaces(Whole):
    def put(self, key: str, data: BinaryIO) -> ObjectInfo:
        return super().put(key, data) if key not in self.objects else self.stat(key)


class PlainAscii(Whole):
    def put(self, key: str, data: BinaryIO) -> ObjectInfo:
        return super().put(key.encode("ascii", "replace").decode(), data)


class ListsInOrderOfArrival(Whole):
    def list_objects(self, prefix: str = "", **chosen: Any) -> Iterator[ObjectInfo]:
        found = {info.key: info for info in super().list_objects(prefix, **chosen)}
        return iter([found[key] for key in self.objects if key in found])


class ListsAtOnce(Whole):
    def list_objects(self, prefix: str = "", **chosen: Any) -> Any:
        return list(super().list_objects(prefix, **chosen))


class IgnoresPrefix(Whole):
    def list_objects(self, prefix: str = "", **chosen: Any) -> Iterator[ObjectInfo]:
        return super().list_objects("", **chosen)


class ListsTooDeep(Whole):
    def list_objects(
        self, prefix: str = "", *, recursive: bool = True, after: str = ""
    ) -> Iterator[ObjectInfo]:
        return super().list_objects(prefix, after=after)


class ListsOneTwice(Whole):
    """Goes on with the object that was the last before."""

    def list_objects(
        self, prefix: str = "", *, recursive: bool = True, after: str = ""
    ) -> Iterator[ObjectInfo]:
        found = super().list_objects(prefix, recursive=recursive)
        return (info for info in found if info.key >= after)


class LosesItsPlace(Whole):
    """Looks for the object that was the last before."""

    def list_objects(
        self, prefix: str = "", *, recursive: bool = True, after: str = ""
    ) -> Iterator[ObjectInfo]:
        found = super().list_objects(prefix, recursive=recursive)
        if after in self.objects:
            return super().list_objects(prefix, recursive=recursive, after=after)
        return found


class TornWrites(Whole):
    """Shows what it has when it has half of it."""

    def put(self, key: str, data: BinaryIO) -> ObjectInfo:
        whole = data.read()
        self.check(key)
        self.objects[key] = whole[: len(whole) // 2]
        threading.Event().wait(0.05)
        self.objects[key] = whole
        return ObjectInfo(key, len(whole))


class Truncates(Whole):
    def put(self, key: str, data: BinaryIO) -> ObjectInfo:
        return super().put(key, io.BytesIO(data.read()[:500]))


class Modest(Whole):
    can_list = False


class ReadOnly(Whole):
    can_write = False


class ClosesOnce(Whole):
    closed = False

    def close(self) -> None:
        if self.closed:
            raise RuntimeError("closed already")
        self.closed = True


BROKEN = [
    (Leaves, "test_keys_never_leave_the_root"),
    (Leaves, "test_nothing_is_written_or_deleted_outside_the_root"),
    (Leaves, "test_a_prefix_never_leaves_the_root"),
    (NormalisesKeys, "test_nothing_is_written_or_deleted_outside_the_root"),
    (WritesInPlace, "test_a_failed_write_leaves_the_old_object"),
    (ForgetsSizes, "test_it_describes_objects_or_says_that_it_cannot"),
    (ReadsAll, "test_an_object_is_read_in_pieces"),
    (OneReader, "test_many_threads_read_at_once"),
    (MissingIsEmpty, "test_what_is_missing_is_not_found"),
    (KeepsDeleted, "test_what_was_deleted_is_gone"),
    (RefusesToDeleteTwice, "test_what_was_deleted_is_gone"),
    (NeverReplaces, "test_an_object_is_replaced"),
    (PlainAscii, "test_keys_may_hold_any_characters"),
    (ListsInOrderOfArrival, "test_objects_are_listed_in_the_order_of_their_keys"),
    (ListsAtOnce, "test_objects_are_listed_in_the_order_of_their_keys"),
    (IgnoresPrefix, "test_a_prefix_chooses"),
    (ListsTooDeep, "test_a_prefix_chooses"),
    (ListsOneTwice, "test_a_listing_goes_on_after_any_key"),
    (LosesItsPlace, "test_a_listing_goes_on_after_an_object_that_is_gone"),
    (TornWrites, "test_readers_never_see_half_an_object"),
    (Truncates, "test_what_was_put_is_read"),
    (Modest, "test_it_says_that_it_can_be_written_to_and_listed"),
    (Modest, "test_a_storage_without_lists_refuses_to_list"),
    (ReadOnly, "test_a_read_only_storage_refuses_to_write"),
    (NeverOpens, "test_an_object_is_read"),
    (ClosesOnce, "test_it_may_be_closed_twice"),
]
ARGUMENTS = {
    "size": 1000,
    "key": "ü/Ω 写真.jpg",
    "prefix": "a/",
    "recursive": True,
    "missing": "nothing/here.bin",
}


def _check(kind: type[Storage], test: str) -> None:
    """Call one test as pytest would, with a new storage."""
    storage = kind(None)
    having: dict[str, Any] = {"storage": storage, **ARGUMENTS}
    wanted = inspect.signature(getattr(WritableStorageContract, test)).parameters
    if "existing" in wanted:
        having["existing"] = storage.put("a folder/an object.bin", io.BytesIO(b"0123456789" * 10))
    if "listed" in wanted:
        for key in reversed(suite._KEYS):
            storage.put(key, io.BytesIO(key.encode()))
        having["listed"] = storage
    getattr(WritableStorageContract(), test)(
        **{name: having[name] for name in wanted if name != "self"}
    )


@pytest.mark.parametrize(("kind", "test"), BROKEN)
def test_what_is_broken_fails(kind: type[Storage], test: str) -> None:
    with pytest.raises((AssertionError, RuntimeError, NotFound, pytest.fail.Exception)):
        _check(kind, test)


def test_every_test_of_the_suite_can_fail() -> None:
    names = {name for name in dir(WritableStorageContract) if name.startswith("test_")}
    assert names == {test for _, test in BROKEN}


class TestWhole(WritableStorageContract):
    @pytest.fixture
    def storage(self) -> Storage:
        return Whole(None)
