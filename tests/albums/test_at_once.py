"""What several do at the same moment fails nobody, on either database."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from photomill.albums.model import ShareOptions
from photomill.errors import CapacityExceeded

from .conftest import Studio, draw

TOGETHER = 8


@pytest.fixture(params=["sqlite", "postgresql"])
def studio(request: pytest.FixtureRequest) -> Studio:
    url = request.getfixturevalue("empty_postgresql_url") if request.param == "postgresql" else ""
    new_studio: Callable[..., Studio] = request.getfixturevalue("new_studio")
    return new_studio(catalog__url=url)


def together(*actions: Callable[[], Any]) -> list[Exception]:
    """Do all of this at the same moment; what was raised."""
    ready = threading.Barrier(len(actions))

    def do(action: Callable[[], Any]) -> Exception | None:
        ready.wait(60)
        try:
            action()
        except Exception as error:
            return error
        return None

    with ThreadPoolExecutor(len(actions)) as pool:
        return [error for error in pool.map(do, actions) if error is not None]


def test_a_new_visitor_marks_several_photos_at_once(studio: Studio) -> None:
    photos = [studio.ready(draw(str(place)), f"{place}.jpg") for place in range(TOGETHER)]
    visitors = studio.albums.visitors
    shared = studio.albums.sharing.enter(studio.group.token)
    secret = visitors.new_secret()
    marks = [lambda photo=photo: visitors.mark(shared, secret, photo.id, True) for photo in photos]
    assert together(*marks) == []
    (visitor,) = visitors.of_group(studio.group)
    assert set(visitor.favourites) == {photo.id for photo in photos}
    assert together(*(lambda: visitors.mark(shared, secret, photos[0].id, True),) * TOGETHER) == []
    unmarks = [
        lambda photo=photo: visitors.mark(shared, secret, photo.id, False) for photo in photos
    ]
    assert together(*unmarks) == []
    assert visitors.of_group(studio.group) == []


def test_no_more_visitors_than_there_may_be_come_at_once(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("photomill.albums.visitors.MOST_VISITORS", 3)
    photo = studio.ready(draw("a"))
    visitors = studio.albums.visitors
    shared = studio.albums.sharing.enter(studio.group.token)
    errors = together(
        *(lambda: visitors.mark(shared, visitors.new_secret(), photo.id, True),) * TOGETHER
    )
    assert {type(error) for error in errors} == {CapacityExceeded}
    assert len(visitors.of_group(studio.group)) == 3


def test_options_are_chosen_at_once(studio: Studio) -> None:
    sharing = studio.albums.sharing
    options = [ShareOptions(message=str(place)) for place in range(TOGETHER)]
    chosen = [lambda each=each: sharing.update(studio.group, each) for each in options]
    assert together(*chosen) == []
    assert sharing.enter(studio.group.token).options in options


def test_a_folder_is_noted_at_once(studio: Studio) -> None:
    collections = studio.engine.collections
    collection = collections.open(collections.create("imported").id)
    for turn in range(10):
        notes = [
            lambda searched=searched: collection.add_imported_folder(
                f"/photos/{turn}",  # noqa: B023
                searched=searched,
            )
            for searched in (False, True, *(turn % 2 == 0,) * TOGETHER)
        ]
        assert together(*notes) == []
    assert collection.imported_folders() == sorted(f"/photos/{turn}" for turn in range(10))
