"""How well foregrounds are cut out: IoU and boundary F against masks drawn by hand, for the tables in ``docs/editing.md``.

    python benchmarks/cutouts.py ../shared/photos --models MODELS [--rembg PYTHON] [--variants]

*Boundary F* counts the points of either border that are within 1 % of the image's diagonal of the other. The models' folder
is that of ``photomill models add u2netp u2net``; ``--rembg`` names the Python of an environment in which rembg is installed,
whose models are taken from ``U2NET_HOME``. ``--variants`` also measures what was tried and not taken over. Images are
brought to 700 pixels first.
"""

import argparse
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from attrs import frozen
from cutout_masks import MASKS
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from photomill.components import EditContext, OpenContext
from photomill.config.settings import FetchSettings
from photomill.editing.parameters import FindForeground
from photomill.images.origin import Origin
from photomill.images.raster import Raster
from photomill_background import NetworkForeground, SaliencyForeground
from photomill_background.finding import ForegroundFinder
from photomill_background.learned import NetworkOptions
from photomill_background.refinement import refined
from photomill_lite0.activation import ActivationMap

SIDE = 700
LARGER = 2
"""Masks are drawn at twice the size, so that their borders lie between pixels."""

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Map = NDArray[np.float32]
Method = Callable[[Pixels], Mask]


@frozen
class Photo:
    name: str
    rgb: Pixels
    mask: Mask


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--rembg", type=Path, help="a Python that has rembg")
    parser.add_argument("--rembg-model", default="u2net", help="empty for what it takes by default")
    parser.add_argument("--variants", action="store_true")
    given = parser.parse_args()
    photos = [read(given.folder / f"{name}.JPEG") for name in MASKS]
    methods: dict[str, Method] = {"without a model": finder(SaliencyForeground(None))}
    for model in ("u2netp", "u2net"):
        operation = NetworkForeground(NetworkOptions(model))
        methods[model] = finder(operation, given.models)
        if given.variants:
            methods |= {f"{model}, {name}": each for name, each in variants(operation).items()}
    if given.rembg:
        methods[f"rembg {given.rembg_model}"] = by_rembg(photos, given.rembg, given.rembg_model)
    print("| method | IoU | lowest | below .5 | boundary F | CPU |")
    print("|---|---|---|---|---|---|")
    for name, method in methods.items():
        print(row(name, photos, method), flush=True)


def read(path: Path) -> Photo:
    image = Image.open(path).convert("RGB")
    image.thumbnail((SIDE, SIDE))
    return Photo(path.stem, np.asarray(image), drawn(MASKS[path.stem], *image.size))


def drawn(parts: Sequence[str], width: int, height: int) -> Mask:
    """Draw a mask: bool (height, width)."""
    canvas = Image.new("L", (LARGER * width, LARGER * height))
    pen = ImageDraw.Draw(canvas)
    for part in parts:
        corners = [corner.split(",") for corner in part.lstrip("-").split()]
        points = [
            (LARGER * width * float(x) / 100, LARGER * height * float(y) / 100) for x, y in corners
        ]
        pen.polygon(points, fill=0 if part.startswith("-") else 255)
    return np.asarray(canvas.resize((width, height), Image.Resampling.BOX)) > 127


def finder(operation: ForegroundFinder, models: Path | None = None) -> Method:
    """What the product does."""
    operation.open(OpenContext("cutouts", Path("none"), FetchSettings(), models_dir=models))

    def found(rgb: Pixels) -> Mask:
        raster = operation.apply(
            Raster.from_pixels(rgb),
            FindForeground(enabled=True),
            EditContext(Origin("png", *rgb.shape[1::-1])),
        )
        alpha = raster.alpha
        return np.ones(rgb.shape[:2], np.bool_) if alpha is None else alpha > 127

    return found


def variants(operation: NetworkForeground) -> dict[str, Method]:
    """What was tried and not taken over."""
    network = operation._network
    activation = ActivationMap()

    def flipped(rgb: Pixels) -> Map:
        mirrored = network.predict(np.ascontiguousarray(rgb[:, ::-1]))
        return np.asarray((network.predict(rgb) + mirrored[:, ::-1]) / 2, np.float32)

    def twice(rgb: Pixels) -> Map:
        """The whole image, and again the window around what was found."""
        first = flipped(rgb)
        top, bottom, left, right = window(first, *rgb.shape[:2])
        closer = network.predict(np.ascontiguousarray(rgb[top:bottom, left:right]))
        both = cv2.resize(first, rgb.shape[1::-1])
        inside = np.zeros_like(both)
        inside[top:bottom, left:right] = (
            both[top:bottom, left:right] + cv2.resize(closer, (right - left, bottom - top))
        ) / 2
        return np.asarray(inside, np.float32)

    def with_activation(rgb: Pixels) -> Map:
        """Surer where the network of the embedder sees what it names."""
        cells = activation.of(rgb)
        guess = network.predict(rgb)
        seen = cv2.resize(cells / max(float(cells.max()), 1e-9), guess.shape[::-1])
        logits = np.log((guess + 1e-3) / (1 - guess + 1e-3)) + 4 * (seen - 0.35)
        return np.asarray(1 / (1 + np.exp(-logits)), np.float32)

    return {
        "not refined": lambda rgb: (
            np.asarray(cv2.resize(network.predict(rgb), rgb.shape[1::-1])) > 0.5
        ),
        "and flipped": lambda rgb: refined(rgb, flipped(rgb)) > 127,
        "flipped, at two scales": lambda rgb: refined(rgb, twice(rgb)) > 127,
        "with the activation map": lambda rgb: refined(rgb, with_activation(rgb)) > 127,
    }


def window(guess: Map, height: int, width: int) -> tuple[int, int, int, int]:
    """The rows and columns around what was found, with a margin."""
    rows, columns = (np.flatnonzero((guess > 0.5).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return 0, height, 0, width
    bounds = []
    for found, cells, length in ((rows, guess.shape[0], height), (columns, guess.shape[1], width)):
        margin = 0.15 * (found[-1] + 1 - found[0])
        first = max(0.0, (found[0] - margin) / cells)
        bounds += [int(first * length), round(min(1.0, (found[-1] + 1 + margin) / cells) * length)]
    return bounds[0], bounds[1], bounds[2], bounds[3]


def by_rembg(photos: Sequence[Photo], python: Path, model: str) -> Method:
    """What rembg does, run once for all photos in its own environment."""
    code = (
        "import sys, pathlib, rembg\n"
        "session = rembg.new_session(*sys.argv[2:])\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).glob('*.png')):\n"
        "    mask = rembg.remove(path.read_bytes(), session=session, only_mask=True)\n"
        "    path.with_suffix('.mask').write_bytes(mask)\n"
    )
    masks: dict[bytes, Mask] = {}
    with tempfile.TemporaryDirectory() as folder:
        for photo in photos:
            Image.fromarray(photo.rgb).save(Path(folder, f"{photo.name}.png"))
        subprocess.run([str(python), "-c", code, folder, *filter(None, [model])], check=True)
        for photo in photos:
            made = Image.open(Path(folder, f"{photo.name}.mask")).convert("L")
            masks[photo.rgb.tobytes()] = np.asarray(made) > 127
    return lambda rgb: masks[rgb.tobytes()]


def row(name: str, photos: Sequence[Photo], method: Method) -> str:
    began = time.process_time()
    found = [method(photo.rgb) for photo in photos]
    each = (time.process_time() - began) / len(photos)
    overlaps = np.array([overlap(mask, p.mask) for mask, p in zip(found, photos, strict=True)])
    borders = [border_score(mask, p.mask) for mask, p in zip(found, photos, strict=True)]
    worst = ", ".join(
        f"{photos[place].name.split('_', 1)[1]} {overlaps[place]:.2f}"
        for place in np.argsort(overlaps)[:5]
    )
    return (
        f"| {name} | {overlaps.mean():.3f} | {overlaps.min():.2f} | {(overlaps < 0.5).sum()} | "
        f"{np.mean(borders):.3f} | {each:.2f} s | <!-- {worst} -->"
    )


def overlap(one: Mask, other: Mask) -> float:
    """The intersection over the union."""
    return float((one & other).sum() / max((one | other).sum(), 1))


def border_score(one: Mask, other: Mask) -> float:
    """The harmonic mean of how much of either border is near the other."""
    reach = max(2, round(0.01 * float(np.hypot(*one.shape))))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    borders = [
        cv2.morphologyEx(each.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
        for each in (one, other)
    ]
    near = [cv2.dilate(border, disc) > 0 for border in borders]
    shares = [
        float((borders[i] > 0)[near[1 - i]].sum() / max(int((borders[i] > 0).sum()), 1))
        for i in (0, 1)
    ]
    return 2 * shares[0] * shares[1] / max(sum(shares), 1e-9)


if __name__ == "__main__":
    main()
