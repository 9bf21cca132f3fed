"""Drawn landscapes in six kinds; each kind's pictures are like each other and unlike the rest."""

from random import Random

from PIL import Image, ImageDraw

from photomill_cli.demo_shapes import (
    CANVAS_HEIGHT,
    CANVAS_WIDTH,
    balloon,
    boat,
    cloud,
    disc,
    finished,
    fir,
    flower,
    glow,
    gradient,
    hsv,
    ridge,
    skyline,
    waves,
)


def sunset(random: Random) -> Image.Image:
    """A low sun over ridges of mountains."""
    hue = random.uniform(0.98, 1.06)
    canvas = gradient(
        [hsv(hue + 0.72, 0.55, 0.45), hsv(hue + 0.02, 0.65, 0.9), hsv(hue + 0.09, 0.5, 1.0)]
    )
    x, y = random.uniform(0.25, 0.75) * CANVAS_WIDTH, random.uniform(0.4, 0.55) * CANVAS_HEIGHT
    glow(canvas, x, y, 0.28 * CANVAS_HEIGHT, (255, 236, 190))
    draw = ImageDraw.Draw(canvas)
    disc(draw, x, y, random.uniform(0.06, 0.09) * CANVAS_HEIGHT, (255, 244, 214))
    for layer in range(4):
        colour = hsv(hue + 0.75, 0.35 + 0.1 * layer, 0.55 - 0.13 * layer)
        ridge(draw, random, base=0.58 + 0.11 * layer, height=0.14, colour=colour)
    return finished(canvas)


def sea(random: Random) -> Image.Image:
    """A sailing boat on waves, below a clear sky."""
    hue = random.uniform(0.53, 0.58)
    canvas = gradient([hsv(hue, 0.45, 0.95), hsv(hue, 0.12, 1.0)])
    draw = ImageDraw.Draw(canvas)
    horizon = random.uniform(0.42, 0.55)
    for layer in range(7):
        colour = hsv(hue + 0.015 * layer, 0.55 + 0.05 * layer, 0.82 - 0.08 * layer)
        waves(
            draw, random, base=horizon + 0.085 * layer, height=0.012 + 0.004 * layer, colour=colour
        )
        if layer == 2:
            x, size = (
                random.uniform(0.25, 0.75) * CANVAS_WIDTH,
                random.uniform(0.16, 0.24) * CANVAS_HEIGHT,
            )
            boat(
                draw,
                x,
                (horizon + 0.2) * CANVAS_HEIGHT,
                size,
                hsv(random.choice([0.0, 0.08, 0.6]), 0.75, 0.8),
            )
    return finished(canvas)


def city(random: Random) -> Image.Image:
    """Lit windows below the moon."""
    hue = random.uniform(0.62, 0.68)
    canvas = gradient([hsv(hue, 0.8, 0.13), hsv(hue + 0.06, 0.6, 0.38)])
    draw = ImageDraw.Draw(canvas)
    for _ in range(120):
        disc(
            draw,
            random.uniform(0, CANVAS_WIDTH),
            random.uniform(0, 0.6 * CANVAS_HEIGHT),
            random.uniform(1, 3),
            (222, 226, 255),
        )
    x, y = random.uniform(0.1, 0.9) * CANVAS_WIDTH, random.uniform(0.1, 0.25) * CANVAS_HEIGHT
    glow(canvas, x, y, 0.16 * CANVAS_HEIGHT, (190, 200, 255))
    disc(ImageDraw.Draw(canvas), x, y, 0.055 * CANVAS_HEIGHT, (244, 241, 222))
    for layer in range(2):
        colour = hsv(hue, 0.5, 0.22 - 0.1 * layer)
        skyline(ImageDraw.Draw(canvas), random, lowest=0.55 - 0.15 * (1 - layer), colour=colour)
    return finished(canvas)


def meadow(random: Random) -> Image.Image:
    """Flowers on green hills."""
    hue = random.uniform(0.24, 0.3)
    canvas = gradient([hsv(0.56, 0.4, 0.98), hsv(0.54, 0.1, 1.0)])
    draw = ImageDraw.Draw(canvas)
    for layer in range(3):
        ridge(
            draw,
            random,
            base=0.42 + 0.13 * layer,
            height=0.05,
            colour=hsv(hue, 0.5 + 0.08 * layer, 0.78 - 0.12 * layer),
        )
    petals = hsv(random.choice([0.92, 0.0, 0.13, 0.78]), 0.7, 0.97)
    for _ in range(150):
        depth = random.random() ** 0.7
        y = (0.62 + 0.36 * depth) * CANVAS_HEIGHT
        flower(
            draw, random.uniform(0, CANVAS_WIDTH), y, (0.008 + 0.02 * depth) * CANVAS_HEIGHT, petals
        )
    return finished(canvas)


def balloons(random: Random) -> Image.Image:
    """Striped balloons among clouds."""
    hue = random.uniform(0.54, 0.6)
    canvas = gradient([hsv(hue, 0.62, 0.85), hsv(hue, 0.2, 1.0)])
    draw = ImageDraw.Draw(canvas)
    for _ in range(5):
        cloud(draw, random)
    for place in range(random.randint(3, 5)):
        x = (0.14 + 0.18 * place + random.uniform(-0.04, 0.04)) * CANVAS_WIDTH
        size = random.uniform(0.09, 0.17) * CANVAS_HEIGHT
        balloon(draw, x, random.uniform(0.22, 0.65) * CANVAS_HEIGHT, size, random.random())
    return finished(canvas)


def forest(random: Random) -> Image.Image:
    """Fir trees in the snow."""
    hue = random.uniform(0.55, 0.6)
    canvas = gradient([hsv(hue, 0.25, 0.8), hsv(hue, 0.05, 0.97)])
    draw = ImageDraw.Draw(canvas)
    for layer in range(3):
        ground = 0.6 + 0.13 * layer
        colour = hsv(0.42, 0.25 + 0.18 * layer, 0.6 - 0.17 * layer)
        for _ in range(16 - 4 * layer):
            size = random.uniform(0.22, 0.34) * (0.6 + 0.35 * layer) * CANVAS_HEIGHT
            fir(
                draw,
                random.uniform(-0.05, 1.05) * CANVAS_WIDTH,
                (ground + 0.03) * CANVAS_HEIGHT,
                size,
                colour,
            )
        ridge(
            draw,
            random,
            base=ground,
            height=0.03,
            colour=hsv(hue, 0.06 - 0.02 * layer, 0.92 + 0.03 * layer),
        )
    for _ in range(260):
        disc(
            draw,
            random.uniform(0, CANVAS_WIDTH),
            random.uniform(0, CANVAS_HEIGHT),
            random.uniform(1.5, 5),
            (255, 255, 255),
        )
    return finished(canvas)
