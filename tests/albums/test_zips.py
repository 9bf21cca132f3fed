"""Archives of photos."""

import threading
import zipfile
from io import BytesIO
from typing import Any, BinaryIO

import pytest

from photomill.albums.model import Photo, Zip, ZipEntry
from photomill.errors import CapacityExceeded, Conflict, InvalidInput, NotFound, StorageError
from photomill.names import safe_name, unique_names

from .conftest import Studio, draw

MANY = 2000


def packed(studio: Studio, wanted: Zip) -> zipfile.ZipFile:
    with studio.albums.zips.open(wanted.id, count=False) as file:
        archive = zipfile.ZipFile(BytesIO(file.read()))
    assert archive.testzip() is None
    return archive


def original(photo: Photo, name: str = "") -> ZipEntry:
    return ZipEntry(photo.files["original"], name)


def test_an_archive_holds_the_files_as_they_are(studio: Studio) -> None:
    data = [draw("a"), draw("b")]
    photos = [studio.ready(each, f"IMG_{place}.jpg") for place, each in enumerate(data)]
    wanted = studio.albums.zips.create(studio.group, [original(photo) for photo in photos])
    assert (wanted.state, wanted.percent, wanted.name) == ("waiting", 0.0, "Rafting.zip")
    studio.settle()
    done = studio.albums.zips.get(wanted.id)
    assert (done.state, done.percent, done.left_out) == ("done", 100.0, ())
    archive = packed(studio, done)
    assert {name: archive.read(name) for name in archive.namelist()} == {
        "IMG_0.jpg": data[0],
        "IMG_1.jpg": data[1],
    }
    assert all(info.compress_type == zipfile.ZIP_STORED for info in archive.infolist())
    with studio.albums.zips.open(wanted.id) as file:
        assert len(file.read()) == done.bytes
    assert studio.albums.zips.get(wanted.id).downloads == 1


def test_derivatives_can_be_packed_too(studio: Studio) -> None:
    photo = studio.ready(draw("a"))
    files = [ZipEntry(photo.files[kind], f"{kind}.jpg") for kind in ("medium", "watermark")]
    wanted = studio.albums.zips.create(studio.group, files, name="two/../sizes.zip")
    studio.settle()
    assert studio.albums.zips.get(wanted.id).name == "sizes.zip"
    assert packed(studio, wanted).read("medium.jpg") == studio.read(photo.files["medium"])


def test_names_are_made_safe_and_unique(studio: Studio) -> None:
    photo = studio.ready(draw("a"), "IMG_9.jpg")
    given = [
        "../../etc/passwd",
        "a\\b.jpg",
        "B.JPG",
        "🏔 \x00\r\n.jpg",
        "",
        "CON.jpg",
        "..",
        "b.jpg",
    ]
    wanted = studio.albums.zips.create(studio.group, [original(photo, name) for name in given])
    studio.settle()
    assert packed(studio, wanted).namelist() == [
        "passwd",
        "b.jpg",
        "B (2).JPG",
        "🏔 .jpg",
        "IMG_9.jpg",
        "_CON.jpg",
        "IMG_9 (2).jpg",
        "b (3).jpg",
    ]


def test_long_names_keep_their_ending() -> None:
    name = safe_name("é" * 300 + ".jpeg", "x")
    assert name.endswith("é.jpeg")
    assert len(name.encode()) <= 200


def test_numbered_names_do_not_meet_given_ones() -> None:
    names = unique_names(["a.jpg", "a (2).jpg", "a.jpg", "A.jpg"])
    assert len({name.casefold() for name in names}) == 4


def test_only_files_of_the_group_are_packed(studio: Studio) -> None:
    photo = studio.ready(draw("a"))
    other = studio.albums.groups.create(studio.owner)
    create = studio.albums.zips.create
    with pytest.raises(InvalidInput, match=photo.files["original"]):
        create(other, [original(photo)])
    with pytest.raises(InvalidInput, match=r"files\[1\]"):
        create(studio.group, [original(photo), ZipEntry("/guessed/path.jpg", "a.jpg")])
    studio.albums.photos.delete(photo)
    with pytest.raises(InvalidInput, match=photo.files["original"]):
        create(studio.group, [original(photo)])


@pytest.mark.parametrize("count", [0, 2001])
def test_only_so_many_files_are_packed(studio: Studio, count: int) -> None:
    with pytest.raises(InvalidInput, match="1 to 2000"):
        studio.albums.zips.create(studio.group, [ZipEntry("/a/b.jpg", "")] * count)


def test_photos_deleted_meanwhile_are_left_out_and_named(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = studio.ready(draw("a"))
    photos = [photo, *(studio.albums.photos.copy(photo, studio.group) for _ in range(9))]
    files = [original(photos[place % 10], f"{place}.jpg") for place in range(MANY)]
    opening, begun = studio.albums.files.open, threading.Event()

    def open_file(path: str) -> Any:
        begun.set()
        return opening(path)

    monkeypatch.setattr(studio.albums.files, "open", open_file)
    wanted = studio.albums.zips.create(studio.group, files)
    assert begun.wait(120)
    for each in photos[5:]:
        studio.albums.photos.delete(each)
    studio.settle()
    done = studio.albums.zips.get(wanted.id)
    names = packed(studio, done).namelist()
    assert done.state == "done"
    assert sorted([*names, *done.left_out]) == sorted(file.name for file in files)
    assert done.left_out
    assert set(done.left_out) <= {f"{place}.jpg" for place in range(MANY) if place % 10 >= 5}


def test_an_archive_that_cannot_be_written_says_so(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = studio.ready(draw("a"))
    before = studio.stored

    def full(key: str, data: BinaryIO) -> Any:
        raise CapacityExceeded("no room")

    monkeypatch.setattr(studio.engine.storages.internal("albums"), "put", full)
    wanted = studio.albums.zips.create(studio.group, [original(photo)])
    studio.settle()
    failed = studio.albums.zips.get(wanted.id)
    assert (failed.state, failed.error) == ("failed", "no room")
    assert studio.stored == before
    with pytest.raises(Conflict):
        studio.albums.zips.open(wanted.id)


def test_an_archive_is_tried_again(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = studio.ready(draw("a"))
    storage = studio.engine.storages.internal("albums")
    put, tries = storage.put, list[str]()

    def failing_once(key: str, data: BinaryIO) -> Any:
        tries.append(key)
        if len(tries) == 1:
            raise StorageError("away")
        return put(key, data)

    monkeypatch.setattr(storage, "put", failing_once)
    wanted = studio.albums.zips.create(studio.group, [original(photo)])
    studio.settle()
    assert studio.albums.zips.get(wanted.id).state == "done"
    assert len(set(tries)) == 1


def test_archives_are_found_by_their_id_only(studio: Studio) -> None:
    for zip_id in ("", "guessed", "../../catalog.sqlite"):
        with pytest.raises(NotFound):
            studio.albums.zips.get(zip_id)
