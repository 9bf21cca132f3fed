"""Thumbnails: made with the insert, gone with the record, made again where the original can be read."""

import io
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from photomill import (
    BytesSource,
    Collection,
    Engine,
    NewRecord,
    NotFound,
    PathSource,
    load_settings,
)
from photomill.testing.sample_images import encode
from photomill.testing.scenes import scene

Open = Callable[..., Engine]


@pytest.fixture
def open_engine(tmp_path: Path) -> Iterator[Open]:
    """Open engines over one data folder, and close them."""
    opened: list[Engine] = []

    def start(**overrides: object) -> Engine:
        settings = {
            "photomill.data_dir": str(tmp_path / "data"),
            "photomill.source_roots": [str(tmp_path / "photos")],
            "embedders.main": {"use": "descriptor"},
            "images.processes": 1,
        }
        opened.append(Engine.open(load_settings(environ={}, overrides={**settings, **overrides})))
        return opened[-1]

    yield start
    for engine in opened:
        engine.close()


@pytest.fixture
def collection(open_engine: Open) -> Collection:
    engine = open_engine()
    return engine.collections.open(engine.collections.create("test").id)


def files(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "data" / "thumbnails").rglob("*.webp"))


def picture(seed: int, width: int = 640, height: int = 480) -> BytesSource:
    return BytesSource(encode(scene(seed, width, height), "png"))


def stored_photo(tmp_path: Path, seed: int = 1) -> NewRecord:
    path = tmp_path / "photos" / f"{seed}.png"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(picture(seed).data)
    return NewRecord(path.stem, PathSource(str(path)), {"_file": str(path)})


def opened(data: bytes) -> PIL.Image.Image:
    return PIL.Image.open(io.BytesIO(data))


def test_inserted_images_have_thumbnails(collection: Collection) -> None:
    collection.insert(
        [
            NewRecord("wide", picture(1, 640, 480)),
            NewRecord("high", picture(2, 300, 900)),
            NewRecord("small", picture(3, 90, 60)),
        ]
    )
    sizes = {}
    for name in ("wide", "high", "small"):
        thumbnail = collection.thumbnail(name)
        shown = opened(thumbnail.data)
        assert (shown.format, shown.mode, thumbnail.media_type) == ("WEBP", "RGB", "image/webp")
        sizes[name] = (shown.size, thumbnail.width, thumbnail.height)
    assert sizes == {
        "wide": ((320, 240), 640, 480),
        "high": ((107, 320), 300, 900),
        "small": ((90, 60), 90, 60),
    }
    infos = collection.thumbnail_infos(["high", "wide", "absent"])
    assert {name: (info.width, info.height) for name, info in infos.items()} == {
        "high": (300, 900),
        "wide": (640, 480),
    }
    assert all(infos[name].etag == collection.thumbnail(name).etag for name in infos)


def test_a_thumbnail_is_upright_and_without_metadata(collection: Collection) -> None:
    drawn = PIL.Image.new("RGB", (400, 200), "white")
    drawn.paste("red", (0, 0, 200, 200))
    exif = PIL.Image.Exif()
    exif[0x0112] = 6  # the camera was turned: what was left is above
    written = io.BytesIO()
    drawn.save(written, "JPEG", quality=95, exif=exif)
    collection.insert([NewRecord("turned", BytesSource(written.getvalue()))])
    shown = opened(collection.thumbnail("turned").data)
    assert shown.size == (160, 320)
    pixels = np.asarray(shown).astype(int)
    assert np.abs(pixels[20, 80] - (254, 0, 0)).max() < 30
    assert np.abs(pixels[300, 80] - 255).max() < 30
    assert not shown.getexif()


def test_records_without_an_image_have_none(collection: Collection) -> None:
    vector = np.eye(1, collection.info.dimension, dtype=np.float32)[0]
    collection.insert([NewRecord("bare", vector=vector)])
    assert collection.thumbnail_infos(["bare"])["bare"].etag == ""
    with pytest.raises(NotFound, match="kept nowhere"):
        collection.thumbnail("bare")
    with pytest.raises(NotFound, match="no record"):
        collection.thumbnail("absent")


@pytest.mark.parametrize("way", ["delete", "pop", "filter", "clear", "collection", "off"])
def test_they_go_with_their_records(open_engine: Open, tmp_path: Path, way: str) -> None:
    engine = open_engine()
    collection = engine.collections.open(engine.collections.create("test").id)
    collection.insert([NewRecord("1", picture(1), {"n": 1}), NewRecord("2", picture(2), {"n": 1})])
    assert len(files(tmp_path)) == 2
    if way == "delete":
        collection.delete(["1", "2"])
    elif way == "pop":
        collection.pop(["1", "2"])
    elif way == "filter":
        collection.delete_where({"n": 1})
    elif way == "clear":
        engine.collections.clear(collection.info.id)
    elif way == "off":
        engine.collections.set_thumbnails(collection.info.id, False)
    else:
        engine.collections.delete(collection.info.id)
    engine.close()
    assert files(tmp_path) == []


def test_a_record_that_is_replaced_gets_another(
    collection: Collection, open_engine: Open, tmp_path: Path
) -> None:
    collection.insert([NewRecord("1", picture(1))])
    before = collection.thumbnail("1")
    collection.delete(["1"])
    collection.insert([NewRecord("1", picture(2, 300, 300))])
    after = collection.thumbnail("1")
    assert after.etag != before.etag
    assert opened(after.data).size == (300, 300)


def test_changing_attributes_leaves_it(collection: Collection) -> None:
    collection.insert([NewRecord("1", picture(1))])
    before = collection.thumbnail("1")
    collection.update([("1", {"title": "a"})])
    assert collection.thumbnail("1") == before


def test_dropped_records_keep_theirs_until_the_list_is_emptied(
    open_engine: Open, tmp_path: Path
) -> None:
    engine = open_engine()
    collection = engine.collections.open(engine.collections.create("test").id)
    collection.insert([NewRecord("1", picture(1))])
    before = collection.thumbnail("1")
    collection.drop(["1"])
    assert collection.thumbnail("1") == before
    assert collection.thumbnail_infos(["1"])["1"].etag == before.etag
    collection.restore(["1"])
    assert collection.thumbnail("1") == before
    collection.drop(["1"])
    collection.empty_dropped()
    engine.close()
    assert files(tmp_path) == []


def test_what_is_refused_leaves_no_file(open_engine: Open, tmp_path: Path) -> None:
    engine = open_engine()
    collection = engine.collections.open(engine.collections.create("test", max_records=2).id)
    collection.insert([NewRecord("1", picture(1))])
    report = collection.insert(
        [
            NewRecord("1", picture(5)),
            NewRecord("copy", picture(1)),
            NewRecord("2", picture(2)),
            NewRecord("too many", picture(3)),
        ],
        near_radius=1.0,
    )
    assert report.inserted == ["2"]
    engine.close()
    assert len(files(tmp_path)) == 2


def test_a_collection_may_have_none(open_engine: Open, tmp_path: Path) -> None:
    engine = open_engine()
    info = engine.collections.create("test", thumbnails=False)
    assert not info.thumbnails
    collection = engine.collections.open(info.id)
    photo = stored_photo(tmp_path)
    collection.insert([photo])
    assert files(tmp_path) == []
    with pytest.raises(NotFound, match="makes none"):
        collection.thumbnail(photo.id)
    engine.collections.set_thumbnails(info.id, True)
    assert collection.info.thumbnails
    assert collection.thumbnail(photo.id).width == 640
    other = open_engine(**{"thumbnails.enabled": False}).collections
    assert not other.create("further").thumbnails
    assert other.create("with", thumbnails=True).thumbnails


@pytest.mark.parametrize("left", [None, 0, 0.5, "zeros"])
def test_a_lost_or_damaged_file_is_made_again_from_the_original(
    collection: Collection, tmp_path: Path, left: float | str | None
) -> None:
    photo = stored_photo(tmp_path)
    collection.insert([photo, NewRecord("bytes", picture(2))])
    before = collection.thumbnail(photo.id)
    for file in files(tmp_path):
        data = file.read_bytes()
        if left is None:
            file.unlink()
        elif left == "zeros":
            file.write_bytes(bytes(len(data)))
        else:
            file.write_bytes(data[: int(float(left) * len(data))])
    after = collection.thumbnail(photo.id)
    assert after.data == before.data
    assert after.etag != before.etag
    assert collection.thumbnail(photo.id) == after
    with pytest.raises(NotFound, match="kept nowhere"):
        collection.thumbnail("bytes")


def test_nothing_is_made_of_another_image_or_of_a_file_that_may_not_be_read(
    collection: Collection, tmp_path: Path
) -> None:
    photo = stored_photo(tmp_path)
    outside = tmp_path / "outside.png"
    outside.write_bytes(picture(3).data)
    trusted = PathSource(str(outside), trusted=True)
    collection.insert([photo, NewRecord("outside", trusted, {"_file": str(outside)})])
    for file in files(tmp_path):
        file.unlink()
    Path(str(photo.attributes["_file"])).write_bytes(picture(4).data)
    with pytest.raises(NotFound, match="another image"):
        collection.thumbnail(photo.id)
    with pytest.raises(NotFound, match="outside"):
        collection.thumbnail("outside")


def test_what_is_missing_is_made(open_engine: Open, tmp_path: Path) -> None:
    engine = open_engine()
    info = engine.collections.create("test", thumbnails=False)
    collection = engine.collections.open(info.id)
    collection.insert([stored_photo(tmp_path, seed) for seed in range(3)])
    collection.insert([NewRecord("bytes", picture(7))])
    outside = tmp_path / "outside.png"
    outside.write_bytes(picture(8).data)
    trusted = PathSource(str(outside), trusted=True)
    collection.insert([NewRecord("outside", trusted, {"_file": str(outside)})])
    report = collection.make_thumbnails()
    assert report.made == 3
    assert [record_id for record_id, _ in report.unreadable] == ["bytes", "outside"]
    usage = collection.thumbnail_usage()
    assert (usage.count, usage.bytes) == (3, sum(file.stat().st_size for file in files(tmp_path)))
    assert collection.make_thumbnails(stop=lambda: True).stopped
    again = collection.make_thumbnails(trusted=True)
    assert (again.made, [each for each, _ in again.unreadable]) == (1, ["bytes"])


def test_a_storage_that_fails_costs_the_thumbnail_only(
    collection: Collection, tmp_path: Path
) -> None:
    collection.insert([NewRecord("1", picture(1))])
    (tmp_path / "data" / "thumbnails").rename(tmp_path / "elsewhere")
    assert collection.insert([NewRecord("2", picture(2))]).inserted == ["2"]
    assert collection.thumbnail_infos(["2"])["2"].etag == ""


def test_what_an_insert_left_that_was_killed_is_removed(open_engine: Open, tmp_path: Path) -> None:
    engine = open_engine()
    collection = engine.collections.open(engine.collections.create("test").id)
    collection.insert([NewRecord("1", picture(1))])
    (known,) = files(tmp_path)
    orphan = known.parent.parent / "ab" / ("ab" + "0" * 30 + ".webp")
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"half an insert")
    stranger = known.parent / "notes.txt"
    stranger.write_text("not ours")
    old = time.time() - 2 * 3600
    for path in (known, stranger):
        os.utime(path, (old, old))
    assert engine.collections.clean_up_thumbnails() == 0  # the insert may still go on
    os.utime(orphan, (old, old))
    assert engine.collections.clean_up_thumbnails() == 1
    assert not orphan.exists()
    assert known.exists()
    assert stranger.exists()
    assert collection.thumbnail("1").data


def test_albums_make_none(open_engine: Open) -> None:
    engine = open_engine()
    owner = engine.albums.owners.create("Ann", timezone="UTC").owner
    assert not engine.collections.info(owner.collection).thumbnails
