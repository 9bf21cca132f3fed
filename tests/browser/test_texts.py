"""A record's page shows what is written in its image, and what kind of image it is."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.browser.conftest import Site, serve
from tests.texts.drawing import saved, sign, window

from photomill import BytesSource, Engine, NewRecord, load_settings


@pytest.fixture(scope="module")
def site(ocr_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server of its own, whose collection was read."""
    data_dir, originals = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("originals")
    shutil.copytree(ocr_models / "ocr", data_dir / "models" / "ocr")
    overrides = {
        "photomill.data_dir": str(data_dir),
        "images.processes": 1,
        "embedders.main": {"use": "descriptor"},
    }
    with Engine.open(load_settings(environ={}, overrides=overrides)) as engine:
        collection = engine.collections.open(engine.collections.create("papers", texts=True).id)
        images = {"sign": sign("HARBOUR"), "empty": sign(""), "window": window()}
        report = collection.insert(
            [NewRecord(name, BytesSource(saved(image))) for name, image in images.items()]
        )
        assert not report.skipped
        yield Site(serve(engine), engine, collection, originals)


def address(site: Site, record_id: str) -> str:
    return f"/library/{site.photos.info.id}/record?id={record_id}"


def test_what_is_written_is_shown_with_the_kind_of_image(
    signed_in_page: Any, site: Site, axe: Callable[[Any], list[str]]
) -> None:
    page = signed_in_page
    page.goto(address(site, "sign"))
    facts = page.get_by_role("complementary")
    facts.get_by_role("heading", name="Text in the image").wait_for()
    assert facts.locator(".read").inner_text() == "HARBOUR"
    assert axe(page) == []
    page.goto(address(site, "window"))
    facts.get_by_role("link", name="Screenshot").click()
    page.locator("#grid .tile").first.wait_for()
    assert page.locator("#grid .tile").count() == 1
    assert parse_qs(urlsplit(page.url).query) == {"filter": ['{"kind": "screenshot"}']}


def test_nothing_is_said_of_an_image_without_text(signed_in_page: Any, site: Site) -> None:
    page = signed_in_page
    page.goto(address(site, "empty"))
    page.get_by_role("heading", name="empty").wait_for()
    assert page.get_by_role("heading", name="Text in the image").count() == 0


def test_words_in_the_line_of_the_library_find_what_is_written(
    signed_in_page: Any, site: Site
) -> None:
    page = signed_in_page
    page.goto(f"/library/{site.photos.info.id}?q=harbour")
    page.locator("#grid .tile").first.wait_for()
    assert page.locator("#grid .tile a").first.get_attribute("href").count("id=sign") == 1
