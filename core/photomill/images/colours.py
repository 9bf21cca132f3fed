"""Which colours an image has, by the names that people use."""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from photomill.images.reduction import Plane

COLOURS = (
    "black",
    "white",
    "grey",
    "red",
    "orange",
    "yellow",
    "green",
    "blue",
    "purple",
    "pink",
    "brown",
)
"""The basic colour terms of English (Berlin and Kay, "Basic Color Terms", 1969)."""

Shares = NDArray[np.float32]
"""How much of an image each colour takes: float32 (11,), adding up to 1."""

SHADES = 32
"""Steps of red, green and blue that are named."""

_CENTRE = 0.25
"""The spread of the weights about an image's middle, where its subject mostly is, in sides."""


def colour_shares(luma: Plane, blue: Plane, red: Plane) -> Shares:
    """Tell how much of an image each of :data:`COLOURS` takes; its middle counts for more.

    :param luma: float32 (side, side), 0 to 255.
    :param blue: Cb of the same shape, -128 to 128.
    :param red: Cr likewise.
    """
    channels = (luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue)
    codes = [np.clip(each, 0, 255).astype(np.uint8) // (256 // SHADES) for each in channels]
    names = _names()[tuple(codes)]
    shares = np.bincount(names.ravel(), _weights(len(luma)), len(COLOURS))
    return shares.astype(np.float32)


def pack_colours(shares: Shares) -> bytes:
    """Keep a share of each colour in a byte."""
    return np.rint(shares * 255).astype(np.uint8).tobytes()


def unpack_colours(packed: Sequence[bytes]) -> NDArray[np.float32]:
    """Read the shares of several images: float32 (n, 11).

    :raises ValueError: something else was packed.
    """
    read = np.frombuffer(b"".join(packed), np.uint8).reshape(len(packed), len(COLOURS))
    return read.astype(np.float32) / np.float32(255)


@cache
def _weights(side: int) -> NDArray[np.float64]:
    places = (np.arange(side) + 0.5) / side - 0.5
    line = np.exp(-np.square(places / _CENTRE) / 2)
    weights = np.outer(line, line).ravel()
    return np.asarray(weights / weights.sum())


@cache
def _names() -> NDArray[np.uint8]:
    """The colour of each shade of red, green and blue: uint8 (32, 32, 32), places in :data:`COLOURS`."""
    steps = (np.arange(SHADES) + 0.5) / SHADES
    lightness, chroma, hue = _oklch(np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1))
    places = {name: np.uint8(place) for place, name in enumerate(COLOURS)}
    # The first that holds counts. Hues in degrees: red is at 29, yellow at 110, green at 142, blue at 264.
    rules = [
        ("black", lightness < 0.22),
        ("black", (lightness < 0.36) & (chroma < 0.05)),
        ("white", (lightness > 0.8) & (chroma < 0.035)),
        ("white", (lightness > 0.86) & (chroma < 0.05) & (hue < 120)),
        ("grey", chroma < np.where((hue > 180) & (hue < 290), 0.04, 0.028)),
        ("pink", ((hue < 15) | (hue >= 320)) & (lightness > 0.56)),
        ("pink", (hue < 42) & (lightness > 0.72)),
        ("purple", (hue >= 290) & (hue < 350)),
        ("red", ((hue < 15) | (hue >= 350)) & (chroma > 0.05)),
        ("red", (hue < 42) & (chroma > 0.1)),
        ("orange", (hue < 68) & (lightness > 0.6) & (chroma > 0.12)),
        ("yellow", (hue >= 68) & (hue < 118) & (lightness > 0.6) & (chroma > 0.09)),
        ("green", (hue >= 110) & (hue < 190)),
        ("blue", (hue >= 190) & (hue < 290)),
        ("brown", np.ones_like(hue, np.bool_)),
    ]
    names = np.full(hue.shape, places["grey"], np.uint8)
    for name, holds in reversed(rules):
        names[holds] = places[name]
    return names


def _oklch(rgb: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Lightness, chroma and hue in degrees (Björn Ottosson, "Oklab", 2020) of sRGB values from 0 to 1."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    cones = np.cbrt(
        linear
        @ np.array(
            [
                [0.4122214708, 0.2119034982, 0.0883024619],
                [0.5363325363, 0.6806995451, 0.2817188376],
                [0.0514459929, 0.1073969566, 0.6299787005],
            ]
        )
    )
    lab = cones @ np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ]
    )
    hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1])) % 360
    return lab[..., 0], np.hypot(lab[..., 1], lab[..., 2]), hue
