"""Whether outpainting fades where pieces would be seen, for ``docs/editing.md``; and a sheet to look at.

    python benchmarks/outpainting.py ../shared/photos [--sheet build/outpainting.jpg] [--held-out]

A fifth of the sides is added on each side. Judged by eye, before the verdict was known, was whether what pieces go on with
beyond the top, bottom, left and right (in this order, 1 or 0) would pass at a glance. The photos are named by their place
in the folder, in order of their names. The measure was chosen on ``CHOSEN``; ``HELD_OUT`` was judged afterwards.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from photomill.components import EditContext, NoOptions
from photomill.editing.parameters import Outpaint
from photomill.images.origin import Origin
from photomill.images.raster import Raster
from photomill_generative import Outpainting
from photomill_generative.continuation import Side, sides_to_fade
from photomill_generative.placement import Placement

Pixels = NDArray[np.uint8]

SIDE = 500
ADDED = 0.2
CELL, COLUMNS = 320, 4
ORDER: Sequence[Side] = ("top", "bottom", "left", "right")

CHOSEN: Mapping[int, str] = {
    0: "1111",
    6: "1111",
    12: "1111",
    18: "1111",
    24: "0111",
    30: "1111",
    36: "1111",
    42: "0000",
    48: "0000",
    54: "1101",
    60: "0010",
    66: "0010",
    72: "1111",
    78: "1111",
    84: "1111",
    90: "1111",
    96: "1111",
    102: "1011",
    108: "0000",
    114: "1111",
    120: "0011",
    126: "1010",
    132: "0010",
    138: "0111",
    144: "1001",
    150: "1111",
    156: "0000",
    162: "1010",
    168: "1111",
    174: "1010",
    180: "1011",
    186: "0000",
    192: "0000",
    198: "0000",
    204: "1011",
    210: "0100",
    216: "1010",
    222: "1111",
    228: "1000",
    234: "1110",
    240: "0000",
}
HELD_OUT: Mapping[int, str] = {
    3: "0000",
    15: "1111",
    27: "1111",
    39: "1001",
    51: "0000",
    63: "1111",
    75: "1111",
    87: "0100",
    99: "1111",
    111: "0000",
    123: "0100",
    135: "1001",
    147: "0000",
    159: "1111",
    171: "0000",
    183: "0000",
    195: "1111",
    207: "0000",
    219: "0000",
    231: "1100",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sheet", type=Path, help="a JPEG file to write")
    parser.add_argument("--held-out", action="store_true", help="leave out what was chosen on")
    given = parser.parse_args()
    files = sorted(given.folder.glob("*.JPEG"))
    sets = {"held out": HELD_OUT} if given.held_out else {"chosen on": CHOSEN, "held out": HELD_OUT}
    print("| photos | borders | agree | always fade | bad ones faded | good ones kept |")
    print("|---|---|---|---|---|---|")
    for name, judged in sets.items():
        print(row(name, judged, {place: read(files[place]) for place in judged}), flush=True)
    if given.sheet:
        cells = [
            (f"{place} {files[place].stem.split('_', 1)[1]}", *outpainted(read(files[place])))
            for judged in sets.values()
            for place in judged
        ]
        given.sheet.parent.mkdir(parents=True, exist_ok=True)
        sheet(cells).save(given.sheet, quality=85)


def read(path: Path) -> Pixels:
    image = Image.open(path).convert("RGB")
    image.thumbnail((SIDE, SIDE))
    return np.asarray(image)


def ground(picture: Pixels) -> Placement:
    height, width = picture.shape[:2]
    across, down = round(ADDED * width), round(ADDED * height)
    return Placement(width + 2 * across, height + 2 * down, across, down, width, height)


def row(name: str, judged: Mapping[int, str], photos: Mapping[int, Pixels]) -> str:
    good = np.array([mark == "1" for marks in judged.values() for mark in marks])
    kept = np.array(
        [
            side not in faded
            for faded in (sides_to_fade(each, ground(each)) for each in photos.values())
            for side in ORDER
        ]
    )
    return (
        f"| {name} | {len(good)} | {(good == kept).mean():.2f} | {(~good).mean():.2f} | "
        f"{(~kept[~good]).mean():.2f} | {kept[good].mean():.2f} |"
    )


def outpainted(picture: Pixels) -> tuple[Pixels, str]:
    """The picture on its ground, and what the notes say first."""
    operation, on = Outpainting(NoOptions()), ground(picture)
    context = EditContext(Origin("png", *picture.shape[1::-1]))
    wanted = Outpaint(on.width, on.height, on.left, on.top)
    pixels = operation.apply(Raster.from_pixels(picture), wanted, context).pixels
    return pixels, context.notes[0] if context.notes else "an even border"


def sheet(cells: Sequence[tuple[str, Pixels, str]]) -> Image.Image:
    height = CELL + 24
    drawn = Image.new("RGB", (COLUMNS * (CELL + 4), -(-len(cells) // COLUMNS) * height), "white")
    pen = ImageDraw.Draw(drawn)
    for number, (name, pixels, note) in enumerate(cells):
        left, top = number % COLUMNS * (CELL + 4), number // COLUMNS * height
        picture = Image.fromarray(pixels)
        picture.thumbnail((CELL, CELL))
        pen.text((left, top), f"{name}: {note[:40]}", fill="black")
        drawn.paste(picture, (left, top + 14))
    return drawn


if __name__ == "__main__":
    main()
