"""Where results go."""

import pytest

from photomill.editing.destinations import (
    Destination,
    result_stem,
    source_name,
    temporary_key,
)
from photomill.errors import InvalidInput


@pytest.mark.parametrize(
    ("uri", "storage", "key"),
    [
        ("storage://shop/", "shop", "photo.jpeg"),
        ("storage://shop/2024/summer/", "shop", "2024/summer/photo.jpeg"),
        ("storage://shop/2024/one.png", "shop", "2024/one.png"),
    ],
)
def test_a_folder_or_an_object(uri: str, storage: str, key: str) -> None:
    destination = Destination.parse(uri)
    assert (destination.storage, destination.object_key("photo.jpeg")) == (storage, key)


@pytest.mark.parametrize(
    "uri",
    ["", "shop/a.jpg", "https://shop/a.jpg", "storage://", "storage://shop", "storage:///a.jpg"]
    + [f"storage://shop/{path}" for path in ("..", "../a.jpg", "a/../../b.jpg", "a/./b.jpg")],
)
def test_anything_else_is_refused(uri: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Destination.parse(uri, path="output.destination")
    assert refused.value.path == "output.destination"


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("https://shop.example/a/photo.jpg?size=1#top", "photo.jpg"),
        ("https://shop.example/a%20b.jpg", "a b.jpg"),
        ("https://shop.example/", "image"),
        ("storage://shop/2024/é.png", "é.png"),
        ("http://[broken", "image"),
    ],
)
def test_a_uri_names_its_picture(uri: str, name: str) -> None:
    assert source_name(uri) == name


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("photo.jpg", "photo"),
        ("archive.tar.gz", "archive.tar"),
        ("noending", "noending"),
        ("", "image"),
        ("..", "image"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\n.jpg", "ab"),
        ("🏔 alps.jpg", "🏔 alps"),
        ("x" * 300 + ".jpg", "x" * 200),
    ],
)
def test_a_result_has_a_name_that_any_storage_takes(name: str, stem: str) -> None:
    assert result_stem(name) == stem


def test_temporary_keys_are_not_guessed() -> None:
    keys = {temporary_key("photo.jpeg") for _ in range(100)}
    assert len(keys) == 100
    assert all(len(key) >= 32 and key.endswith("/photo.jpeg") for key in keys)
