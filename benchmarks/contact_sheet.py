"""Before and after, for every operation that changes what an image shows: one sheet an operation.

Below each result is who did it. The images are drawn, so that the sheets may be printed anywhere, or are the photos of
a folder, to see how the operations do on real ones.

    python benchmarks/contact_sheet.py --models .venv/models --output docs/images/editing
    python benchmarks/contact_sheet.py --photos ../shared/photos --models .venv/models --sheets hdr,remove --output build/sheets
"""

import argparse
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from before_after.images import draw_images
from before_after.layout import Cell, at_one_scale, sheet
from before_after.sheets import SHEETS, Operations, Sheet, Spoiling
from PIL import Image

from photomill.config.load import load_settings
from photomill.engine import Engine
from photomill.errors import PhotomillError
from photomill.sources import BytesSource
from photomill_http.image_edit.translate import read_edit

ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp"})
UNNAMED = frozenset({"encode", "resizing", "canvas"})
"""Operations that nearly every edit has."""

MOST_BYTES = 200_000
"""Of a sheet's file."""


def edited(engine: Engine, data: bytes, operations: Operations) -> tuple[Image.Image, str]:
    """The edited image, and who did what."""
    request = read_edit(operations, {"format": "png"}).request
    result = engine.editing.edit(BytesSource(data), request, interactive=False)
    runs = result.profiling.operations
    engines = [run.engine for run in runs if run.operation not in UNNAMED]
    picture = Image.open(io.BytesIO(result.data))
    picture.load()
    return picture, ", ".join(dict.fromkeys(engines)) or runs[0].engine


def spoiled(data: bytes, how: Spoiling) -> bytes:
    """A smaller copy with stronger JPEG compression."""
    with Image.open(io.BytesIO(data)) as image:
        small = image.convert("RGB")
    if how.side is not None:
        small.thumbnail((how.side, how.side), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    small.save(written, "JPEG", quality=how.quality)
    return written.getvalue()


def detail(picture: Image.Image, wanted: Sheet) -> Image.Image:
    if wanted.detail is None:
        return picture
    left, top, right, bottom = wanted.detail
    width, height = picture.size
    return picture.crop(
        (round(left * width), round(top * height), round(right * width), round(bottom * height))
    )


def rows(engine: Engine, wanted: Sheet, files: Sequence[Path]) -> Iterator[list[Cell]]:
    """A row an image; what cannot be edited is left out and said."""
    for file in files:
        data = file.read_bytes()
        label = "before"
        if wanted.spoiling is not None:
            data = spoiled(data, wanted.spoiling)
            label = f"before: JPEG quality {wanted.spoiling.quality}"
        before = Image.open(io.BytesIO(data)).convert("RGB")
        results = []
        for name, operations in wanted.variants.items():
            try:
                after, engines = edited(engine, data, operations)
            except PhotomillError as error:
                print(f"{name}, {file.name}: {error}")
                continue
            results.append(Cell(detail(after, wanted), name, engines))
        if results:
            shown = at_one_scale(results) if wanted.one_scale else results
            yield [Cell(detail(before, wanted), label), *shown]


def save(drawn: Image.Image, path: Path) -> None:
    """As good as the file may be large."""
    for quality in range(90, 40, -5):
        drawn.save(path, quality=quality, optimize=True, progressive=True)
        if path.stat().st_size <= MOST_BYTES:
            return
    raise ValueError(f"{path}: more than {MOST_BYTES} bytes at any fair quality")


def draw(engine: Engine, names: Sequence[str], files: Mapping[str, Path], output: Path) -> None:
    """Draw sheets; of drawn images each has its own, of photos every one."""
    for name in names:
        wanted = SHEETS[name]
        chosen = [files[each] for each in wanted.images if each in files] or list(files.values())
        path = output / f"{name}.jpg"
        save(sheet(list(rows(engine, wanted, chosen))), path)
        print(path, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=Path, help="a folder; without it, images are drawn")
    parser.add_argument("--count", type=int, default=4, help="photos of the folder to take")
    parser.add_argument("--skip", type=int, default=0, help="photos to leave out before them")
    parser.add_argument("--sheets", default=",".join(SHEETS), help="names, with commas between")
    parser.add_argument("--models", type=Path, help="a folder of models")
    parser.add_argument("--output", type=Path, required=True, help="a folder")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder, images = Path(name, "data"), Path(name, "images")
        folder.mkdir()
        images.mkdir()
        files = draw_images(images)
        if arguments.models:
            Path(folder, "models").symlink_to(arguments.models.absolute())
        settings = load_settings(environ={}, overrides={"photomill.data_dir": str(folder)})
        with Engine.open(settings) as engine:
            # Where styles come from.
            engine.storages.operator.create("images", "local", {"path": str(images)})
            if arguments.photos:
                found = sorted(
                    each for each in arguments.photos.iterdir() if each.suffix.lower() in ENDINGS
                )
                found = found[arguments.skip :][: arguments.count]
                files = {f"photo {each.stem}": each for each in found}
            draw(engine, arguments.sheets.split(","), files, arguments.output)


if __name__ == "__main__":
    main()
