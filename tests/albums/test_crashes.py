"""Processes that end without a word, in the middle of an upload or of derivatives."""

import subprocess
import sys
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from photomill.albums.store.uploads import UploadTable

from .conftest import Studio, draw

# Ends as `kill -9` would, right after the storage has written so many files.
DYING = """
import os, signal, sys, time
from io import BytesIO
from typing import Any
from photomill.config.load import load_settings
from photomill.engine import Engine

folder, writes, *place = sys.argv[1:]
engine = Engine.open(load_settings(environ={}, overrides={
    "embedders.main": {"use": "descriptor"}, "images.processes": 1, "editing.processes": 1,
    "photomill.data_dir": folder,
}))
storage = engine.storages.internal("albums")
put, left = storage.put, [int(writes)]

def deadly(key, data):
    found = put(key, data)
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return found

storage.put = deadly
if place:
    engine.albums.uploads.receive(*place, BytesIO(sys.stdin.buffer.read()), "a.jpg")
engine.jobs.start()
time.sleep(30)
"""


def die(studio: Studio, writes: int, *place: str, data: bytes = b"") -> None:
    folder = studio.engine.settings.data_dir
    command = [sys.executable, "-c", DYING, str(folder), str(writes), *place]
    ended = subprocess.run(command, input=data, timeout=60, check=False, capture_output=True)
    assert ended.returncode == -9, ended.stderr.decode()


def test_an_upload_that_was_never_acknowledged_leaves_nothing(
    new_studio: Callable[..., Studio], monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = new_studio(work=False)
    (place,) = studio.albums.uploads.reserve(studio.group, 1)
    address = place.secret, place.group, place.photo
    die(studio, 1, *address, data=draw("a"))
    assert len(studio.stored) == 1
    assert studio.albums.photos.get(place.photo).state == "reserved"
    later = time.time() + 180
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: later)
        studio.albums.uploads.receive(*address, BytesIO(draw("b")), "b.jpg")
    assert len(studio.stored) == 2
    studio.engine.jobs.start()
    studio.settle()
    studio.albums.clean_up(time.time() + 2 * 3600)
    (photo,) = studio.albums.groups.photos(studio.group)
    assert studio.read(photo.files["original"]) == draw("b")
    assert len(studio.stored) == 7


def test_derivatives_go_on_after_a_crash(new_studio: Callable[..., Studio]) -> None:
    studio = new_studio(work=False)
    photo = studio.upload(draw("a"))
    die(studio, 3)
    assert studio.albums.photos.get(photo.id).state == "uploaded"
    assert len(studio.stored) == 4
    studio.engine.jobs.start()
    studio.settle()
    assert studio.albums.photos.get(photo.id).state == "ready"
    assert len(studio.stored) == 7


def test_a_worker_that_comes_late_leaves_what_another_one_made(
    new_studio: Callable[..., Studio], monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = new_studio(work=False)
    photo = studio.upload(draw("a"))
    finish = UploadTable.finish

    def finish_late(self: UploadTable, *given: Any) -> bool:
        assert finish(self, *given)
        return finish(self, *given)

    monkeypatch.setattr(UploadTable, "finish", finish_late)
    studio.engine.jobs.start()
    studio.settle()
    assert studio.albums.photos.get(photo.id).state == "ready"
    assert len(studio.stored) == 7
