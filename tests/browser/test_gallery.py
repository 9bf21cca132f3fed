"""A group for its visitors, who have no key: what they see, mark, send and download."""

import io
import re
import time
import zipfile
from collections.abc import Callable
from itertools import count
from typing import Any

import httpx
import pytest
from attrs import evolve, frozen
from PIL import Image

from photomill import Albums, Group, Owner, Photo, ShareOptions

from .conftest import DESK, PHONE, draw, playwright_api

expect = playwright_api.expect

SIZES = [(640, 480), (480, 640), (800, 450)]
TOUCH = {"viewport": PHONE, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}


@frozen
class Studio:
    """An owner, and what the tests do for them."""

    site: Any
    owner: Owner

    @property
    def albums(self) -> Albums:
        albums: Albums = self.site.engine.albums
        return albums

    def group(self, name: str = "A day at the lake", *, photos: int = 3, **options: Any) -> Group:
        """A new group with drawn photos."""
        group = self.albums.groups.create(self.owner, name=name)
        for number in range(photos):
            self.add(group, f"IMG_{number + 1}.jpg", f"{group.id} {number}", SIZES[number % 3])
        self.settle()
        self.albums.sharing.update(group, ShareOptions(**options))
        return self.albums.groups.get(group.id)

    def add(self, group: Group, name: str, seed: str, size: tuple[int, int] = (640, 480)) -> Photo:
        return self.albums.uploads.add(group, io.BytesIO(draw(seed, size)), name)

    def settle(self) -> None:
        jobs = self.site.engine.jobs
        for job in jobs.list_jobs(owner=self.owner.id, limit=10_000):
            jobs.wait(job.number, 120)

    def photos(self, group: Group) -> list[Photo]:
        return self.albums.groups.photos(group)


@pytest.fixture
def studio(site: Any, working: None) -> Studio:
    owner = site.engine.albums.owners.create("Ann", timezone="Europe/Berlin", brand="Ann's tours")
    return Studio(site, owner.owner)


# ---------------------------------------------------------------- what is shown


@pytest.mark.parametrize("options", [TOUCH, {"viewport": DESK}], ids=["phone", "desk"])
def test_a_group_is_shown_without_a_key(
    studio: Studio, new_page: Callable[..., Any], options: Any
) -> None:
    group = studio.group(message="Hello,\nhere <they> are.")
    page = new_page(**options)
    page.goto(f"/g/{group.token}")
    assert page.get_by_role("heading", level=1).inner_text() == "A day at the lake"
    assert page.title() == "A day at the lake · Ann's tours"
    assert "here <they> are." in page.locator(".welcome").inner_text()
    assert page.locator(".tile").count() == 3
    for image in page.locator(".tile img").all():
        image.scroll_into_view_if_needed()
        expect(image).to_have_js_property("complete", True)
        assert image.evaluate("image => image.naturalWidth") > 0
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    boxes = [tile.bounding_box() for tile in page.locator(".tile").all()]
    for box, (width, height) in zip(boxes, SIZES, strict=True):
        assert abs(box["width"] / box["height"] - width / height) < 0.04 * width / height
    assert page.get_by_role("button", name="Download").count() == 0


def test_the_page_without_its_images_is_small(studio: Studio) -> None:
    group = studio.group(photos=25)
    answer = httpx.get(f"{studio.site.url}/g/{group.token}")
    assets = set(re.findall(r'"(/static/[^"]+\.(?:css|js|svg))"', answer.text))
    base = next(each for each in assets if each.endswith("/base.js")).removesuffix("base.js")
    assets.add(f"{base}zips.js")
    sizes = [len(httpx.get(f"{studio.site.url}{each}").content) for each in assets]
    assert len(answer.content) + sum(sizes) < 150_000
    assert answer.headers["content-encoding"] == "gzip"
    images = re.findall(r"<img [^>]*>", answer.text)
    assert sum('loading="lazy"' in image for image in images) == 25 - 8


def test_small_images_come_first_and_large_ones_have_the_watermark(
    studio: Studio, page: Any
) -> None:
    group = studio.group(photos=0)
    photo = studio.add(group, "IMG_1.jpg", "wide", (1600, 1000))
    studio.settle()
    (photo,) = studio.photos(group)
    page.goto(f"/g/{group.token}")
    image = page.locator(".tile img")
    assert image.get_attribute("src").endswith(photo.files["small"])
    assert [each.split()[-1] for each in image.get_attribute("srcset").split(",")] == [
        "320w",
        "1280w",
    ]
    html = page.content()
    for hidden in ("original", "medium"):
        assert photo.files[hidden] not in html


def test_an_empty_group_says_so(studio: Studio, page: Any) -> None:
    page.goto(f"/g/{studio.group(photos=0).token}")
    assert "No photos yet" in page.locator(".empty").inner_text()


def test_what_people_wrote_is_text(studio: Studio, page: Any) -> None:
    name = '<script>alert(1)</script>"&'
    group = studio.group(name, photos=0, message=name)
    studio.add(group, f"{name.replace('/', '')}.jpg", "evil")
    studio.settle()
    page.goto(f"/g/{group.token}")
    assert page.get_by_role("heading", level=1).inner_text() == name
    page.locator(".tile a").click()
    assert "<script>alert(1)<script>" in page.locator("#caption").inner_text()


def test_no_search_engine_lists_it(studio: Studio) -> None:
    answer = httpx.get(f"{studio.site.url}/g/{studio.group(photos=0).token}")
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["cache-control"] == "private, no-cache"


# ---------------------------------------------------------------- who is let in


def test_a_password_is_asked_for_and_remembered(studio: Studio, page: Any, faults: Any) -> None:
    faults.expected.append("403")
    group = studio.group()
    studio.albums.groups.protect(group, "rapids", None)
    page.goto(f"/g/{group.token}")
    assert "/v1/File" not in page.content()
    page.get_by_label("Password").fill("Rapids")
    page.get_by_role("button", name="Show the photos").click()
    assert "not the password" in page.get_by_role("alert").inner_text()
    page.get_by_label("Password").fill("rapids")
    page.get_by_role("button", name="Show the photos").click()
    page.wait_for_url(f"**/g/{group.token}")
    assert page.locator(".tile").count() == 3
    page.reload()
    assert page.locator(".tile").count() == 3
    page.locator(".tile .heart").first.click(force=True)
    page.get_by_role("button", name="Send favourites").wait_for()
    studio.albums.groups.protect(studio.albums.groups.get(group.id), "other", None)
    page.reload()
    assert page.locator(".tile").count() == 0


def test_a_view_that_has_ended_says_so(studio: Studio, page: Any, faults: Any) -> None:
    faults.expected.append("410")
    group = studio.group()
    # Midnight in Berlin: the day before was the last.
    studio.albums.groups.protect(group, "", 1_782_856_800.0)
    page.goto(f"/g/{group.token}")
    assert "open until 30 June 2026" in page.locator("main").inner_text()
    assert page.get_by_role("heading", level=1).inner_text() == "These photos are no longer online"
    assert "Ask Ann's tours" in page.locator("main").inner_text()
    assert "/v1/File" not in page.content()


def test_an_unknown_or_a_former_token_opens_nothing(studio: Studio, page: Any, faults: Any) -> None:
    faults.expected.append("404")
    group = studio.group()
    studio.albums.groups.renew_token(group)
    for token in ("nobody", group.token, "%3Cscript%3E"):
        page.goto(f"/g/{token}")
        assert "no gallery at this address" in page.locator("main").inner_text()


def test_another_spelling_leads_to_the_token(studio: Studio) -> None:
    # By chance, a token may have no letters.
    groups = (studio.group(photos=0) for _ in count())
    group = next(each for each in groups if each.token.swapcase() != each.token)
    other = group.token.swapcase()
    answer = httpx.get(f"{studio.site.url}/g/{other}")
    assert (answer.status_code, answer.headers["location"]) == (307, f"/g/{group.token}")


@pytest.mark.parametrize("action", ["favourite", "send", "zip"])
def test_actions_need_the_groups_id_and_password(studio: Studio, action: str) -> None:
    group, other = studio.group(downloads="shown"), studio.group(photos=0)
    body = {
        "favourite": {"photo": studio.photos(group)[0].id, "favourite": True},
        "send": {"name": "Bea"},
        "zip": {"photos": []},
    }[action]

    def ask(token: str, group_id: str) -> int:
        address = f"{studio.site.url}/g/{token}/{group_id}/{action}"
        return httpx.post(address, json=body).status_code

    assert ask(group.token, other.id) == ask("nobody", group.id) == 404
    assert ask(group.token, group.id) == 200
    studio.albums.groups.protect(group, "rapids", None)
    assert ask(group.token, group.id) == 403
    studio.albums.groups.protect(studio.albums.groups.get(group.id), "", time.time() - 1)
    assert ask(group.token, group.id) == 404


def test_pages_of_other_sites_change_nothing(studio: Studio) -> None:
    group = studio.group()
    answer = httpx.post(
        f"{studio.site.url}/g/{group.token}/{group.id}/send",
        json={"name": "Bea"},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403
    assert studio.albums.visitors.of_group(group) == []


def test_guesses_are_counted(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    from starlette.applications import Starlette
    from starlette.testclient import TestClient

    from photomill import Engine, RateLimit
    from photomill_browser.frame import Frame
    from photomill_browser.pages import PAGES
    from photomill_browser.settings import BrowserSettings

    engine: Engine = studio.site.engine
    frame = Frame(engine, evolve(BrowserSettings(), lookups_per_minute=3), "", PAGES)
    assert isinstance(frame.lookups, RateLimit)
    client = TestClient(Starlette(routes=frame.routes))
    group = studio.group(photos=0)
    statuses = [client.get(f"/g/{token}").status_code for token in ("no1", "no2", "nobody")]
    assert statuses == [404, 404, 404]
    assert client.get(f"/g/{group.token}").status_code == 429
    assert client.post(f"/g/{group.token}", data={"password": "x"}).status_code == 429


# ---------------------------------------------------------------- favourites


def test_favourites_come_back_to_the_owner(studio: Studio, new_page: Callable[..., Any]) -> None:
    group = studio.group()
    first, second, _ = studio.photos(group)
    page = new_page(**TOUCH)
    page.goto(f"/g/{group.token}")
    for photo in (second, first):
        page.locator(f'[data-id="{photo.id}"] .heart').tap()
    page.get_by_role("button", name="Send favourites").click()
    page.get_by_label("Your name").fill("Bea")
    page.get_by_label("Message").fill("Large, please")
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("Ann's tours sees your favourites now").wait_for()
    (visitor,) = studio.albums.visitors.of_group(group)
    assert visitor.favourites == (second.id, first.id)
    assert (visitor.name, visitor.message) == ("Bea", "Large, please")

    page.reload()
    assert page.locator('.tile .heart[aria-pressed="true"]').count() == 2
    page.locator("#show-favourites").click()
    assert page.url.endswith("?show=favourites")
    assert page.locator(".tile:visible").count() == 2
    page.reload()
    assert page.locator(".tile:visible").count() == 2
    page.locator(f'[data-id="{first.id}"] .heart').tap()
    expect(page.locator("#count")).to_have_text("1")
    assert page.locator(".tile:visible").count() == 1

    other = new_page()
    other.goto(f"/g/{group.token}")
    assert other.locator('.tile .heart[aria-pressed="true"]').count() == 0


def test_a_favourite_that_is_not_kept_is_taken_back(studio: Studio, page: Any, faults: Any) -> None:
    faults.expected += ["403"]
    group = studio.group()
    page.goto(f"/g/{group.token}")
    studio.albums.sharing.update(group, ShareOptions(favourites=False))
    heart = page.locator(".tile .heart").first
    heart.click(force=True)
    page.locator(".message.problem").wait_for()
    expect(heart).to_have_attribute("aria-pressed", "false")
    page.reload()
    assert page.locator(".heart").count() == 0


# ---------------------------------------------------------------- the large view


def test_the_large_view_goes_by_keys_and_back(studio: Studio, page: Any) -> None:
    group = studio.group()
    first, second, third = studio.photos(group)
    page.goto(f"/g/{group.token}")
    page.locator(".tile a").first.click()
    viewer = page.locator("#viewer")
    assert viewer.is_visible()
    assert page.url.endswith(f"?photo={first.id}")
    page.keyboard.press("ArrowRight")
    page.wait_for_url(f"**?photo={second.id}")
    assert page.locator("#position").inner_text() == "2 of 3"
    page.keyboard.press("f")
    expect(page.locator("#mark")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("End")
    page.wait_for_url(f"**?photo={third.id}")
    assert page.locator("#next").is_disabled()
    page.keyboard.press("ArrowRight")
    page.reload()
    assert viewer.is_visible()
    assert page.locator("#position").inner_text() == "3 of 3"
    page.keyboard.press("Escape")
    page.wait_for_url(f"**/g/{group.token}")
    assert not viewer.is_visible()
    assert page.locator('.tile .heart[aria-pressed="true"]').count() == 1

    page.locator(".tile a").first.click()
    assert viewer.is_visible()
    page.go_back()
    assert not viewer.is_visible()
    page.go_forward()
    assert viewer.is_visible()


def test_the_large_view_is_swiped(studio: Studio, new_page: Callable[..., Any]) -> None:
    group = studio.group()
    _, second, _ = studio.photos(group)
    page = new_page(**TOUCH)
    page.goto(f"/g/{group.token}")
    page.locator(".tile a").first.tap()
    page.locator("#viewer").wait_for()
    touches = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[int, int]) -> None:
        sent = [{"x": x, "y": y} for x, y in points]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": sent})

    touch("touchStart", (300, 400))
    for x in range(280, 40, -40):
        touch("touchMove", (x, 402))
    touch("touchEnd")
    page.wait_for_url(f"**?photo={second.id}")


def test_without_scripts_photos_still_open(
    studio: Studio, new_page: Callable[..., Any], faults: Any
) -> None:
    # Of an image that is shown alone, Chromium asks the host for an icon.
    faults.expected.append("status of 404")
    group = studio.group()
    page = new_page(java_script_enabled=False)
    page.goto(f"/g/{group.token}")
    page.locator(".tile a").first.click()
    assert "/v1/File/" in page.url


# ---------------------------------------------------------------- downloads


def test_favourites_are_downloaded_as_a_zip(studio: Studio, page: Any) -> None:
    group = studio.group(downloads="original")
    page.goto(f"/g/{group.token}")
    page.locator(".tile .heart").first.click(force=True)
    page.get_by_role("button", name="Send favourites").wait_for()
    page.get_by_role("button", name="Download", exact=True).click()
    page.get_by_role("button", name="My favourite, 1 photo").click()
    link = page.get_by_role("link", name="Save the zip")
    link.wait_for()
    with page.expect_download() as waiting:
        link.click()
    assert waiting.value.suggested_filename == "A day at the lake.zip"
    with zipfile.ZipFile(waiting.value.path()) as archive:
        (name,) = archive.namelist()
        assert name == "IMG_1.jpg"
        with Image.open(archive.open(name)) as image:
            assert image.size == SIZES[0]


def test_one_photo_is_downloaded_alone(studio: Studio, page: Any) -> None:
    group = studio.group(downloads="shown")
    page.goto(f"/g/{group.token}")
    page.locator(".tile a").first.click()
    with page.expect_download() as waiting:
        page.locator("#save").click()
    assert waiting.value.suggested_filename == "IMG_1.jpg"


# ---------------------------------------------------------------- for everybody


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_for_those_who_cannot_see(
    studio: Studio, new_page: Callable[..., Any], axe: Callable[[Any], list[str]], scheme: str
) -> None:
    group = studio.group(downloads="shown", message="Hello")
    page = new_page(color_scheme=scheme)
    page.goto(f"/g/{group.token}")
    assert axe(page) == []
    page.locator("#download").click()
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.locator(".tile a").first.click()
    assert axe(page) == []
    studio.albums.groups.protect(group, "rapids", None)
    page.goto(f"/g/{group.token}")
    assert axe(page) == []
