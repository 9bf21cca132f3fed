"""Listings of a collection in an order, and the originals of its records."""

import io
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from photomill import (
    BytesSource,
    Collection,
    Engine,
    NewRecord,
    NotFound,
    load_settings,
    summarise_exif,
)


def image(seed: str, size: tuple[int, int] = (64, 48), form: str = "PNG") -> bytes:
    tiles = Image.frombytes("RGB", (6, 5), Random(seed).randbytes(6 * 5 * 3))
    file = io.BytesIO()
    tiles.resize(size).save(file, form)
    return file.getvalue()


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    overrides = {"photomill.data_dir": str(tmp_path / "data"), "images.processes": 1}
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        info = engine.collections.create("test", embedder="color")
        yield engine.collections.open(info.id)


def test_records_are_listed_in_an_order_with_their_sizes(collection: Collection) -> None:
    given: dict[str, dict[str, Any]] = {
        "b10": {"stars": 2},
        "b9": {"stars": 10},
        "A1": {},
        "c": {"stars": "many"},
    }
    records = [
        NewRecord(name, BytesSource(image(name, (60 + 10 * place, 48))), attributes)
        for place, (name, attributes) in enumerate(given.items())
    ]
    collection.insert(records)
    listed = collection.listing()
    assert listed.ids == ["b10", "b9", "A1", "c"]
    assert listed.sizes.tolist() == [[60, 48], [70, 48], [80, 48], [90, 48]]
    assert collection.listing(descending=True).ids == ["c", "A1", "b9", "b10"]
    assert collection.listing(order="_id").ids == ["A1", "b9", "b10", "c"]
    by_stars = collection.listing(order="stars")
    assert by_stars.ids == ["b10", "b9", "c", "A1"]
    assert by_stars.sizes[:, 0].tolist() == [60, 70, 90, 80]
    assert collection.listing(order="stars", descending=True).ids == ["c", "b9", "b10", "A1"]
    assert collection.listing({"stars": {"$gt": 5}}).ids == ["b9"]
    assert collection.listed(["c", "nobody", "b9"]).ids == ["c", "b9"]


def test_the_original_is_the_image_that_was_inserted(
    collection: Collection, tmp_path: Path
) -> None:
    file = tmp_path / "one.png"
    file.write_bytes(image("one"))
    here = {"_file": str(file)}
    collection.insert([NewRecord("one", BytesSource(image("one")), here)])
    collection.insert([NewRecord("bare", BytesSource(image("one")))])
    assert collection.original("one") == file.read_bytes()
    with pytest.raises(NotFound, match="kept nowhere"):
        collection.original("bare")
    with pytest.raises(NotFound, match="no record"):
        collection.original("nobody")
    file.write_bytes(image("two"))
    with pytest.raises(NotFound, match="another image"):
        collection.original("one")
    file.write_text("no image")
    with pytest.raises(NotFound, match="cannot be read"):
        collection.original("one")


def test_exif_is_summarised() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Lumina", "Lumina X100"
    exif.get_ifd(0x8769).update({0x9003: "2024:05:17 10:20:30", 0x829A: IFDRational(1, 250)})
    exif.get_ifd(0x8825).update(
        {
            1: "S",
            2: (IFDRational(33), IFDRational(30), IFDRational(0)),
            3: "E",
            4: (IFDRational(151),) * 3,
        }
    )
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG", exif=exif)
    found = summarise_exif(file.getvalue())
    assert found.camera == "Lumina X100"
    assert found.captured is not None
    assert found.latitude == -33.5
    assert found.exposure is not None
    assert float(found.exposure) == 1 / 250
    assert found.longitude is not None
    assert 151 < found.longitude < 154
    for broken in (b"", b"no image", file.getvalue()[:60], image("none")):
        assert summarise_exif(broken).camera == ""


def test_it_tells_how_many_records_came_after_one(collection: Collection) -> None:
    assert collection.inserted_after(0) == (0, 0)
    collection.insert([NewRecord(name, BytesSource(image(name))) for name in ("a", "b", "c")])
    (record,) = [each for each in collection.get(["b"]) if each is not None]
    count, last = collection.inserted_after(record.number)
    assert (count, collection.inserted_after(last)) == (1, (0, last))
    assert collection.inserted_after(0) == (3, last)
    collection.delete(["a", "c"])
    assert collection.inserted_after(0) == (1, record.number)
