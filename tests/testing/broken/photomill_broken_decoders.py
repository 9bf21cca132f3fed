"""A correct decoder, and others that are broken in one way each."""

import hashlib
import os
from typing import Any

import numpy as np
from attrs import evolve

from photomill.config.settings import ImageSettings
from photomill.errors import ImageError, ImageTooLarge
from photomill.images.image import Image
from photomill_pillow_decoder import PillowDecoder


class Whole(PillowDecoder):
    name = "whole"
    formats = frozenset({"jpeg", "png", "tiff", "bmp"})


class Changed(Whole):
    """Changes what a correct decoder gave."""

    def decode(self, data: bytes, format: str, side: int, limits: ImageSettings) -> Image:
        image = super().decode(data, format, side, limits)
        return self.change(image, data, side)

    def change(self, image: Image, data: bytes, side: int) -> Image:
        return image


class Nameless(Whole):
    formats = frozenset()


class SwapsColours(Changed):
    def change(self, image: Image, data: bytes, side: int) -> Image:
        return _with_pixels(image, image.pixels[:, :, ::-1])


class ForgetsTheSize(Changed):
    def change(self, image: Image, data: bytes, side: int) -> Image:
        return evolve(image, width=image.pixels.shape[1], height=image.pixels.shape[0])


class ShrinksTooFar(Changed):
    def change(self, image: Image, data: bytes, side: int) -> Image:
        return _with_pixels(image, image.pixels[::2, ::2]) if side else image


class Enlarges(Changed):
    def change(self, image: Image, data: bytes, side: int) -> Image:
        return _with_pixels(image, np.kron(image.pixels, np.ones((2, 2, 1), np.uint8)))


class IgnoresOrientation(Whole):
    def decode(self, data: bytes, format: str, side: int, limits: ImageSettings) -> Image:
        return super().decode(data.replace(b"\x12\x01", b"\x13\x01"), format, side, limits)


class OnBlack(Changed):
    def change(self, image: Image, data: bytes, side: int) -> Image:
        white = image.pixels.min(axis=2, keepdims=True) == 255
        return _with_pixels(image, np.where(white, np.uint8(0), image.pixels))


class GreyOnly(Changed):
    def change(self, image: Image, data: bytes, side: int) -> Image:
        return _with_pixels(image, np.full_like(image.pixels, 128))


class LastFrame(Changed):
    def change(self, image: Image, data: bytes, side: int) -> Image:
        return _with_pixels(image, np.roll(image.pixels, 21, axis=1))


class RefusesFrames(Whole):
    def decode(self, data: bytes, format: str, side: int, limits: ImageSettings) -> Image:
        if limits.max_frames < 1000:
            raise ImageTooLarge("has frames")
        return super().decode(data, format, side, limits)


class NoLimits(Whole):
    formats = frozenset({"bmp"})

    def decode(self, data: bytes, format: str, side: int, limits: ImageSettings) -> Image:
        return super().decode(data, format, side, ImageSettings())


class TakesTruncated(Whole):
    def decode(self, data: bytes, format: str, side: int, limits: ImageSettings) -> Image:
        try:
            return super().decode(data, format, side, limits)
        except ImageError:
            return Image.from_pixels(np.zeros((1, 1, 3), np.uint8))


class KeepsItToItself(Whole):
    def decode(self, data: bytes, format: str, side: int, limits: ImageSettings) -> Image:
        ended = data if data.endswith(b"\xff\xd9") else data + b"\xff\xd9"
        return super().decode(ended, format, side, limits)


class Crashes(Whole):
    def decode(self, data: bytes, format: str, side: int, limits: ImageSettings) -> Image:
        try:
            return super().decode(data, format, side, limits)
        except ImageError:
            os.abort()


class Random(Changed):
    def change(self, image: Image, data: bytes, side: int) -> Image:
        noise = np.random.default_rng().integers(0, 2, image.pixels.shape, dtype=np.uint8)
        return _with_pixels(image, image.pixels ^ noise)


class DigestOfTheResult(Changed):
    def change(self, image: Image, data: bytes, side: int) -> Image:
        return evolve(image, digest=hashlib.sha256(image.pixels.tobytes()).digest())


class DigestOfTheFile(Changed):
    def change(self, image: Image, data: bytes, side: int) -> Image:
        return evolve(image, digest=hashlib.sha256(data).digest())


class DigestOfTheFormat(Changed):
    def change(self, image: Image, data: bytes, side: int) -> Image:
        return evolve(image, digest=hashlib.sha256(data[:2] + image.digest).digest())


def _with_pixels(image: Image, pixels: Any) -> Image:
    return evolve(image, pixels=np.ascontiguousarray(pixels))
