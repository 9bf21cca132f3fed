"""Drawn landscapes in six kinds; each kind's images are like each other and unlike the rest."""

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
    hue = random.uniform(-0.06, 0.1)
    canvas = gradient(
        [hsv(hue + 0.72, 0.55, 0.45), hsv(hue + 0.02, 0.65, 0.9), hsv(hue + 0.09, 0.5, 1.0)]
    )
    horizon = random.uniform(0.3, 0.75)
    x, y = random.uniform(0.15, 0.85) * CANVAS_WIDTH, (horizon - 0.1) * CANVAS_HEIGHT
    size = random.uniform(0.04, 0.16) * CANVAS_HEIGHT
    glow(canvas, x, y, 3.5 * size, (255, 236, 190))
    draw = ImageDraw.Draw(canvas)
    disc(draw, x, y, size, (255, 244, 214))
    layers = random.randint(2, 6)
    height = random.uniform(0.05, 0.24)
    for layer in range(layers):
        depth = (layer + 1) / layers
        colour = hsv(hue + 0.75, 0.3 + 0.35 * depth, 0.62 - 0.5 * depth)
        base = horizon + (0.95 - horizon) * layer / layers
        ridge(draw, random, base=base, height=height, colour=colour)
    return finished(canvas)


def sea(random: Random) -> Image.Image:
    """Sailing boats on waves, below a clear sky."""
    hue = random.uniform(0.46, 0.62)
    canvas = gradient([hsv(hue, 0.45, 0.95), hsv(hue + random.uniform(-0.1, 0), 0.12, 1.0)])
    draw = ImageDraw.Draw(canvas)
    horizon = random.uniform(0.25, 0.65)
    boats = random.randint(1, 4)
    steepness = random.uniform(0.006, 0.03)
    for layer in range(7):
        colour = hsv(hue + 0.015 * layer, 0.55 + 0.05 * layer, 0.82 - 0.08 * layer)
        height = steepness * (1 + 0.3 * layer)
        waves(draw, random, base=horizon + 0.085 * layer, height=height, colour=colour)
        if layer < boats:
            x = random.uniform(0.12, 0.88) * CANVAS_WIDTH
            y = (horizon + 0.06 + 0.085 * layer) * CANVAS_HEIGHT
            size = random.uniform(0.05, 0.09) * (2 + layer) * CANVAS_HEIGHT
            boat(
                draw,
                x,
                y,
                size,
                hsv(random.random(), 0.75, 0.8),
                sails=hsv(random.random(), random.choice([0.04, 0.5]), 0.98),
            )
    return finished(canvas)


def city(random: Random) -> Image.Image:
    """Lit windows below the moon."""
    hue = random.uniform(0.58, 0.85)
    dusk = random.uniform(0.25, 0.75)
    canvas = gradient([hsv(hue, 0.8, 0.13), hsv(hue + 0.12, 0.6, dusk)])
    draw = ImageDraw.Draw(canvas)
    for _ in range(random.randint(20, 160)):
        x, y = random.uniform(0, CANVAS_WIDTH), random.uniform(0, 0.6 * CANVAS_HEIGHT)
        disc(draw, x, y, random.uniform(1, 3), (222, 226, 255))
    x, y = random.uniform(0.1, 0.9) * CANVAS_WIDTH, random.uniform(0.1, 0.25) * CANVAS_HEIGHT
    size = random.uniform(0.03, 0.11) * CANVAS_HEIGHT
    glow(canvas, x, y, 2.5 * size, (190, 200, 255))
    disc(draw, x, y, size, (244, 241, 222))
    width, lowest = random.uniform(0.05, 0.2), random.uniform(0.25, 0.6)
    for layer in range(2):
        colour = hsv(hue, 0.5, (0.3 - 0.2 * layer) * (0.5 + dusk))
        skyline(draw, random, lowest=lowest + 0.15 * layer, width=width, colour=colour)
    return finished(canvas)


def meadow(random: Random) -> Image.Image:
    """Flowers on green hills."""
    hue = random.uniform(0.17, 0.36)
    canvas = gradient([hsv(0.56, random.uniform(0.15, 0.6), 0.98), hsv(0.54, 0.1, 1.0)])
    draw = ImageDraw.Draw(canvas)
    horizon, height = random.uniform(0.12, 0.5), random.uniform(0.02, 0.14)
    for layer in range(3):
        colour = hsv(hue, 0.5 + 0.08 * layer, 0.78 - 0.12 * layer)
        ridge(draw, random, base=horizon + 0.13 * layer, height=height, colour=colour)
    petals = hsv(random.uniform(0.75, 1.15), 0.7, 0.97)
    size = random.uniform(0.012, 0.07)
    for place in range(round(2.6 / size)):
        depth = place * size / 2.6
        y = (horizon + 0.2 + (0.85 - horizon) * depth) * CANVAS_HEIGHT
        x = random.uniform(0, CANVAS_WIDTH)
        flower(draw, x, y, size * (0.3 + 0.7 * depth) * CANVAS_HEIGHT, petals)
    return finished(canvas)


def balloons(random: Random) -> Image.Image:
    """Striped balloons among clouds."""
    hue = random.uniform(0.5, 0.65)
    canvas = gradient([hsv(hue, 0.62, 0.85), hsv(hue + random.uniform(-0.1, 0.2), 0.2, 1.0)])
    draw = ImageDraw.Draw(canvas)
    for _ in range(random.randint(0, 9)):
        cloud(draw, random)
    count = random.randint(1, 7)
    for place in range(count):
        x = (place + 0.5 + random.uniform(-0.2, 0.2)) / count * CANVAS_WIDTH
        size = random.uniform(0.08, 0.12 + 0.2 / count) * CANVAS_HEIGHT
        balloon(draw, x, random.uniform(0.25, 0.6) * CANVAS_HEIGHT, size, random.random())
    return finished(canvas)


def forest(random: Random) -> Image.Image:
    """Fir trees in the snow."""
    hue = random.uniform(0.5, 0.8)
    light = random.uniform(0.45, 1.0)
    canvas = gradient([hsv(hue, 0.35, 0.8 * light), hsv(hue + 0.1, 0.12, 0.97 * light)])
    draw = ImageDraw.Draw(canvas)
    tallest, horizon = random.uniform(0.25, 0.8), random.uniform(0.45, 0.75)
    for layer in range(3):
        ground = horizon + 0.1 * layer
        colour = hsv(0.42, 0.25 + 0.18 * layer, (0.6 - 0.17 * layer) * light)
        for _ in range(round((3.5 - 0.8 * layer) / tallest)):
            size = random.uniform(0.6, 1.0) * tallest * (0.5 + 0.25 * layer) * CANVAS_HEIGHT
            x = random.uniform(-0.05, 1.05) * CANVAS_WIDTH
            fir(draw, x, (ground + 0.03) * CANVAS_HEIGHT, size, colour)
        snow = hsv(hue, 0.06 - 0.02 * layer, (0.92 + 0.03 * layer) * (0.4 + 0.6 * light))
        ridge(draw, random, base=ground, height=0.03, colour=snow)
    for _ in range(random.randint(0, 400)):
        x, y = random.uniform(0, CANVAS_WIDTH), random.uniform(0, CANVAS_HEIGHT)
        disc(draw, x, y, random.uniform(1.5, 5), (255, 255, 255))
    return finished(canvas)
