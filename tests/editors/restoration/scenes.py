"""Images like photographs, what compression makes of them, and how far images are apart."""

import io
import math

import cv2
import numpy as np
from PIL import Image

from photomill.images.raster import RasterPixels


def photograph(height: int = 160, width: int = 192, seed: int = 1) -> RasterPixels:
    """Soft light, texture as natural images have it (the finer the fainter), and hard edges."""
    chance = np.random.default_rng(seed)
    texture = _texture(height, width, chance)
    rows, columns = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    light = np.stack([150 - 60 * rows, 110 + 50 * columns, 140 + 30 * rows * columns], -1)
    picture = light + 24 * texture[:, :, np.newaxis]
    for _ in range(6):
        centre = int(chance.integers(width)), int(chance.integers(height))
        colour = [int(level) for level in chance.integers(20, 235, 3)]
        radius = int(chance.integers(6, max(7, min(height, width) // 5)))
        drawn = np.zeros((height, width), np.uint8)
        cv2.circle(drawn, centre, radius, 255, -1, cv2.LINE_AA)
        opacity = drawn[:, :, np.newaxis] / 255
        picture = picture * (1 - opacity) + (np.array(colour) + 0.3 * (picture - 128)) * opacity
    result: RasterPixels = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    return result


def compressed(picture: RasterPixels, quality: int) -> tuple[RasterPixels, bytes]:
    """What a JPEG file shows, and the file."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    with Image.open(file) as opened:
        return np.array(opened), file.getvalue()


def noisy(picture: RasterPixels, deviation: float) -> RasterPixels:
    noise = np.random.default_rng(3).normal(0, deviation, picture.shape)
    result: RasterPixels = np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)
    return result


def half(picture: RasterPixels) -> RasterPixels:
    """A copy half as large: the mean of each four pixels."""
    size = picture.shape[1] // 2, picture.shape[0] // 2
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def psnr(picture: RasterPixels, original: RasterPixels) -> float:
    """Peak signal-to-noise ratio in decibels; infinite for equal images."""
    error = float(np.mean((picture.astype(np.float64) - original) ** 2))
    return 10 * math.log10(255**2 / error) if error else math.inf


def with_alpha(picture: RasterPixels, alpha: RasterPixels) -> RasterPixels:
    return np.dstack([picture, alpha])


def _texture(height: int, width: int, chance: np.random.Generator) -> np.ndarray:
    spectrum = np.fft.rfft2(chance.normal(size=(height, width)))
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    frequency[0, 0] = 1
    texture = np.fft.irfft2(spectrum / frequency**1.6, (height, width))
    return np.asarray(texture / texture.std())
