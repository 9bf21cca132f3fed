"""What drawn landscapes are made of: skies, ridges, boats, trees. Places and sizes are pixels of the canvas."""

import colorsys
import math
from collections.abc import Sequence
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 640, 480

SCALE = 2
"""Drawn larger and made smaller, so that edges are smooth."""

CANVAS_WIDTH, CANVAS_HEIGHT = WIDTH * SCALE, HEIGHT * SCALE

Colour = tuple[int, int, int]


def finished(canvas: Image.Image) -> Image.Image:
    return canvas.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def hsv(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, min(saturation, 1.0), min(value, 1.0))
    return round(255 * red), round(255 * green), round(255 * blue)


def gradient(colours: Sequence[Colour]) -> Image.Image:
    stops = np.linspace(0, 1, len(colours))
    rows = np.linspace(0, 1, CANVAS_HEIGHT)
    column = np.stack(
        [np.interp(rows, stops, [colour[channel] for colour in colours]) for channel in range(3)], 1
    )
    return Image.fromarray(
        np.repeat(column[:, None].round().astype(np.uint8), CANVAS_WIDTH, axis=1)
    )


def glow(canvas: Image.Image, x: float, y: float, radius: float, colour: Colour) -> None:
    mask = Image.new("L", canvas.size)
    disc(ImageDraw.Draw(mask), x, y, radius * 0.6, 150)
    canvas.paste(colour, (0, 0, *canvas.size), mask.filter(ImageFilter.BoxBlur(radius * 0.4)))


def disc(
    draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: Colour | int
) -> None:
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)


def ridge(
    draw: ImageDraw.ImageDraw, random: Random, *, base: float, height: float, colour: Colour
) -> None:
    """Fill what is below a sum of sines."""
    waves = [
        (random.uniform(1, 2) * 2**octave, random.uniform(0, math.tau), 0.6**octave)
        for octave in range(5)
    ]
    points = []
    for x in range(0, CANVAS_WIDTH + 8, 8):
        swing = sum(
            weight * math.sin(math.tau * pace * x / CANVAS_WIDTH + phase)
            for pace, phase, weight in waves
        )
        points.append((x, (base - height * swing / 2) * CANVAS_HEIGHT))
    draw.polygon([*points, (CANVAS_WIDTH, CANVAS_HEIGHT), (0, CANVAS_HEIGHT)], fill=colour)


def waves(
    draw: ImageDraw.ImageDraw, random: Random, *, base: float, height: float, colour: Colour
) -> None:
    phase, pace = random.uniform(0, math.tau), random.uniform(9, 14)
    points = [
        (
            x,
            (base - height * abs(math.sin(math.pi * pace * x / CANVAS_WIDTH + phase)))
            * CANVAS_HEIGHT,
        )
        for x in range(0, CANVAS_WIDTH + 4, 4)
    ]
    draw.polygon([*points, (CANVAS_WIDTH, CANVAS_HEIGHT), (0, CANVAS_HEIGHT)], fill=colour)


def boat(
    draw: ImageDraw.ImageDraw, x: float, y: float, size: float, hull: Colour, *, sails: Colour
) -> None:
    draw.polygon(
        [(x, y - size * 1.5), (x, y - size * 0.2), (x + size * 0.8, y - size * 0.2)],
        fill=sails,
    )
    draw.polygon(
        [
            (x - size * 0.06, y - size * 1.25),
            (x - size * 0.06, y - size * 0.2),
            (x - size * 0.55, y - size * 0.2),
        ],
        fill=sails,
    )
    draw.polygon(
        [
            (x - size * 0.75, y - size * 0.12),
            (x + size * 0.95, y - size * 0.12),
            (x + size * 0.6, y + size * 0.2),
            (x - size * 0.5, y + size * 0.2),
        ],
        fill=hull,
    )


def skyline(
    draw: ImageDraw.ImageDraw, random: Random, *, lowest: float, width: float, colour: Colour
) -> None:
    left = 0.0
    while left < CANVAS_WIDTH:
        right = left + random.uniform(0.7, 1.3) * width * CANVAS_WIDTH
        top = (lowest + random.uniform(0, 0.25)) * CANVAS_HEIGHT
        draw.rectangle((left, top, right - 4, CANVAS_HEIGHT), fill=colour)
        for row in range(int(top) + 16, CANVAS_HEIGHT, 34):
            for column in range(int(left) + 12, int(right) - 24, 26):
                if random.random() < 0.42:
                    light = hsv(random.uniform(0.1, 0.14), random.uniform(0.3, 0.6), 1.0)
                    draw.rectangle((column, row, column + 11, row + 17), fill=light)
        left = right


def flower(draw: ImageDraw.ImageDraw, x: float, y: float, size: float, petals: Colour) -> None:
    draw.line((x, y, x, y + size * 2.5), fill=(62, 122, 48), width=max(2, round(size / 4)))
    for petal in range(6):
        angle = math.tau * petal / 6
        disc(
            draw,
            x + size * 0.7 * math.cos(angle),
            y + size * 0.7 * math.sin(angle),
            size * 0.48,
            petals,
        )
    disc(draw, x, y, size * 0.42, (255, 214, 70))


def cloud(draw: ImageDraw.ImageDraw, random: Random) -> None:
    x, y = random.uniform(0, CANVAS_WIDTH), random.uniform(0.08, 0.9) * CANVAS_HEIGHT
    for _ in range(9):
        disc(
            draw,
            x + random.gauss(0, 0.05) * CANVAS_WIDTH,
            y + random.gauss(0, 0.012) * CANVAS_HEIGHT,
            random.uniform(0.02, 0.05) * CANVAS_HEIGHT,
            (250, 252, 255),
        )


def balloon(draw: ImageDraw.ImageDraw, x: float, y: float, size: float, hue: float) -> None:
    for stripe, width in enumerate((1.0, 0.72, 0.4, 0.12)):
        colour = hsv(hue, 0.78, 0.92) if stripe % 2 == 0 else hsv(hue + 0.1, 0.35, 1.0)
        draw.ellipse((x - size * width, y - size, x + size * width, y + size), fill=colour)
        draw.polygon(
            [
                (x - size * width * 0.82, y + size * 0.56),
                (x + size * width * 0.82, y + size * 0.56),
                (x + size * 0.2 * width, y + size * 1.4),
                (x - size * 0.2 * width, y + size * 1.4),
            ],
            fill=colour,
        )
    draw.rectangle(
        (x - size * 0.2, y + size * 1.5, x + size * 0.2, y + size * 1.75), fill=(120, 82, 48)
    )


def fir(draw: ImageDraw.ImageDraw, x: float, y: float, size: float, colour: Colour) -> None:
    for tier in range(4):
        top, width = y - size * (1 - 0.2 * tier), size * (0.16 + 0.07 * tier)
        draw.polygon(
            [(x, top), (x - width, top + size * 0.36), (x + width, top + size * 0.36)], fill=colour
        )
        snow = width * 0.45
        draw.polygon(
            [(x, top), (x - snow, top + size * 0.12), (x + snow, top + size * 0.12)],
            fill=(248, 251, 255),
        )
