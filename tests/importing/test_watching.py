"""Folders that a collection follows."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from photomill import (
    Collection,
    Engine,
    FolderChanges,
    FolderWatch,
    ImportOptions,
    NewRecord,
    NotFound,
    find_images,
    import_images,
)

from .conftest import draw


@pytest.fixture
def watch(collection: Collection, folder: Path) -> FolderWatch:
    import_images(collection, find_images([folder]))
    watch = FolderWatch(collection, [folder])
    assert not watch.look()
    return watch


def looks(watch: FolderWatch, times: int = 2) -> FolderChanges:
    """Look until everything is at rest; gives what the last look found."""
    for _ in range(times - 1):
        assert not watch.look()
    return watch.look()


def test_what_comes_is_imported_once_it_is_at_rest(
    watch: FolderWatch, collection: Collection, folder: Path
) -> None:
    draw(folder / "2" / "new.png", 77)
    changes = looks(watch)
    assert (changes.report.inserted, changes.report.failures) == (1, [])
    assert collection.get(["2/new.png"])[0] is not None
    assert not watch.look()


def test_what_is_being_written_is_left_alone(
    watch: FolderWatch, collection: Collection, folder: Path, tmp_path: Path
) -> None:
    data = draw(tmp_path / "whole.png", 78, (400, 300)).read_bytes()
    with (folder / "new.png").open("wb") as file:
        for start in range(0, len(data), len(data) // 3):
            file.write(data[start : start + len(data) // 3])
            file.flush()
            assert not watch.look()
    assert watch.look().report.inserted == 1
    assert collection.count() == 11


def test_half_a_file_is_tried_again_when_the_rest_came(
    watch: FolderWatch, collection: Collection, folder: Path, tmp_path: Path
) -> None:
    data = draw(tmp_path / "whole.jpg", 78, (400, 300)).read_bytes()
    (folder / "new.jpg").write_bytes(data[:100])
    (failure,) = looks(watch).report.failures
    assert failure.path == folder / "new.jpg"
    assert not looks(watch)
    (folder / "new.jpg").write_bytes(data)
    assert looks(watch).report.inserted == 1
    assert collection.get(["new.jpg"])[0] is not None


def test_a_record_whose_file_is_gone_is_dropped_and_comes_back_with_it(
    watch: FolderWatch, collection: Collection, folder: Path, tmp_path: Path
) -> None:
    collection.update([("0/2.png", {"tags": ["kept"]})])
    (folder / "0" / "2.png").rename(tmp_path / "away.png")
    assert looks(watch).removed == ["0/2.png"]
    assert [each.record.id for each in collection.dropped()] == ["0/2.png"]
    (tmp_path / "away.png").rename(folder / "0" / "2.png")
    assert looks(watch).returned == ["0/2.png"]
    (record,) = collection.get(["0/2.png"])
    assert record is not None
    assert record.attributes["tags"] == ["kept"]
    assert collection.count_dropped() == 0


def test_a_record_that_was_named_after_another_folder_comes_back_with_its_file(
    collection: Collection, folder: Path, tmp_path: Path
) -> None:
    import_images(collection, find_images([folder / "0" / "2.png", folder]))
    watch = FolderWatch(collection, [folder])
    assert not watch.look()
    for _ in range(2):
        (folder / "0" / "2.png").rename(tmp_path / "away.png")
        assert looks(watch).removed == ["2.png"]
        (tmp_path / "away.png").rename(folder / "0" / "2.png")
        assert looks(watch).returned == ["2.png"]
    assert collection.count() == 10


def test_files_that_are_saved_by_way_of_another_name_stay(
    watch: FolderWatch, collection: Collection, folder: Path, tmp_path: Path
) -> None:
    (folder / "0" / "2.png").rename(tmp_path / "away.png")
    assert not watch.look()
    (tmp_path / "away.png").rename(folder / "0" / "2.png")
    assert not looks(watch, 3)
    assert collection.count() == 10


@pytest.mark.parametrize("order", ["rename", "copy first"])
def test_a_folder_that_gets_another_name_keeps_what_was_given_to_its_records(
    watch: FolderWatch, collection: Collection, folder: Path, order: str
) -> None:
    collection.update([("1/3.png", {"tags": ["kept"], "stars": 4})])
    if order == "rename":
        (folder / "1").rename(folder / "summer")
        changes = looks(watch)
    else:
        shutil.copytree(folder / "1", folder / "summer")
        looks(watch)
        shutil.rmtree(folder / "1")
        changes = looks(watch)
    assert changes.renamed == {f"1/{n}.png": f"summer/{n}.png" for n in (1, 3, 5, 7, 9)}
    assert changes.removed == []
    assert (collection.count(), collection.count_dropped()) == (10, 0)
    (record,) = collection.get(["summer/3.png"])
    assert record is not None
    assert (record.attributes["tags"], record.attributes["stars"]) == (["kept"], 4)
    assert record.attributes["_file"] == str(folder / "summer" / "3.png")
    assert record.attributes["folder"] == "summer"


def test_a_file_that_holds_another_image_makes_its_record_anew(
    watch: FolderWatch, collection: Collection, folder: Path
) -> None:
    collection.update([("0/2.png", {"stars": 5})])
    before = collection.digests(["0/2.png"])
    draw(folder / "0" / "2.png", 99, (80, 80))
    assert looks(watch).changed == ["0/2.png"]
    (record,) = collection.get(["0/2.png"])
    assert record is not None
    assert (record.width, record.attributes["stars"]) == (80, 5)
    assert record.attributes["bytes"] == (folder / "0" / "2.png").stat().st_size
    assert collection.digests(["0/2.png"]) != before
    assert collection.count_dropped() == 0


def test_a_file_that_is_damaged_leaves_its_record(
    watch: FolderWatch, collection: Collection, folder: Path
) -> None:
    (folder / "0" / "2.png").write_bytes(b"\x89PNG no more")
    (failure,) = looks(watch).report.failures
    assert failure.path == folder / "0" / "2.png"
    assert collection.get(["0/2.png"])[0] is not None


def test_a_file_that_is_only_touched_keeps_its_record(
    watch: FolderWatch, collection: Collection, folder: Path
) -> None:
    (before,) = collection.get(["0/2.png"])
    os.utime(folder / "0" / "2.png", (0, 1_700_000_000))
    assert not looks(watch)
    (after,) = collection.get(["0/2.png"])
    assert before is not None
    assert after is not None
    assert after.number == before.number
    assert after.attributes["modified"] == "2023-11-14T22:13:20Z"


def test_a_disk_that_is_unmounted_empties_nothing(
    watch: FolderWatch, collection: Collection, folder: Path
) -> None:
    folder.rename(folder.with_name("elsewhere"))
    assert not looks(watch, 3)
    folder.mkdir()
    assert not looks(watch, 3)
    assert collection.count() == 10


@pytest.mark.parametrize("how", ["folder", "link to a folder", "links to files"])
def test_a_disk_below_the_folder_that_goes_away_loses_nothing(
    collection: Collection, folder: Path, tmp_path: Path, how: str
) -> None:
    disk = tmp_path / "disk"
    for number in (50, 51):
        draw(disk / "day" / f"{number}.png", number)
    mounted = folder / "disk"
    if how == "folder":
        disk.rename(mounted)
        disk = mounted
    elif how == "link to a folder":
        mounted.symlink_to(disk)
    else:
        (mounted / "day").mkdir(parents=True)
        for number in (50, 51):
            (mounted / "day" / f"{number}.png").symlink_to(disk / "day" / f"{number}.png")
    import_images(collection, find_images([folder]))
    watch = FolderWatch(collection, [folder])
    disk.rename(tmp_path / "away")
    if how == "folder":
        disk.mkdir()
        (disk / ".hidden").touch()
    assert not looks(watch, 3)
    assert not looks(FolderWatch(collection, [folder]), 3)
    assert (collection.count(), collection.count_dropped()) == (12, 0)
    if how == "folder":
        shutil.rmtree(disk)
    (tmp_path / "away").rename(disk)
    assert not looks(watch, 3)
    assert collection.count() == 12


def test_a_folder_that_is_deleted_with_its_files_drops_their_records(
    watch: FolderWatch, collection: Collection, folder: Path
) -> None:
    shutil.rmtree(folder / "1")
    assert sorted(looks(watch).removed) == [f"1/{number}.png" for number in (1, 3, 5, 7, 9)]
    assert collection.count() == 5


def test_a_record_that_an_earlier_watch_dropped_comes_back_with_its_file(
    watch: FolderWatch, collection: Collection, folder: Path, tmp_path: Path
) -> None:
    collection.update([("0/2.png", {"tags": ["kept"]})])
    (folder / "0" / "2.png").rename(tmp_path / "away.png")
    assert looks(watch).removed == ["0/2.png"]
    later = FolderWatch(collection, [folder])
    assert not later.look()
    (tmp_path / "away.png").rename(folder / "0" / "2.png")
    assert looks(later).returned == ["0/2.png"]
    (record,) = collection.get(["0/2.png"])
    assert record is not None
    assert record.attributes["tags"] == ["kept"]


def test_a_file_that_cannot_be_looked_at_keeps_its_record(
    watch: FolderWatch, collection: Collection, folder: Path
) -> None:
    path = folder / "0" / "2.png"
    path.unlink()
    path.symlink_to(path)
    (failure,) = watch.look().report.failures
    assert failure.path == path
    assert not looks(watch, 3)
    assert collection.count() == 10


def test_a_place_that_cannot_be_looked_at_is_told_of_and_the_others_are_followed(
    collection: Collection, folder: Path
) -> None:
    impossible = folder.with_name("x" * 300)
    import_images(collection, find_images([folder]))
    watch = FolderWatch(collection, [impossible, folder])
    (failure,) = watch.look().report.failures
    assert failure.path == impossible
    (folder / "0" / "2.png").unlink()
    assert looks(watch).removed == ["0/2.png"]


def test_a_place_below_another_is_followed_like_the_rest(
    collection: Collection, folder: Path
) -> None:
    import_images(collection, find_images([folder]))
    watch = FolderWatch(collection, [folder, folder / "0"])
    assert not watch.look()
    (folder / "0" / "2.png").unlink()
    assert looks(watch).removed == ["0/2.png"]


def test_of_two_equal_files_the_one_that_stays_keeps_what_was_given_to_it(
    watch: FolderWatch, collection: Collection, folder: Path
) -> None:
    collection.update([("0/2.png", {"tags": ["first"], "stars": 2, "place": "lake"})])
    shutil.copy(folder / "0" / "2.png", folder / "copy.png")
    assert looks(watch).report.inserted == 1
    collection.update([("copy.png", {"tags": ["second"], "stars": 5})])
    (folder / "0" / "2.png").unlink()
    assert looks(watch).renamed == {"0/2.png": "copy.png"}
    (record,) = collection.get(["copy.png"])
    assert record is not None
    attributes = record.attributes
    assert (attributes["tags"], attributes["stars"]) == (["second"], 5)
    assert attributes["place"] == "lake"


def test_a_new_name_keeps_what_was_given_in_the_place_of_what_an_import_brings(
    collection: Collection, folder: Path
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Model] = "Box"
    draw(folder / "box.jpg", 60)
    with Image.open(folder / "box.jpg") as image:
        image.save(folder / "box.jpg", exif=exif)
    options = ImportOptions(attributes={"album": "all"})
    import_images(collection, find_images([folder]), options)
    watch = FolderWatch(collection, [folder], options)
    assert not watch.look()
    (record,) = collection.get(["box.jpg"])
    assert record is not None
    assert record.attributes["camera"] == "Box"
    collection.update([("box.jpg", {"camera": "Pinhole", "album": "best"})])
    (folder / "box.jpg").rename(folder / "pinhole.jpg")
    assert looks(watch).renamed == {"box.jpg": "pinhole.jpg"}
    (record,) = collection.get(["pinhole.jpg"])
    assert record is not None
    assert (record.attributes["camera"], record.attributes["album"]) == ("Pinhole", "best")


@pytest.mark.parametrize("when", ["while it is watched", "before"])
def test_a_copy_that_was_left_out_takes_the_place_of_what_is_deleted(
    collection: Collection, folder: Path, when: str
) -> None:
    options = ImportOptions(near_radius=0.5)
    import_images(collection, find_images([folder]), options)
    copies = [folder / "copy.png", folder / "other.png"]
    if when == "before":
        shutil.copy(folder / "0" / "2.png", copies[0])
        shutil.copy(folder / "0" / "4.png", copies[1])
        watch = FolderWatch(collection, [folder], options, passed_by=copies)
        assert not looks(watch)
    else:
        watch = FolderWatch(collection, [folder], options)
        assert not watch.look()
        shutil.copy(folder / "0" / "2.png", copies[0])
        shutil.copy(folder / "0" / "4.png", copies[1])
        assert looks(watch).report.near_duplicates == 2
    (folder / "0" / "2.png").unlink()
    assert looks(watch).removed == ["0/2.png"]
    changes = watch.look()
    assert changes.report.inserted == 1
    assert changes.renamed == {"0/2.png": "copy.png"}
    # Only what may be like the record that is gone.
    assert changes.report.near_duplicates == (1 if when == "before" else 0)
    assert not looks(watch, 3)
    assert collection.count() == 10


def test_a_copy_that_was_left_out_is_imported_when_its_twin_becomes_another_image(
    collection: Collection, folder: Path
) -> None:
    options = ImportOptions(near_radius=0.5)
    import_images(collection, find_images([folder]), options)
    watch = FolderWatch(collection, [folder], options)
    assert not watch.look()
    shutil.copy(folder / "0" / "2.png", folder / "copy.png")
    assert looks(watch).report.near_duplicates == 1
    draw(folder / "0" / "2.png", 99, (80, 80))
    assert looks(watch).changed == ["0/2.png"]
    assert looks(watch).report.inserted == 1
    assert collection.get(["copy.png"])[0] is not None


def test_a_new_watch_goes_on_where_the_last_one_ended(
    watch: FolderWatch, collection: Collection, folder: Path
) -> None:
    draw(folder / "new.png", 77)
    (folder / "0" / "2.png").unlink()
    draw(folder / "0" / "4.png", 98, (90, 80))
    changes = looks(FolderWatch(collection, [folder]))
    assert (changes.report.inserted, changes.removed, changes.changed) == (
        1,
        ["0/2.png"],
        ["0/4.png"],
    )
    assert collection.count() == 10


def test_what_an_import_could_not_take_is_passed_by_until_it_changes(
    collection: Collection, folder: Path
) -> None:
    (folder / "bad.png").write_bytes(b"nothing")
    report = import_images(collection, find_images([folder]))
    watch = FolderWatch(
        collection, [folder], passed_by=[Path(each.path) for each in report.failures]
    )
    assert not looks(watch, 3)
    draw(folder / "bad.png", 55)
    assert looks(watch).report.inserted == 1


def test_records_that_were_dropped_stay_so_while_their_files_stay(
    watch: FolderWatch, collection: Collection, folder: Path
) -> None:
    collection.drop(["0/2.png"])
    assert not looks(watch, 3)
    assert FolderWatch(collection, [folder]).look().report.inserted == 0
    assert collection.count() == 9


def test_records_of_other_places_are_none_of_its_business(
    watch: FolderWatch, collection: Collection, folder: Path, tmp_path: Path
) -> None:
    other = draw(tmp_path / "other" / "x.png", 44)
    import_images(collection, find_images([other.parent]))
    other.unlink()
    collection.insert([NewRecord("bare", vector=collection.vectors(["0/2.png"])[1][0])])
    assert not looks(FolderWatch(collection, [folder]), 3)
    assert collection.count() == 12


def test_many_come_at_once_and_some_are_near_duplicates(
    collection: Collection, folder: Path
) -> None:
    options = ImportOptions(prefix="p/", near_radius=0.5, batch=16)
    import_images(collection, find_images([folder]), options)
    watch = FolderWatch(collection, [folder], options)
    assert not watch.look()
    for number in range(100, 200):
        draw(folder / "many" / f"{number}.png", number, (20, 16))
    shutil.copy(folder / "0" / "2.png", folder / "copy.png")
    report = looks(watch).report
    assert (report.inserted, report.near_duplicates, report.failures) == (100, 1, [])
    assert collection.count() == 110


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is unreadable for root")
def test_a_folder_that_cannot_be_read_loses_nothing(
    watch: FolderWatch, collection: Collection, folder: Path
) -> None:
    (folder / "1").chmod(0)
    (failure,) = watch.look().report.failures
    assert failure.path == folder / "1"
    assert not looks(watch, 3)
    (folder / "1").chmod(0o755)
    assert not looks(watch, 3)
    assert collection.count() == 10


# ---------------------------------------------------------------- the loop


@pytest.fixture
def start(
    engine: Engine, collection: Collection, folder: Path
) -> Iterator[Callable[[], list[FolderChanges]]]:
    """Watch in a thread; gives the list of what was told."""
    stopping = threading.Event()
    with ThreadPoolExecutor(1) as pool:

        def begin() -> list[FolderChanges]:
            told: list[FolderChanges] = []
            pool.submit(
                engine.importing.watch,
                collection.info.id,
                [folder],
                pause=0.01,
                told=told.append,
                stop=stopping.is_set,
            )
            return told

        yield begin
        stopping.set()


def test_a_watch_follows_until_it_is_stopped(
    start: Callable[[], list[FolderChanges]],
    collection: Collection,
    folder: Path,
    wait_until: Callable[[Callable[[], bool]], None],
) -> None:
    told = start()
    wait_until(lambda: collection.count() == 10)
    draw(folder / "new.png", 77)
    wait_until(lambda: collection.count() == 11)
    wait_until(lambda: sum(each.report.inserted for each in told) == 11)


def test_a_watch_ends_with_its_collection(
    engine: Engine, collection: Collection, folder: Path
) -> None:
    def delete(changes: FolderChanges) -> None:
        engine.collections.delete(collection.info.id)

    with pytest.raises(NotFound):
        engine.importing.watch(collection.info.id, [folder], pause=0.01, told=delete)
