"""Drawn pages: receipts of one shop, a letter, the window of a program, a picture without text."""

import io
from collections.abc import Sequence
from functools import partial

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

INK, PAPER = (25, 25, 28), (250, 250, 247)

write_on = partial(ImageFont.load_default)


def receipt(
    items: Sequence[tuple[str, str]],
    total: str,
    *,
    date: str = "12.03.2024",
    number: str = "48213",
    shop: str = "CORNER BAKERY",
) -> Image.Image:
    """A receipt as a till prints it."""
    image = Image.new("RGB", (480, 760), PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((240, 60), shop, font=write_on(size=40), fill=INK, anchor="mm")
    draw.text((240, 110), "Mill Street 7, Newtown", font=write_on(size=24), fill=INK, anchor="mm")
    draw.text((40, 160), f"Date {date}", font=write_on(size=24), fill=INK)
    draw.text((40, 200), f"Receipt {number}", font=write_on(size=24), fill=INK)
    row = 270
    for name, price in items:
        draw.text((40, row), name, font=write_on(size=26), fill=INK)
        draw.text((440, row), price, font=write_on(size=26), fill=INK, anchor="ra")
        row += 46
    draw.line((40, row + 10, 440, row + 10), fill=INK, width=2)
    draw.text((40, row + 30), "TOTAL", font=write_on(size=34), fill=INK)
    draw.text((440, row + 30), total, font=write_on(size=34), fill=INK, anchor="ra")
    draw.text((240, 700), "Thank you, come again", font=write_on(size=24), fill=INK, anchor="mm")
    return image


def invoice(number: str, amount: str, customer: str = "Harbour Garage") -> Image.Image:
    """The first page of an invoice."""
    image = Image.new("RGB", (720, 1000), PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((60, 60), "INVOICE", font=write_on(size=54), fill=INK)
    lines = [
        f"Number {number}",
        f"Customer {customer}",
        "For the repair of the window in the hall",
        "Payable within thirty days of delivery",
        f"Amount due {amount}",
        "Please name the number when you pay",
        "With kind regards from the workshop",
    ]
    for place, line in enumerate(lines):
        draw.text((60, 180 + 80 * place), line, font=write_on(size=30), fill=INK)
    return image


def window() -> Image.Image:
    """The window of a program, in its colours."""
    image = Image.new("RGB", (1000, 640), (38, 44, 66))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 999, 56), fill=(28, 90, 170))
    draw.text((30, 14), "Messages", font=write_on(size=26), fill=(255, 255, 255))
    draw.rectangle((0, 57, 240, 639), fill=(30, 34, 50))
    for place, name in enumerate(["Inbox", "Drafts", "Archive", "Settings"]):
        draw.text((30, 90 + 60 * place), name, font=write_on(size=24), fill=(210, 215, 230))
    for place, line in enumerate(
        ["Meeting moved to Friday", "Your parcel has arrived", "Weekly report"]
    ):
        draw.rectangle((280, 90 + 130 * place, 960, 190 + 130 * place), fill=(56, 64, 92))
        draw.text((310, 120 + 130 * place), line, font=write_on(size=26), fill=(235, 240, 250))
    return image


def sign(text: str) -> Image.Image:
    """A word on a wall of stone, as a photo has it."""
    noise = np.random.default_rng(4).normal(130, 40, (120, 160, 1)).repeat(3, axis=2)
    small = Image.fromarray(np.clip(noise, 0, 255).astype(np.uint8))
    image = small.resize((800, 600), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(2))
    draw = ImageDraw.Draw(image)
    draw.rectangle((180, 230, 620, 370), fill=(30, 70, 40))
    draw.text((400, 300), text, font=write_on(size=80), fill=(240, 235, 210), anchor="mm")
    return image


def photographed(page: Image.Image) -> Image.Image:
    """A page on a table, lit from one side, with a camera's noise."""
    table = np.full((page.height + 120, page.width + 120, 3), (96, 70, 50), np.float64)
    table[60:-60, 60:-60] = np.asarray(page)
    table *= np.linspace(0.72, 1.0, table.shape[1])[None, :, None]
    table += np.random.default_rng(5).normal(0, 5, table.shape)
    return Image.fromarray(np.clip(table, 0, 255).astype(np.uint8))


def saved(image: Image.Image, *, quality: int = 0, size: float = 1.0) -> bytes:
    """The file of an image: PNG, or JPEG of a quality."""
    if size != 1.0:
        image = image.resize((round(image.width * size), round(image.height * size)))
    out = io.BytesIO()
    image.save(out, "JPEG" if quality else "PNG", **({"quality": quality} if quality else {}))
    return out.getvalue()
