"""Images by address, through the application over a real engine."""

import asyncio
import io
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import PIL.Image
import pytest

from photomill import ImageUrls
from photomill.testing.sample_images import encode
from photomill.testing.scenes import scene
from photomill_http.app import create_app
from photomill_http.images_by_address.cache import ImageCache
from photomill_http.settings import http_settings

Open = Callable[..., Any]


def opened(answer: httpx.Response) -> PIL.Image.Image:
    assert answer.status_code == 200, answer.text
    return PIL.Image.open(io.BytesIO(answer.content))


def test_an_image_is_edited_once_and_kept(open_images: Open) -> None:
    images = open_images()
    first = images.client.get(images.url("w_200,h_100,fit_smart,f_webp"))
    shown = opened(first)
    assert (shown.format, shown.size) == ("WEBP", (200, 100))
    assert first.headers["content-type"] == "image/webp"
    assert "vary" not in first.headers
    again = images.client.get(images.url("w_200,h_100,fit_smart,f_webp"))
    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"]
    assert len(images.edits) == 1
    # A restart finds it too.
    further = open_images()
    assert further.client.get(further.url("w_200,h_100,fit_smart,f_webp")).content == first.content
    assert further.edits == []


def test_the_format_is_the_callers_choice_unless_it_is_named(open_images: Open) -> None:
    images = open_images()
    url = images.url("w_64")
    avif = images.client.get(url, headers={"accept": "image/avif,image/webp,*/*"})
    webp = images.client.get(url, headers={"accept": "image/webp,*/*"})
    jpeg = images.client.get(url, headers={"accept": "*/*"})
    formats = [opened(each).format for each in (avif, webp, jpeg)]
    assert formats == ["AVIF", "WEBP", "JPEG"]
    assert {each.headers["vary"] for each in (avif, webp, jpeg)} == {"Accept"}
    named = images.client.get(images.url("w_64,f_png"), headers={"accept": "image/webp"})
    assert opened(named).format == "PNG"


@pytest.mark.parametrize("options", ["w_400", "w_400,q_60", "w_400,q_90"])
def test_avif_takes_no_more_bytes_than_webp(open_images: Open, options: str) -> None:
    images = open_images()
    url = images.url(options)
    avif = images.client.get(url, headers={"accept": "image/avif,image/webp"})
    webp = images.client.get(url, headers={"accept": "image/webp"})
    assert (opened(avif).format, opened(webp).format) == ("AVIF", "WEBP")
    assert len(avif.content) <= len(webp.content)


def test_avif_can_be_switched_off(open_images: Open) -> None:
    images = open_images(**{"image_urls.avif": False})
    accepting = {"accept": "image/avif,image/webp"}
    assert opened(images.client.get(images.url("w_64"), headers=accepting)).format == "WEBP"
    assert opened(images.client.get(images.url("w_64,f_avif"))).format == "AVIF"


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ("", (640, 480)),
        ("w_320", (320, 240)),
        ("w_5000", (640, 480)),
        ("w_1280,enlarge_1", (1280, 960)),
        ("w_50p", (320, 240)),
        ("w_100,h_100,fit_inside", (100, 75)),
        ("w_100,h_100,fit_pad,bg_ff0000", (100, 100)),
        ("w_100,h_50,g_0.2:0.9", (100, 50)),
        ("w_40,v_2026-11", (40, 30)),
        ("w_90,h_90,wm_Acme:center,sharpen_20,exposure_-10,hdr_5", (90, 90)),
    ],
)
def test_options(open_images: Open, options: str, size: tuple[int, int]) -> None:
    images = open_images()
    assert opened(images.client.get(images.url(options))).size == size


def test_sources(open_images: Open) -> None:
    images = open_images()
    for source in (images.source, "storage://shop/scene.jpg"):
        assert opened(images.client.get(images.url("w_40", source))).size == (40, 30)
    escaped = images.engine.image_urls.url(images.source, "w_40").rpartition("/")[0]
    assert opened(images.client.get(f"{escaped}/{quote(images.source, safe='')}")).size == (40, 30)
    for source, status in (
        ("record:absent/1", 404),
        (f"{images.source}x", 404),
        ("photo:absent", 404),
        ("storage://absent/1.jpg", 422),
        ("storage://thumbnails/1.webp", 422),
        ("storage://shop/../data/catalog.sqlite", 422),
        ("storage://shop/%2e%2e/data/catalog.sqlite", 422),
        ("https://shop.example/1.jpg", 403),
        ("file:///etc/passwd", 400),
        ("/etc/passwd", 400),
        ("gopher://x", 400),
    ):
        answer = images.client.get(images.url("w_40", source))
        assert answer.status_code == status, (source, answer.text)
        assert answer.headers["cache-control"] == "public, max-age=10"


def test_addresses_of_the_web_are_fetched_as_elsewhere(open_images: Open) -> None:
    images = open_images(**{"image_urls.web_hosts": ["127.0.0.1", "*.shop.example"]})
    private = images.client.get(images.url("w_40", "http://127.0.0.1:9/1.jpg"))
    assert private.status_code == 422
    for host in ("shop.example.evil.example", "evilshop.example", "127.0.0.1.evil.example"):
        assert images.client.get(images.url("w_40", f"http://{host}/")).status_code == 403


def test_no_other_image_than_the_one_that_was_inserted(open_images: Open, tmp_path: Path) -> None:
    images = open_images()
    outside = tmp_path / "outside.jpg"
    outside.write_bytes(encode(scene(2, 640, 480), "jpeg"))
    info = images.engine.collections.named("test")[0]
    collection = images.engine.collections.open(info.id)
    collection.update([("a/b c", {"_file": str(outside)})])
    assert images.client.get(images.url("w_41")).status_code == 404


def test_signatures(open_images: Open) -> None:
    images = open_images()
    _, _, signature, options, source = images.url("w_200").split("/")
    swapped = ("A" if signature[0] != "A" else "B") + signature[1:]
    for bad in (
        f"/images/{swapped}/{options}/{source}",
        f"/images/{signature}/w_201/{source}",
        f"/images/{signature}/{options},h_1/{source}",
        f"/images/{signature}/{options}/{quote('storage://shop/scene.jpg', safe='')}",
        f"/images/{signature[:-1]}/{options}/{source}",
        f"/images/unsigned/{options}/{source}",
        f"/images/%F0%9F%98%80/{options}/{source}",
    ):
        assert images.client.get(bad).status_code == 403, bad
    assert images.edits == []
    for name in ("new", "old"):
        url = images.engine.image_urls.url(images.source, "w_200", key=name)
        assert images.client.get(url).status_code == 200
    stranger = ImageUrls({"other": b"another secret"}).url(images.source, "w_200")
    assert images.client.get(stranger).status_code == 403


def test_without_keys_one_is_derived_that_stays(open_images: Open) -> None:
    images = open_images(**{"image_urls.keys": []})
    url = images.url("w_60")
    assert images.client.get(url).status_code == 200
    assert open_images(**{"image_urls.keys": []}).url("w_60") == url


def test_addresses_expire(open_images: Open) -> None:
    images = open_images()
    urls = images.engine.image_urls
    good = images.client.get(urls.url(images.source, "w_60", expires=time.time() + 100))
    assert good.status_code == 200
    assert int(good.headers["cache-control"].partition("max-age=")[2]) <= 100
    gone = images.client.get(urls.url(images.source, "w_60", expires=time.time() - 1))
    assert (gone.status_code, "expired" in gone.text) == (403, True)
    # The moment is no part of the image.
    assert images.client.get(urls.url(images.source, "w_60")).status_code == 200
    assert len(images.edits) == 1


def test_unsigned_only_where_the_configuration_says_so(open_images: Open) -> None:
    images = open_images(**{"image_urls.unsigned": ["storage://shop/"]})
    allowed = quote("storage://shop/scene.jpg", safe="")
    assert images.client.get(f"/images/unsigned/w_40/{allowed}").status_code == 200
    refused = quote(images.source, safe="")
    assert images.client.get(f"/images/unsigned/w_40/{refused}").status_code == 403


def test_304_head_and_ranges(open_images: Open) -> None:
    images = open_images()
    url = images.url()
    whole = images.client.get(url)
    tag, size = whole.headers["etag"], len(whole.content)
    unchanged = images.client.get(url, headers={"if-none-match": tag})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    head = images.client.head(url)
    assert (head.status_code, head.headers["content-length"]) == (200, str(size))
    part = images.client.get(url, headers={"range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, whole.content[2:6])
    assert part.headers["content-range"] == f"bytes 2-5/{size}"
    last = images.client.get(url, headers={"range": "bytes=-4"})
    assert last.content == whole.content[-4:]
    beyond = images.client.get(url, headers={"range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    other = images.client.get(url, headers={"range": "bytes=2-5", "if-range": '"other"'})
    assert (other.status_code, other.content) == (200, whole.content)


def test_bad_options_say_what_would_be_right(open_images: Open) -> None:
    images = open_images()
    for options, message in (
        ("width_3", "there are: w, h"),
        ("w_3,w_4", "twice"),
        ("fit_best", "crop, smart"),
        ("q_0", "1 to 100"),
        ("w_99999", ""),
    ):
        answer = images.client.get(images.url(options))
        assert answer.status_code in ((400,) if message else (200,)), answer.text
        assert message in answer.text or not message
    too_large = images.client.get(images.url("w_99999,enlarge_1"))
    assert too_large.status_code in (400, 422)
    assert images.client.get(images.url("w_99999,enlarge_1")).text == too_large.text
    assert len(images.edits) == 2  # the error is remembered for a while


def test_a_thousand_requests_for_one_new_image_cost_one_edit(open_images: Open) -> None:
    images = open_images()
    other = open_images()
    apps = [
        create_app(each.engine, http_settings(each.engine.settings)) for each in (images, other)
    ]

    async def ask() -> list[httpx.Response]:
        clients = [
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
            for app in apps
        ]
        urls = [images.url("w_123"), other.url("w_123")]
        found = await asyncio.gather(
            *(clients[number % 2].get(urls[number % 2]) for number in range(1000))
        )
        for client in clients:
            await client.aclose()
        return list(found)

    answers = asyncio.run(ask())
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    # Two servers, as two processes have it: a lock file lets one of them make it.
    assert len(images.edits) + len(other.edits) == 1


def test_a_change_of_the_original_shows_once_the_image_is_old(open_images: Open) -> None:
    images = open_images(**{"image_urls.max_age": 60})
    url = images.url()
    images.client.get(url)
    (kept,) = [
        path
        for path in (images.engine.settings.data_dir / "images/files").rglob("*")
        if path.is_file()
    ]
    old = time.time() - 61
    os.utime(kept, (old, old))
    assert images.client.get(url).status_code == 200
    assert len(images.edits) == 2


def test_the_cache_keeps_its_limit_and_what_is_used(tmp_path: Path) -> None:
    cache = ImageCache(tmp_path, 10_000)
    for number in range(100):
        cache.put(f"{number:064x}", bytes([number]) * 500)
        kept = tmp_path / "files/00" / f"{0:064x}"
        later = time.time() + number
        os.utime(kept, (later, kept.stat().st_mtime))
        assert cache.size() <= 10_000
    assert cache.get(f"{0:064x}", 0) is not None
    assert cache.get(f"{99:064x}", 0) is not None
    assert cache.get(f"{1:064x}", 0) is None
    assert cache.put("a" * 64, bytes(9_000)).data == bytes(9_000)
    assert cache.get("a" * 64, 0) is None


def test_a_file_that_is_damaged_is_made_anew(tmp_path: Path) -> None:
    cache = ImageCache(tmp_path, 10_000)
    cache.put("a" * 64, b"an image")
    path = tmp_path / "files/aa" / ("a" * 64)
    path.write_bytes(path.read_bytes()[:-1])
    assert cache.get("a" * 64, 0) is None
    path.write_bytes(b"")
    assert cache.get("a" * 64, 0) is None
