"""Colours are stored at half the size only where nobody can tell, unless somebody asks for one or the other."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from attrs import evolve
from PIL import Image, ImageDraw, ImageFont, JpegImagePlugin

from photomill.components.output import Automatic, Avif, Jpeg, Output, Webp
from photomill.components.toolbox import Tools
from photomill.config.load import load_settings
from photomill.editing.request import Pixels, Resizing
from photomill.editing.results import Edited
from photomill.editing.sandboxed import SandboxedEditing, open_sandbox
from photomill.images.chroma import loses_colour

from .conftest import job, opened, photo

Edit = Callable[..., Edited]
HALVED, WHOLE = 2, 0
COLOURS = [
    ("red", "white"),
    ("blue", "white"),
    ("yellow", "black"),
    ("red", "blue"),
    ("#00a000", "white"),
]


@pytest.fixture(scope="module", params=["libvips", "pillow"])
def by_each(request: pytest.FixtureRequest, tools: Tools) -> Iterator[Edit]:
    settings = load_settings()
    chosen = tools
    if request.param == "pillow":
        encoders = [tool for tool in tools.encoders if tool.kind.name == "pillow_encoder"]
        chosen = evolve(tools, encoders=encoders)
    processes = SandboxedEditing(
        open_sandbox(chosen, settings.images, settings.editing), settings.editing
    )
    yield lambda data, **asked: processes.edit(job(data, **asked))
    processes.close()


def text(colour: str, ground: str, size: tuple[int, int] = (400, 120)) -> Image.Image:
    picture = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(picture)
    for line in range(6):
        place = (10, 6 + 18 * line)
        draw.text(place, "The quick fox 0123456789", fill=colour, font=ImageFont.load_default(14))
    return picture


def encoded(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def sampling(edited: Edited) -> int:
    return int(JpegImagePlugin.get_sampling(opened(edited)))


def psnr(edited: Edited, original: Image.Image) -> float:
    found = np.asarray(opened(edited).convert("RGB"), float)
    error = ((found - np.asarray(original, float)) ** 2).mean()
    return float(10 * np.log10(255**2 / max(error, 1e-6)))


@pytest.mark.parametrize(("colour", "ground"), COLOURS)
def test_text_in_colours_keeps_them(by_each: Edit, colour: str, ground: str) -> None:
    picture = text(colour, ground)
    edited = by_each(encoded(picture), output=Output(Jpeg()))
    assert sampling(edited) == WHOLE
    best = by_each(encoded(picture), output=Output(Jpeg(subsampling="4:4:4")))
    assert abs(psnr(edited, picture) - psnr(best, picture)) < 0.01


def test_soft_colours_and_black_text_are_halved(by_each: Edit) -> None:
    for data in (photo(form="PNG"), encoded(text("black", "white"))):
        assert sampling(by_each(data, output=Output(Jpeg()))) == HALVED


def test_somebody_may_ask_for_either(by_each: Edit) -> None:
    loud, soft = encoded(text("red", "white")), photo(form="PNG")
    assert sampling(by_each(loud, output=Output(Jpeg(subsampling="4:2:0")))) == HALVED
    assert sampling(by_each(soft, output=Output(Jpeg(subsampling="4:4:4")))) == WHOLE
    assert sampling(by_each(soft, output=Output(Jpeg(95)))) == WHOLE
    assert sampling(by_each(loud, output=Output(Jpeg(95, subsampling="4:2:0")))) == HALVED


def test_a_jpeg_is_looked_at_where_its_colours_are_whole(edit: Edit) -> None:
    picture = text("red", "white")
    whole = encoded(picture, "JPEG", quality=95, subsampling=0)
    halved = encoded(picture, "JPEG", quality=95, subsampling=2)
    assert sampling(edit(whole)) == WHOLE
    assert sampling(edit(halved)) == HALVED
    assert sampling(edit(whole, resizing=Resizing(Pixels(300)))) == WHOLE


def test_other_formats_lose_little_colour(edit: Edit) -> None:
    picture = text("red", "white")
    assert psnr(edit(encoded(picture), output=Output(Avif())), picture) > 30
    assert psnr(edit(encoded(picture), output=Output(Automatic())), picture) > 35
    assert psnr(edit(encoded(picture), output=Output(Webp())), picture) > 22


def test_a_little_text_in_a_large_picture_is_seen() -> None:
    large = np.full((2400, 3200, 3), 200, np.uint8)
    assert not loses_colour(large)
    large[1500:1620, 2000:2400] = np.asarray(text("red", "white"))
    assert loses_colour(large)
    for size in ((1, 1), (1, 50), (50, 1), (2, 2), (3, 65)):
        assert not loses_colour(np.zeros((*size, 3), np.uint8))
