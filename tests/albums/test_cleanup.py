"""Removing what nobody needs, and nothing else."""

import os
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from photomill.albums.model import ZipEntry
from photomill.errors import NotFound

from .conftest import Studio, draw

DAY = 86_400.0


def age(path: Path, seconds: float) -> None:
    """Make a file older."""
    then = time.time() - seconds
    os.utime(path, (then, then))


def test_reservations_go_an_hour_after_their_end(new_studio: Callable[..., Studio]) -> None:
    studio = new_studio()
    used, unused = studio.albums.uploads.reserve(studio.group, 2)
    studio.albums.uploads.receive(used.secret, used.group, used.photo, BytesIO(draw("a")), "a.jpg")
    studio.settle()
    assert studio.albums.clean_up(unused.expires + 3599).reservations == 0
    assert studio.albums.clean_up(unused.expires + 3601).reservations >= 1
    with pytest.raises(NotFound):
        studio.albums.photos.get(unused.photo)
    assert studio.albums.photos.get(used.photo).state == "ready"


def test_deleted_groups_go_after_thirty_days(studio: Studio) -> None:
    kept = studio.albums.groups.create(studio.owner)
    photo = studio.ready(draw("a"))
    copied = studio.albums.photos.copy(photo, kept)
    studio.settle()
    studio.albums.groups.delete(studio.group)
    studio.albums.clean_up(time.time() + 29 * DAY)
    assert studio.albums.photos.get(photo.id)
    studio.albums.clean_up(time.time() + 31 * DAY)
    for gone in (studio.albums.photos.get, studio.albums.groups.get):
        with pytest.raises(NotFound):
            gone(photo.id if gone is studio.albums.photos.get else studio.group.id)
    # The copy shares the files.
    assert studio.read(copied.files["original"]) == draw("a")
    assert len(studio.stored) == 7


def test_deleted_photos_go_with_their_files(studio: Studio) -> None:
    photo, other = studio.ready(draw("a")), studio.ready(draw("b"))
    studio.albums.photos.delete(photo)
    studio.albums.clean_up(time.time() + 31 * DAY)
    assert len(studio.stored) == 7
    assert studio.read(other.files["original"]) == draw("b")


def test_a_restored_group_keeps_its_photos(studio: Studio) -> None:
    photo = studio.ready(draw("a"))
    studio.albums.groups.delete(studio.group)
    with pytest.raises(NotFound):
        studio.read(photo.files["medium"])
    studio.albums.groups.restore(studio.albums.groups.get(studio.group.id))
    studio.albums.clean_up(time.time() + 31 * DAY)
    assert studio.read(photo.files["original"]) == draw("a")


def test_files_that_nobody_knows_of_go_and_no_others(studio: Studio) -> None:
    photo = studio.ready(draw("a"))
    zipped = studio.albums.zips.create(studio.group, [ZipEntry(photo.files["medium"], "a.jpg")])
    studio.settle()
    known = studio.stored
    folder = next(iter(known)).parents[1]
    orphan = folder / "originals/left-behind.jpg"
    partial = folder / "originals/.photomill-partial-0123"
    young = folder / "originals/being-received.jpg"
    for path in (orphan, partial, young):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    for path in (orphan, partial, *known):
        age(path, 2 * 3600)
    foreign = studio.engine.settings.data_dir / "albums/somebody-elses.txt"
    foreign.write_bytes(b"x")
    age(foreign, 2 * 3600)
    assert studio.albums.clean_up().files == 1
    assert studio.stored == known | {young}
    assert foreign.exists()
    assert studio.albums.zips.get(zipped.id).state == "done"


def test_archives_go_after_a_day(studio: Studio) -> None:
    photo = studio.ready(draw("a"))
    zipped = studio.albums.zips.create(studio.group, [ZipEntry(photo.files["medium"], "a.jpg")])
    studio.settle()
    assert len(studio.stored) == 8
    studio.albums.clean_up(time.time() + DAY + 1)
    assert len(studio.stored) == 7
    with pytest.raises(NotFound):
        studio.albums.zips.get(zipped.id)


def test_what_lost_its_job_is_taken_up(new_studio: Callable[..., Studio]) -> None:
    studio = new_studio(work=False)
    photo = studio.upload(draw("a"))
    for job in studio.engine.jobs.list_jobs():
        studio.engine.jobs.cancel(job.number)
    studio.engine.jobs.start()
    assert studio.albums.clean_up().resumed == 0
    assert studio.albums.clean_up(time.time() + 3601).resumed == 1
    studio.settle()
    assert studio.albums.photos.get(photo.id).state == "ready"


def test_a_server_sweeps_by_itself(
    new_studio: Callable[..., Studio], wait_until: Callable[[Callable[[], object]], None]
) -> None:
    studio = new_studio(work=False, albums__cleanup_seconds=0.02, albums__keep_deleted=0.01)
    photo = studio.upload(draw("a"))
    studio.albums.photos.delete(photo)
    studio.albums.start()
    wait_until(lambda: not studio.stored)
    studio.albums.stop()
    assert studio.stored == set()
