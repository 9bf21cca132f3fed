"""Finding the images of a folder."""

import inspect
import shutil
import sys
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photomill.errors import NotFound
from photomill.importing import FoundFile, find_images
from photomill.sources.walking import IMAGE_SUFFIXES


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


def names(*places: Path) -> list[str]:
    return [str(found.name) for found in find_images(places)]


def test_pictures_are_found_at_any_depth_in_order(tmp_path: Path) -> None:
    for name in ("b.jpg", "a/z.PNG", "a/y/x.webp", "c.heic", "a.tif"):
        touch(tmp_path / name)
    assert names(tmp_path) == ["a/y/x.webp", "a/z.PNG", "a.tif", "b.jpg", "c.heic"]


def test_what_is_hidden_or_no_picture_is_left_out(tmp_path: Path) -> None:
    for name in (".a.jpg", ".git/b.jpg", "notes.txt", "c.jpg.part", "jpg", "d.jpeg"):
        touch(tmp_path / name)
    assert names(tmp_path) == ["d.jpeg"]


def test_a_file_that_is_named_is_taken_whatever_it_is_called(tmp_path: Path) -> None:
    path = touch(tmp_path / "deep" / ".scan")
    assert list(find_images([path])) == [FoundFile(path, PurePosixPath(".scan"), named=True)]


def test_links_are_followed_and_circles_are_not(tmp_path: Path) -> None:
    album = tmp_path / "album"
    touch(album / "a.jpg")
    touch(tmp_path / "elsewhere" / "b.jpg")
    (album / "other").symlink_to(tmp_path / "elsewhere")
    (album / "again").symlink_to(album)
    (tmp_path / "elsewhere" / "back").symlink_to(album)
    (album / "itself").symlink_to(album / "itself")
    (album / "gone").symlink_to(tmp_path / "gone")
    assert names(album) == ["a.jpg", "other/b.jpg"]


def test_what_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nothing"):
        names(tmp_path / "nothing")


def test_a_folder_that_cannot_be_read_is_told_of(tmp_path: Path) -> None:
    for name in ("a.jpg", "b/x.jpg", "c.jpg"):
        touch(tmp_path / name)
    told: list[OSError] = []
    found = find_images([tmp_path], unreadable=told.append)
    assert str(next(found).name) == "a.jpg"
    shutil.rmtree(tmp_path / "b")
    assert [str(file.name) for file in found] == ["c.jpg"]
    assert [Path(error.filename) for error in told] == [tmp_path / "b"]


def test_a_folder_that_cannot_be_read_is_an_error_otherwise(tmp_path: Path) -> None:
    for name in ("a.jpg", "b/x.jpg"):
        touch(tmp_path / name)
    found = find_images([tmp_path])
    next(found)
    shutil.rmtree(tmp_path / "b")
    with pytest.raises(FileNotFoundError):
        next(found)


def test_a_tree_deeper_than_python_recurses(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * 200)
    touch(deep / "x.jpg")
    frames = len(inspect.stack(0))
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(frames + 100)
    try:
        found = names(tmp_path)
    finally:
        sys.setrecursionlimit(limit)
    assert found == ["d/" * 200 + "x.jpg"]


@given(
    st.sets(st.from_regex(r"[a-c]{1,2}(/[a-c]{1,2}){0,3}\.(jpg|txt)", fullmatch=True), max_size=8)
)
def test_found_is_what_is_there(tmp_path_factory: pytest.TempPathFactory, files: set[str]) -> None:
    root = tmp_path_factory.mktemp("tree")
    for name in files:
        touch(root / name)
    found = names(root)
    assert len(found) == len(set(found))
    assert set(found) == {name for name in files if Path(name).suffix in IMAGE_SUFFIXES}
