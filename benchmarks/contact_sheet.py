"""Before and after, for every operation that changes what a picture shows.

One row an operation, one pair of pictures for each of some files, and beside the row what did it and how long that took.
The files are given operation by operation, or are the first of a folder.

    python benchmarks/contact_sheet.py --photos ../shared/photos --models .venv/models --output sheet.jpg
    python benchmarks/contact_sheet.py --photos pictures --rows remove,blur --count 4 --output sheet.jpg
"""

import argparse
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen
from PIL import Image, ImageDraw, ImageFont

from photomill.config.load import load_settings
from photomill.editing.document import edit_document
from photomill.engine import Engine
from photomill.errors import PhotomillError
from photomill.sources import BytesSource

SIDE = 260
GAP = 8
LABEL = 30

OPERATIONS: Mapping[str, Mapping[str, Any]] = {
    "crop, smart": {
        "resizing": {"width": 300, "height": 300, "fit": {"type": "crop", "crop": "smart"}}
    },
    "crop, face": {
        "resizing": {"width": 300, "height": 300, "fit": {"type": "crop", "crop": "face"}}
    },
    "canvas, padded": {
        "resizing": {"width": 400, "height": 400, "fit": "canvas"},
        "padding": "8%",
        "background": {"color": "#e8e4da"},
    },
    "outpaint": {"resizing": {"width": 480, "height": 480, "fit": "outpaint"}},
    "hdr 80": {"adjustments": {"hdr": 80}},
    "exposure, contrast, saturation": {
        "adjustments": {"exposure": 25, "contrast": 20, "saturation": 30}
    },
    "sharpness 80": {"adjustments": {"sharpness": 80}},
    "remove": {"background": {"remove": True, "color": "#ffffff"}},
    "blur, lens": {"background": {"blur": {"type": "lens", "level": "high"}}},
    "decompress": {"restorations": {"decompress": "strong"}},
    "upscale": {"restorations": {"upscale": "photo"}, "resizing": {"width": "300%"}},
    "polish": {"restorations": {"polish": True}},
    "identity crop": {"privacy": {"identity_crop": True}},
    "plates": {"privacy": {"blur_car_plate": True}},
    "watermark": {"extensions": {"overlay.watermark": {"text": "© Ann"}}},
}
SPOILED = frozenset({"decompress", "upscale"})
"""Rows whose original is made small and compressed first, and shown so."""


@frozen
class Row:
    """One operation, on some pictures.

    :ivar engines: who did it, with seconds.
    """

    name: str
    pairs: Sequence[tuple[Image.Image, Image.Image]]
    engines: str


def sheet(rows: Sequence[Row]) -> Image.Image:
    """Put rows below each other."""
    columns = max(2 * len(row.pairs) for row in rows)
    width = GAP + columns * (SIDE + GAP)
    drawn = Image.new("RGB", (width, len(rows) * (SIDE + LABEL + GAP) + GAP), "white")
    draw = ImageDraw.Draw(drawn)
    font = ImageFont.load_default(size=16)
    for index, row in enumerate(rows):
        top = GAP + index * (SIDE + LABEL + GAP)
        draw.text((GAP, top + 4), f"{row.name}: {row.engines}", "black", font)
        for place, picture in enumerate(each for pair in row.pairs for each in pair):
            shown = picture.copy()
            shown.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
            left = GAP + place * (SIDE + GAP)
            drawn.paste(shown, (left, top + LABEL + (SIDE - shown.height) // 2))
    return drawn


def edited(
    engine: Engine, data: bytes, operations: Mapping[str, Any]
) -> tuple[Image.Image, list[str]]:
    """The edited picture, and who did what."""
    request = edit_document(operations, {"format": "png"}).request
    result = engine.editing.edit(BytesSource(data), request, interactive=False)
    runs = [run for run in result.profiling.operations if run.operation != "encode"]
    shown = [f"{run.engine} {run.seconds:.2f} s" for run in runs]
    return Image.open(io.BytesIO(result.data)).convert("RGB"), shown + list(result.profiling.notes)


def spoiled(data: bytes) -> bytes:
    """A small copy with strong JPEG compression."""
    with Image.open(io.BytesIO(data)) as image:
        small = image.convert("RGB")
        small.thumbnail((200, 200), Image.Resampling.LANCZOS)
        written = io.BytesIO()
        small.save(written, "JPEG", quality=25)
        return written.getvalue()


def rows(engine: Engine, files: Sequence[Path], names: Sequence[str]) -> Iterator[Row]:
    """Every row asked for; what cannot be edited is left out and said."""
    for name in names:
        pairs, engines = [], ""
        for file in files:
            data = file.read_bytes()
            given = spoiled(data) if name in SPOILED else data
            try:
                after, did = edited(engine, given, OPERATIONS[name])
            except PhotomillError as error:
                print(f"{name}, {file.name}: {error}")
                continue
            engines = "; ".join(did)
            pairs.append((Image.open(io.BytesIO(given)).convert("RGB"), after))
        if pairs:
            yield Row(name, pairs, engines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, required=True, help="a folder")
    parser.add_argument("--count", type=int, default=3, help="pictures a row")
    parser.add_argument("--step", type=int, default=1, help="take every so manieth picture")
    parser.add_argument("--rows", default=",".join(OPERATIONS), help="names, with ; or , between")
    parser.add_argument("--models", type=Path, help="a folder of models")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    files = sorted(each for each in arguments.photos.iterdir() if each.suffix.lower() in ENDINGS)
    chosen = files[:: arguments.step][: arguments.count]
    names = [name for name in OPERATIONS if any(word in name for word in words(arguments.rows))]
    with tempfile.TemporaryDirectory() as folder:
        if arguments.models:
            Path(folder, "models").symlink_to(arguments.models.absolute())
        settings = load_settings(environ={}, overrides={"photomill.data_dir": folder})
        with Engine.open(settings) as engine:
            drawn = sheet(list(rows(engine, chosen, names)))
    drawn.save(arguments.output, quality=85)
    print(arguments.output)


ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp"})


def words(text: str) -> list[str]:
    return [word.strip() for word in text.split(";" if ";" in text else ",") if word.strip()]


if __name__ == "__main__":
    main()
