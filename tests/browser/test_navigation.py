"""The bar that all pages have."""

from collections.abc import Callable
from typing import Any

from .conftest import PHONE


def test_the_navigation_of_a_phone_shows_the_page_that_one_is_on(
    new_page: Callable[..., Any], sign_in: Callable[..., Any]
) -> None:
    page = sign_in(new_page(viewport=PHONE), scopes=["admin", "read"])
    for name in ("Library", "Edit", "Server"):
        page.goto(f"/{name.lower()}")
        box = page.locator(".navigation [aria-current]").bounding_box()
        bar = page.locator(".navigation").bounding_box()
        assert page.locator(".navigation [aria-current]").inner_text() == name
        assert box["x"] >= bar["x"] - 1
        assert box["x"] + box["width"] <= bar["x"] + bar["width"] + 1


def test_pages_of_a_collection_are_those_of_the_navigation(signed_in_page: Any, site: Any) -> None:
    page, library = signed_in_page, f"/library/{site.photos.info.id}"
    for below, name in (("", "Library"), ("/duplicates", "Duplicates"), ("/people", "People")):
        page.goto(f"{library}{below}")
        assert page.locator(".navigation [aria-current]").all_inner_texts() == [name]
