"""Bare pyvips, Pillow and OpenCV: ``python -m editing_peers.libraries PEER TASK OUTPUT FILES…``."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from editing_peers.tasks import TASKS

Do = Callable[[Path, Path], None]


def vips(task: str) -> Do:
    import pyvips

    # One image after the other, as every peer here.
    pyvips.voperation.cache_set_max(0)

    def thumbnail(file: Path, side: int, crop: str) -> "pyvips.Image":
        image = pyvips.Image.thumbnail(str(file), side, height=side, crop=crop)
        # To sRGB, as sharp and Photomill do.
        embedded = image.get_typeof("icc-profile-data")
        return image.icc_transform("srgb", embedded=True) if embedded else image

    def a(file: Path, result: Path) -> None:
        image = thumbnail(file, 1000, "centre")
        image.jpegsave(str(result), Q=85, interlace=True, optimize_coding=True, keep="icc")

    def b(file: Path, result: Path) -> None:
        thumbnail(file, 800, "none").webpsave(str(result), Q=75, keep="icc")

    def c(file: Path, result: Path) -> None:
        image = thumbnail(file, 512, "none")
        image.heifsave(str(result), Q=50, compression="av1", effort=1, keep="icc")

    def d(file: Path, result: Path) -> None:
        image = thumbnail(file, 640, "none")
        placed = image.gravity("centre", 800, 800, extend="white")
        placed.pngsave(str(result), keep="icc")

    def e(file: Path, result: Path) -> None:
        image = thumbnail(file, 1000, "none").colourspace("lab").linear([1.1, 1.1, 1.1], [0, 0, 0])
        image = image.colourspace("srgb")
        image.jpegsave(str(result), Q=85, interlace=True, optimize_coding=True, keep="icc")

    def f(file: Path, result: Path) -> None:
        thumbnail(file, 400, "none").pngsave(str(result), keep="icc")

    def g(file: Path, result: Path) -> None:
        thumbnail(file, 1000, "none").pngsave(str(result), keep="icc")

    return {"a": a, "b": b, "c": c, "d": d, "e": e, "f": f, "g": g}[task]


def pillow(task: str) -> Do:
    from PIL import Image, ImageEnhance, ImageOps

    best = Image.Resampling.LANCZOS

    def opened(file: Path, side: int) -> Image.Image:
        image = Image.open(file)
        image.draft("RGB", (2 * side, 2 * side))
        return ImageOps.exif_transpose(image).convert("RGB")

    def within(file: Path, side: int) -> Image.Image:
        return ImageOps.contain(opened(file, side), (side, side), best)

    def a(file: Path, result: Path) -> None:
        image = ImageOps.fit(opened(file, 1000), (1000, 1000), best)
        image.save(result, "JPEG", quality=85, progressive=True, optimize=True)

    def b(file: Path, result: Path) -> None:
        within(file, 800).save(result, "WEBP", quality=75)

    def c(file: Path, result: Path) -> None:
        within(file, 512).save(result, "AVIF", quality=50, speed=8)

    def d(file: Path, result: Path) -> None:
        ImageOps.pad(within(file, 640), (800, 800), best, "white").save(result, "PNG")

    def e(file: Path, result: Path) -> None:
        image = within(file, 1000)
        for enhancer in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
            image = enhancer(image).enhance(1.1)
        image.save(result, "JPEG", quality=85, progressive=True, optimize=True)

    def f(file: Path, result: Path) -> None:
        within(file, 400).save(result, "PNG")

    def g(file: Path, result: Path) -> None:
        within(file, 1000).save(result, "PNG")

    return {"a": a, "b": b, "c": c, "d": d, "e": e, "f": f, "g": g}[task]


def opencv(task: str) -> Do:
    import cv2
    import numpy as np

    cv2.setNumThreads(1)

    def opened(file: Path) -> "np.ndarray":
        image = cv2.imread(str(file), cv2.IMREAD_COLOR)
        if image is None:
            raise ValueError(file)
        return image

    def scaled(image: "np.ndarray", factor: float) -> "np.ndarray":
        kind = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        return cv2.resize(image, None, fx=factor, fy=factor, interpolation=kind)

    def within(image: "np.ndarray", side: int) -> "np.ndarray":
        return scaled(image, side / max(image.shape[:2]))

    jpeg = [cv2.IMWRITE_JPEG_QUALITY, 85, cv2.IMWRITE_JPEG_PROGRESSIVE, 1]

    def a(file: Path, result: Path) -> None:
        image = opened(file)
        image = scaled(image, 1000 / min(image.shape[:2]))
        top, left = (image.shape[0] - 1000) // 2, (image.shape[1] - 1000) // 2
        cv2.imwrite(str(result), image[top : top + 1000, left : left + 1000], jpeg)

    def b(file: Path, result: Path) -> None:
        cv2.imwrite(str(result), within(opened(file), 800), [cv2.IMWRITE_WEBP_QUALITY, 75])

    def c(file: Path, result: Path) -> None:
        quality = [cv2.IMWRITE_AVIF_QUALITY, 50, cv2.IMWRITE_AVIF_SPEED, 8]
        cv2.imwrite(str(result), within(opened(file), 512), quality)

    def d(file: Path, result: Path) -> None:
        image = within(opened(file), 640)
        top, left = (800 - image.shape[0]) // 2, (800 - image.shape[1]) // 2
        placed = np.full((800, 800, 3), 255, np.uint8)
        placed[top : top + image.shape[0], left : left + image.shape[1]] = image
        cv2.imwrite(str(result), placed)

    def e(file: Path, result: Path) -> None:
        image = within(opened(file), 1000)
        image = cv2.convertScaleAbs(image, alpha=1.1, beta=5)
        colours = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
        colours[:, :, 1] = cv2.convertScaleAbs(colours[:, :, 1], alpha=1.1)
        cv2.imwrite(str(result), cv2.cvtColor(colours, cv2.COLOR_HSV2BGR), jpeg)

    def f(file: Path, result: Path) -> None:
        cv2.imwrite(str(result), within(opened(file), 400))

    def g(file: Path, result: Path) -> None:
        cv2.imwrite(str(result), within(opened(file), 1000))

    return {"a": a, "b": b, "c": c, "d": d, "e": e, "f": f, "g": g}[task]


PEERS: Mapping[str, Callable[[str], Do]] = {"pyvips": vips, "pillow": pillow, "opencv": opencv}


def main() -> None:
    peer, task, output, *files = sys.argv[1:]
    do = PEERS[peer](task)
    for name in files:
        file = Path(name)
        do(file, Path(output, file.stem + "." + TASKS[task].ending))


if __name__ == "__main__":
    main()
