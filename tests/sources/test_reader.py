"""Reading sources, and what they may not reach."""

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from attrs import frozen

from photomill.components import Storage
from photomill.config.settings import GeneralSettings, ImageSettings, Settings
from photomill.errors import NotFound, SourceForbidden, SourceTooLarge, SourceUnreachable
from photomill.sources import BytesSource, PathSource, UriSource
from photomill.sources.reader import SourceReader

LIMIT = 1000


class Echo(Storage):
    """Serves its keys as their own content; ``endless`` never ends."""

    name = "echo"
    schemes = frozenset({"echo"})
    can_write = can_list = False

    def open_object(self, key: str) -> BinaryIO:
        if key.endswith("missing"):
            raise NotFound(f"{key!r} is not there")
        if key.endswith("endless"):
            return open("/dev/zero", "rb")
        return io.BytesIO(key.encode())


@frozen
class Everybody:
    """Gives every owner the same storages."""

    components: Any

    def namespace(self, owner: str) -> Any:
        return self.components


@pytest.fixture
def reader(load_components: Callable[..., Any], tmp_path: Path) -> SourceReader:
    (tmp_path / "photos").mkdir()
    settings = Settings(
        photomill=GeneralSettings(source_roots=(str(tmp_path / "photos"),)),
        images=ImageSettings(max_bytes=LIMIT),
    )
    components = load_components(Echo, storages={"archive": {"use": "echo"}})
    return SourceReader(settings, Everybody(components))


@pytest.fixture
def photos(reader: SourceReader, tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "a.jpg").write_bytes(b"a photo")
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    return folder


def test_bytes_are_themselves(reader: SourceReader) -> None:
    assert reader.read(BytesSource(b"x" * LIMIT)) == b"x" * LIMIT
    with pytest.raises(SourceTooLarge, match="more than 1000 bytes"):
        reader.read(BytesSource(b"x" * (LIMIT + 1)))


def test_a_scheme_leads_to_its_storage(reader: SourceReader) -> None:
    assert reader.read(UriSource("echo://host/a%20b?c#d")) == b"echo://host/a%20b?c#d"


def test_a_storage_is_reached_by_its_name(reader: SourceReader) -> None:
    assert reader.read(UriSource("storage://archive/folder/a%20b.jpg")) == b"folder/a b.jpg"


@pytest.mark.parametrize(
    "uri",
    [
        "ftp://host/a",
        "file:///etc/passwd",
        "a.jpg",
        "",
        "/etc/passwd",
        "http://[::1/",
        "storage:///a",
        "storage://archive",
        "storage://archive/a?b",
        "storage://archive/a#b",
        "storage://archive/../a",
        "storage://archive/a/%2e%2e/%2e%2e/b",
        "storage://archive//etc/passwd",
        f"storage://{'a' * 51}/b",
    ],
)
def test_other_schemes_are_refused(reader: SourceReader, uri: str) -> None:
    with pytest.raises(SourceForbidden):
        reader.read(UriSource(uri))


def test_the_refusal_says_what_is_served(reader: SourceReader) -> None:
    with pytest.raises(SourceForbidden, match="'ftp' is not served; served are echo, storage"):
        reader.read(UriSource("ftp://host/a"))


@pytest.mark.parametrize("uri", ["storage://nowhere/a.jpg", "echo://a/missing"])
def test_what_is_not_there_is_unreachable(reader: SourceReader, uri: str) -> None:
    with pytest.raises(SourceUnreachable):
        reader.read(UriSource(uri))


def test_no_more_than_the_limit_is_read(reader: SourceReader) -> None:
    with pytest.raises(SourceTooLarge):
        reader.read(UriSource("echo://host/endless"))


def test_files_below_the_roots_are_read(reader: SourceReader, photos: Path) -> None:
    assert reader.read(PathSource(str(photos / "a.jpg"))) == b"a photo"
    assert reader.read(PathSource(f"{photos}/b/../a.jpg")) == b"a photo"
    (photos / "inside.jpg").symlink_to("a.jpg")
    assert reader.read(PathSource(str(photos / "inside.jpg"))) == b"a photo"


def test_files_elsewhere_are_refused(reader: SourceReader, photos: Path) -> None:
    (photos / "link.jpg").symlink_to("../secret.jpg")
    (photos / "folder").symlink_to("..")
    for path in ("../secret.jpg", "link.jpg", "folder/secret.jpg", "/etc/passwd", "\0"):
        with pytest.raises(SourceForbidden):
            reader.read(PathSource(str(photos / path)))
    with pytest.raises(SourceForbidden, match="source_roots"):
        reader.read(PathSource(f"{photos}-beside/a.jpg"))


def test_without_roots_no_file_is_read(load_components: Any, tmp_path: Path) -> None:
    reader = SourceReader(Settings(), Everybody(load_components()))
    with pytest.raises(SourceForbidden, match="source_roots"):
        reader.read(PathSource(str(tmp_path / "a.jpg")))


def test_trusted_paths_are_read_anywhere(reader: SourceReader, photos: Path) -> None:
    assert reader.read(PathSource(str(photos.parent / "secret.jpg"), trusted=True)) == b"secret"


def test_only_regular_files_are_read(reader: SourceReader, photos: Path) -> None:
    os.mkfifo(photos / "pipe.jpg")
    for path in (photos / "pipe.jpg", photos, Path("/dev/zero")):
        with pytest.raises(SourceForbidden, match="not a regular file"):
            reader.read(PathSource(str(path), trusted=True))


@pytest.mark.parametrize("name", ["missing.jpg", "a.jpg/b.jpg", "x" * 300])
def test_files_that_are_not_there_are_unreachable(
    reader: SourceReader, photos: Path, name: str
) -> None:
    with pytest.raises(SourceUnreachable):
        reader.read(PathSource(str(photos / name)))


def test_files_over_the_limit_are_refused(reader: SourceReader, photos: Path) -> None:
    with open(photos / "huge.jpg", "wb") as file:
        file.truncate(10**12)
    with pytest.raises(SourceTooLarge):
        reader.read(PathSource(str(photos / "huge.jpg")))
