"""Contact sheets that the command line writes: files that look as the pages do, and need nothing but themselves."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from photomill_cli.contact_sheet import Card, ContactSheet, Section

from .conftest import DESK, PHONE, draw


@pytest.fixture
def sheet(tmp_path: Path) -> str:
    """The address of a file with images, a badge, an image that is missing, and long names."""
    cards = []
    for name in ("beach", "dune", f"a{'very' * 20}long name.jpg"):
        path = tmp_path / f"{name[:20]}.jpg"
        path.write_bytes(draw(name))
        cards.append(Card(name, path, ["distance 0.12", "320x213 jpeg, 12 kB"], "keep"))
    cards.append(Card("<script>alert(1)</script>", tmp_path / "gone.jpg"))
    written = tmp_path / "sheet.html"
    ContactSheet("Most like “beach”", "4 found", [Section("Found", cards)]).write(written)
    return written.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_a_file_is_for_everybody(
    new_page: Callable[..., Any],
    axe: Callable[[Any], list[str]],
    sheet: str,
    viewport: Any,
    scheme: str,
) -> None:
    page = new_page(viewport=viewport, color_scheme=scheme)
    page.goto(sheet)
    images = page.locator(".tile img")
    assert images.count() == 3
    assert images.evaluate_all("images => images.every(image => image.naturalWidth > 0)")
    assert page.get_by_text("<script>alert(1)</script>").is_visible()
    assert page.get_by_text("no image").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert axe(page) == []


def test_a_file_has_the_look_of_the_pages(
    signed_in_page: Any, new_page: Callable[..., Any], sheet: str
) -> None:
    look = "getComputedStyle(document.documentElement)"
    page = new_page()
    page.goto(sheet)
    for name in ("--ground", "--text", "--accent", "--font"):
        value = f"{look}.getPropertyValue('{name}')"
        assert page.evaluate(value) == signed_in_page.evaluate(value) != ""
