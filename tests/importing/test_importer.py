"""Files to records, over a real engine."""

import os
from pathlib import Path

import pytest
from PIL import Image

from photomill.collections.collection import Collection
from photomill.collections.model import NewRecord
from photomill.errors import Conflict, ImageError, InvalidInput, SourceError
from photomill.importing import ImportOptions, ImportReport, find_images, import_images
from photomill.sources import BytesSource

from .conftest import draw


def run(collection: Collection, *places: Path, **options: object) -> ImportReport:
    return import_images(collection, find_images(places), ImportOptions(**options))  # type: ignore[arg-type]


def test_records_are_named_by_their_path_and_know_their_file(
    collection: Collection, folder: Path
) -> None:
    os.utime(folder / "1" / "3.png", (0, 1_700_000_000))
    report = run(collection, folder, attributes={"year": 2024})
    assert (report.inserted, report.seen, report.failures) == (10, 10, [])
    assert collection.ids()[:2] == ["0/0.png", "0/2.png"]
    (record,) = collection.find({"_file": str(folder / "1" / "3.png")})
    assert record.id == "1/3.png"
    assert record.attributes == {
        "year": 2024,
        "_file": str(folder / "1" / "3.png"),
        "file": "3.png",
        "folder": "1",
        "bytes": (folder / "1" / "3.png").stat().st_size,
        "modified": "2023-11-14T22:13:20Z",
    }
    assert (record.width, record.height, record.format) == (60, 48, "png")


@pytest.mark.parametrize(
    ("offset", "captured"), [(None, "2024-05-17T10:20:30"), ("+02:00", "2024-05-17T10:20:30+02:00")]
)
def test_records_know_when_their_image_was_taken(
    collection: Collection, folder: Path, offset: str | None, captured: str
) -> None:
    exif = Image.Exif()
    noted = {0x9003: "2024:05:17 10:20:30", **({0x9011: offset} if offset else {})}
    exif.get_ifd(0x8769).update(noted)
    Image.new("RGB", (60, 48), "navy").save(folder / "taken.jpg", exif=exif)
    run(collection, folder)
    assert [record.id for record in collection.find({"captured": captured})] == ["taken.jpg"]


def test_only_what_is_new_is_imported(collection: Collection, folder: Path) -> None:
    run(collection, folder)
    draw(folder / "new.png", 77)
    report = run(collection, folder, batch=3)
    assert (report.inserted, report.present) == (1, 10)
    assert collection.count() == 11


def test_bad_files_fail_alone(collection: Collection, folder: Path) -> None:
    (folder / "cut.png").write_bytes((folder / "0" / "0.png").read_bytes()[:40])
    (folder / "words.jpg").write_text("words")
    (folder / "empty.jpg").touch()
    (folder / "gone.jpg").symlink_to(folder / "nowhere")
    (folder / f"{os.fsdecode(bytes([0xFF]))}.png").write_bytes(b"")
    report = run(collection, folder)
    assert report.inserted == 10
    failed = {Path(failure.path).name: failure.error for failure in report.failures}
    assert len(failed) == 5
    assert isinstance(failed["cut.png"], ImageError)
    assert isinstance(failed["words.jpg"], ImageError)
    assert isinstance(failed["empty.jpg"], ImageError)
    assert isinstance(failed["gone.jpg"], SourceError)
    assert isinstance(failed["\udcff.png"], ImageError)


def test_a_file_does_not_take_the_place_of_another(collection: Collection, tmp_path: Path) -> None:
    for place in ("here", "there"):
        draw(tmp_path / place / "a.png", len(place))
    report = run(collection, tmp_path / "here", tmp_path / "there")
    assert report.inserted == 1
    assert isinstance(report.failures[0].error, Conflict)
    assert report.failures[0].path == tmp_path / "there" / "a.png"

    later = run(collection, tmp_path / "there")
    assert isinstance(later.failures[0].error, Conflict)
    assert run(collection, tmp_path / "there", prefix="there/").inserted == 1
    assert collection.ids() == ["a.png", "there/a.png"]


@pytest.mark.parametrize("batch", [1, 2, 64])
@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)])
def test_a_file_has_one_record_whichever_folder_it_was_named_by(
    collection: Collection, folder: Path, order: tuple[int, ...], together: bool, batch: int
) -> None:
    named = [folder, folder / "1", folder / "1" / "3.png", folder / "0" / "0.png"]
    places = [named[number] for number in order]
    reports = [
        run(collection, *some, batch=batch)
        for some in ([places] if together else [[place] for place in places])
    ]
    assert sum(report.inserted for report in reports) == collection.count() == 10
    assert [report.failures for report in reports] == [[]] * len(reports)
    seen = 12 + len(list((folder / "1").iterdir()))
    assert sum(report.inserted + report.present for report in reports) == seen
    files = [record.attributes["_file"] for record in collection.find(limit=None)]
    assert sorted(files) == sorted(map(str, folder.rglob("*.png")))


def test_an_image_that_was_named_twice_and_cannot_be_read_fails(
    collection: Collection, folder: Path
) -> None:
    (folder / "bad.png").write_bytes(b"no image")
    report = run(collection, folder / "bad.png", folder)
    assert (report.inserted, report.present) == (10, 0)
    assert {failure.path for failure in report.failures} == {folder / "bad.png"}
    assert not any(isinstance(failure.error, Conflict) for failure in report.failures)


def test_what_was_dropped_is_passed_by_under_its_other_name(
    collection: Collection, folder: Path
) -> None:
    run(collection, folder / "1" / "3.png")
    collection.drop(["3.png"])
    report = run(collection, folder)
    assert (report.inserted, report.dropped) == (9, 1)
    assert not collection.has("1/3.png")


def test_another_prefix_gives_other_records(collection: Collection, folder: Path) -> None:
    run(collection, folder)
    assert run(collection, folder, prefix="b/").inserted == 10
    assert run(collection, folder / "1" / "3.png", prefix="b/").present == 1
    assert collection.count() == 20


def test_a_folder_that_was_moved_is_known_again(collection: Collection, folder: Path) -> None:
    run(collection, folder)
    moved = folder.rename(folder.with_name("moved"))
    report = run(collection, moved)
    assert (report.inserted, report.present) == (0, 10)
    (record,) = collection.get(["0/0.png"])
    assert record is not None
    assert record.attributes["_file"] == str(moved / "0" / "0.png")


def test_a_folder_is_known_by_another_path(collection: Collection, folder: Path) -> None:
    run(collection, folder)
    link = folder.with_name("link")
    link.symlink_to(folder)
    report = run(collection, link)
    assert (report.present, report.failures) == (10, [])
    assert collection.count({"_file": str(folder / "0" / "0.png")}) == 1


def test_a_record_from_elsewhere_is_left_alone(collection: Collection, folder: Path) -> None:
    path = folder / "0" / "0.png"
    collection.insert([NewRecord("0/0.png", BytesSource(path.read_bytes()), {"a": 1})])
    report = run(collection, folder)
    assert (report.inserted, report.present, report.failures) == (9, 1, [])
    (record,) = collection.get(["0/0.png"])
    assert record is not None
    assert record.attributes == {"a": 1}


def test_near_duplicates_are_left_out(collection: Collection, folder: Path) -> None:
    (folder / "twin.png").write_bytes((folder / "0" / "0.png").read_bytes())
    report = run(collection, folder, near_radius=0.01)
    assert (report.inserted, report.near_duplicates, report.failures) == (10, 1, [])


def test_progress_is_told_after_every_batch(collection: Collection, folder: Path) -> None:
    seen: list[int] = []
    import_images(
        collection,
        find_images([folder]),
        ImportOptions(batch=4),
        progress=lambda report: seen.append(report.seen),
    )
    assert seen == [4, 8, 10, 10]


def test_what_was_stopped_goes_on(collection: Collection, folder: Path) -> None:
    report = import_images(
        collection,
        find_images([folder]),
        ImportOptions(batch=4),
        stop=lambda: collection.count() > 0,
    )
    assert (report.inserted, report.stopped) == (4, True)
    report = run(collection, folder)
    assert (report.inserted, report.present, report.stopped) == (6, 4, False)


def test_nothing_to_import(collection: Collection, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run(collection, empty) == ImportReport()


def test_a_batch_of_none_is_refused(collection: Collection, folder: Path) -> None:
    with pytest.raises(InvalidInput):
        run(collection, folder, batch=0)


def test_what_was_dropped_is_not_imported_again(collection: Collection, folder: Path) -> None:
    run(collection, folder)
    collection.drop(["0/0.png", "1/3.png"])
    report = run(collection, folder)
    assert (report.inserted, report.present, report.dropped, report.seen) == (0, 8, 2, 10)
    # Another file of that name is news.
    other = draw(folder.parent / "other" / "0" / "0.png", 77).parents[1]
    report = run(collection, other)
    assert (report.inserted, report.dropped) == (1, 0)
    collection.empty_dropped()
    report = run(collection, folder)
    assert (report.inserted, report.dropped) == (1, 0)
