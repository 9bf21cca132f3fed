"""Portraits of people who are drawn, and weights that tell them apart by their colours."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from photomill.images.raster import RasterPixels

LOOKS = {
    "Anna": ((224, 178, 150), (70, 45, 30)),
    "Ben": ((150, 105, 80), (20, 16, 14)),
    "Cleo": ((240, 214, 198), (190, 150, 70)),
}
"""Of each person: the colours of skin and hair."""

_CONTRAST = 5.0
"""So much that the radius for real faces tells these apart."""
_BLOCKS = (
    *(f"conv32_{number}" for number in (1, 2, 3)),
    "conv64_down",
    *(f"conv64_{number}" for number in (1, 2, 3)),
    "conv128_down",
    *(f"conv128_{number}" for number in (1, 2)),
    "conv256_down",
    *(f"conv256_{number}" for number in (1, 2)),
    "conv256_down_out",
)


def portrait(
    *people: str, side: int = 300, wall: tuple[int, int, int] = (150, 160, 170)
) -> RasterPixels:
    """One face after the other before a wall, schematic but shaded; the wall alone where nobody is named.

    :returns: uint8 (side, side · faces, 3).
    """
    if not people:
        return np.full((side, side, 3), wall, np.uint8)
    return np.hstack([_face(*LOOKS[name], side, wall) for name in people])


def saved(rgb: RasterPixels, path: Path, quality: int = 92) -> Path:
    Image.fromarray(rgb).save(path, quality=quality)
    return path


def write_weights(folder: Path) -> None:
    """Put weights in the place of the model ``faces``: the same layers, a few filters each, and no more than colours."""
    folder.mkdir(parents=True)
    described, data = [], []
    for name, values in _tensors():
        least, scale = float(values.min()), float(np.ptp(values)) / 255 or 1.0
        quantisation = {"dtype": "uint8", "scale": scale, "min": least}
        described.append(
            {
                "name": name,
                "shape": list(values.shape),
                "dtype": "float32",
                "quantization": quantisation,
            }
        )
        data.append(np.rint((values - least) / scale).astype(np.uint8).tobytes())
    manifest = [{"weights": described, "paths": ["face_recognition_model.bin"]}]
    (folder / "face_recognition_model.bin").write_bytes(b"".join(data))
    (folder / "face_recognition_model-weights_manifest.json").write_text(json.dumps(manifest))


def _tensors() -> Iterator[tuple[str, NDArray[np.float32]]]:
    """The mean colour: the first layer blurs what is more and what is less than the mean, the others pass it on."""
    blur = np.zeros((7, 7, 3, 6), np.float32)
    for channel in range(3):
        blur[:, :, channel, channel], blur[:, :, channel, channel + 3] = 1 / 49, -1 / 49
    yield from _convolution("conv32_down", blur)
    for block in _BLOCKS:
        yield from _convolution(f"{block}/conv1", np.zeros((3, 3, 6, 6), np.float32))
        yield from _convolution(f"{block}/conv2", np.zeros((3, 3, 6, 6), np.float32))
    mixed = np.zeros((6, 128), np.float32)
    for channel in range(3):
        mixed[channel, channel], mixed[channel + 3, channel] = _CONTRAST, -_CONTRAST
    yield "fc", mixed


def _convolution(
    name: str, filters: NDArray[np.float32]
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    count = filters.shape[3]
    yield f"{name}/conv/filters", filters
    yield f"{name}/conv/bias", np.zeros(count, np.float32)
    yield f"{name}/scale/weights", np.ones(count, np.float32)
    yield f"{name}/scale/biases", np.zeros(count, np.float32)


def _face(
    skin: tuple[int, int, int], hair: tuple[int, int, int], side: int, wall: tuple[int, int, int]
) -> RasterPixels:
    tall = 0.6 * side
    left, top = 0.5 * side - 0.38 * tall, 0.15 * side
    image = Image.new("RGB", (side, side), wall)
    draw = ImageDraw.Draw(image)

    def ellipse(x: float, y: float, across: float, down: float, colour: tuple[int, ...]) -> None:
        box = ((x - across) * tall + left, (y - down) * tall + top)
        end = ((x + across) * tall + left, (y + down) * tall + top)
        draw.ellipse([box, end], fill=colour)

    def darker(share: float) -> tuple[int, ...]:
        return tuple(round(share * each) for each in skin)

    ellipse(0.38, 0.98, 0.75, 0.35, (60, 70, 120))
    ellipse(0.38, 0.86, 0.16, 0.25, darker(0.85))
    ellipse(0.38, 0.42, 0.42, 0.56, hair)
    ellipse(0.38, 0.5, 0.37, 0.5, skin)
    for eye in (0.2, 0.56):
        ellipse(eye, 0.36, 0.1, 0.025, darker(0.36))
        ellipse(eye, 0.44, 0.08, 0.04, (245, 240, 238))
        ellipse(eye, 0.44, 0.038, 0.038, (60, 45, 40))
        ellipse(eye, 0.42, 0.1, 0.02, darker(0.5))
    ellipse(0.38, 0.58, 0.03, 0.13, darker(1.06))
    ellipse(0.38, 0.67, 0.075, 0.03, darker(0.8))
    ellipse(0.35, 0.685, 0.02, 0.01, darker(0.45))
    ellipse(0.41, 0.685, 0.02, 0.01, darker(0.45))
    ellipse(0.38, 0.805, 0.13, 0.035, (178, 84, 82))
    ellipse(0.38, 0.8, 0.11, 0.006, (110, 45, 48))
    shaded = np.asarray(image.filter(ImageFilter.GaussianBlur(tall / 90)), np.float64)
    noise = np.random.default_rng(3).normal(scale=3, size=shaded.shape)
    return np.clip(shaded + noise, 0, 255).astype(np.uint8)
