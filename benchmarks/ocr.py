"""How many number plates are found, and what is taken for one.

Plates are drawn (``plate_drawings.py``) and pasted into photos with perspective, turn, shade, blur and noise; none is real,
and neither are the fonts: this forecasts nothing for real cars. A plate is found where the rectangles that would be blurred
cover nine tenths of its characters. False hits are counted on photos as they are, of which some have text in them.

    python benchmarks/ocr.py ../shared/photos --models .venv/models
"""

import argparse
import random
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from plate_drawings import SHAPES, Mask, Rgb, Scene, scene

from photomill_faces.cascades import Rectangles
from photomill_privacy.blur_plates import PlateDetector
from photomill_privacy.plates import ClassicalPlates, distinct
from photomill_privacy.text_plates import WrittenPlates

WIDTHS = (50, 90, 150)
COVERED = 0.9
ENGINES = ("cascades and contours", "ocr", "both")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=24, help="of one shape and width")
    parser.add_argument("--every", type=int, default=1, help="photo without a plate, of so many")
    parser.add_argument("--out", type=Path, help="a folder for the scenes")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    photos = sorted(
        path for path in arguments.photos.iterdir() if path.suffix.lower() in {".jpg", ".jpeg"}
    )
    engines: list[PlateDetector] = [ClassicalPlates(), WrittenPlates(arguments.models, 1600)]
    print(f"{'shape':10} {'width':>6}  " + "  ".join(f"{name:>22}" for name in ENGINES))
    for name, draw in SHAPES.items():
        for width in WIDTHS:
            chance = random.Random(f"{name} {width}")
            scenes = [
                scene(chance.choice(photos), draw(chance), width, chance)
                for _ in range(arguments.scenes)
            ]
            if arguments.out:
                save(arguments.out, f"{name}-{width}", scenes)
            shares = recalls(engines, scenes)
            cells = "  ".join(f"{share:22.2f}" for share in shares)
            print(f"{name:10} {width:6}  {cells}", flush=True)
    false_hits(engines, photos[:: arguments.every])


def recalls(engines: Sequence[PlateDetector], scenes: Sequence[Scene]) -> list[float]:
    """The share of plates found by each engine, and by both together."""
    found = np.array(
        [
            [covers(boxes, each.ink) for boxes in _each_and_both(engines, each.rgb)]
            for each in scenes
        ]
    )
    return [float(share) for share in found.mean(axis=0)]


def covers(boxes: Rectangles, ink: Mask) -> bool:
    covered = np.zeros(ink.shape, np.bool_)
    for left, top, width, height in boxes:
        covered[max(0, top) : top + height, max(0, left) : left + width] = True
    return bool((covered & ink).sum() >= COVERED * ink.sum())


def false_hits(engines: Sequence[PlateDetector], photos: Sequence[Path]) -> None:
    """Photos without a plate in which something is found, and the time that it takes."""
    hit = [0, 0, 0]
    seconds = [0.0, 0.0]
    for path in photos:
        rgb = np.asarray(Image.open(path).convert("RGB"))
        each = []
        for place, engine in enumerate(engines):
            began = time.process_time()
            each.append(engine.plates(rgb))
            seconds[place] += time.process_time() - began
        both = distinct([*each[0], *each[1]])
        for place, boxes in enumerate((*each, both)):
            hit[place] += bool(boxes)
        if each[1]:
            print(f"  ocr: {path.name} {each[1]}")
    for name, count in zip(ENGINES, hit, strict=True):
        print(f"{name}: something in {count} of {len(photos)} photos")
    for name, each_one in zip(ENGINES, seconds, strict=False):
        print(f"{name}: {1000 * each_one / len(photos):.0f} ms of processor time a photo")


def save(folder: Path, name: str, scenes: Sequence[Scene]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number, each in enumerate(scenes):
        Image.fromarray(each.rgb).save(folder / f"{name}-{number}.jpg")


def _each_and_both(engines: Sequence[PlateDetector], rgb: Rgb) -> list[Rectangles]:
    each = [engine.plates(rgb) for engine in engines]
    return [*each, distinct([*each[0], *each[1]])]


if __name__ == "__main__":
    main()
