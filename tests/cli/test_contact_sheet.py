"""Contact sheets."""

import base64
import io
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from photomill.collections.model import Record
from photomill_cli.contact_sheet import Card, ContactSheet, Section, card_of
from photomill_cli.thumbnails import SIDE, thumbnail


class Page(HTMLParser):
    """Collects the tags and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())


def rendered(*cards: Card) -> Page:
    return Page("".join(ContactSheet("Title", "sub", [Section("All", cards)]).render()))


def opened(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))


def test_a_page_needs_nothing_but_itself(tmp_path: Path, draw_picture: Callable[..., None]) -> None:
    draw_picture(tmp_path / "a.jpg", "a")
    page = rendered(Card("a", tmp_path / "a.jpg", ["note"], "keep"))
    sources = [
        value
        for _, attributes in page.tags
        for name, value in attributes.items()
        if name in ("src", "href")
    ]
    assert len(sources) == 1
    assert str(sources[0]).startswith("data:image/jpeg;base64,")
    assert {"Title", "sub", "All", "a", "note", "keep"} <= set(page.words)


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "&amp;", "é 日本 \u202e"],
)
def test_names_are_text_and_nothing_else(
    hostile: str, tmp_path: Path, draw_picture: Callable[..., None]
) -> None:
    draw_picture(tmp_path / "a.jpg", "a")
    page = rendered(Card(hostile, tmp_path / "a.jpg", [hostile], hostile))
    assert page.words.count(hostile) == 3
    (image,) = [attributes for tag, attributes in page.tags if tag == "img"]
    # Its name stands below it.
    assert image["alt"] == ""
    assert set(image) == {"src", "alt"}
    assert all(tag != "script" for tag, _ in page.tags)


@pytest.mark.parametrize("content", [None, b"", b"no image", b"\xff\xd8\xff\xe0 cut off"])
def test_a_picture_that_cannot_be_read_has_a_placeholder(
    content: bytes | None, tmp_path: Path
) -> None:
    path = tmp_path / "a.jpg"
    if content is not None:
        path.write_bytes(content)
    page = rendered(Card("a", path), Card("b"))
    assert page.words.count("no image") == 2


def test_a_name_that_is_no_unicode_is_written(tmp_path: Path) -> None:
    path = tmp_path / "sheet.html"
    ContactSheet("\udcff", sections=[]).write(path)
    assert "<h1>?</h1>" in path.read_text(encoding="utf-8")


def test_a_record_without_a_file_has_a_card() -> None:
    card = card_of(Record("x", {"_file": 5}, 30, 20, "png", 12_345), "first")
    assert card == Card("x", None, ["first", "30x20 png, 12 kB"])


def test_a_thumbnail_is_small_and_upright(tmp_path: Path) -> None:
    picture = Image.new("RGB", (900, 300), "red")
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90° to show it upright
    picture.save(tmp_path / "turned.jpg", exif=exif)
    uri = thumbnail(tmp_path / "turned.jpg")
    assert uri is not None
    assert opened(uri).size == (round(SIDE / 3), SIDE)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "CMYK", "I;16", "1"])
def test_pictures_of_every_mode_have_a_thumbnail(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "image.tiff"
    Image.new(mode, (40, 30)).save(path)
    uri = thumbnail(path)
    assert uri is not None
    assert opened(uri).size == (40, 30)


def test_what_is_transparent_is_shown_on_white(tmp_path: Path) -> None:
    Image.new("RGBA", (40, 30), (255, 0, 0, 0)).save(tmp_path / "clear.png")
    uri = thumbnail(tmp_path / "clear.png")
    assert uri is not None
    assert opened(uri).getpixel((20, 15)) == (255, 255, 255)


def test_the_style_serves_light_and_dark() -> None:
    page = "".join(ContactSheet("Title").render())
    assert re.search(r"color-scheme:\s*light dark", page)
    assert "prefers-color-scheme: dark" in page
