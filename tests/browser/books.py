"""Groupings of drawn images, and what a page shows of them."""

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from attrs import frozen
from PIL import Image, ImageDraw

from photomill_browser.forgery import HEADER

COLOURS = {"red": (200, 40, 30), "green": (30, 160, 60), "blue": (40, 60, 190)}
ANN = {"owner": "ann", "scopes": ["read", "write", "grouping"]}


def coloured(colour: str, number: int) -> bytes:
    """An image of one colour with something in it, so that no two are the same."""
    image = Image.new("RGB", (240, 160) if number % 2 else (160, 200), COLOURS[colour])
    ImageDraw.Draw(image).ellipse((10 * number, 10, 10 * number + 40, 50), fill=(240, 240, 240))
    file = io.BytesIO()
    image.save(file, "JPEG")
    return file.getvalue()


@frozen
class Book:
    """A grouping of twelve images into three groups of a colour each, which belongs to ann."""

    collection: Any
    number: int
    folder: Path

    @property
    def address(self) -> str:
        return f"/groups/{self.number}"


def work(site: Any, number: int) -> None:
    with site.engine.jobs.working_on(number):
        assert site.engine.jobs.wait(number, 120).state.ended


def opened(page: Any, book: Book) -> Any:
    page.goto(book.address)
    page.locator("#rows[aria-busy=false]").wait_for()
    return page


def groups(page: Any) -> list[list[str]]:
    """The names of the images as they lie."""
    rows = page.locator(".group-row").evaluate_all(
        "rows => rows.map(row => [...row.querySelectorAll('.image .name')].map(each => each.textContent))"
    )
    return [[str(name).removesuffix(".jpg") for name in row] for row in rows]


def lie(page: Any, expected: Sequence[Sequence[str]]) -> None:
    """Wait until the images lie so."""
    for _ in range(250):
        if groups(page) == expected:
            return
        page.wait_for_timeout(20)
    assert groups(page) == expected


def row(colour: str, numbers: Sequence[int] = range(4)) -> list[str]:
    return [f"{colour}{number}" for number in numbers]


def image(page: Any, name: str) -> Any:
    return page.get_by_role("button", name=re.compile(f"^{re.escape(name)}"))


@frozen
class Client:
    """A session of a key, without a browser."""

    http: httpx.Client
    token: str

    def post(self, address: str, body: Any) -> httpx.Response:
        return self.http.post(address, json=body, headers={HEADER: self.token})
