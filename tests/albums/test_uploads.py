"""Receiving photos."""

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO, RawIOBase
from typing import Any, BinaryIO, cast

import pillow_heif
import pytest
from PIL import Image

from photomill.decoding.decoder import ImageDecoder
from photomill.editing.editing import Editing
from photomill.errors import (
    CapacityExceeded,
    Conflict,
    Forbidden,
    ImageError,
    InvalidInput,
    NotFound,
    PhotomillError,
    SourceTooLarge,
    UnsupportedFormat,
)

from .conftest import Studio, draw


class BreakingOff(RawIOBase):
    """A file whose sender goes away in the middle."""

    def __init__(self, data: bytes) -> None:
        self._data = [data]

    def read(self, size: int = -1) -> bytes:
        if not self._data:
            raise ConnectionError("the sender went away")
        return self._data.pop()


def test_a_photo_is_there_when_it_is_acknowledged(idle_studio: Studio) -> None:
    data = draw("a", size=(120, 80))
    photo = idle_studio.upload(data, "IMG_0124.JPG")
    assert photo == idle_studio.albums.photos.get(photo.id)
    assert (photo.state, photo.sort_name, photo.format) == ("uploaded", "IMG_0124", "jpeg")
    assert (photo.width, photo.height, photo.ratio) == (120, 80, 1.5)
    assert photo.sha256 == hashlib.sha256(data).hexdigest()
    assert photo.bytes == len(data)
    assert [path.read_bytes() for path in idle_studio.stored] == [data]


def test_a_photo_is_listed_once_it_is_processed(studio: Studio) -> None:
    photo = studio.upload(draw("a"), "b.jpg")
    studio.settle()
    (listed,) = studio.albums.groups.photos(studio.group)
    assert (listed.id, listed.state) == (photo.id, "ready")
    (summary,) = studio.albums.groups.summaries([studio.group])
    assert (summary.count, summary.thumb) == (1, listed.files["watermark_small"])


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"])
def test_formats_are_told_from_the_bytes(studio: Studio, format: str) -> None:
    pillow_heif.register_heif_opener()
    photo = studio.ready(draw("a", format=format), "wrong.xyz")
    assert (photo.state, photo.error) == ("ready", "")
    assert photo.format == {"HEIF": "heic"}.get(format, format.lower())


def test_the_camera_knows_when_a_photo_was_taken(idle_studio: Studio) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({0x9003: "2024:07:01 12:00:00"})
    in_berlin = idle_studio.upload(draw("a", exif=exif))
    assert (in_berlin.captured, in_berlin.captured_offset) == (1719828000, None)
    exif.get_ifd(0x8769)[0x9011] = "-07:00"
    elsewhere = idle_studio.upload(draw("b", exif=exif))
    assert (elsewhere.captured, elsewhere.captured_offset) == (1719860400, -25200)
    assert idle_studio.upload(draw("c")).captured is None


def test_a_photo_may_be_sent_again_until_it_is_processed(new_studio: Callable[..., Studio]) -> None:
    studio = new_studio(work=False)
    receive = studio.albums.uploads.receive
    (place,) = studio.albums.uploads.reserve(studio.group, 1)
    address = place.secret, place.group, place.photo
    receive(*address, BytesIO(draw("a")), "first.jpg")
    second = receive(*address, BytesIO(draw("b")), "second.jpg")
    assert second.sort_name == "second"
    assert [path.read_bytes() for path in studio.stored] == [draw("b")]
    studio.engine.jobs.start()
    studio.settle()
    ready = studio.albums.photos.get(second.id)
    assert (ready.state, ready.sha256) == ("ready", second.sha256)
    assert len(studio.stored) == 7
    with pytest.raises(Conflict):
        receive(*address, BytesIO(draw("c")), "late.jpg")


def test_one_of_two_uploads_at_once_wins(idle_studio: Studio) -> None:
    (place,) = idle_studio.albums.uploads.reserve(idle_studio.group, 1)

    class Meanwhile(BytesIO):
        """While one is being received, another comes."""

        def read(self, size: int | None = -1) -> bytes:
            with pytest.raises(Conflict, match="under way"):
                receive(BytesIO(draw("other")))
            return super().read(size)

    def receive(file: BinaryIO) -> Any:
        return idle_studio.albums.uploads.receive(
            place.secret, place.group, place.photo, file, "a.jpg"
        )

    assert receive(Meanwhile(draw("one"))).sha256 == hashlib.sha256(draw("one")).hexdigest()
    assert [path.read_bytes() for path in idle_studio.stored] == [draw("one")]


def test_uploads_in_a_race_leave_one_photo(studio: Studio) -> None:
    (place,) = studio.albums.uploads.reserve(studio.group, 1)

    def receive(number: int) -> bool:
        try:
            studio.albums.uploads.receive(
                place.secret, place.group, place.photo, BytesIO(draw(str(number))), f"{number}.jpg"
            )
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert any(threads.map(receive, range(8)))
    studio.settle()
    (photo,) = studio.albums.groups.photos(studio.group)
    original = studio.read(photo.files["original"])
    assert hashlib.sha256(original).hexdigest() == photo.sha256
    assert len(studio.stored) == 7


def test_twenty_five_uploads_in_parallel(studio: Studio) -> None:
    places = studio.albums.uploads.reserve(studio.group, 25)

    def receive(number: int) -> None:
        place = places[number]
        data = BytesIO(draw(str(number), size=(24, 16)))
        name = f"IMG_{number}.jpg"
        studio.albums.uploads.receive(place.secret, place.group, place.photo, data, name)

    with ThreadPoolExecutor(25) as threads:
        list(threads.map(receive, range(25)))
    studio.settle()
    photos = studio.albums.groups.photos(studio.group)
    assert [photo.sort_name for photo in photos] == [f"IMG_{number}" for number in range(25)]


def test_what_breaks_off_leaves_nothing_and_can_be_sent_again(studio: Studio) -> None:
    (place,) = studio.albums.uploads.reserve(studio.group, 1)
    address = place.secret, place.group, place.photo
    with pytest.raises(ConnectionError):
        studio.albums.uploads.receive(
            *address, cast(BinaryIO, BreakingOff(draw("a")[:500])), "a.jpg"
        )
    assert studio.stored == set()
    assert studio.albums.photos.get(place.photo).state == "reserved"
    assert studio.albums.uploads.receive(*address, BytesIO(draw("a"))).sort_name == place.photo


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", UnsupportedFormat),
        (b"%PDF-1.7 no photo", UnsupportedFormat),
        (draw("a", format="GIF"), UnsupportedFormat),
        (draw("a")[:700], ImageError),
        (draw("a") + bytes(50 * 1024 * 1024), SourceTooLarge),
    ],
    ids=["empty", "document", "gif", "truncated", "large"],
)
def test_what_is_no_photo_is_refused_and_leaves_nothing(
    studio: Studio, data: bytes, error: type[PhotomillError]
) -> None:
    (place,) = studio.albums.uploads.reserve(studio.group, 1)
    address = place.secret, place.group, place.photo
    with pytest.raises(error):
        studio.albums.uploads.receive(*address, BytesIO(data), "a.jpg")
    assert studio.stored == set()
    assert studio.albums.uploads.receive(*address, BytesIO(draw("a")), "a.jpg")


def test_addresses_are_bound_to_one_photo_and_end(new_studio: Callable[..., Studio]) -> None:
    studio = new_studio(work=False, albums__reserve_seconds=1.1)
    first, second = studio.albums.uploads.reserve(studio.group, 2)
    receive, data = studio.albums.uploads.receive, BytesIO(draw("a"))
    with pytest.raises(NotFound):
        receive("guessed", first.group, first.photo, data)
    with pytest.raises(InvalidInput, match="photo"):
        receive(first.secret, first.group, second.photo, data)
    with pytest.raises(InvalidInput, match="group"):
        receive(first.secret, "another", first.photo, data)
    time.sleep(max(0.0, first.expires - time.time()))
    with pytest.raises(Forbidden, match="over"):
        receive(first.secret, first.group, first.photo, data)


def test_a_deleted_group_takes_no_photos(studio: Studio) -> None:
    (place,) = studio.albums.uploads.reserve(studio.group, 1)
    studio.albums.groups.delete(studio.group)
    with pytest.raises(NotFound):
        studio.albums.uploads.receive(
            place.secret, place.group, place.photo, BytesIO(draw("a")), "a.jpg"
        )
    with pytest.raises(NotFound):
        studio.albums.uploads.reserve(studio.albums.groups.get(studio.group.id), 1)


@pytest.mark.parametrize("count", [0, -1, 26])
def test_only_so_many_are_reserved_at_once(studio: Studio, count: int) -> None:
    with pytest.raises(InvalidInput, match="1 to 25"):
        studio.albums.uploads.reserve(studio.group, count)


def test_an_owner_gets_no_more_than_the_quota(new_studio: Callable[..., Studio]) -> None:
    studio = new_studio(work=False, albums__max_photos=3)
    reserve = studio.albums.uploads.reserve
    photo = studio.upload(draw("a"))
    assert len(reserve(studio.group, 5)) == 2
    assert reserve(studio.group, 1) == []
    studio.albums.photos.delete(photo)
    assert len(reserve(studio.group, 5)) == 1


def test_a_full_disk_refuses_an_upload(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = studio.engine.storages.internal("albums")

    def put(key: str, data: BinaryIO) -> None:
        raise CapacityExceeded("no room")

    with monkeypatch.context() as patched:
        patched.setattr(storage, "put", put)
        with pytest.raises(CapacityExceeded):
            studio.upload(draw("a"))
    assert studio.stored == set()


def test_a_photo_is_decoded_twice_and_has_one_job(
    new_studio: Callable[..., Studio], monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = new_studio(work=False)
    calls: list[str] = []
    decode, edit_many = ImageDecoder.decode, Editing.edit_many

    def decoding(*given: Any, **named: Any) -> Any:
        calls.append("decode")
        return decode(*given, **named)

    def editing(*given: Any, **named: Any) -> Any:
        calls.append(f"edit {len(given[2])}")
        return edit_many(*given, **named)

    monkeypatch.setattr(ImageDecoder, "decode", decoding)
    monkeypatch.setattr(Editing, "edit_many", editing)
    photo = studio.upload(draw("a"))
    studio.engine.jobs.start()
    studio.settle()
    assert studio.albums.photos.get(photo.id).state == "ready"
    assert calls == ["decode", "edit 6"]
    assert len(studio.engine.jobs.list_jobs(owner=studio.owner.id)) == 1
