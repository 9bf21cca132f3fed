"""Buckets of a real service: what goes wrong with them, and objects in many parts and many pages."""

import io
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from photomill.errors import NotFound, SourceForbidden, SourceUnreachable, StorageError
from photomill_s3 import S3Storage

MEGABYTE = 1024 * 1024


@pytest.fixture
def bucket(new_bucket: Callable[[], str]) -> str:
    return new_bucket()


@pytest.fixture
def open_s3(open_component: Callable[..., Any], s3_service: Any) -> Callable[..., S3Storage]:
    """Open a bucket of the service, with other options where they are given."""

    def open_with(bucket: str, **options: Any) -> S3Storage:
        opened: S3Storage = open_component(
            S3Storage, **{**s3_service.options, "bucket": bucket, **options}
        )
        return opened

    return open_with


@pytest.fixture
def storage(open_s3: Callable[..., S3Storage], bucket: str) -> S3Storage:
    return open_s3(bucket)


class _Stream(io.RawIOBase):
    """Bytes that come in odd pieces and have no size; at ``breaks`` the other end goes away."""

    def __init__(self, size: int, breaks: int | None = None) -> None:
        self._left = size
        self._breaks = size + 1 if breaks is None else breaks
        self._read = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if self._read >= self._breaks:
            raise ConnectionResetError("the other end is gone")
        piece = min(self._left, 99_991, size if size >= 0 else self._left)
        self._left -= piece
        self._read += piece
        return b"x" * piece


def _uploads(client: Any, bucket: str) -> list[Any]:
    found: list[Any] = client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
    return found


# ---------------------------------------------------------------- writing


def test_a_long_stream_of_unknown_size_is_written_in_parts(
    storage: S3Storage, s3_client: Any, bucket: str
) -> None:
    info = storage.put("long.bin", _Stream(20 * MEGABYTE))  # type: ignore[arg-type]
    assert info.size == 20 * MEGABYTE
    head = s3_client.head_object(Bucket=bucket, Key="long.bin")
    assert head["ContentLength"] == 20 * MEGABYTE
    assert head["ETag"].strip('"').endswith("-3"), "three parts of 8 MiB at most"
    with storage.open_object("long.bin") as file:
        assert file.read() == b"x" * (20 * MEGABYTE)


def test_a_long_stream_that_breaks_leaves_nothing(
    storage: S3Storage, s3_client: Any, bucket: str
) -> None:
    with pytest.raises(ConnectionResetError):
        storage.put("long.bin", _Stream(20 * MEGABYTE, breaks=17 * MEGABYTE))  # type: ignore[arg-type]
    assert list(storage.list_objects()) == []
    assert _uploads(s3_client, bucket) == []


def test_the_caller_closes_its_stream(storage: S3Storage) -> None:
    data = io.BytesIO(b"data")
    storage.put("a.bin", data)
    assert not data.closed


def test_objects_say_what_they_are(storage: S3Storage, s3_client: Any, bucket: str) -> None:
    for key, kind in (
        ("a.jpg", "image/jpeg"),
        ("b.webp", "image/webp"),
        ("c", "application/octet-stream"),
    ):
        storage.put(key, io.BytesIO(b"data"))
        assert s3_client.head_object(Bucket=bucket, Key=key)["ContentType"] == kind


def test_a_path_is_put_before_every_key(
    open_s3: Callable[..., S3Storage], s3_client: Any, bucket: str
) -> None:
    inside = open_s3(bucket, path="/in/put/")
    inside.put("a/b.jpg", io.BytesIO(b"data"))
    s3_client.put_object(Bucket=bucket, Key="outside.jpg", Body=b"secret")
    found = s3_client.list_objects_v2(Bucket=bucket)["Contents"]
    assert [each["Key"] for each in found] == ["in/put/a/b.jpg", "outside.jpg"]
    assert [info.key for info in inside.list_objects()] == ["a/b.jpg"]


@pytest.mark.parametrize("path", ["..", "a/../..", "a//b", "./a"])
def test_a_path_stays_in_the_bucket(
    open_s3: Callable[..., S3Storage], bucket: str, path: str
) -> None:
    with pytest.raises(SourceForbidden):
        open_s3(bucket, path=path)


# ---------------------------------------------------------------- listing


def test_many_objects_are_listed_page_by_page(
    storage: S3Storage, s3_client: Any, bucket: str
) -> None:
    keys = [f"{number // 1250}/{number:05}.jpg" for number in range(2500)]
    for key in keys:
        s3_client.put_object(Bucket=bucket, Key=key, Body=b"x")
    pages = []
    storage._client.meta.events.register(
        "before-call.s3.ListObjectsV2", lambda **_: pages.append(1)
    )
    listing = storage.list_objects()
    assert next(listing).key == keys[0]
    assert len(pages) == 1
    assert [keys[0], *(info.key for info in listing)] == keys
    assert len(pages) == 3
    after = [info.key for info in storage.list_objects(after=keys[2301])]
    assert after == keys[2302:]
    assert [info.key for info in storage.list_objects("1/", after=keys[1300])] == keys[1301:]


def test_what_stands_for_a_folder_is_no_object(
    storage: S3Storage, s3_client: Any, bucket: str
) -> None:
    s3_client.put_object(Bucket=bucket, Key="folder/", Body=b"")
    storage.put("folder/a.jpg", io.BytesIO(b"data"))
    assert [info.key for info in storage.list_objects()] == ["folder/a.jpg"]
    assert [info.key for info in storage.list_objects("folder/", recursive=False)] == [
        "folder/a.jpg"
    ]


# ---------------------------------------------------------------- what goes wrong


def _every_call(storage: S3Storage) -> Iterator[Callable[[], object]]:
    yield lambda: storage.open_object("a.jpg")
    yield lambda: storage.stat("a.jpg")
    yield lambda: list(storage.list_objects())
    yield lambda: storage.put("a.jpg", io.BytesIO(b"data"))
    yield lambda: storage.put("a.jpg", _Stream(9 * MEGABYTE))  # type: ignore[arg-type]
    yield lambda: storage.delete("a.jpg")


def test_a_wrong_secret_is_refused(open_s3: Callable[..., S3Storage], bucket: str) -> None:
    for call in _every_call(open_s3(bucket, secret_key="wrong")):
        with pytest.raises(StorageError, match=rf"bucket '{bucket}': access refused \("):
            call()


def test_an_unknown_access_key_is_refused(open_s3: Callable[..., S3Storage], bucket: str) -> None:
    for call in _every_call(open_s3(bucket, access_key="nobody:nobody")):
        with pytest.raises(StorageError, match="access refused"):
            call()


def test_a_missing_bucket_is_said_so(open_s3: Callable[..., S3Storage]) -> None:
    storage = open_s3("no-such-bucket-anywhere")
    for call in (
        lambda: storage.open_object("a.jpg"),
        lambda: list(storage.list_objects()),
        lambda: storage.put("a.jpg", io.BytesIO(b"data")),
    ):
        with pytest.raises(StorageError, match="no bucket 'no-such-bucket-anywhere'"):
            call()


def test_nobody_there_is_a_storage_error(open_s3: Callable[..., S3Storage]) -> None:
    storage = open_s3("bucket", endpoint="http://127.0.0.1:9", attempts=1)
    for call in _every_call(storage):
        with pytest.raises(
            StorageError, match=r"bucket 'bucket': Could not connect.*127\.0\.0\.1:9"
        ):
            call()


def test_an_object_that_vanished_is_not_found(storage: S3Storage) -> None:
    storage.put("a.jpg", io.BytesIO(b"data"))
    listed = [info.key for info in storage.list_objects()]
    storage.delete("a.jpg")
    for key in listed:
        with pytest.raises(NotFound, match=r"'a\.jpg' is not there"):
            storage.open_object(key)
        with pytest.raises(NotFound):
            storage.stat(key)


def test_a_secret_is_in_no_message(open_s3: Callable[..., S3Storage], bucket: str) -> None:
    secret = "very-secret-indeed"
    storage = open_s3(bucket, secret_key=secret)
    assert secret not in repr(storage.options)
    with pytest.raises(StorageError) as caught:
        storage.stat("a.jpg")
    assert secret not in str(caught.value)


@pytest.mark.parametrize("endpoint", ["nonsense", "ftp://", "http://"])
def test_an_endpoint_that_is_no_address_is_said_so(
    open_s3: Callable[..., S3Storage], endpoint: str
) -> None:
    with pytest.raises(StorageError, match="bucket 'bucket'"):
        open_s3("bucket", endpoint=endpoint)


# ---------------------------------------------------------------- endpoints that strangers chose


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433"])
def test_a_guarded_endpoint_has_no_private_address(
    open_s3: Callable[..., S3Storage], bucket: str, s3_service: Any, host: str
) -> None:
    endpoint = s3_service.endpoint.replace("127.0.0.1", host)
    storage = open_s3(bucket, endpoint=endpoint, guarded=True)
    for call in _every_call(storage):
        with pytest.raises(SourceForbidden, match="is not allowed"):
            call()


def test_a_guarded_endpoint_that_nobody_knows_is_unreachable(
    open_s3: Callable[..., S3Storage],
) -> None:
    storage = open_s3("bucket", endpoint="http://nowhere.invalid", guarded=True)
    with pytest.raises(SourceUnreachable, match=r"nowhere\.invalid: no address is known"):
        storage.stat("a.jpg")


def test_a_guarded_endpoint_with_an_allowed_address_is_reached(
    s3_service: Any, bucket: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By name too: the request goes to the address that was checked, and is signed for the name."""
    from photomill.components import OpenContext
    from photomill.config.settings import FetchSettings
    from photomill_s3 import S3Options, guard

    monkeypatch.setattr(guard, "_resolve", lambda host, port: ["127.0.0.1"])
    named = {
        **s3_service.options,
        "endpoint": s3_service.endpoint.replace("127.0.0.1", "s3.example"),
    }
    storage = S3Storage(S3Options(bucket=bucket, guarded=True, **named))
    storage.open(OpenContext("s3", tmp_path, FetchSettings(allow=("127.0.0.0/8",))))
    storage.put("a ü.jpg", io.BytesIO(b"data"))
    with storage.open_object("a ü.jpg") as file:
        assert file.read() == b"data"
    storage.close()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_name_that_changes_its_mind_leads_nowhere(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """What a check found is what is connected to: a second answer of the name counts as a new one."""
    from photomill.components import OpenContext
    from photomill.config.settings import FetchSettings
    from photomill_s3 import guard

    answers = iter([["93.184.216.34"], *[["127.0.0.1"]] * 10])
    monkeypatch.setattr(guard, "_resolve", lambda host, port: next(answers))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        endpoint = f"{scheme}://rebinds.example:{listening.getsockname()[1]}"
        storage = S3Storage(_guarded(endpoint))
        storage.open(OpenContext("s3", tmp_path, FetchSettings()))
        with pytest.raises(SourceForbidden, match=r"127\.0\.0\.1 of rebinds\.example"):
            storage.stat("a.jpg")
        with pytest.raises(TimeoutError):
            listening.accept()
        storage.close()


def test_over_https_the_checked_address_answers_for_the_name(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from photomill.components import OpenContext
    from photomill.config.settings import FetchSettings
    from photomill_s3 import guard

    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    monkeypatch.setattr(guard, "_resolve", resolve)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        endpoint = f"https://s3.example:{listening.getsockname()[1]}"
        storage = S3Storage(_guarded(endpoint))
        storage.open(OpenContext("s3", tmp_path, FetchSettings(allow=("127.0.0.0/8",))))
        greetings: list[bytes] = []

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                greetings.append(connection.recv(4096))

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(StorageError):
            storage.stat("a.jpg")
        thread.join()
        storage.close()
    # The name, which the certificate must prove, stands in the greeting of TLS.
    assert b"s3.example" in greetings[0]
    assert set(asked) == {"s3.example"}


def _guarded(endpoint: str) -> Any:
    from photomill_s3 import S3Options

    return S3Options(
        bucket="b",
        endpoint=endpoint,
        access_key="a",
        secret_key="b",
        attempts=1,
        guarded=True,
    )
