"""Tokens, paths, days and the order of photos."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomill.albums.calendar import day_bounds, day_of, time_zone
from photomill.albums.groups import hashed, matches
from photomill.albums.tokens import ALPHABET, is_token, new_path, new_secret, new_token
from photomill.albums.uploads import sort_name
from photomill.errors import InvalidInput
from photomill.names import natural_key


def test_tokens_are_short_legible_and_random() -> None:
    tokens = {new_token() for _ in range(500)}
    assert len(tokens) == 500
    assert all(len(token) == 6 and set(token) <= set(ALPHABET) for token in tokens)
    assert not set("0O1Il") & set(ALPHABET)


@pytest.mark.parametrize("text", ["df3Gas", "DBqLVv", "pdsfs", "EAT4P"])
def test_tokens_of_the_document_are_tokens(text: str) -> None:
    assert is_token(text)


@pytest.mark.parametrize(
    "text", ["", "abc", "a" * 13, "3acb836b-d45a-43e2-ba79-82f3cbf8b8d5", "../..", "äöüß"]
)
def test_other_texts_are_none(text: str) -> None:
    assert not is_token(text)


def test_paths_and_secrets_tell_nothing() -> None:
    paths = {new_path("jpg") for _ in range(100)}
    assert len(paths) == 100
    assert all(path.startswith("/") and path.count("/") == 2 for path in paths)
    assert len({new_secret() for _ in range(100)}) == 100
    assert len(new_secret()) >= 43


@pytest.mark.parametrize(
    ("filename", "name"),
    [
        ("IMG_0124.JPG", "IMG_0124"),
        ("C:\\photos\\IMG_1.jpg", "IMG_1"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\r\n.jpg", "ab"),
        ("🏔.heic", "🏔"),
        ("", ""),
        (" .jpg", ""),
        ("\u00a0 ", ""),
        ("x" * 400 + ".jpg", "x" * 255),
    ],
)
def test_photos_are_named_after_their_files(filename: str, name: str) -> None:
    assert sort_name(filename) == name


def test_photos_are_counted_as_people_count() -> None:
    names = ["IMG_10", "img_2", "IMG_1", "b", "A", "", "IMG_1a", "٣"]
    in_order = sorted(names, key=natural_key)
    assert in_order == ["", "A", "b", "IMG_1", "IMG_1a", "img_2", "IMG_10", "٣"]


@given(st.lists(st.text(max_size=8)))
def test_any_names_can_be_sorted(names: list[str]) -> None:
    sorted(names, key=natural_key)


def test_a_day_is_that_of_the_owners_time_zone() -> None:
    vancouver = time_zone("America/Vancouver")
    begin, end = day_bounds(date(2015, 12, 10), vancouver)
    assert begin <= 1449813600 < end
    assert end - begin == timedelta(hours=24).total_seconds()


def test_days_of_a_change_of_clocks_are_shorter_or_longer() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    hours = [
        (end - begin) / 3600
        for begin, end in (
            day_bounds(date(2024, 3, 31), berlin),
            day_bounds(date(2024, 10, 27), berlin),
        )
    ]
    assert hours == [23, 25]


@given(
    day=st.dates(date(1971, 1, 1), date(9998, 12, 31)),
    name=st.sampled_from(["UTC", "Asia/Kathmandu", "America/Santiago"]),
)
def test_every_second_is_of_one_day(day: date, name: str) -> None:
    begin, end = day_bounds(day, ZoneInfo(name))
    assert day_bounds(day + timedelta(days=1), ZoneInfo(name))[0] == end
    assert datetime.fromtimestamp(begin, ZoneInfo(name)).date() == day
    assert datetime.fromtimestamp(end - 1, ZoneInfo(name)).date() == day


@pytest.mark.parametrize(
    "text", ["", "today", "2015-13-01", "2015-1-1", "2015-12-31T00:00", "20151231"]
)
def test_other_days_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        day_of(text)


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "\0"])
def test_other_time_zones_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        time_zone(name)


def test_a_password_is_kept_as_a_hash() -> None:
    stored = hashed("summer")
    assert "summer" not in stored
    assert stored != hashed("summer")
    assert matches("summer", stored)
    assert not matches("Summer", stored)
