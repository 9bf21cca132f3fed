"""Encoders at equal similarity: bytes and processor time at the quality that gives the same SSIM.

Every contestant's quality is the smallest whole number at which its file is as like the image as Photomill's own, with
its default quality. A contestant that never gets there is said to fall short, and is left out of the means.

    python benchmarks/encoders.py --photos ../shared/photos --count 24 --side 1000
"""

import argparse
import io
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyvips
from attrs import frozen
from image_similarity import ssim
from PIL import Image

from photomill.components.output import Avif, Jpeg, Webp
from photomill.plugin import EditContext, Origin, Speed
from photomill_vips_editor.savers import save

Encode = Callable[[Image.Image, int], bytes]

FORMATS: Mapping[str, Any] = {"jpeg": Jpeg, "webp": Webp, "avif": Avif}
CV_SETTINGS: Mapping[str, Callable[[int], list[int]]] = {
    "jpeg": lambda quality: [
        cv2.IMWRITE_JPEG_QUALITY,
        quality,
        cv2.IMWRITE_JPEG_PROGRESSIVE,
        1,
        cv2.IMWRITE_JPEG_OPTIMIZE,
        1,
    ],
    "webp": lambda quality: [cv2.IMWRITE_WEBP_QUALITY, quality],
    "avif": lambda quality: [cv2.IMWRITE_AVIF_QUALITY, quality, cv2.IMWRITE_AVIF_SPEED, 7],
}
PILLOW_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "jpeg": {"progressive": True, "optimize": True},
    "webp": {},
    "avif": {"speed": 7},
}
VIPS_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "jpeg": {"interlace": True, "optimize_coding": True},
    "webp": {},
    "avif": {"compression": "av1"},
}
VIPS_SAVERS = {"jpeg": "jpegsave_buffer", "webp": "webpsave_buffer", "avif": "heifsave_buffer"}


@frozen
class Measured:
    """One file: its quality, bytes, and milliseconds of processor time."""

    quality: int
    size: int
    cpu: float


def encoders(format: str) -> dict[str, Encode]:
    """Contestants by name."""

    def vips(picture: Image.Image) -> Any:
        return pyvips.Image.new_from_array(np.asarray(picture), interpretation="srgb")

    def context(speed: Speed) -> EditContext:
        return EditContext(Origin("png", 1, 1), speed=speed)

    def pillow(picture: Image.Image, quality: int) -> bytes:
        file = io.BytesIO()
        picture.save(file, format.upper(), quality=quality, **PILLOW_SETTINGS[format])
        return file.getvalue()

    def opencv(picture: Image.Image, quality: int) -> bytes:
        pixels = np.asarray(picture)[:, :, ::-1]
        done, data = cv2.imencode(f".{format}", pixels, CV_SETTINGS[format](quality))
        assert done
        return data.tobytes()

    return {
        "photomill precise": lambda picture, quality: save(
            vips(picture), FORMATS[format](quality=quality), context("precise")
        ),
        "photomill fast": lambda picture, quality: save(
            vips(picture), FORMATS[format](quality=quality), context("fast")
        ),
        "pyvips": lambda picture, quality: bytes(
            getattr(vips(picture), VIPS_SAVERS[format])(
                Q=quality, keep="icc", **VIPS_SETTINGS[format]
            )
        ),
        "pillow": pillow,
        "opencv": opencv,
    }


def similarity(picture: Image.Image, data: bytes) -> float:
    with Image.open(io.BytesIO(data)) as decoded:
        return ssim(picture, decoded.convert("RGB"))


def as_like(picture: Image.Image, encode: Encode, wanted: float) -> int | None:
    """The smallest quality that reaches a similarity; None where the best does not."""
    low, high = 1, 100
    if similarity(picture, encode(picture, high)) < wanted:
        return None
    while low < high:
        middle = (low + high) // 2
        if similarity(picture, encode(picture, middle)) < wanted:
            low = middle + 1
        else:
            high = middle
    return high


def measured(picture: Image.Image, encode: Encode, quality: int) -> Measured:
    times = []
    for _ in range(3):
        started = time.process_time()
        data = encode(picture, quality)
        times.append(1000 * (time.process_time() - started))
    return Measured(quality, len(data), min(times))


def compare(format: str, pictures: Sequence[Image.Image]) -> None:
    contestants = encoders(format)
    default = FORMATS[format]().quality
    found: dict[str, list[Measured]] = {name: [] for name in contestants}
    short = dict.fromkeys(contestants, 0)
    wanted = []
    for picture in pictures:
        wanted.append(similarity(picture, contestants["photomill precise"](picture, default)))
        for name, encode in contestants.items():
            quality = as_like(picture, encode, wanted[-1])
            if quality is None:
                short[name] += 1
            else:
                found[name].append(measured(picture, encode, quality))
    print(f"{format}, as like as quality {default}: SSIM {statistics.mean(wanted):.4f}")
    for name, each in found.items():
        if each:
            print(
                f"  {name:18} quality {statistics.mean(one.quality for one in each):5.1f} "
                f"{statistics.mean(one.size for one in each) / 1000:7.1f} kB "
                f"{statistics.mean(one.cpu for one in each):7.1f} ms"
                + (f", {short[name]} fall short" if short[name] else ""),
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True, help="a folder of JPEG files")
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--side", type=int, default=1000, help="pixels that an image may have")
    parser.add_argument("--formats", default=",".join(FORMATS))
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    files = sorted(
        each for each in arguments.photos.iterdir() if each.suffix.lower() in (".jpg", ".jpeg")
    )
    pictures = []
    for file in files[:: max(1, len(files) // arguments.count)][: arguments.count]:
        with Image.open(file) as opened:
            picture = opened.convert("RGB")
        # At half the size, the marks of the file's own compression are averaged away.
        small = max(1, picture.width // 2), max(1, picture.height // 2)
        picture = picture.resize(small, Image.Resampling.LANCZOS)
        picture.thumbnail((arguments.side, arguments.side), Image.Resampling.LANCZOS)
        pictures.append(picture)
    for format in arguments.formats.split(","):
        compare(format, pictures)


if __name__ == "__main__":
    main()
