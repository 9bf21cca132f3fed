"""Two images are one where one was saved again, and are not where a colour, a text or a subject differs."""

import io
import random
from collections.abc import Callable

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageEnhance
import PIL.ImageFilter
import PIL.ImageFont
import PIL.ImageOps
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photomill.images.comparison import Agreement, compare
from photomill.images.image import Image
from photomill.images.signature import Signature, packed_signature, unpacked_signature
from photomill.images.turns import TURNS, turned, turned_hashes
from photomill.testing.sample_images import noise, quarters
from photomill.testing.scenes import scene

Picture = PIL.Image.Image


def signed(picture: Picture) -> Signature:
    return unpacked_signature(
        packed_signature(Image.from_pixels(np.asarray(picture.convert("RGB"))))
    )


def saved(picture: Picture, form: str = "JPEG", **options: object) -> Picture:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return PIL.Image.open(file)


def scaled(picture: Picture, factor: float) -> Picture:
    return picture.resize((round(picture.width * factor), round(picture.height * factor)))


def page(seed: int, lines: int = 20) -> Picture:
    """A page of text; other seeds, other words in the same places."""
    seeded = random.Random(seed)
    picture = PIL.Image.new("RGB", (620, 877), "white")
    draw = PIL.ImageDraw.Draw(picture)
    draw.rectangle((40, 40, 200, 90), fill=(20, 60, 140))
    font = PIL.ImageFont.load_default(18)
    for line in range(lines):
        words = " ".join(
            "".join(seeded.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(5)
        )
        draw.text((50, 130 + 32 * line), words, "black", font)
    return picture


def book_page(seed: int) -> Picture:
    """A page of a book on cream paper, full of small text; other seeds, other words in the same places."""
    seeded = random.Random(seed)
    words = (
        "river",
        "stone",
        "harbour",
        "winter",
        "market",
        "garden",
        "window",
        "engine",
        "copper",
    )
    picture = PIL.Image.new("RGB", (800, 1100), (250, 248, 242))
    draw = PIL.ImageDraw.Draw(picture)
    font = PIL.ImageFont.load_default(18)
    for top in range(100, 1020, 26):
        text = " ".join(seeded.choice(words) for _ in range(9))
        draw.text((80, top), text, (30, 30, 30), font)
    return picture


def on_soft_ground(seed: int) -> Picture:
    """A headline on a ground whose red is nearly as bright as red can be."""
    ramp = np.linspace(0, 1, 600)[:, None, None]
    ground = (1 - ramp) * np.array([250, 190, 90]) + ramp * np.array([60, 90, 160])
    picture = PIL.Image.fromarray(np.broadcast_to(ground, (600, 450, 3)).astype(np.uint8))
    font = PIL.ImageFont.load_default(40)
    PIL.ImageDraw.Draw(picture).text((40, 300), f"POSTER {seed}", "white", font)
    return picture


def shirt(colour: tuple[int, int, int]) -> Picture:
    picture = PIL.Image.new("RGB", (400, 400), "white")
    draw = PIL.ImageDraw.Draw(picture)
    draw.polygon([(120, 80), (280, 80), (350, 170), (280, 180), (280, 350), (120, 350)], colour)
    return picture


def hue_turned(picture: Picture, degrees: int) -> Picture:
    hue, saturation, value = picture.convert("HSV").split()
    hue = hue.point(lambda each: round(each + degrees * 256 / 360) % 256)
    return PIL.Image.merge("HSV", (hue, saturation, value)).convert("RGB")


def with_subject(picture: Picture, seed: int) -> Picture:
    """Another image in front of it, a quarter as wide."""
    subject = scene(seed, picture.width // 4, picture.height // 4)
    picture = picture.copy()
    picture.paste(subject, (picture.width // 3, picture.height // 2))
    return picture


SAVED_AGAIN: dict[str, Callable[[Picture], Picture]] = {
    "quality 30": lambda picture: saved(picture, quality=30),
    "webp": lambda picture: saved(picture, "WEBP", quality=70),
    "256 colours": lambda picture: saved(picture.quantize(256), "GIF"),
    "half": lambda picture: scaled(picture, 0.5),
    "thumbnail": lambda picture: saved(scaled(picture, 0.2), quality=80),
    "larger": lambda picture: scaled(picture, 1.4),
    "cropped": lambda picture: picture.crop((10, 12, picture.width - 12, picture.height - 8)),
    "cropped at one side": lambda picture: picture.crop(
        (round(0.05 * picture.width), 0, picture.width, round(0.97 * picture.height))
    ),
    "more contrast": lambda picture: PIL.ImageEnhance.Contrast(picture).enhance(1.15),
    "brighter": lambda picture: PIL.ImageEnhance.Brightness(picture).enhance(1.1),
    "darker": lambda picture: PIL.ImageEnhance.Brightness(picture).enhance(0.88),
    "blurred": lambda picture: picture.filter(PIL.ImageFilter.GaussianBlur(2)),
}


@pytest.mark.parametrize("way", SAVED_AGAIN)
@pytest.mark.parametrize("strict", [False, True])
def test_what_was_saved_again_is_the_same(way: str, strict: bool) -> None:
    originals = scene(1), page(1), book_page(1), on_soft_ground(1), shirt((200, 30, 30))
    for original in originals:
        again = signed(SAVED_AGAIN[way](original))
        assert compare(signed(original), again, strict=strict) is Agreement.SAME
        assert compare(again, signed(original), strict=strict) is Agreement.SAME


@pytest.mark.parametrize("degrees", [30, 60, 120, 180])
def test_other_colours_are_not_the_same(degrees: int) -> None:
    for seed in range(4):
        original = scene(seed)
        assert compare(signed(original), signed(hue_turned(original, degrees))) is Agreement.NONE


def test_goods_in_several_colours_are_several() -> None:
    colours = [(200, 30, 30), (30, 40, 200), (20, 150, 40), (25, 25, 25), (240, 220, 40)]
    signatures = [signed(shirt(colour)) for colour in colours]
    for place, one in enumerate(signatures):
        for other in signatures[:place]:
            assert compare(one, other, strict=True) is Agreement.NONE
            assert compare(one, other) is not Agreement.SAME


def test_other_texts_on_one_template_are_not_the_same() -> None:
    pages = [signed(page(seed)) for seed in range(6)]
    assert all(
        compare(one, other) is Agreement.NONE
        for place, one in enumerate(pages)
        for other in pages[:place]
    )
    shorter = signed(page(0, lines=19))
    assert compare(pages[0], shorter) is Agreement.NONE


def test_other_pages_of_one_book_are_not_the_same() -> None:
    pages = [book_page(seed) for seed in range(4)]
    for one in pages:
        for way in ("cropped", "cropped at one side", "more contrast", "brighter"):
            again = signed(saved(SAVED_AGAIN[way](one), quality=85))
            for other in pages:
                if other is not one:
                    assert compare(signed(other), again) is Agreement.NONE
                    assert compare(again, signed(other)) is Agreement.NONE


def test_a_text_in_another_ink_is_not_the_same() -> None:
    black = np.asarray(book_page(1)).astype(np.int16)
    # As dark, and on the same paper.
    ink = np.clip(black + (250 - black) // 4 * np.array([-1, 0, 3]) // 2, 0, 255).astype(np.uint8)
    blue = signed(PIL.Image.fromarray(ink))
    assert compare(signed(book_page(1)), blue) is not Agreement.SAME
    assert compare(blue, signed(book_page(1))) is not Agreement.SAME


def test_another_subject_before_one_scene_is_not_the_same() -> None:
    for seed in range(4):
        one, other = (signed(with_subject(scene(seed), 50 + who)) for who in (0, 1))
        assert compare(one, other) is not Agreement.SAME


def test_grey_and_sepia_and_a_mark_are_alterations() -> None:
    original = scene(5)
    grey = PIL.ImageOps.grayscale(original).convert("RGB")
    sepia = PIL.ImageOps.colorize(PIL.ImageOps.grayscale(original), "#20100a", "#ffe9c8")
    marked = original.copy()
    draw = PIL.ImageDraw.Draw(marked)
    draw.text((560, 560), "© somebody", "white", PIL.ImageFont.load_default(36))
    for altered in (grey, sepia, marked):
        assert compare(signed(original), signed(altered)) is Agreement.ALTERED
        assert compare(signed(original), signed(altered), strict=True) is Agreement.NONE


def test_a_turned_picture_agrees_when_turned_back() -> None:
    original = scene(6)
    for turn in TURNS[1:]:
        laid = original.rotate(90 * turn.quarters, expand=True)
        laid = PIL.ImageOps.mirror(laid) if turn.mirrored else laid
        assert compare(signed(original), signed(laid)) is Agreement.NONE
        assert compare(turned(signed(original), turn), signed(laid)) is Agreement.SAME
        place = TURNS.index(turn)
        hashes = turned_hashes(signed(original).luma), turned_hashes(signed(laid).luma)
        assert int(hashes[0][place] ^ hashes[1][0]).bit_count() <= 4


@settings(max_examples=15)
@given(st.integers(1, 90), st.integers(1, 90))
def test_any_picture_agrees_with_itself(width: int, height: int) -> None:
    for pixels in (quarters(width, height), noise(width, height)):
        signature = signed(PIL.Image.fromarray(pixels))
        assert compare(signature, signature) is Agreement.SAME


@pytest.mark.parametrize("pixels", [noise(800, 600), quarters(800, 600), noise(30, 20)])
def test_a_signature_is_small(pixels: np.ndarray) -> None:
    packed = packed_signature(Image.from_pixels(pixels))
    assert len(packed) < 6000
    assert abs(unpacked_signature(packed).luma.mean() - pixels.mean()) < 12


@given(st.binary(max_size=200), st.integers(0, 3000))
def test_a_damaged_signature_is_refused(rubbish: bytes, cut: int) -> None:
    packed = packed_signature(Image.from_pixels(quarters(60, 40)))
    for damaged in (rubbish, packed[:cut] + rubbish):
        try:
            unpacked_signature(damaged)
        except ValueError:
            continue
        assert damaged[:1] == packed[:1]
