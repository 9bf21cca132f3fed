"""One record: its image, what is known of it, what looks like it."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from photomill import BytesSource, Collection, NewRecord

from .conftest import DESK, PHONE, draw, drawn, until


@pytest.fixture(scope="module")
def kept(site: Any, tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """Four records whose originals are files: a photo with EXIF, a copy of it, a turned one, and a TIFF."""
    folder = tmp_path_factory.mktemp("kept")
    photo = Image.open(io.BytesIO(draw("kept", (1200, 800))))
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Lumina", "X100"
    exif.get_ifd(0x8769).update(
        {
            0x9003: "2024:05:17 10:20:30",
            0x829A: IFDRational(1, 250),
            0x829D: IFDRational(28, 10),
            0x8827: 400,
            0x920A: IFDRational(35),
        }
    )
    photo.save(folder / "photo.jpg", exif=exif, quality=92)
    photo.save(folder / "again.jpg", quality=70)
    photo.rotate(90, expand=True).save(folder / "turned.jpg", quality=92)
    photo.resize((300, 200)).save(folder / "small.tiff")
    records = [
        NewRecord(path.name, BytesSource(path.read_bytes()), {"_file": str(path), "place": "Oslo"})
        for path in sorted(folder.iterdir())
    ]
    return site.fill("kept", [*records, drawn("else")])  # type: ignore[no-any-return]


def shown(page: Any, collection: Collection, record_id: str, query: str = "") -> Any:
    page.goto(f"/library/{collection.info.id}/record?id={quote(record_id, safe='')}{query}")
    page.locator("#similar li, #duplicates li").first.wait_for()
    return page


def test_what_is_known_is_shown(signed_in_page: Any, kept: Collection) -> None:
    page = shown(signed_in_page, kept, "photo.jpg")
    facts = page.locator(".facts")
    page.locator("#exif").wait_for()
    text = facts.inner_text()
    for part in ("1200 × 800", "jpeg", "Oslo", "Lumina X100", "1/250 s", "f/2.8", "400", "35 mm"):
        assert part in text
    assert "2024-05-17 10:20:30" in text
    assert "_file" not in text


def test_the_original_comes_after_the_thumbnail(signed_in_page: Any, kept: Collection) -> None:
    page = shown(signed_in_page, kept, "photo.jpg")
    until(page, "document.getElementById('photo').naturalWidth === 1200")


def test_what_browsers_cannot_show_is_converted(signed_in_page: Any, kept: Collection) -> None:
    page = shown(signed_in_page, kept, "small.tiff")
    until(page, "document.getElementById('photo').src.includes('/screen')")
    assert page.evaluate("document.getElementById('photo').naturalWidth") == 300


def test_the_image_is_zoomed_and_moved(signed_in_page: Any, kept: Collection) -> None:
    page = shown(signed_in_page, kept, "photo.jpg")
    until(page, "document.getElementById('photo').naturalWidth === 1200")
    transform = "document.getElementById('photo').style.transform"
    page.get_by_role("button", name="Larger").click()
    assert "scale(1.6)" in page.evaluate(transform)
    page.keyboard.press("+")
    box = page.locator("#stage").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 300)
    before = page.evaluate(transform)
    page.mouse.down()
    page.mouse.move(box["x"] + 360, box["y"] + 330, steps=4)
    page.mouse.up()
    assert page.evaluate(transform) != before
    page.keyboard.press("0")
    assert "scale(1)" in page.evaluate(transform)


def test_near_duplicates_are_named_by_their_kind(signed_in_page: Any, kept: Collection) -> None:
    page = shown(signed_in_page, kept, "photo.jpg")
    text = page.locator("#duplicates").inner_text()
    assert "Saved again" in text
    assert "Turned copy" in text
    title = page.locator("#similar h2").get_attribute("title")
    assert "vectors compared" in title


def test_more_like_this_leads_to_the_grid(signed_in_page: Any, kept: Collection) -> None:
    page = shown(signed_in_page, kept, "photo.jpg")
    page.get_by_role("link", name="More like this").click()
    page.wait_for_url("**q=like%3Aphoto.jpg")
    page.get_by_text("5, the most alike first").wait_for()


def test_keys_lead_to_the_next_and_back_to_the_grid(site: Any, signed_in_page: Any) -> None:
    page = signed_in_page
    page.goto(f"/library/{site.photos.info.id}?sort=name")
    page.locator(".tile a").nth(3).click()
    page.get_by_text("4 of 40").wait_for()
    page.keyboard.press("ArrowRight")
    page.get_by_role("heading", name="04.jpg").wait_for()
    page.get_by_text("5 of 40").wait_for()
    page.keyboard.press("ArrowLeft")
    page.get_by_text("4 of 40").wait_for()
    page.go_back()
    page.locator(".tile a").first.wait_for()
    assert page.url.split("?")[1] == "sort=name"


def test_the_original_can_be_kept(signed_in_page: Any, kept: Collection) -> None:
    page = shown(signed_in_page, kept, "again.jpg")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "again.jpg"
    (record,) = kept.get(["again.jpg"])
    assert record is not None
    original = Path(record.attributes["_file"])
    assert Path(download.value.path()).read_bytes() == original.read_bytes()


def test_only_the_very_image_is_given_away(
    site: Any, signed_in_page: Any, tmp_path: Path, faults: Any
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("not for you")
    other = tmp_path / "other.jpg"
    other.write_bytes(draw("another"))
    records = [
        NewRecord("text", BytesSource(draw("one")), {"_file": str(secret)}),
        NewRecord("image", BytesSource(draw("one")), {"_file": str(other)}),
        NewRecord("gone", BytesSource(draw("one")), {"_file": str(tmp_path / "gone.jpg")}),
    ]
    collection = site.fill("guarded", records)
    page = signed_in_page
    for record in records:
        shown(page, collection, record.id)
        page.get_by_text("The original is not here any more").wait_for()
        assert not page.get_by_role("link", name="Download").is_visible()
    (cookie,) = page.context.cookies()
    for record in records:
        answer = httpx.get(
            f"{site.url}/library/{collection.info.id}/original?id={record.id}",
            cookies={cookie["name"]: cookie["value"]},
        )
        assert answer.status_code == 404


def test_thumbnails_are_kept_for_ever_under_their_tag(site: Any, signed_in_page: Any) -> None:
    page = signed_in_page
    page.goto(f"/library/{site.photos.info.id}")
    image = page.locator(".tile img").first
    image.wait_for()
    (cookie,) = page.context.cookies()
    cookies = {cookie["name"]: cookie["value"]}
    answer = httpx.get(f"{site.url}{image.get_attribute('src')}", cookies=cookies)
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "image/webp"
    headers = {"If-None-Match": answer.headers["etag"]}
    again = httpx.get(f"{site.url}{image.get_attribute('src')}", cookies=cookies, headers=headers)
    assert again.status_code == 304


def test_a_record_that_is_not_there_is_a_page(site: Any, signed_in_page: Any, faults: Any) -> None:
    faults.expected.append("404")
    signed_in_page.goto(f"/library/{site.photos.info.id}/record?id=nobody")
    assert signed_in_page.get_by_role("heading").inner_text() == "Nothing here"


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_is_found_by_axe(
    kept: Collection,
    new_page: Callable[..., Any],
    sign_in: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    viewport: Any,
    scheme: str,
) -> None:
    page = sign_in(new_page(viewport=viewport, color_scheme=scheme))
    shown(page, kept, "photo.jpg")
    page.locator("#exif").wait_for()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
