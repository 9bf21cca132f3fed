"""Images drawn by a seed, of kinds that are easily taken for one another: one template, other contents."""

import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Drawing = Callable[[int], Image.Image]
"""A seed → an image; other seeds, other contents on the same template."""

_WORDS = [
    "paper",
    "lamp",
    "chair",
    "cable",
    "desk",
    "phone",
    "clock",
    "mug",
    "bag",
    "book",
    "pen",
    "box",
    "river",
    "stone",
    "harbour",
    "winter",
    "summer",
    "market",
    "garden",
    "letter",
    "window",
    "mountain",
    "engine",
    "copper",
    "silver",
    "morning",
    "evening",
    "street",
    "bridge",
    "island",
    "forest",
    "valley",
]
_COLOURS = {
    "red": (200, 30, 30),
    "blue": (30, 40, 200),
    "green": (20, 150, 40),
    "black": (25, 25, 25),
    "yellow": (240, 220, 40),
    "white": (238, 238, 240),
    "grey": (130, 130, 130),
    "orange": (240, 130, 20),
    "purple": (120, 40, 150),
    "navy": (20, 30, 80),
}


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=size)


def _sentence(seeded: random.Random, count: int) -> str:
    return " ".join(seeded.choice(_WORDS) for _ in range(count))


def invoice(seed: int) -> Image.Image:
    seeded = random.Random(seed)
    image = Image.new("RGB", (827, 1169), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((60, 60, 260, 130), fill=(20, 60, 140))
    draw.text((80, 80), "ACME Ltd", "white", _font(32))
    draw.text((520, 80), f"Invoice {seeded.randint(1000, 9999)}", "black", _font(26))
    top = 320
    for _ in range(8):
        draw.text((80, top), _sentence(seeded, 2), "black", _font(20))
        price = f"{seeded.randint(1, 999)}.{seeded.randint(0, 99):02}"
        draw.text((640, top), price, "black", _font(20))
        top += 36
    draw.text((560, top + 20), f"Total {seeded.randint(100, 9999)}.00", "black", _font(24))
    draw.text((80, 1090), "ACME Ltd - Bank 123", "black", _font(14))
    return image


def page(seed: int) -> Image.Image:
    """A page of a book."""
    seeded = random.Random(seed)
    image = Image.new("RGB", (800, 1100), (250, 248, 242))
    draw = ImageDraw.Draw(image)
    draw.text((330, 40), "CHAPTER", (30, 30, 30), _font(22))
    for top in range(100, 1020, 26):
        draw.text((80, top), _sentence(seeded, 9), (30, 30, 30), _font(18))
    return image


def slide(seed: int) -> Image.Image:
    seeded = random.Random(seed)
    image = Image.new("RGB", (1280, 720), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 1280, 110), fill=(35, 60, 110))
    draw.text((60, 30), _sentence(seeded, 3).title(), "white", _font(44))
    for top in range(180, 180 + 90 * seeded.randint(3, 5), 90):
        draw.ellipse((70, top + 10, 90, top + 30), fill=(35, 60, 110))
        draw.text((120, top), _sentence(seeded, 5), (40, 40, 40), _font(34))
    draw.text((1080, 670), "Company 2026", (120, 120, 120), _font(22))
    return image


def chart(seed: int) -> Image.Image:
    seeded = random.Random(seed)
    image = Image.new("RGB", (900, 600), "white")
    draw = ImageDraw.Draw(image)
    draw.text((330, 20), "Sales by month", "black", _font(28))
    draw.line((80, 80, 80, 530, 860, 530), "black", 3)
    for month in range(12):
        left, height = 100 + month * 62, seeded.randint(40, 420)
        draw.rectangle((left, 530 - height, left + 40, 530), fill=(60, 120, 200))
        draw.text((left + 8, 540), str(month + 1), "black", _font(18))
    return image


def code(seed: int) -> Image.Image:
    """What a QR code looks like."""
    cells = (np.random.default_rng(seed).random((29, 29)) < 0.5).astype(np.uint8) * 255
    for top, left in ((0, 0), (0, 22), (22, 0)):
        cells[top : top + 7, left : left + 7] = 0
        cells[top + 1 : top + 6, left + 1 : left + 6] = 255
        cells[top + 2 : top + 5, left + 2 : left + 5] = 0
    large = np.kron(cells, np.ones((12, 12), np.uint8))
    return Image.fromarray(np.pad(large, 40, constant_values=255)).convert("RGB")


def poster(seed: int) -> Image.Image:
    """A headline on a soft ground."""
    seeded = random.Random(seed)
    ramp = np.linspace(0, 1, 600)[:, None, None]
    ground = (1 - ramp) * np.array([250, 190, 90]) + ramp * np.array([60, 90, 160])
    image = Image.fromarray(np.broadcast_to(ground, (600, 450, 3)).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.ellipse((150, 60, 300, 210), fill=(255, 240, 200))
    for line in range(3):
        draw.text((40, 300 + 70 * line), _sentence(seeded, 2).upper(), "white", _font(40))
    return image


def _shirt(draw: ImageDraw.ImageDraw, colour: tuple[int, ...]) -> None:
    outline = [(120, 80), (170, 60), (230, 60), (280, 80), (350, 150), (310, 190), (280, 160)]
    outline += [(280, 350), (120, 350), (120, 160), (90, 190), (50, 150)]
    draw.polygon(outline, fill=colour)
    draw.arc((170, 40, 230, 90), 0, 180, fill="black", width=4)


def _mug(draw: ImageDraw.ImageDraw, colour: tuple[int, ...]) -> None:
    draw.ellipse((250, 150, 350, 270), outline=colour, width=22)
    draw.rounded_rectangle((100, 110, 280, 320), 25, fill=colour)
    draw.ellipse((100, 90, 280, 130), fill=(90, 60, 40), outline="black", width=2)


def _bag(draw: ImageDraw.ImageDraw, colour: tuple[int, ...]) -> None:
    draw.arc((140, 60, 260, 220), 180, 360, fill=(60, 40, 30), width=12)
    draw.polygon([(80, 140), (320, 140), (350, 350), (50, 350)], fill=colour)
    draw.rectangle((180, 180, 220, 210), fill=(210, 180, 90))


def _product(shape: Callable[[ImageDraw.ImageDraw, tuple[int, ...]], None]) -> Drawing:
    def draw(seed: int) -> Image.Image:
        image = Image.new("RGB", (400, 400), "white")
        colour = list(_COLOURS.values())[seed % len(_COLOURS)]
        shape(ImageDraw.Draw(image), colour)
        return image

    return draw


DOCUMENTS: dict[str, Drawing] = {
    "invoices": invoice,
    "pages of a book": page,
    "slides": slide,
    "charts": chart,
    "QR codes": code,
    "posters": poster,
}
PRODUCTS: dict[str, Drawing] = {
    "shirts": _product(_shirt),
    "mugs": _product(_mug),
    "bags": _product(_bag),
}
PRODUCT_COLOURS = len(_COLOURS)
