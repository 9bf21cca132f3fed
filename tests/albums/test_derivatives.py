"""What is made of photos."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
from PIL import Image

from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.errors import CapacityExceeded, ConfigError
from photomill.jobs.model import ItemState
from photomill.testing.sample_images import noise

from .conftest import SETTINGS, Studio, draw

SIZES = {
    "medium": (1280, 640),
    "small": (320, 160),
    "square": (400, 400),
    "watermark": (1280, 640),
    "watermark_small": (320, 160),
    "watermark_square": (400, 400),
}


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def test_derivatives_are_of_their_sizes_upright_and_without_metadata(studio: Studio) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x013B] = "somebody's name"
    photo = studio.ready(draw("a", size=(900, 1800), exif=exif))
    assert (photo.width, photo.height) == (1800, 900)
    for kind, size in SIZES.items():
        with opened(studio.read(photo.files[kind])) as picture:
            assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", size), kind
            assert picture.info.get("progressive") == 1
            assert not picture.getexif()


def test_derivatives_look_like_the_photo(studio: Studio) -> None:
    soft = Image.fromarray(noise(26, 13)).resize((2600, 1300), Image.Resampling.BICUBIC)
    file = BytesIO()
    soft.save(file, "JPEG", quality=95)
    photo = studio.ready(file.getvalue())
    for kind in ("medium", "small"):
        # Colours are stored at half the size; brightness is not.
        found = opened(studio.read(photo.files[kind])).convert("L")
        wanted = soft.convert("L").resize(found.size, Image.Resampling.LANCZOS)
        difference = np.asarray(found, np.int16) - np.asarray(wanted, np.int16)
        assert np.abs(difference).mean() < 2, kind


def test_small_photos_are_not_enlarged(studio: Studio) -> None:
    photo = studio.ready(draw("a", size=(100, 60)))
    for kind in ("medium", "small", "watermark", "watermark_small"):
        assert opened(studio.read(photo.files[kind])).size == (100, 60)
    assert max(opened(studio.read(photo.files["square"])).size) <= 100


def test_the_watermark_is_all_that_differs(studio: Studio) -> None:
    photo = studio.ready(draw("a", size=(400, 300)))
    plain, marked = (
        np.asarray(opened(studio.read(photo.files[kind])), np.int16)
        for kind in ("medium", "watermark")
    )
    differs = np.abs(plain - marked).max(axis=2) > 24
    assert 0.005 < differs.mean() < 0.5


def test_a_picture_may_be_the_watermark(new_studio: Callable[..., Studio], tmp_path: Path) -> None:
    mark = tmp_path / "mark.png"
    Image.new("RGBA", (20, 10), (255, 0, 0, 255)).save(mark)
    studio = new_studio(
        albums__watermark__image=str(mark),
        albums__watermark__opacity=1.0,
        albums__watermark__layout="center",
    )
    photo = studio.ready(draw("a", size=(400, 300)))
    red, green, blue = np.asarray(opened(studio.read(photo.files["watermark"])))[150, 200].tolist()
    assert red > 240
    assert max(green, blue) < 15


def test_a_watermark_that_cannot_be_read_is_told_at_once(tmp_path: Path) -> None:
    overrides: dict[str, Any] = {
        **SETTINGS,
        "photomill.data_dir": str(tmp_path),
        "albums.watermark.image": str(tmp_path / "missing.png"),
    }
    with pytest.raises(ConfigError, match=r"albums.watermark.image.*missing.png"):
        Engine.open(load_settings(environ={}, overrides=overrides))


def test_paths_do_not_tell_of_each_other(studio: Studio) -> None:
    photo = studio.ready(draw("a"))
    assert set(photo.files) == {"original", *SIZES}
    parts = [part for path in photo.files.values() for part in path.strip("/").split("/")]
    assert len(set(parts)) == 2 * len(photo.files)
    assert not any(photo.id in path or photo.group in path for path in photo.files.values())


def test_a_full_disk_in_the_middle_is_met_by_another_try(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = studio.engine.storages.internal("albums")
    put, seen = storage.put, list[str]()

    def full_twice(key: str, data: BinaryIO) -> Any:
        seen.append(key)
        if "derivatives" in key and len(seen) in (4, 7):
            raise CapacityExceeded("no room")
        return put(key, data)

    monkeypatch.setattr(storage, "put", full_twice)
    photo = studio.ready(draw("a"))
    assert photo.state == "ready"
    assert len(studio.stored) == 7


def test_a_disk_that_stays_full_loses_nothing(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = studio.engine.storages.internal("albums")
    put = storage.put

    def full(key: str, data: BinaryIO) -> Any:
        if "watermark" in key:
            raise CapacityExceeded("no room")
        return put(key, data)

    data = draw("a")
    with monkeypatch.context() as patched:
        patched.setattr(storage, "put", full)
        photo = studio.upload(data)
        studio.settle()
        (job,) = studio.engine.jobs.list_jobs(kind="photo", owner=studio.owner.id)
        (item,) = studio.engine.jobs.items(job.number)
        assert (item.state, item.error) == (ItemState.FAILED, "no room")
    assert studio.albums.photos.get(photo.id).state == "uploaded"
    assert [path.read_bytes() for path in studio.stored] == [data]
    studio.albums.clean_up((photo.uploaded or 0) + 3601)
    studio.settle()
    assert studio.albums.photos.get(photo.id).state == "ready"
    assert studio.read(studio.albums.photos.get(photo.id).files["original"]) == data
