"""How true edits are: what no timing tells.

* Resizing: PSNR against Pillow's Lanczos over a full decode, at 400 and 1000 pixels.
* Smart crop: how much of a photo's subject, as the foreground network sees it, stays in the window, against the middle.
* Placed crop: the same of subjects that were cut out of one photo and laid on another, whose own is gone.
* Decompress: PSNR and SSIM regained on JPEG files of several qualities, by each engine.

    python benchmarks/fidelity.py --photos ../shared/photos --models .venv/models --count 12
"""

import argparse
import io
import statistics
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from image_similarity import psnr, ssim
from numpy.typing import NDArray
from PIL import Image, ImageOps

from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.sources import BytesSource
from photomill_http.image_edit.translate import read_edit

Pixels = NDArray[np.uint8]
LANCZOS = Image.Resampling.LANCZOS


def edited(
    engine: Engine, data: bytes, operations: Mapping[str, Any], *, interactive: bool = False
) -> tuple[Image.Image, list[str]]:
    """The result, without loss, and the engines."""
    request = read_edit(operations, {"format": "png"}).request
    result = engine.editing.edit(BytesSource(data), request, interactive=interactive)
    engines = [run.engine for run in result.profiling.operations]
    return Image.open(io.BytesIO(result.data)).convert("RGB"), engines


def jpeg(image: Image.Image, quality: int = 92, **options: Any) -> bytes:
    written = io.BytesIO()
    image.save(written, "JPEG", quality=quality, **options)
    return written.getvalue()


def large(photos: Sequence[Image.Image], number: int) -> Image.Image:
    """An image of 12 megapixels: four photos."""
    picture = Image.new("RGB", (4000, 3000))
    for place in range(4):
        part = photos[(4 * number + place) % len(photos)].resize((2000, 1500), LANCZOS)
        picture.paste(part, (place % 2 * 2000, place // 2 * 1500))
    return picture


def resizing(engine: Engine, photos: Sequence[Image.Image]) -> Iterator[str]:
    files = [jpeg(large(photos, number)) for number in range(3)]
    for speed in ("precise", "fast"):
        for width in (400, 1000):
            operations = {"resizing": {"width": width, "height": "auto"}, "speed": speed}
            found = []
            for data in files:
                whole = Image.open(io.BytesIO(data)).convert("RGB")
                reference = whole.resize((width, width * 3 // 4), LANCZOS)
                found.append(psnr(edited(engine, data, operations)[0], reference))
            yield f"resizing to {width}, {speed}: {statistics.mean(found):.1f} dB"


def smart_crop(engine: Engine, photos: Sequence[Image.Image]) -> Iterator[str]:
    """Subjects as the foreground network sees them, in windows of half the image."""
    kept: dict[str, list[float]] = {"smart": [], "center": []}
    for photo in photos:
        data = jpeg(photo)
        mask = np.asarray(_subject(engine, data))[:, :, 3] > 127
        if not 0.02 < mask.mean() < 0.4:
            continue
        along = photo.width // 2, photo.height
        size = along if photo.width >= photo.height else (photo.width, photo.height // 2)
        for mode, shares in kept.items():
            shares.append(_share(_cropped(engine, data, size, mode), photo, mask))
    yield from _told("smart crop", kept)


def placed_crop(engine: Engine, photos: Sequence[Image.Image]) -> Iterator[str]:
    """Subjects of a fifth of the image's height to half of it, laid near an edge of photos whose own subject is gone, in
    windows of half the image."""
    chance = Random(5)
    subjects = [subject for photo in photos if (subject := _cut_out(engine, photo)) is not None]
    kept: dict[str, list[float]] = {"smart": [], "center": []}
    for photo in photos if subjects else ():
        ground = ImageOps.fit(_emptied(engine, photo), (400, 300), LANCZOS)
        tall = round(300 * chance.uniform(0.2, 0.5))
        subject = ImageOps.contain(chance.choice(subjects), (120, tall), LANCZOS)
        side = chance.choice(((0, 60), (400 - 60 - subject.width, 400 - subject.width)))
        place = chance.randint(*side), chance.randint(0, 300 - subject.height)
        ground.paste(subject, place, subject)
        mask = Image.new("L", ground.size)
        mask.paste(subject.getchannel("A"), place)
        for mode, shares in kept.items():
            cropped = _cropped(engine, jpeg(ground), (200, 300), mode)
            shares.append(_share(cropped, ground, np.asarray(mask) > 127))
    yield from _told("placed crop", kept)


def _told(name: str, kept: Mapping[str, Sequence[float]]) -> Iterator[str]:
    for mode, shares in kept.items():
        if not shares:
            yield f"{name}: no photo here has a subject that could be told"
            return
        found = f"{100 * statistics.mean(shares):.0f} % of {len(shares)} subjects is kept"
        whole = sum(share > 0.9 for share in shares)
        yield f"{name}, {mode}: {found}, {whole} of them nearly whole"


def _cropped(engine: Engine, data: bytes, size: tuple[int, int], mode: str) -> Image.Image:
    fit = {"type": "crop", "crop": mode}
    operations = {"resizing": {"width": size[0], "height": size[1], "fit": fit}}
    return edited(engine, data, operations)[0]


def _subject(engine: Engine, data: bytes) -> Image.Image:
    """Where the image has no subject, it is transparent."""
    request = read_edit(
        {"background": {"remove": True, "color": "transparent"}}, {"format": "png"}
    ).request
    result = engine.editing.edit(BytesSource(data), request, interactive=False)
    with Image.open(io.BytesIO(result.data)) as image:
        return image.convert("RGBA")


def _emptied(engine: Engine, photo: Image.Image) -> Image.Image:
    """A photo whose subject is covered by what surrounds it."""
    import cv2

    mask = np.asarray(
        _subject(engine, jpeg(photo)).getchannel("A").point(lambda value: 255 * (value > 8))
    )
    around = cv2.dilate(mask, np.ones((9, 9), np.uint8))
    return Image.fromarray(cv2.inpaint(np.asarray(photo), around, 5, cv2.INPAINT_TELEA))


def _cut_out(engine: Engine, photo: Image.Image) -> Image.Image | None:
    """A photo's subject alone, where it touches no edge and is not most of the image."""
    image = _subject(engine, jpeg(photo))
    box = image.getchannel("A").point(lambda value: 255 * (value > 127)).getbbox()
    if box is None or box[0] == 0 or box[1] == 0 or box[2] == photo.width or box[3] == photo.height:
        return None
    return image.crop(box)


def _share(cropped: Image.Image, whole: Image.Image, mask: NDArray[np.bool_]) -> float:
    """Of the subject, how much is in the window that was cut."""
    window, grey = (np.asarray(each.convert("L"), np.float32) for each in (cropped, whole))
    rows, columns = window.shape
    places = [
        (top, left)
        for top in range(grey.shape[0] - rows + 1)
        for left in range(grey.shape[1] - columns + 1)
    ]
    errors = [
        float(((grey[top : top + rows, left : left + columns] - window) ** 2).mean())
        for top, left in places
    ]
    top, left = places[int(np.argmin(errors))]
    return float(mask[top : top + rows, left : left + columns].sum() / mask.sum())


def decompress(engine: Engine, photos: Sequence[Image.Image]) -> Iterator[str]:
    for quality in (10, 20, 40, 90):
        for speed in ("precise", "fast"):
            gains, structure, engines = [], [], set()
            for photo in photos:
                data = jpeg(photo, quality)
                before = Image.open(io.BytesIO(data)).convert("RGB")
                operations = {"restorations": {"decompress": "auto"}, "speed": speed}
                after, used = edited(engine, data, operations)
                engines.add(used[0])
                gains.append(psnr(after, photo) - psnr(before, photo))
                structure.append(ssim(after, photo) - ssim(before, photo))
            yield (
                f"decompress auto, JPEG {quality}, {'/'.join(sorted(engines))}: "
                f"{statistics.mean(gains):+.2f} dB, SSIM {statistics.mean(structure):+.4f}"
            )


PARTS = {
    "resizing": resizing,
    "smart crop": smart_crop,
    "placed crop": placed_crop,
    "decompress": decompress,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--models", type=Path, help="a folder of models")
    parser.add_argument("--parts", default=",".join(PARTS))
    arguments = parser.parse_args()
    files = sorted(arguments.photos.glob("*.JPEG")) or sorted(arguments.photos.glob("*.jpg"))
    step = max(1, len(files) // arguments.count)
    photos = [Image.open(file).convert("RGB") for file in files[::step][: arguments.count]]
    for photo in photos:
        photo.thumbnail((400, 400), LANCZOS)
    with tempfile.TemporaryDirectory() as folder:
        if arguments.models:
            Path(folder, "models").symlink_to(arguments.models.absolute())
        settings = load_settings(environ={}, overrides={"photomill.data_dir": folder})
        with Engine.open(settings) as engine:
            for part in arguments.parts.split(","):
                for line in PARTS[part](engine, photos):
                    print(line, flush=True)


if __name__ == "__main__":
    main()
